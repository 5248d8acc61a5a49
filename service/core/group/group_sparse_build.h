/* group_sparse_build.h - a first grouping of sparse rows: what the rules force, then where elements were,
 * then the rest, cut into parts of like ones, in each of which groups grow one after the other. One thread.
 */
#ifndef PEERNET_CORE_GROUP_SPARSE_BUILD_H
#define PEERNET_CORE_GROUP_SPARSE_BUILD_H

#include "core/group/group_cut.h"

/* Fills s->group; `placed` is what group_check found. Uses cut and region as room to work
 * in. */
int group_sparse_build(struct group_sparse *s, struct group_cut *cut, struct group_region *region,
                       const uint32_t *placed, struct err *e);

#endif
