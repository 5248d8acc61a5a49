/* inputs.h - everything that goes into a run, read in one short read-only transaction that sees one moment of
 * the database and is over before the computing starts; or out of what was kept of that.
 * Owner: whoever called inputs_read; inputs_free also after a failure. Immutable once read. */
#ifndef PEERNET_REGROUP_INPUTS_H
#define PEERNET_REGROUP_INPUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/explain/explain.h"
#include "core/group/group.h"
#include "core/population/population.h"
#include "core/settings/settings.h"
#include "regroup/input_rows.h"
#include "regroup/run_options.h"

enum { DIGEST_SIZE = 33 }; /* 32 hexadecimal digits and a NUL */

/* A rule that a person set, as it stands: nobody has checked yet whether it can be met. */
struct pin {
    int64_t number;
    enum group_rule_type type;
    const char *why, *made_by;
    const char **organizers; /* ids, perhaps unknown ones */
    uint32_t n_organizers;
    uint32_t network; /* keep: in the network of this number; 0 = where each is */
    bool lock;        /* keep: it is the lock of that network, and no pin: nobody else may be in it */
};

/* What is published for the programme: the past that weighs in, and what a publication rests on. */
struct base {
    int64_t run; /* 0 = nothing is published; then all below is empty */
    char digest[DIGEST_SIZE];
    uint32_t highest_number; /* of a network, in this run or one before it */
    uint32_t outside;        /* members that the scope no longer takes in */
    uint32_t *number;        /* per organizer: its network's number, 0 = none */
    uint32_t *home;          /* the same, but for those whom people moved; NULL = they moved nobody */
    uint32_t *community;     /* per organizer: its network's community, POPULATION_NONE = none */
    uint32_t *waited;        /* per organizer: runs in a row that it was left out for lack of room */
    const char **since;      /* and the day of the first of them; NULL = none */
};

/* Where the organizer is to be taken to be. */
static inline uint32_t base_home(const struct base *b, uint32_t organizer)
{
    return b->home != NULL ? b->home[organizer] : b->number[organizer];
}

/* The newest run of the programme, published or not; run 0 = there is none. */
struct newest {
    int64_t run, base;
    char digest[DIGEST_SIZE];
    char rejected_by[300]; /* "" = nobody has */
    char replaced_by[300]; /* who put an earlier run in force instead; "" = nobody has */
    bool changed;          /* then: something was, since it read its inputs, be it undone again */
};

/* What an earlier run kept for this one (carry.h). */
struct carry {
    bool wanted; /* this run is to begin with it, and to keep its own; false = neither */
    int64_t run; /* whose; 0 = there is none */
    struct buf kept;
    bool networks; /* of a run that is computed again: its networks were sought by descent */
};

/* What came of that, for the run's figures. */
struct carried {
    int64_t run;      /* whose neighbours were the beginning; 0 = all were found anew */
    uint32_t changed; /* organizers that report something else than then, are new or gone */
    uint32_t asked;   /* whose neighbours were found anew */
    double since;     /* share that has changed, run after run, since networks were searched for widely */
    double fit;       /* mean fit of those */
    bool networks;    /* this run's were sought by descent from those in force */
};

struct inputs {
    struct settings settings;
    int64_t version; /* state.inputs_version */
    int32_t today;   /* days since 1970-01-01, to which ages are counted */
    char as_of[16], started_at[48];
    /* Only what the scope takes in; of the reports only those that count: the latest of each inside the
     * window. */
    struct population population;
    const char **outside; /* organizers that the scope does not take in: their ids, ascending */
    uint32_t n_outside;
    int32_t
        *last_day; /* per organizer: of its latest report that is too old to count, LEFT_OUT_NEVER = none */
    bool *disregarded; /* per organizer: the scope counts some of its reports inside the window not */
    struct pin *pins;
    uint32_t n_pins;
    struct base base;
    struct newest newest;
    struct carry carry;
    bool *locked; /* per organizer: a member of a published network that is locked; NULL = none is */
    struct input_rows *rows; /* that it was read from; the caller's, NULL = by other ways */
    struct arena text;
};

/* ERR_NOT_FOUND: no such programme; ERR_INVALID: settings that are not allowed; ERR_UNAVAILABLE and others as
 * the database has it. */
int inputs_read(struct inputs *in, struct input_rows *rows, const struct run_options *options, struct err *e);
bool inputs_outside(const struct inputs *in, const char *id);
void inputs_free(struct inputs *in);

#endif
