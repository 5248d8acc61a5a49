#include "net/accept.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/conn.h"
#include "net/conn_log.h"
#include "net/tls.h"

void accept_name(const struct sockaddr *address, char out[CONN_PEER])
{
    char host[INET6_ADDRSTRLEN] = "";
    if (address->sa_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
        uv_ip6_name(in6, host, sizeof host);
        snprintf(out, CONN_PEER, "[%s]:%u", host, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)address;
        uv_ip4_name(in, host, sizeof host);
        snprintf(out, CONN_PEER, "%s:%u", host, ntohs(in->sin_port));
    }
}

static void name_peer(struct conn *c)
{
    struct sockaddr_storage address = {0};
    int size = sizeof address;
    if (c->uv.handle.type == UV_NAMED_PIPE) {
        snprintf(c->peer, sizeof c->peer, "unix");
        return;
    }
    if (uv_tcp_getpeername(&c->uv.tcp, (struct sockaddr *)&address, &size) < 0)
        return;
    c->key = login_key_of((const struct sockaddr *)&address);
    accept_name((const struct sockaddr *)&address, c->peer);
}

static struct conn *conn_new(struct server *s, bool is_pipe)
{
    struct conn *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->server = s;
    c->id = ++s->last_conn;
    c->hungry = true;
    c->opened_at = c->heard_at = uv_now(s->loop);
    buf_init(&c->in, 0);
    c->in.secret = true; /* tokens come in by it */
    buf_init(&c->out, 0);
    buf_init(&c->sending, 0);
    conn_set_limits(c);
    LIST_INIT(&c->tickets);
    if (is_pipe)
        uv_pipe_init(s->loop, &c->uv.pipe, 0);
    else
        uv_tcp_init(s->loop, &c->uv.tcp);
    c->uv.handle.data = c;
    TAILQ_INSERT_TAIL(&s->conns, c, all);
    s->n_conns++;
    s->n_open++;
    return c;
}

const char *accept_refusal(const struct conn *c, char out[ACCEPT_REFUSAL])
{
    const struct server_options *o = &c->server->options;
    if (c->turned_away == REFUSAL_LOGIN)
        snprintf(out, ACCEPT_REFUSAL,
                 "too many connections that have not logged in: the limit is %u (login-connections)",
                 o->login_connections);
    else if (c->turned_away == REFUSAL_ADDRESS)
        snprintf(out, ACCEPT_REFUSAL,
                 "too many connections from this address: the limit is %u (address-connections)",
                 o->address_connections);
    else
        snprintf(out, ACCEPT_REFUSAL, "too many connections: the limit is %u (max-connections)",
                 o->max_connections);
    return out;
}

/* Whether more than `most` are open from its address, the newest looked at first: a flood is found soon. */
static bool address_has_more(const struct conn *c, uint32_t most)
{
    const struct conn *other;
    uint32_t n = 0;
    TAILQ_FOREACH_REVERSE(other, &c->server->conns, conn_list, all)
    {
        n += other->state == CONN_OPEN && other->must_log_in && !other->turned_away &&
             login_key_same(&other->key, &c->key);
        if (n > most)
            return true;
    }
    return false;
}

/* Whether it is one too many, being counted already. */
static enum conn_refusal find_refusal(const struct conn *c)
{
    const struct server *s = c->server;
    if (s->n_open > s->options.max_connections)
        return REFUSAL_CONNECTIONS;
    if (!c->must_log_in)
        return REFUSAL_NONE;
    if (s->n_nobody > s->options.login_connections)
        return REFUSAL_LOGIN;
    uint32_t most = s->options.address_connections;
    return most > 0 && address_has_more(c, most) ? REFUSAL_ADDRESS : REFUSAL_NONE;
}

/* One too many: kept for a moment, so that its first request can be told why. */
static void turn_away(struct conn *c, enum conn_refusal refusal)
{
    struct server *s = c->server;
    char why[ACCEPT_REFUSAL];
    s->counts.refused++;
    s->counts.refused_not_logged_in += refusal == REFUSAL_LOGIN;
    s->counts.refused_address += refusal == REFUSAL_ADDRESS;
    s->n_nobody -= conn_is_nobody(c);
    s->reached[refusal == REFUSAL_LOGIN     ? LIMIT_LOGIN_CONNECTIONS
               : refusal == REFUSAL_ADDRESS ? LIMIT_ADDRESS_CONNECTIONS
                                            : LIMIT_CONNECTIONS]++;
    c->turned_away = refusal;
    s->n_turned_away++;
    s->n_open--;
    conn_log(c, ERR_LIMIT, "connection refused", accept_refusal(c, why));
    if (s->n_turned_away > TURNED_AWAY_MAX)
        conn_close(c);
}

/* It has its socket. */
static void begin(struct listener *l, struct conn *c)
{
    struct server *s = l->server;
    name_peer(c);
    c->must_log_in = l->role == ROLE_NONE;
    c->role = l->role;
    s->n_nobody += conn_is_nobody(c);
    if (c->uv.handle.type == UV_TCP) {
        uv_tcp_nodelay(&c->uv.tcp, 1);
        uv_tcp_keepalive(&c->uv.tcp, 1, 60);
    }
    if (l->tls && !tls_open(c)) {
        conn_log(c, ERR_MEMORY, "connection ended: no memory for TLS", "");
        conn_close(c);
        return;
    }
    enum conn_refusal refusal = find_refusal(c);
    if (refusal != REFUSAL_NONE)
        turn_away(c, refusal);
    else
        s->counts.accepted++;
    if (c->state == CONN_OPEN)
        conn_start(c);
    server_watch(s);
}

bool accept_from(struct listener *l, uv_stream_t *listener)
{
    struct server *s = l->server;
    struct conn *c = conn_new(s, listener->type == UV_NAMED_PIPE);
    if (c == NULL) {
        server_log(s, ERR_MEMORY, "connection has to wait", "", "out of memory");
        server_watch(s);
        return false;
    }
    if (uv_accept(listener, &c->uv.stream) < 0)
        conn_close(c);
    else
        begin(l, c);
    return true;
}

static void take_over(struct listener *l, int fd)
{
    bool is_pipe = l->uv.handle.type == UV_NAMED_PIPE;
    struct conn *c = conn_new(l->server, is_pipe);
    int failed = c == NULL ? UV_ENOMEM
                 : is_pipe ? uv_pipe_open(&c->uv.pipe, fd)
                           : uv_tcp_open(&c->uv.tcp, fd);
    if (failed == 0) {
        begin(l, c);
        return;
    }
    close(fd);
    if (c != NULL)
        conn_close(c);
}

void accept_queued(struct listener *l)
{
    uv_os_fd_t listening;
    int fd;
    if (uv_fileno(&l->uv.handle, &listening) < 0)
        return;
    do {
        fd = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0)
            take_over(l, fd);
    } while (fd >= 0 || errno == EINTR || errno == ECONNABORTED);
}
