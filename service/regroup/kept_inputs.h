/* kept_inputs.h - what a run was computed of, kept beside it in the database (sql/014): written in the run's
 * own transaction, of the newest runs of a programme only, and read again to compute it anew. The caller's
 * connection. One thread. */
#ifndef PEERNET_REGROUP_KEPT_INPUTS_H
#define PEERNET_REGROUP_KEPT_INPUTS_H

#include "regroup/input_rows.h"
#include "regroup/run_options.h"

/* A run of more is not kept: 64 MiB are about 120,000 organizers. */
#define KEPT_INPUTS_MOST ((size_t)64 << 20)

/* Inside the transaction that writes the run. What was not kept, or is too much, leaves none. */
int kept_inputs_write(struct pg *pg, const struct run_options *options, int64_t run,
                      const struct input_rows *rows, struct err *e);
/* Appends them to `out`; nothing where there are none. */
int kept_inputs_read(struct pg *pg, int64_t run, struct buf *out, struct err *e);

#endif
