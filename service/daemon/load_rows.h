/* load_rows.h - the queries of a load, in order, and what each row of them becomes in the snapshot builder.
 * Static table; no state. */
#ifndef PEERNET_DAEMON_LOAD_ROWS_H
#define PEERNET_DAEMON_LOAD_ROWS_H

#include <libpq-fe.h>

#include "core/snapshot/snapshot_builder.h"

struct load_query {
    const char *sql;
    const char *what; /* for errors: "reports" */
    bool takes_runs;  /* $1: how many runs of each programme */
    int (*row)(struct snapshot_builder *b, const PGresult *r, int row, struct err *e); /* NULL: no rows */
    int (*end)(struct snapshot_builder *b, struct err *e); /* after the last row; NULL: nothing to do */
};

extern const struct load_query load_queries[];
extern const size_t load_query_count;

#endif
