/* group_search.h - from a grouping to a better one, within a budget.
 * One thread; the state belongs to the caller. */
#ifndef PEERNET_CORE_GROUP_SEARCH_H
#define PEERNET_CORE_GROUP_SEARCH_H

#include "core/group_dense.h"

/* Moves and swaps, the best for each unit in turn, until none gains. Returns the moves made. */
uint64_t group_descend(struct group_state *s);

/* The search proper; `s` ends as the best grouping found, result's effort and moves are counted up. */
int group_search(const struct group_problem *p, struct group_state *s, struct group_result *result,
                 struct err *e);

#endif
