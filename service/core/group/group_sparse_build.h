/* group_sparse_build.h - a first grouping of sparse rows: what the rules force, then where elements were,
 * then the rest, cut into parts of like ones if there are many, each to the group to which it is nearest. The
 * calling thread, and those of the pool. */
#ifndef PEERNET_CORE_GROUP_SPARSE_BUILD_H
#define PEERNET_CORE_GROUP_SPARSE_BUILD_H

#include "base/thread_pool.h"
#include "core/group/group_cut.h"
#include "core/group/group_wide.h"

/* Fills s->group; `placed` is what group_check found. Uses cut, and wide by worker of the pool, as room to
 * work in. */
int group_sparse_build(struct group_sparse *s, struct group_cut *cut, struct group_wide *wide,
                       struct thread_pool *pool, const uint32_t *placed, struct err *e);

#endif
