/* kept_bytes.h - what a run keeps beside it in the database, in the worker's own form: bytes in pieces, in a
 * table (run, part, bytes). The caller's connection and transaction. One thread. */
#ifndef PEERNET_REGROUP_KEPT_BYTES_H
#define PEERNET_REGROUP_KEPT_BYTES_H

#include "base/buf.h"
#include "store/pg_sync.h"

/* At least one byte. */
int kept_bytes_write(struct pg *pg, const char *table, int64_t run, const struct buf *kept, struct err *e);
/* Appends them to `out`; nothing where there are none. */
int kept_bytes_read(struct pg *pg, const char *table, int64_t run, struct buf *out, struct err *e);

#endif
