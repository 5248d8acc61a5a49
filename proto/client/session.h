/* session.h - MessagePack-RPC over a stream, without waiting: requests go into a buffer, replies come out of
 * one, each held against the limits before it is unpacked. Both flavours of the library drive it.
 * Owner: the client. One thread. */
#ifndef PEERNET_CLIENT_SESSION_H
#define PEERNET_CLIENT_SESSION_H

#include "base/buf.h"
#include "proto/client/peernet/client.h"
#include "proto/client/stream.h"
#include "proto/frame.h"
#include "proto/mp.h"
#include "proto/rpc.h"

struct session {
    struct stream *stream; /* the client's; NULL until there is one */
    struct buf out, in;
    struct frame_limits limits;
    struct frame_scan scan;
    uint32_t msgid; /* of the last request */
};

void session_init(struct session *s, size_t reply_bytes);
void session_free(struct session *s); /* not the stream */

/* Writes a request. `params`: one array or map; size 0: none. ERR_INVALID when it is something else or more
 * than one value; ERR_MEMORY. */
int session_request(struct session *s, const char *method, const void *params, size_t size, uint32_t *msgid,
                    struct err *e);

/* Which of the options have to be told to the daemon? */
bool session_has_hello(const struct peernet_options *o);
/* A hello with them. ERR_DENIED, and nothing is written, where others could read the token on the way. */
int session_hello(struct session *s, const struct peernet_options *o, uint32_t *msgid, struct err *e);

/* Sends as much as goes. *events: what to wait for; 0 when all is sent. */
int session_send(struct session *s, short *events, struct err *e);
/* Takes what is there, once. *events: what to wait for; 0 when something came. */
int session_receive(struct session *s, short *events, struct err *e);

/* The next whole message of what has been taken, NULL when there is none: with a copy of its bytes, so that
 * it may be kept. The caller's, until session_drop. */
struct session_message {
    struct mp_tree tree;
    struct rpc_message rpc;
    uint8_t frame[];
};
int session_next(struct session *s, struct session_message **out, struct err *e);
void session_drop(struct session_message *m); /* NULL is fine */

/* Calls `notified` with a notification that came. */
void session_pass_on(const struct session_message *m, peernet_notified notified, void *context);

/* An error as the library's users see it; returns -1. */
int session_error(struct peernet_error *out, const struct err *e, bool refused);
/* The options with defaults for what is left out; texts are never NULL. */
struct peernet_options session_options(const struct peernet_options *o);

#endif
