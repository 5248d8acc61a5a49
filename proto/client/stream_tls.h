/* stream_tls.h - the TLS of a client's stream: its rules, and a socket that OpenSSL writes to without a
 * signal. For stream.c. One thread. */
#ifndef PEERNET_CLIENT_STREAM_TLS_H
#define PEERNET_CLIENT_STREAM_TLS_H

#include <openssl/ssl.h>

#include "proto/client/stream.h"

/* A TLS client on a non-blocking socket, which stays the caller's. ERR_INVALID names the file that does not
 * do. */
int stream_tls_open(SSL **out, int fd, const char *host, const struct stream_trust *trust, struct err *e);

/* *events as in stream_step. */
int stream_tls_shake_hands(SSL *ssl, const char *host, short *events, struct err *e);

/* What SSL_read or SSL_write gave, as stream_receive and stream_send tell it. */
int stream_tls_result(SSL *ssl, int done, size_t *n, short *events, struct err *e);

/* When the other side's certificate ends, in seconds since 1970-01-01; 0: it showed none. */
int64_t stream_tls_certificate_ends(const SSL *ssl);

#endif
