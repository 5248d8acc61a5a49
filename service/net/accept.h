/* accept.h - a new connection: where it comes from, what it may do before it logs in, and whether it is one
 * too many. Loop thread only. */
#ifndef PEERNET_NET_ACCEPT_H
#define PEERNET_NET_ACCEPT_H

#include "net/listener.h"

/* Accepts from a listener's stream that has one waiting; false when there is no memory for it, and it still
 * waits: libuv announces no other until then. */
bool accept_from(struct listener *l, uv_stream_t *stream);
/* "127.0.0.1:7400", "[::1]:7400" */
void accept_name(const struct sockaddr *address, char out[CONN_PEER]);
/* Accepts all that have come to a listener which is about to close: the kernel resets those that it holds. */
void accept_queued(struct listener *l);

/* Why one was turned away, naming limit and value. Returns `out`. */
#define ACCEPT_REFUSAL 128
const char *accept_refusal(const struct conn *c, char out[ACCEPT_REFUSAL]);

#endif
