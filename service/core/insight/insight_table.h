/* insight_table.h - which counts of challenges by groups are withheld. For insight_challenges.c and its
 * tests. Owner: the caller. Pure; any thread. */
#ifndef PEERNET_CORE_INSIGHT_TABLE_H
#define PEERNET_CORE_INSIGHT_TABLE_H

#include "core/insight/insight_counts.h"

struct insight_table {
    bool all_hidden; /* there are too few for anything */
    bool *column;    /* by group: its size is withheld, and so are all counts in it */
    bool *cell;      /* [challenge * groups + group] */
    bool *row;       /* by challenge: the count of all is withheld, and so are all counts of it */
};

/* `kept_back`: by challenge, withheld already for another table; NULL = none. */
int insight_table_open(const struct insight_counts *c, enum insight_by by, uint32_t threshold,
                       const bool *kept_back, struct insight_table *out, struct err *e);
void insight_table_free(struct insight_table *t);

#endif
