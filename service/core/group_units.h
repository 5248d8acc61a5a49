/* group_units.h - a grouping problem's rules, boiled down: elements that belong together become one unit, a
 * unit may be fixed to a group, and two units may be in conflict. Says whether a placement exists, with one,
 * or which rules clash. Owner: whoever called group_units_build. Immutable afterwards; one thread while it is
 * built. */
#ifndef PEERNET_CORE_GROUP_UNITS_H
#define PEERNET_CORE_GROUP_UNITS_H

#include <stdbool.h>

#include "core/group.h"

struct group_units {
    uint32_t n;          /* elements */
    uint32_t count;      /* units */
    uint32_t *unit_of;   /* element -> unit; units are numbered by their lowest element */
    uint32_t *start;     /* count + 1 offsets into element */
    uint32_t *element;   /* the elements of each unit, ascending */
    uint32_t *fixed;     /* unit -> the group that it must be in, or GROUP_NONE */
    uint32_t *foe_start; /* count + 1 offsets into foe */
    uint32_t *foe;       /* units that must not share a group with this one */
    bool ruled;          /* some rule is in force */
};

static inline uint32_t group_unit_size(const struct group_units *u, uint32_t unit)
{
    return u->start[unit + 1] - u->start[unit];
}

/* Units under the rules for which in_force is true (NULL = all). `clash` becomes true where two of them
 * cannot both hold whatever the sizes (together and apart, kept in two groups). Returns ERR_OK or ERR_MEMORY.
 */
int group_units_build(const struct group_problem *p, const bool *in_force, struct group_units *out,
                      bool *clash, struct err *e);
void group_units_free(struct group_units *u);

/* What a move out of the previous group costs, as a share of what members of previous groups have on average;
 * rises without limit as stability nears 1. */
static inline double group_moving_price(double stability)
{
    return 0.05 * stability / (1 - stability);
}

enum group_placement { PLACEMENT_FOUND, PLACEMENT_IMPOSSIBLE, PLACEMENT_UNKNOWN };
/* Looks for a group for each unit that some rule concerns, so that the others fit in around them; `group`
 * (count) receives it, GROUP_NONE for units free to go anywhere. UNKNOWN when it gave up after many tries. */
int group_units_place(const struct group_problem *p, const struct group_units *u, uint32_t *group,
                      enum group_placement *answer, struct err *e);

/* Everything before the search: the problem's own sense, bounds, rules. On ERR_OK `units` and `placed`
 * (count, malloc'ed) belong to the caller. ERR_INVALID names the smallest clash found. */
int group_check(const struct group_problem *p, struct group_units *units, uint32_t **placed, struct err *e);

#endif
