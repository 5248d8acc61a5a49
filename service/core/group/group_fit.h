/* group_fit.h - a placement of all units under bounds, rules and limits, found by construction and repair:
 * groups are grown one after the other, then units with faults are moved where they have the fewest
 * (min-conflicts with a tabu list). Finds placements of thousands in moments, and can never tell that there
 * is none. Pure; one thread. */
#ifndef PEERNET_CORE_GROUP_FIT_H
#define PEERNET_CORE_GROUP_FIT_H

#include "core/group/group_crew.h"

struct group_fit {
    const struct group_problem *p;
    const struct group_units *u;
    uint64_t
        patience; /* looks at a group's members before it gives up; several times that if units may leave */
    const bool *may_leave; /* by unit: may be left out where there is no other way; NULL: nobody */
    /* By group, the bounds of p: groups that cannot be filled are closed, which sets both to 0. NULL: none
     * may be. */
    uint32_t *low, *high;
    uint32_t *group; /* by unit: receives the placement with the fewest faults; GROUP_OUT: left out */
    uint32_t faults; /* receives their number: 0 = everything holds */
    uint32_t n_out;  /* receives how many were left out */
};

int group_fit_all(struct group_fit *fit, struct err *e);

#endif
