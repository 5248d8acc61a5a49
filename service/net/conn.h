/* conn.h - one connection: bytes in, whole messages to dispatch, answers out, within its limits.
 *
 * Reading stops while its output is above output_pause_bytes, so a client that does not read cannot make the
 * daemon remember more for it. A turn handles at most requests_per_turn messages; then the others have
 * theirs. Owner: the server; a connection frees itself when its handle is closed. Loop thread only. */
#ifndef PEERNET_NET_CONN_H
#define PEERNET_NET_CONN_H

#include "net/state.h"

/* What accept.c made begins to read. */
void conn_start(struct conn *c);

/* Handles what messages are there, sends, and decides what next: read, wait, another turn, or the end. While
 * others wait for a turn it handles one message, and the rest when its turn comes. */
void conn_turn(struct conn *c);
/* The turn it waited for. */
void conn_turn_from_queue(struct conn *c);

/* The server is draining: what has come by now, read or not, is answered, then it ends. One that came a
 * moment ago may ask something first. */
void conn_drain(struct conn *c);
/* Answers what was asked, then ends. Safe in any state. */
void conn_finish(struct conn *c);
/* The peer broke the protocol: what is already answered is sent, then it ends. The reason goes to the log. */
void conn_fault(struct conn *c, const char *reason);
/* Ends at once. Safe to call twice. */
void conn_close(struct conn *c);

/* It logged in, or was given what it may do without. */
void conn_set_role(struct conn *c, enum role role);
/* It has to log in and has not. */
bool conn_is_nobody(const struct conn *c);
/* Its input and its next message are held to the server's options as they are now. */
void conn_set_limits(struct conn *c);
/* Of the messages that it may send now. */
const struct frame_limits *conn_limits(const struct conn *c);

/* It stops being open: what counts that is told. Before `state` changes. */
void conn_leave_open(struct conn *c);

/* Counts anew what its buffers take; when that is too much for all connections together, those that take most
 * are closed. May close it. */
void conn_weigh(struct conn *c);

/* Closes it, or not, by the time it has taken over something. */
void conn_check_deadlines(struct conn *c, uint64_t now);

#endif
