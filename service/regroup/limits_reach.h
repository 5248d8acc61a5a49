/* limits_reach.h - who can be in no network at all within the limits, whoever else is in it: the only one of
 * its kind among all, or with too few others near enough. Left out before networks are counted, so that their
 * number suits those who can be placed. Pure. */
#ifndef PEERNET_REGROUP_LIMITS_REACH_H
#define PEERNET_REGROUP_LIMITS_REACH_H

#include "core/rules/limits.h"

struct reach_task {
    const uint32_t *organizer; /* who takes part */
    uint32_t n, min_size, max_size;
    const bool *held; /* per organizer: by a pin, so it is not left out */
    uint32_t *limit;  /* per organizer: the limit that keeps it out; GROUP_NONE at the beginning */
};

int limits_reach(const struct limits *l, const struct reach_task *t, struct err *e);

#endif
