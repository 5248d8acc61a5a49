/* group_sparse.h - a grouping problem as sparse rows: without geography a similarity is a dot product, and
 * nothing here grows with the number of pairs. The matrix exists only in parts, one region (group_region.h)
 * at a time. Owner: whoever called group_sparse_init. Threads: see each part; what is not a unit's is
 * immutable while regions are walked. */
#ifndef PEERNET_CORE_GROUP_SPARSE_H
#define PEERNET_CORE_GROUP_SPARSE_H

#include "core/group/group_dense.h"

struct group_sparse {
    const struct group_problem *p;
    struct group_dense m; /* without weights */
    uint32_t columns;
    /* Rows of units, columns ascending; behind the profiles' columns one for each value that mixes. */
    uint32_t *start, *column;
    float *weight;
    float *square;   /* by unit: its row times itself */
    float *sign;     /* by column: -1 where having it in common counts against a pair */
    uint32_t *group; /* by unit: group now */
    uint32_t *local; /* by unit: its number in its region; written by the thread of the region */
};

int group_sparse_init(struct group_sparse *s, const struct group_problem *p, const struct group_units *units,
                      struct err *e);
void group_sparse_free(struct group_sparse *s);
/* Construction and search; `group` receives the group of each unit. */
int group_sparse_solve(const struct group_problem *p, const struct group_units *units, const uint32_t *placed,
                       uint32_t *group, struct group_result *result, struct err *e);

/* A unit's row times a vector by column; signs are not looked at: this tells who is like whom. */
static inline float group_sparse_dot(const struct group_sparse *s, uint32_t unit, const float *vector)
{
    float dot = 0;
    for (uint32_t k = s->start[unit]; k < s->start[unit + 1]; k++)
        dot += s->weight[k] * vector[s->column[k]];
    return dot;
}
static inline void group_sparse_add(const struct group_sparse *s, uint32_t unit, float factor, float *vector)
{
    for (uint32_t k = s->start[unit]; k < s->start[unit + 1]; k++)
        vector[s->column[k]] += factor * s->weight[k];
}

#endif
