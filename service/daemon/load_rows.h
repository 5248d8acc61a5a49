/* load_rows.h - the queries of the two loads, each in order, and what each row of them becomes in the
 * snapshot builder: rows by COPY, since there may be millions. Static table; no state. */
#ifndef PEERNET_DAEMON_LOAD_ROWS_H
#define PEERNET_DAEMON_LOAD_ROWS_H

#include "core/snapshot/snapshot_builder.h"

struct load_query {
    const char *sql;
    const char *what;  /* for errors: "reports" */
    bool takes_number; /* $1, as it stands: how many runs of each programme; or which run; and $2 */
    int (*row)(struct snapshot_builder *b, char **fields, struct err *e); /* NULL: a command, no COPY */
    int (*end)(struct snapshot_builder *b, struct err *e); /* after the last row; NULL: nothing to do */
};

struct load_list {
    const struct load_query *queries;
    size_t n;
};
extern const struct load_list load_published; /* what is published, and all that is known besides */
extern const struct load_list load_past;      /* one run, in the place of what is published */
extern const struct load_list load_networks;  /* likewise, but only the networks $2, as "3,17", in full */

#endif
