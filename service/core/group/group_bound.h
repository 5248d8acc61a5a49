/* group_bound.h - how good a grouping could be at most, whatever the search and the rules: no element can be
 * more similar to its group than to as many of its best matches, and groups of all sizes cannot all be small.
 * Pure; one thread. */
#ifndef PEERNET_CORE_GROUP_BOUND_H
#define PEERNET_CORE_GROUP_BOUND_H

#include "core/group/group.h"

/* For the problem's objective (sum or mean), with what limits.mix adds and the weights counted as the
 * objective counts them; holds where nobody is left out. O(n^2) at worst, times the weights. */
int group_bound(const struct group_problem *p, double *bound, struct err *e);

#endif
