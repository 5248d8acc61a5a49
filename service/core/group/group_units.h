/* group_units.h - a grouping problem's rules and limits, boiled down: elements that belong together become
 * one unit, a unit may be fixed to a group, and two units may be in conflict. Says whether a placement
 * exists, with one, or which rules clash. Owner: whoever called group_units_build. Immutable afterwards; one
 * thread while it is built. */
#ifndef PEERNET_CORE_GROUP_UNITS_H
#define PEERNET_CORE_GROUP_UNITS_H

#include <stdbool.h>

#include "core/group/group.h"
#include "core/group/group_limiter.h"

struct group_units {
    uint32_t n;          /* elements */
    uint32_t count;      /* units */
    uint32_t *unit_of;   /* element -> unit, GROUP_NONE if left out; numbered by their lowest element */
    uint32_t *start;     /* count + 1 offsets into element */
    uint32_t *element;   /* the elements of each unit, ascending */
    uint32_t *fixed;     /* unit -> the group that it must be in, or GROUP_NONE */
    uint32_t *foe_start; /* count + 1 offsets into foe */
    uint32_t *foe;       /* units that must not share a group with this one */
    uint32_t *size;      /* places that each unit takes */
    uint64_t places;     /* and all of them */
    bool ruled;          /* some rule or limit is in force, or units differ in size */
    bool limited;        /* a limit is in force, or elements differ in size */
    struct group_limiter limiter;
};

static inline uint32_t group_unit_size(const struct group_units *u, uint32_t unit)
{
    return u->size[unit];
}

/* What of a problem is to be obeyed: rules, and after them limits, for which in_force is true (NULL = all),
 * for all elements but those `left` out (NULL = none). */
struct group_scope {
    const bool *in_force, *left;
};

/* `clash` becomes true where rules and limits cannot hold whatever the sizes (together and apart, kept in two
 * groups). Returns ERR_OK or ERR_MEMORY. */
int group_units_build(const struct group_problem *p, const struct group_scope *scope, struct group_units *out,
                      bool *clash, struct err *e);
void group_units_free(struct group_units *u);

/* What a move out of the previous group costs, as a share of what members of previous groups have on average;
 * rises without limit as stability nears 1. */
static inline double group_moving_price(double stability)
{
    return 0.05 * stability / (1 - stability);
}

enum group_placement { PLACEMENT_FOUND, PLACEMENT_IMPOSSIBLE, PLACEMENT_UNKNOWN };
#define GROUP_OUT (GROUP_NONE - 1) /* a placement leaves the unit out */
/* Looks for a group for each unit that some rule or limit concerns, so that the others fit in around them; up
 * to `skips` of the units that `may_skip` may be left out. `group` (count) receives it, GROUP_NONE for units
 * free to go anywhere. UNKNOWN when it gave up after many tries. */
int group_units_place(const struct group_problem *p, const struct group_units *u, const bool *may_skip,
                      uint32_t skips, uint32_t *group, enum group_placement *answer, struct err *e);

#endif
