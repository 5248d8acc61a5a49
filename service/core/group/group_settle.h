/* group_settle.h - whether bounds, rules and limits can be met, with a placement that meets them, and with
 * whom to leave out where that is allowed. Few elements are decided by trying everything; for many, whom no
 * group could take is certain, and the rest is found by construction and repair or stays unknown. Where
 * groups may be closed there is more often an answer: what cannot be filled is closed. Pure; one thread. */
#ifndef PEERNET_CORE_GROUP_SETTLE_H
#define PEERNET_CORE_GROUP_SETTLE_H

#include "core/group/group_units.h"

struct group_settlement {
    struct group_units units;
    uint32_t *placed;  /* by unit: its group, GROUP_NONE where it is free to go anywhere */
    uint32_t *left_by; /* by element: the limit for which it is left out, GROUP_NONE if it is not */
    uint32_t n_left;
    /* By group: the problem's, 0 both where a group was closed. */
    uint32_t *low, *high;
    uint32_t n_closed;
};

/* `in_force` as in group_scope. The settlement is whole, and the caller's to free, where the answer is FOUND.
 */
int group_settle(const struct group_problem *p, const bool *in_force, struct group_settlement *out,
                 enum group_placement *answer, struct err *e);
void group_settlement_free(struct group_settlement *s);

#endif
