/* group_build.h - a first grouping: what the rules force, then where elements were, then groups grown one
 * after the other from their most similar free elements, communities kept together. One thread; the state
 * belongs to the caller. */
#ifndef PEERNET_CORE_GROUP_BUILD_H
#define PEERNET_CORE_GROUP_BUILD_H

#include "core/group/group_dense.h"

/* Places every unit; `placed` is what group_check found for the units that rules concern. */
int group_build(const struct group_problem *p, const struct group_units *units, const uint32_t *placed,
                struct group_state *s, struct err *e);

/* Sizes to aim at, given what is in each group already: as even as the bounds allow. `aim` receives n_groups.
 */
void group_aim(const struct group_problem *p, const uint32_t *load, uint32_t free_elements, uint32_t *aim);

#endif
