/* group_reach.h - whether any group at all could take a unit: some others that together with it are of an
 * allowed size and keep every rule and limit, whatever becomes of the rest. Where there are none, no grouping
 * has a place for it. Owner: whoever called group_reach_open. One thread. */
#ifndef PEERNET_CORE_GROUP_REACH_H
#define PEERNET_CORE_GROUP_REACH_H

#include "core/group/group_crew.h"

struct group_reach {
    const struct group_problem *p;
    const struct group_units *u;
    struct group_lists crew; /* the only group, 0 */
    uint32_t *candidates;    /* by depth of the search: who may still join */
    bool truncated;          /* not all candidates were looked at */
    bool gave_up;
    uint32_t places, low, high;
    uint32_t tries;
};

int group_reach_open(struct group_reach *r, const struct group_problem *p, const struct group_units *u,
                     struct err *e);
void group_reach_close(struct group_reach *r);
/* True only where it is certain that there is none. */
bool group_reach_excludes(struct group_reach *r, uint32_t unit);

#endif
