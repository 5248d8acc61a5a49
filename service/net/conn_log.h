/* conn_log.h - lines about connections and requests: with the connection's number, limited for each kind of
 * message, never with what a client sent as a secret. Loop thread only. */
#ifndef PEERNET_NET_CONN_LOG_H
#define PEERNET_NET_CONN_LOG_H

#include "net/state.h"

/* What went wrong with a connection, and why; `message` is static text. */
void conn_log(const struct conn *c, enum err_code code, const char *message, const char *why);
/* What is no fault. */
void conn_note(const struct conn *c, const char *message, const char *name);
/* About no connection in particular. */
void server_log(struct server *s, enum err_code code, const char *message, const char *address,
                const char *why);
/* A request was answered `ns` after its turn came: worth a line when that is slow-ms or more, or at level
 * debug. */
void conn_log_request(const struct conn *c, uint32_t msgid, size_t method, uint64_t ns, enum err_code result);
/* At the end: what there was more of. */
void server_log_rest(struct server *s);

#endif
