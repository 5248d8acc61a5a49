/* tls.h - TLS of one connection: what came is decrypted into its input, what is to go is encrypted from its
 * output. OpenSSL reads from the bytes that libuv gave and writes into one buffer, so the loop's stream stays
 * ours and an idle connection has no buffers at all.
 *
 * Owner: the connection. Loop thread only. */
#ifndef PEERNET_NET_TLS_H
#define PEERNET_NET_TLS_H

#include "net/state.h"
#include "net/tls_context.h"

#define TLS_WIRE_BYTES 65536 /* encrypted at a time; the rest waits as it is */
#define TLS_WEIGHT 16384     /* what OpenSSL is taken to hold for one connection, for clients-limit */

struct tls {
    SSL *ssl;
    const uint8_t *span; /* came and not looked at yet; during tls_take alone */
    size_t span_size;
    struct buf wire; /* encrypted, to be sent */
    size_t sealed;   /* bytes of conn->out that are in `wire` or gone already */
    bool established, ended, broken;
    char *name; /* of the client's certificate, when that has a role */
};

/* False: out of memory. */
bool tls_open(struct conn *c);
void tls_close(struct conn *c);

/* False when the connection is of no use any more; `reason` then says why, and an alert may be in `wire`. At
 * the first call that finishes the handshake the connection gets its certificate's role. */
#define TLS_REASON 256
bool tls_take(struct conn *c, const uint8_t *bytes, size_t size, char reason[TLS_REASON]);
/* Encrypts some of the output, if there is any; false when that fails. */
bool tls_seal(struct conn *c);
/* Puts the goodbye into `wire`. */
void tls_say_goodbye(struct conn *c);

#endif
