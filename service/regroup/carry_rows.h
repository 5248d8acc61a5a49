/* carry_rows.h - what runs keep for the next one (carry.h), in the database (sql/021). The caller's
 * connection. One thread. */
#ifndef PEERNET_REGROUP_CARRY_ROWS_H
#define PEERNET_REGROUP_CARRY_ROWS_H

#include "regroup/grouping.h"
#include "regroup/inputs.h"
#include "regroup/run_options.h"
#include "store/pg_sync.h"

/* Of the published run, or of the newest that has kept anything; nothing where `in` is not to begin with any.
 */
int carry_read(struct pg *pg, const struct run_options *options, struct inputs *in, struct err *e);
/* Inside the transaction that writes the run; that of older ones goes. */
int carry_write(struct pg *pg, const struct run_options *options, int64_t run, const struct inputs *in,
                const struct grouping *g, struct err *e);

#endif
