#include "proto/client/stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/client/connect.h"
#include "proto/client/stream_tls.h"

struct stream {
    int fd;
    SSL *ssl; /* NULL: plain */
    bool connected, open;
    char host[256];
};

int stream_begin(struct stream **out, const struct address *address, const struct sockaddr *to,
                 socklen_t size, const struct stream_trust *trust, struct err *e)
{
    struct stream *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_memory(e, "a connection");
    memcpy(s->host, address->host, sizeof s->host);
    s->fd = -1;
    int code = connect_begin(to, size, &s->fd, e);
    if (code == 0 && address->is_tls)
        code = stream_tls_open(&s->ssl, s->fd, s->host, trust, e);
    if (code == 0)
        *out = s;
    else
        stream_close(s);
    return code;
}

/* Is the socket connected, or has that failed? *events: what to wait for while neither is known. */
static int finish_connecting(struct stream *s, short *events, struct err *e)
{
    struct pollfd now = {.fd = s->fd, .events = POLLOUT};
    *events = POLLOUT;
    if (poll(&now, 1, 0) <= 0)
        return 0;
    *events = 0;
    s->connected = true;
    return connect_result(s->fd, e);
}

int stream_step(struct stream *s, short *events, struct err *e)
{
    *events = 0;
    if (s->open)
        return 0;
    int failed = s->connected ? 0 : finish_connecting(s, events, e);
    if (failed == 0 && *events == 0 && s->ssl != NULL)
        failed = stream_tls_shake_hands(s->ssl, s->host, events, e);
    s->open = failed == 0 && *events == 0;
    return failed;
}

static int step_until(struct stream *s, double deadline, struct err *e)
{
    short events;
    while (stream_step(s, &events, e) == 0) {
        double left = deadline - clock_seconds();
        struct pollfd waiting = {.fd = s->fd, .events = events};
        if (events == 0)
            return 0;
        int ready = left <= 0 ? 0 : poll(&waiting, 1, (int)(left * 1000) + 1);
        if (ready == 0 && s->connected)
            return err_set(e, ERR_UNAVAILABLE, "no TLS with %s in time", s->host);
        if (ready == 0)
            return err_set(e, ERR_UNAVAILABLE, "%s", strerror(ETIMEDOUT));
        if (ready < 0 && errno != EINTR)
            return err_set(e, ERR_UNAVAILABLE, "%s", strerror(errno));
    }
    return (int)e->code;
}

static int open_one(struct stream **out, const struct address *address, const struct sockaddr *to,
                    socklen_t size, const struct stream_trust *trust, double deadline, struct err *e)
{
    int failed = stream_begin(out, address, to, size, trust, e);
    if (failed != 0)
        return failed;
    failed = step_until(*out, deadline, e);
    if (failed != 0) {
        stream_close(*out);
        *out = NULL;
    }
    return failed;
}

static int open_tcp(struct stream **out, const struct address *address, const struct stream_trust *trust,
                    double deadline, struct err *e)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    int failed = getaddrinfo(address->host, address->port, &hints, &found);
    if (failed != 0)
        return err_set(e, ERR_UNAVAILABLE, "%s", gai_strerror(failed));
    for (struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        failed = open_one(out, address, at->ai_addr, at->ai_addrlen, trust, deadline, e);
        if (failed != ERR_UNAVAILABLE)
            break;
    }
    freeaddrinfo(found);
    return failed;
}

int stream_open(struct stream **out, const struct address *address, const struct stream_trust *trust,
                double seconds, struct err *e)
{
    double deadline = clock_seconds() + seconds;
    struct sockaddr_un to;
    *out = NULL;
    if (!address->is_unix)
        return open_tcp(out, address, trust, deadline, e);
    socklen_t size = connect_unix_address(address, &to);
    return open_one(out, address, (const struct sockaddr *)&to, size, trust, deadline, e);
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

int64_t stream_certificate_ends(const struct stream *s)
{
    return s->ssl == NULL ? 0 : stream_tls_certificate_ends(s->ssl);
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

int stream_send(struct stream *s, const void *data, size_t size, size_t *n, short *events, struct err *e)
{
    if (s->ssl == NULL)
        return plain_result(send(s->fd, data, size, MSG_NOSIGNAL), POLLOUT, n, events, e);
    ERR_clear_error();
    int done = SSL_write(s->ssl, data, size > INT_MAX ? INT_MAX : (int)size);
    return stream_tls_result(s->ssl, done, n, events, e);
}

int stream_receive(struct stream *s, void *room, size_t size, size_t *n, short *events, struct err *e)
{
    if (s->ssl == NULL)
        return plain_result(recv(s->fd, room, size, 0), POLLIN, n, events, e);
    ERR_clear_error();
    int done = SSL_read(s->ssl, room, size > INT_MAX ? INT_MAX : (int)size);
    return stream_tls_result(s->ssl, done, n, events, e);
}
