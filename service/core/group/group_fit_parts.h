/* group_fit_parts.h - what the parts of group_fit share: a placement under construction or repair.
 * Owner: group_fit_all. One thread. */
#ifndef PEERNET_CORE_GROUP_FIT_PARTS_H
#define PEERNET_CORE_GROUP_FIT_PARTS_H

#include "core/group/group_fit.h"
#include "core/group/group_random.h"

struct fitting {
    const struct group_problem *p;
    const struct group_units *u;
    struct group_random random;
    uint32_t *group, *load; /* by unit, GROUP_NONE = in none; by group: places */
    struct group_lists members;
    uint32_t *waiting; /* units not placed yet */
    uint32_t n_waiting;
    uint32_t *cost; /* by group: faults */
    uint64_t total; /* of them */
    uint64_t work;
};

void group_fitting_put(struct fitting *f, uint32_t unit, uint32_t g);
void group_fitting_take(struct fitting *f, uint32_t unit);
/* Whether a member of the group, `but` excepted (GROUP_NONE = nobody), may not be with the unit. `*looks`
 * grows by the members looked at. */
bool group_fitting_meets_foe(const struct fitting *f, uint32_t unit, uint32_t g, uint32_t but,
                             uint64_t *looks);
/* Every unit in a group, as well as may be. */
int group_fitting_grow(struct fitting *f, struct err *e);
/* Until no fault is left or patience has come to an end; ends with the best. */
int group_fitting_repair(struct fitting *f, uint64_t patience, struct err *e);
/* Leaves out as few as it finds until no fault is left. */
int group_fitting_drop(struct fitting *f, const bool *may_leave, uint64_t patience, struct err *e);
/* Tries each unit that is in no group once more, from a placement without faults. */
int group_fitting_bring_back(struct fitting *f, uint64_t patience, struct err *e);
/* Closes groups that cannot be filled: their bounds, `low` and `high`, which are those of f->p, become 0.
 * Ends without a fault unless one who may not leave is in the way. */
int group_fitting_close(struct fitting *f, const bool *may_leave, uint32_t *low, uint32_t *high,
                        struct err *e);
/* To a placement of the same units. */
void group_fitting_restore(struct fitting *f, const uint32_t *group);
/* Counts a group's faults afresh. */
void group_fitting_refresh(struct fitting *f, uint32_t g);

#endif
