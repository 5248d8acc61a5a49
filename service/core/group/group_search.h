/* group_search.h - from a grouping to a better one, within a budget: descent, then annealing over a range of
 * temperatures that the instance itself shows, then shorter reheated cycles around the temperature where it
 * freezes. One thread; the state belongs to the caller. */
#ifndef PEERNET_CORE_GROUP_SEARCH_H
#define PEERNET_CORE_GROUP_SEARCH_H

#include "core/group/group_dense.h"

/* `s` ends as the best grouping found; result's effort and moves are set. */
int group_search(const struct group_problem *p, struct group_state *s, struct group_result *result,
                 struct err *e);

#endif
