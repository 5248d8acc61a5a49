#include "peernet/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peernet/connect.h"

struct stream {
    int fd;
    SSL *ssl; /* NULL: plain */
};

static const char *reason(void)
{
    unsigned long code = ERR_peek_last_error();
    const char *text = code == 0 ? NULL : ERR_reason_error_string(code);
    return text == NULL ? "the other side ended it" : text;
}

static int own_file(const char *path, struct err *e)
{
    return err_set(e, ERR_INVALID, "%s: it cannot be used for TLS (%s)", path, reason());
}

static int set_trust(SSL_CTX *context, const struct stream_trust *trust, struct err *e)
{
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1)
        return err_set(e, ERR_INTERNAL, "TLS: %s", reason());
    if (trust->ca[0] == '\0' ? SSL_CTX_set_default_verify_paths(context) != 1
                             : SSL_CTX_load_verify_file(context, trust->ca) != 1)
        return own_file(trust->ca[0] == '\0' ? "this system's certificates" : trust->ca, e);
    if (trust->certificate[0] != '\0' && SSL_CTX_use_certificate_chain_file(context, trust->certificate) != 1)
        return own_file(trust->certificate, e);
    if (trust->key[0] != '\0' && SSL_CTX_use_PrivateKey_file(context, trust->key, SSL_FILETYPE_PEM) != 1)
        return own_file(trust->key, e);
    return 0;
}

/* Whom the certificate has to be made out to. */
static bool set_host(SSL *ssl, const char *host)
{
    unsigned char bytes[sizeof(struct in6_addr)];
    bool numeric = inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
    if (numeric)
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host) == 1;
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host) == 1 && SSL_set_tlsext_host_name(ssl, host) == 1;
}

static int await(int fd, short events, double deadline)
{
    double left = deadline - clock_seconds();
    struct pollfd waiting = {.fd = fd, .events = events};
    return left <= 0 ? 0 : poll(&waiting, 1, (int)(left * 1000) + 1);
}

static int handshake_failed(const struct stream *s, const char *host, struct err *e)
{
    long verified = SSL_get_verify_result(s->ssl);
    if (verified != X509_V_OK)
        return err_set(e, ERR_DENIED, "the certificate of %s is not believed: %s", host,
                       X509_verify_cert_error_string(verified));
    return err_set(e, ERR_UNAVAILABLE, "no TLS with %s: %s", host, reason());
}

static int shake_hands(struct stream *s, const char *host, double deadline, struct err *e)
{
    for (;;) {
        ERR_clear_error();
        int done = SSL_connect(s->ssl);
        if (done == 1)
            return 0;
        int why = SSL_get_error(s->ssl, done);
        if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
            return handshake_failed(s, host, e);
        int ready = await(s->fd, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, deadline);
        if (ready == 0)
            return err_set(e, ERR_UNAVAILABLE, "no TLS with %s in time", host);
        if (ready < 0 && errno != EINTR)
            return err_set(e, ERR_UNAVAILABLE, "%s", strerror(errno));
    }
}

static int open_tls(struct stream *s, const char *host, const struct stream_trust *trust, double deadline,
                    struct err *e)
{
    ERR_clear_error();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL)
        return err_memory(e, "TLS");
    int code = set_trust(context, trust, e);
    if (code == 0) {
        s->ssl = SSL_new(context);
        if (s->ssl == NULL || SSL_set_fd(s->ssl, s->fd) != 1 || !set_host(s->ssl, host))
            code = err_memory(e, "TLS");
    }
    SSL_CTX_free(context);
    return code != 0 ? code : shake_hands(s, host, deadline, e);
}

int stream_open(struct stream **out, const struct address *address, const struct stream_trust *trust,
                double seconds, struct err *e)
{
    double deadline = clock_seconds() + seconds;
    struct stream *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_memory(e, "a connection");
    s->fd = -1;
    int code = connect_to(address, seconds, &s->fd, e);
    if (code == 0 && address->is_tls)
        code = open_tls(s, address->host, trust, deadline, e);
    if (code == 0)
        *out = s;
    else
        stream_close(s);
    return code;
}

void stream_close(struct stream *s)
{
    if (s == NULL)
        return;
    SSL_free(s->ssl);
    if (s->fd >= 0)
        close(s->fd);
    free(s);
}

bool stream_is_private(const struct stream *s)
{
    struct sockaddr_storage peer = {0};
    socklen_t size = sizeof peer;
    if (s->ssl != NULL)
        return true;
    if (getpeername(s->fd, (struct sockaddr *)&peer, &size) != 0)
        return false;
    if (peer.ss_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)&peer)->sin_addr.s_addr) >> 24 == 127;
    if (peer.ss_family == AF_INET6)
        return IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)&peer)->sin6_addr);
    return peer.ss_family == AF_UNIX;
}

int stream_descriptor(const struct stream *s)
{
    return s->fd;
}

static int plain_result(ssize_t done, short wanted, size_t *n, short *events, struct err *e)
{
    *n = done > 0 ? (size_t)done : 0;
    *events = 0;
    if (done < 0 && errno != EAGAIN && errno != EINTR)
        return err_set(e, ERR_UNAVAILABLE, "%s", strerror(errno));
    if (done < 0)
        *events = wanted;
    return 0;
}

static int tls_result(const struct stream *s, int done, size_t *n, short *events, struct err *e)
{
    *n = done > 0 ? (size_t)done : 0;
    *events = 0;
    if (done > 0)
        return 0;
    switch (SSL_get_error(s->ssl, done)) {
    case SSL_ERROR_WANT_READ:
        *events = POLLIN;
        return 0;
    case SSL_ERROR_WANT_WRITE:
        *events = POLLOUT;
        return 0;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        return err_set(e, ERR_UNAVAILABLE, "TLS: %s", reason());
    }
}

int stream_send(struct stream *s, const void *data, size_t size, size_t *n, short *events, struct err *e)
{
    if (s->ssl == NULL)
        return plain_result(send(s->fd, data, size, MSG_NOSIGNAL), POLLOUT, n, events, e);
    ERR_clear_error();
    return tls_result(s, SSL_write(s->ssl, data, size > INT_MAX ? INT_MAX : (int)size), n, events, e);
}

int stream_receive(struct stream *s, void *room, size_t size, size_t *n, short *events, struct err *e)
{
    if (s->ssl == NULL)
        return plain_result(recv(s->fd, room, size, 0), POLLIN, n, events, e);
    ERR_clear_error();
    return tls_result(s, SSL_read(s->ssl, room, size > INT_MAX ? INT_MAX : (int)size), n, events, e);
}
