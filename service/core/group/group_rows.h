/* group_rows.h - an element's similarities to all others at once: for profiles, along the lists of who has a
 * column. Owner: whoever called group_rows_open. One thread. */
#ifndef PEERNET_CORE_GROUP_ROWS_H
#define PEERNET_CORE_GROUP_ROWS_H

#include "core/group/group.h"

struct group_rows {
    const struct group_problem *p;
    size_t *start;     /* profiles: columns + 1 offsets into the two below */
    uint32_t *element; /* who has the column, ascending */
    float *weight;
};

int group_rows_open(struct group_rows *r, const struct group_problem *p, struct err *e);
void group_rows_close(struct group_rows *r);
/* `out` receives n: similarity and what limits.mix adds, times both elements' weights; the element's own
 * entry is 0. */
void group_rows_of(const struct group_rows *r, uint32_t element, double *out);

#endif
