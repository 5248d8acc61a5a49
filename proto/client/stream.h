/* stream.h - bytes to and from a daemon, plain or inside TLS, that never wait: who gets nothing is told what
 * to wait for. TLS is 1.2 or newer; the server's certificate is checked always, its host name too. No signal
 * comes of writing to what the other side has closed.
 *
 *     stream_begin(&s, &address, to, size, &trust, &e);
 *     while (stream_step(s, &events, &e) == 0 && events != 0)     wait for `events` on the descriptor
 *     stream_send(s, ...); stream_receive(s, ...); stream_close(s);
 *
 * Owner: whoever began it. One thread. */
#ifndef PEERNET_CLIENT_STREAM_H
#define PEERNET_CLIENT_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/err.h"
#include "proto/client/address.h"

struct stream;

/* "" where there is none. */
struct stream_trust {
    const char *ca;                /* PEM: who vouches for the server; "" = whom this system trusts */
    const char *certificate, *key; /* PEM: our own, for a daemon that asks for one */
};

/* Begins to connect to `to`, one of the places that `address` means. ERR_UNAVAILABLE when nobody answers
 * there; ERR_INVALID, ERR_IO for a file of ours. */
int stream_begin(struct stream **out, const struct address *address, const struct sockaddr *to,
                 socklen_t size, const struct stream_trust *trust, struct err *e);
/* Goes on with it: *events (of poll) says what to wait for before the next step, 0 that it is open.
 * ERR_UNAVAILABLE; ERR_DENIED when the other side is not whom it should be. */
int stream_step(struct stream *s, short *events, struct err *e);

/* All of it, waiting, at most so long; of a host with several addresses the first that answers. */
int stream_open(struct stream **out, const struct address *address, const struct stream_trust *trust,
                double seconds, struct err *e);
void stream_close(struct stream *s); /* NULL is fine */

/* Nobody on the way can read what is sent: TLS, or it stays on this machine. */
bool stream_is_private(const struct stream *s);
int stream_descriptor(const struct stream *s);
/* When the other side's certificate ends, in seconds since 1970-01-01; 0: it showed none. */
int64_t stream_certificate_ends(const struct stream *s);

/* *n > 0: so much went or came. *n == 0: nothing can now, `*events` (of poll) says what to wait for; 0 = the
 * other side has ended it. ERR_UNAVAILABLE: broken. */
int stream_send(struct stream *s, const void *data, size_t size, size_t *n, short *events, struct err *e);
int stream_receive(struct stream *s, void *room, size_t size, size_t *n, short *events, struct err *e);

#endif
