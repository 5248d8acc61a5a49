/* stream.h - bytes to and from a daemon, plain or inside TLS, that never wait: who gets nothing is told what
 * to wait for. TLS is 1.2 or newer; the server's certificate is checked always, its host name too.
 * Owner: whoever opened it. One thread. */
#ifndef PEERNET_CLI_STREAM_H
#define PEERNET_CLI_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "peernet/address.h"

struct stream;

/* "" where there is none. */
struct stream_trust {
    const char *ca;                /* PEM: who vouches for the server; "" = whom this system trusts */
    const char *certificate, *key; /* PEM: our own, for a daemon that asks for one */
};

/* ERR_UNAVAILABLE when nobody answers there; ERR_DENIED when it is not whom it should be; ERR_INVALID, ERR_IO
 * for a file of ours. */
int stream_open(struct stream **out, const struct address *address, const struct stream_trust *trust,
                double seconds, struct err *e);
void stream_close(struct stream *s); /* NULL is fine */

/* Nobody on the way can read what is sent: TLS, or it stays on this machine. */
bool stream_is_private(const struct stream *s);
int stream_descriptor(const struct stream *s);

/* *n > 0: so much went or came. *n == 0: nothing can now, `*events` (of poll) says what to wait for; 0 = the
 * other side has ended it. ERR_UNAVAILABLE: broken. */
int stream_send(struct stream *s, const void *data, size_t size, size_t *n, short *events, struct err *e);
int stream_receive(struct stream *s, void *room, size_t size, size_t *n, short *events, struct err *e);

#endif
