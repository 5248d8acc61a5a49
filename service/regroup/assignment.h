/* assignment.h - who keeps which number: the matching of greatest total weight between two sides, exact.
 *
 * Shortest augmenting paths over the pairs that have a weight at all. igraph_solve_lsap would need the whole
 * n*n matrix (1.2 GB at 12,500 networks) and time cubic in n; networks share members with a few others only.
 * Pure. Ties are broken by the order of the input, so the answer is a function of it. */
#ifndef PEERNET_REGROUP_ASSIGNMENT_H
#define PEERNET_REGROUP_ASSIGNMENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define ASSIGNMENT_NONE UINT32_MAX

struct assignment_problem {
    uint32_t n_left, n_right;
    const size_t *start;   /* n_left + 1 offsets into the two below */
    const uint32_t *right; /* 0..n_right-1 */
    const int64_t *weight; /* > 0 */
};

/* `match`: n_left; ASSIGNMENT_NONE where being alone is best for the whole. */
int assignment_solve(const struct assignment_problem *p, uint32_t *match, struct err *e);

#endif
