/* gated_query.h - a statement that waits for its turn at a gate (base/gate.h) before it goes into the queue
 * of the database's connection, so that what clients ask does not pile up there. Loop thread only. */
#ifndef PEERNET_DAEMON_GATED_QUERY_H
#define PEERNET_DAEMON_GATED_QUERY_H

#include "base/gate.h"
#include "store/pg_async.h"

/* pg_async_query once it has a place, which it leaves before `done`. sql is static, values are copied. When 0
 * is returned, `done` is called exactly once, after that. `client`: as in base/gate.h. `forgotten` (of
 * query->context): nobody waits for the answer, so it need not be asked; NULL: it is asked all the same.
 * ERR_BUSY, ERR_MEMORY, ERR_UNAVAILABLE. */
int gated_query(struct gate *gate, struct pg_async *pg, const struct pg_async_query *query, uint64_t client,
                bool (*forgotten)(const void *context), struct err *e);

#endif
