/* dispatch.h - from a message to its handler, and the one place that writes response envelopes: a handler
 * returns, dispatch replies, exactly once. Loop thread only. */
#ifndef PEERNET_NET_DISPATCH_H
#define PEERNET_NET_DISPATCH_H

#include "net/state.h"

/* Acts on one message, bytes that the frame check called whole, and moves the server's clock_ns on (but for a
 * few that are quick): answers a request, ignores a response and a notification, ends the connection on
 * anything else. */
void dispatch_message(struct conn *c, const uint8_t *data, size_t size);
/* A request like those that were answered before has an end that need not be looked for: where the bytes
 * behind its msgid are those of one that was whole and checked, so is this one. Its size, once it is
 * answered; 0: it is none, or of another length than the last one of its connection, and nothing was done. */
size_t dispatch_repeated(struct conn *c, const uint8_t *data, size_t size);
/* Moves clock_ns on where quick messages have not: at a turn's end. */
void dispatch_look_at_clock(struct server *s);

/* Writes the response to one request: the value in server->result when `failure` is NULL or ERR_OK, else the
 * error. Does not send it yet. `method` (TRAFFIC_UNKNOWN: none that there is) and when its turn came
 * (uv_hrtime) are for the counters. */
void dispatch_reply(struct conn *c, uint32_t msgid, size_t method, uint64_t began_ns,
                    const struct err *failure);

/* The same with a whole response that is there already, whose bytes are taken out of the buf: nothing of a
 * long one is copied, unless another answer waits to be sent. */
void dispatch_reply_whole(struct conn *c, uint32_t msgid, size_t method, uint64_t began_ns,
                          struct buf *response);

#endif
