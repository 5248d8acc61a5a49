/* token_store.h - keeps the server's tokens what the database holds: reads them on every connection, when it
 * is told of a change, and on a slow timer. With the database away those that were read last stay in force.
 * Owner: the daemon. Loop thread only. */
#ifndef PEERNET_DAEMON_TOKEN_STORE_H
#define PEERNET_DAEMON_TOKEN_STORE_H

#include <uv.h>

#include "net/server.h"
#include "store/pg_async.h"

struct token_store;

int token_store_open(struct token_store **out, uv_loop_t *loop, uint64_t interval_ms, struct err *e);
/* Whom to tell; before it is up. */
void token_store_serve(struct token_store *s, struct server *server);
/* Tells all that wait; the memory goes when its timer is closed. NULL is fine. */
void token_store_close(struct token_store *s);

/* Whether they were read since the start. */
bool token_store_has_read(const struct token_store *s);

/* What the connection tells. */
void token_store_up(struct token_store *s, struct pg_async *pg);
void token_store_down(struct token_store *s);
void token_store_hint(struct token_store *s);

/* Calls back when what is committed now has been read, just before it is in force, so that who ends its own
 * token still hears of it; at once when that cannot be had. Exactly once. */
void token_store_after(struct token_store *s, void (*then)(void *context), void *context);

#endif
