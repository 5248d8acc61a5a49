/* ticket.h - a request that is answered later. The ticket is the service's callback context; it survives its
 * connection's and its server's end, and goes when the answer comes, which happens exactly once. Owner:
 * itself. Loop thread only. */
#ifndef PEERNET_NET_TICKET_H
#define PEERNET_NET_TICKET_H

#include "net/handlers.h"

/* Writes the result of a successful answer. */
typedef void (*ticket_encoder)(struct buf *out, const struct service_run_answer *answer);

typedef void (*ticket_token_encoder)(struct buf *out, const struct service_token_answer *answer,
                                     const char *token);

/* NULL with *e filled: ERR_LIMIT when the connection has too many in flight, ERR_MEMORY. */
struct ticket *ticket_open(struct call *call, ticket_encoder encode, struct err *e);

/* A service_done: answers the request and frees the ticket. */
void ticket_answer(void *ticket, const struct service_run_answer *answer, const struct err *e);

/* The same for a comparison of runs, in the connection's language. */
struct snapshot; /* core/snapshot.h; NULL: there is none yet */
typedef void (*ticket_diff_encoder)(struct buf *out, const struct run_diff *diff, const struct snapshot *s,
                                    bool english);
struct ticket *ticket_open_diff(struct call *call, ticket_diff_encoder encode, struct err *e);
void ticket_answer_diff(void *ticket, const struct run_diff *diff, const struct err *e);

/* The same for tokens. `token`, "" or a new one, is kept until the answer and then overwritten. */
struct ticket *ticket_open_token(struct call *call, ticket_token_encoder encode, const char *token,
                                 struct err *e);
void ticket_answer_token(void *ticket, const struct service_token_answer *answer, const struct err *e);

/* The same for a batch of reports or organizers. */
struct ticket *ticket_open_batch(struct call *call, struct err *e);
void ticket_answer_batch(void *ticket, const struct service_batch_answer *answer, const struct err *e);

/* The same for a proposal, whose problem is the ticket's from now on (also when this fails) and is written a
 * part at a time, then handed to the service. */
struct problem; /* net/problem.h */
struct ticket *ticket_open_proposal(struct call *call, struct problem *problem, struct err *e);
/* How many of the connection's proposals are being written still. */
uint32_t ticket_drafts(const struct conn *c);
void ticket_answer_proposal(void *ticket, struct buf *answer, const struct err *e);

/* Writes the next part of the problem that was asked for first, if there is any. */
void ticket_write_draft(struct server *s);

/* The same for a call that is answered from what an earlier run holds: its handler is called again then. */
struct past_call; /* net/past.h; the ticket's from now on, also when this fails */
struct ticket *ticket_open_past(struct call *call, struct past_call *past, struct err *e);
void ticket_answer_past(void *ticket, const struct snapshot *s, const struct err *e);

/* Ends a ticket whose request is not answered. */
void ticket_drop(struct ticket *ticket);
/* The same for what the database answers as JSON: the whole result, or, where a head was set, the value of
 * its last field behind the head, the fields before that, whose bytes are taken out of the buf. */
struct ticket *ticket_open_json(struct call *call, struct err *e);
void ticket_set_head(struct ticket *ticket, struct buf *head);
/* The connection's id, by which a gate knows whose turn it is; 0: it has gone. */
uint64_t ticket_client(const struct ticket *ticket);
/* Whoever asked is gone: nobody would hear the answer. */
bool ticket_is_forgotten(const void *ticket);
/* Told when that comes, once, or when it is cancelled: then it answers the ticket. Not told behind an answer.
 */
void ticket_when_gone(struct ticket *ticket, void (*gone)(void *context), void *context);
void ticket_answer_json(void *ticket, const char *json, const struct err *e);

/* Cancels the proposal, or what somebody is told of (ticket_when_gone), that the connection asked for by that
 * msgid, which is answered so; false when none waits for its answer. */
bool ticket_cancel(struct conn *c, uint32_t msgid);
/* All proposals: the peer has ended its side and hears nothing of them, or does not care. */
void tickets_cancel(struct conn *c);

/* The connection closes: its tickets' answers go nowhere. */
void tickets_forget(struct conn *c);

#endif
