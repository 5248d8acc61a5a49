/* group_exact.h - a grouping proven best, for a few elements: branch and bound over elements, from a good
 * grouping that the search has found. Pure; one thread. */
#ifndef PEERNET_CORE_GROUP_EXACT_H
#define PEERNET_CORE_GROUP_EXACT_H

#include "core/group/group_units.h"

enum { GROUP_EXACT_MOST = 32 }; /* elements; about 20 take seconds to minutes */

/* `group` (n) holds a grouping that meets bounds and rules, and receives a better one if there is any.
 * `proven` tells whether it is best; false when `nodes` placements were tried before that was known. */
int group_exact(const struct group_problem *p, const struct group_units *units, uint64_t nodes,
                uint32_t *group, bool *proven, struct err *e);

#endif
