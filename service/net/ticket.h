/* ticket.h - a request that is answered later. The ticket is the service's callback context; it survives its
 * connection's and its server's end, and goes when the answer comes, which happens exactly once. Owner:
 * itself. Loop thread only. */
#ifndef PEERNET_NET_TICKET_H
#define PEERNET_NET_TICKET_H

#include "net/handlers.h"

/* Writes the result of a successful answer. */
typedef void (*ticket_encoder)(struct buf *out, const struct service_run_answer *answer);

/* NULL with *e filled: ERR_LIMIT when the connection has too many in flight, ERR_MEMORY. */
struct ticket *ticket_open(struct call *call, ticket_encoder encode, struct err *e);

/* A service_done: answers the request and frees the ticket. */
void ticket_answer(void *ticket, const struct service_run_answer *answer, const struct err *e);

/* The connection closes: its tickets' answers go nowhere. */
void tickets_forget(struct conn *c);

#endif
