/* group_resize.h - other sizes for groups that may have several. For the sum,
 * sizes decide how many pairs there are, and a walk of small steps seldom finds
 * from one good choice of sizes to another: all between them are worse. Pure;
 * one thread; the state belongs to the caller. */
#ifndef PEERNET_CORE_GROUP_RESIZE_H
#define PEERNET_CORE_GROUP_RESIZE_H

#include "core/group/group_dense.h"

/* Moves single elements, those that lose least, until the sizes are those with
 * the most pairs within bounds. Returns how many moved: 0 where there are no
 * more pairs to have, the objective is not the sum, elements are bound
 * together, rules are in the way, or there is no memory to find out. */
uint32_t group_resize(struct group_state *s);

#endif
