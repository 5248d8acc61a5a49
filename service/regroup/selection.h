/* selection.h - who takes part in a run and in how many networks; the others are left out, each with a
 * reason.
 *
 * Who is held by a pin (together, keep) is never left out for want of room or fit: a person's word goes
 * first. Owner: whoever called selection_build; selection_free also after a failure. Pure. */
#ifndef PEERNET_REGROUP_SELECTION_H
#define PEERNET_REGROUP_SELECTION_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/explain/explain.h"
#include "core/similarity/neighbour.h"
#include "core/similarity/profile.h"
#include "regroup/inputs.h"
#include "core/rules/limits.h"

struct selection {
    uint32_t *organizer;           /* per element: its organizer; ascending */
    uint32_t n;                    /* elements */
    uint32_t *element;             /* per organizer: its element, or POPULATION_NONE */
    enum unmatched_reason *reason; /* per organizer; UNMATCHED_NONE = takes part */
    bool *held;                    /* per organizer: by a pin */
    bool *waits;     /* per organizer: left out for want of room, so it goes first another time */
    uint32_t *limit; /* per organizer: the limit that left it out, where one did; GROUP_NONE */
    struct limits limits;
    uint32_t *ahead;     /* per organizer that waits for a place: how many wait before it */
    uint32_t candidates; /* organizers that could be placed before some had to wait */
    uint32_t uneven;     /* of those, the ones that sizes could not part evenly; 0 = all could be parted */
    uint32_t n_networks; /* to be formed */
    json_t *warnings;    /* sentences: pins and settings that could be obeyed only in part */
};

/* `graph` NULL: nobody is left out for fitting nobody. ERR_INVALID: the settings ask for what so many
 * organizers cannot give; the text names setting and numbers.
 */
int selection_build(struct selection *s, const struct inputs *in, const struct profiles *profiles,
                    const struct neighbour_graph *graph, struct err *e);
void selection_free(struct selection *s);

/* Arrays of its own, for `organizers` each; limits and warnings stay those of `from`. ERR_MEMORY. */
int selection_copy(struct selection *to, const struct selection *from, uint32_t organizers, struct err *e);
/* The arrays alone. */
void selection_copy_free(struct selection *s);

/* Places that all elements take: one each, but for those of which the settings say more. */
uint64_t selection_seats(const struct selection *s);

/* How many networks the elements form; whom sizes or capacity leave no room for waits. ERR_INVALID as for
 * selection_build. */
int selection_count_networks(struct selection *s, const struct inputs *in, struct err *e);

/* Elements anew, after reasons were set: who has one no longer takes part. */
void selection_renumber(struct selection *s, const struct inputs *in);

#endif
