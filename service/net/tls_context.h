/* tls_context.h - certificate, key and rules of TLS for all connections, read from files as a whole: TLS 1.2
 * or 1.3, forward secrecy and authenticated encryption only, no renegotiation, no compression, no resumption
 * (so no ticket keys to keep, and a client's certificate is looked at each time).
 *
 * A connection holds on to the context that it began with. Owner: the server. Loop thread only. */
#ifndef PEERNET_NET_TLS_CONTEXT_H
#define PEERNET_NET_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "net/server.h"
#include "net/tls_names.h"

struct tls_context {
    SSL_CTX *ssl;
    struct tls_names names;
    char until[32]; /* when its certificate ends, ISO 8601 */
    bool has_ended;
};

/* ERR_INVALID, ERR_IO: which file, and what is wrong with it. */
int tls_context_open(struct tls_context **out, const struct server_tls *options, struct err *e);
void tls_context_free(struct tls_context *context); /* NULL is fine */

/* Why OpenSSL failed, in its words; empties its queue. Returns `out`. */
const char *tls_reason(char *out, size_t size);

#endif
