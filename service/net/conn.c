#include "net/conn.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/dispatch.h"
#include "net/login.h"
#include "net/output.h"
#include "net/ticket.h"
#include "proto/mp.h"

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;
    struct server *s = c->server;
    TAILQ_REMOVE(&s->conns, c, all);
    s->n_conns--;
    buf_free(&c->in);
    buf_free(&c->out);
    buf_free(&c->sending);
    free(c);
    server_check_ended(s);
}

static void leave_turns(struct conn *c)
{
    if (c->wants_turn)
        TAILQ_REMOVE(&c->server->turns, c, turn);
    c->wants_turn = false;
}

static const struct frame_limits *limits_of(const struct conn *c)
{
    return c->role == ROLE_NONE ? &c->server->login_request : &c->server->options.request;
}

static bool is_nobody(const struct conn *c)
{
    return c->must_log_in && c->role == ROLE_NONE && !c->turned_away;
}

void conn_set_role(struct conn *c, enum role role)
{
    if (c->state != CONN_OPEN)
        return;
    c->server->n_nobody -= is_nobody(c);
    c->role = role;
    c->server->n_nobody += is_nobody(c);
    if (c->scan.at == 0)
        frame_begin(&c->scan, limits_of(c));
}

void conn_leave_open(struct conn *c)
{
    c->server->n_nobody -= is_nobody(c);
    if (c->turned_away)
        c->server->n_turned_away--;
    else
        c->server->n_open--;
}

void conn_close(struct conn *c)
{
    if (c->state == CONN_CLOSING)
        return;
    if (c->state == CONN_OPEN)
        conn_leave_open(c);
    else
        c->server->n_lingering--;
    c->state = CONN_CLOSING;
    leave_turns(c);
    tickets_forget(c);
    login_forget(c);
    c->server->held -= c->held;
    c->held = 0;
    uv_close(&c->uv.handle, on_closed);
}

/* Who takes most. There is one when anything is held at all. */
static struct conn *heaviest(const struct server *s)
{
    struct conn *c, *most = TAILQ_FIRST(&s->conns);
    TAILQ_FOREACH(c, &s->conns, all)
    if (c->held > most->held)
        most = c;
    return most;
}

void conn_weigh(struct conn *c)
{
    struct server *s = c->server;
    char why[120];
    if (c->state == CONN_CLOSING)
        return;
    size_t now = c->in.capacity + c->out.capacity + c->sending.capacity;
    s->held += now - c->held;
    c->held = now;
    while (s->held > s->options.clients_limit_bytes) {
        struct conn *most = heaviest(s);
        snprintf(why, sizeof why, "its %zu bytes are most; the limit for all is %zu bytes (clients-limit)",
                 most->held, s->options.clients_limit_bytes);
        server_log(s, ERR_LIMIT, "connection ended: clients take too much memory", most->peer, why);
        conn_close(most);
    }
}

/* Nothing more is taken in; what is there is thrown away when the peer broke the protocol. */
static void end_input(struct conn *c, bool fault)
{
    c->input_ended = true;
    if (!fault)
        return;
    c->forsaken = true;
    c->hungry = true;
    c->frame_at = 0;
}

void conn_fault(struct conn *c, const char *reason)
{
    c->server->counts.bad_frames++;
    server_log(c->server, ERR_INVALID, "connection ended: broken message", c->peer, reason);
    end_input(c, true);
}

void conn_finish(struct conn *c)
{
    if (c->state != CONN_OPEN)
        return;
    end_input(c, false);
    if (!c->in_turn)
        conn_turn(c);
}

/* A message that breaks a limit; those for who has not logged in are others. */
static void fault_of_frame(struct conn *c)
{
    char reason[256];
    snprintf(reason, sizeof reason, "%s%s", c->scan.reason,
             c->role == ROLE_NONE ? "; it has not logged in (login-request-bytes)" : "");
    conn_fault(c, reason);
}

static void allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
    struct conn *c = handle->data;
    (void)suggested;
    *buf = uv_buf_init(c->server->read_bytes, READ_BYTES);
}

/* The peer sent its last byte, or the connection broke. */
static void on_read_end(struct conn *c, ssize_t status)
{
    if (status == UV_EOF && c->state == CONN_OPEN) {
        uv_read_stop(&c->uv.stream);
        c->reading = false;
        conn_finish(c);
    } else {
        conn_close(c);
    }
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes)
{
    struct conn *c = stream->data;
    if (size < 0) {
        on_read_end(c, size);
        return;
    }
    if (size == 0 || c->state != CONN_OPEN || c->input_ended)
        return;
    c->any_byte = true;
    c->heard_at = uv_now(c->server->loop);
    buf_append(&c->in, bytes->base, (size_t)size);
    explicit_bzero(bytes->base, (size_t)size); /* a token may be in it */
    if (buf_failed(&c->in)) {
        server_log(c->server, ERR_MEMORY, "connection ended: no memory for its message", c->peer, "");
        conn_close(c);
        return;
    }
    conn_turn(c);
}

static void set_reading(struct conn *c, bool reading)
{
    if (c->reading == reading)
        return;
    c->reading = reading;
    if (c->frame_at != 0)
        c->frame_at = uv_now(c->server->loop); /* a pause was not the sender's fault */
    if (!reading)
        uv_read_stop(&c->uv.stream);
    else if (uv_read_start(&c->uv.stream, allocate, on_read) < 0)
        conn_close(c);
}

/* Unpacks one whole message and has it answered. */
static void take_message(struct conn *c, const uint8_t *data, size_t size)
{
    struct err e = ERR_INIT;
    struct mp_tree tree;
    if (mp_unpack(data, size, &tree, &e))
        conn_fault(c, e.text);
    else
        dispatch_message(c, tree.top);
    mp_free(&tree);
}

static bool is_paused(const struct conn *c)
{
    return c->login != NULL || output_unsent(c) > c->server->options.output_pause_bytes;
}

/* Handles messages from the input until there is none, or reason to stop; returns the bytes used. A turn is
 * bounded in number and, as some requests cost a thousand times others, in time. */
static size_t take_messages(struct conn *c, uint64_t turn_ns)
{
    size_t used = 0;
    uint64_t end = uv_hrtime() + turn_ns;
    for (uint32_t n = 0; n < c->server->options.requests_per_turn && !c->forsaken; n++) {
        if (n > 0 && uv_hrtime() >= end)
            break;
        if (c->state != CONN_OPEN)
            break;
        if (is_paused(c)) {
            c->hungry = false; /* nobody knows yet what is in there */
            break;
        }
        enum frame_answer answer = frame_scan(&c->scan, c->in.data + used, c->in.size - used);
        c->hungry = answer == FRAME_MORE;
        if (answer == FRAME_BAD)
            fault_of_frame(c);
        if (answer != FRAME_WHOLE)
            break;
        size_t size = c->scan.at;
        c->frame_at = 0;
        take_message(c, c->in.data + used, size);
        frame_begin(&c->scan, limits_of(c));
        used += size;
    }
    return c->forsaken ? c->in.size : used;
}

static void want_turn(struct conn *c)
{
    if (c->wants_turn)
        return;
    c->wants_turn = true;
    TAILQ_INSERT_TAIL(&c->server->turns, c, turn);
    server_watch(c->server);
}

/* After a turn: what to wait for now. */
static void settle(struct conn *c)
{
    set_reading(c, c->hungry && !c->input_ended && !is_paused(c));
    if (c->state != CONN_OPEN)
        return;
    if (!c->hungry) {
        if (!is_paused(c))
            want_turn(c);
        return;
    }
    if (c->in.size > 0 && c->frame_at == 0)
        c->frame_at = uv_now(c->server->loop);
    if (!c->input_ended || output_unsent(c) > 0 || (c->in_flight > 0 && !c->forsaken))
        return;
    output_end(c);
    if (c->state == CONN_LINGERING)
        set_reading(c, true);
}

static void take_turn(struct conn *c, uint64_t turn_ns)
{
    leave_turns(c);
    if (c->state != CONN_OPEN || c->in_turn)
        return;
    c->in_turn = true;
    buf_consume(&c->in, take_messages(c, turn_ns));
    output_trim(&c->in);
    output_flush(c);
    c->in_turn = false;
    conn_weigh(c);
    if (c->state == CONN_OPEN)
        settle(c);
}

void conn_turn(struct conn *c)
{
    take_turn(c, TAILQ_EMPTY(&c->server->turns) ? TURN_NS : 0);
}

void conn_turn_from_queue(struct conn *c)
{
    take_turn(c, TURN_NS);
}

/* ms a connection may still take, by an option in seconds. */
static bool is_over(double seconds, uint64_t since, uint64_t now)
{
    return seconds > 0 && (double)(now - since) > seconds * 1000;
}

static void close_for_time(struct conn *c, const char *option, double seconds)
{
    char why[96];
    snprintf(why, sizeof why, "the limit is %g s (%s)", seconds, option);
    server_log(c->server, ERR_LIMIT, "connection ended: too slow", c->peer, why);
    conn_close(c);
}

static bool is_idle(const struct conn *c)
{
    return c->in_flight == 0 && c->topics == 0 && c->in.size == 0 && output_unsent(c) == 0;
}

void conn_check_deadlines(struct conn *c, uint64_t now)
{
    const struct server_options *o = &c->server->options;
    struct server_counts *counts = &c->server->counts;
    if (c->state == CONN_LINGERING ? now > c->end_at : c->turned_away && now - c->heard_at > TURNED_AWAY_MS)
        conn_close(c);
    if (c->state != CONN_OPEN)
        return;
    if (c->writing && is_over(o->write_seconds, c->write_at, now)) {
        counts->slow_readers++;
        close_for_time(c, "write-timeout", o->write_seconds);
        return;
    }
    if (c->role_until != 0 && time(NULL) >= c->role_until) {
        server_log(c->server, ERR_DENIED, "connection ended: its token has expired", c->peer, "");
        conn_close(c);
        return;
    }
    if (is_nobody(c) && c->login == NULL && is_over(o->login_seconds, c->opened_at, now)) {
        counts->timeouts++;
        close_for_time(c, "login-timeout", o->login_seconds);
        return;
    }
    if (c->input_ended || !c->reading)
        return; /* what it waits for now is not the peer's doing */
    if (!c->any_byte && is_over(o->first_byte_seconds, c->heard_at, now)) {
        counts->timeouts++;
        close_for_time(c, "first-byte-timeout", o->first_byte_seconds);
    } else if (c->frame_at != 0 && is_over(o->frame_seconds, c->frame_at, now)) {
        counts->timeouts++;
        close_for_time(c, "frame-timeout", o->frame_seconds);
    } else if (is_idle(c) && is_over(o->idle_seconds, c->heard_at, now)) {
        counts->timeouts++;
        close_for_time(c, "idle-timeout", o->idle_seconds);
    }
}

static void name_peer(struct conn *c)
{
    struct sockaddr_storage address = {0};
    int size = sizeof address;
    char host[INET6_ADDRSTRLEN] = "";
    if (c->uv.handle.type == UV_NAMED_PIPE) {
        snprintf(c->peer, sizeof c->peer, "unix");
        return;
    }
    if (uv_tcp_getpeername(&c->uv.tcp, (struct sockaddr *)&address, &size) < 0)
        return;
    c->key = login_key_of((const struct sockaddr *)&address);
    if (address.ss_family == AF_INET6) {
        const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)&address;
        uv_ip6_name(in6, host, sizeof host);
        snprintf(c->peer, sizeof c->peer, "[%s]:%u", host, ntohs(in6->sin6_port));
    } else {
        const struct sockaddr_in *in = (const struct sockaddr_in *)&address;
        uv_ip4_name(in, host, sizeof host);
        snprintf(c->peer, sizeof c->peer, "%s:%u", host, ntohs(in->sin_port));
    }
}

static struct conn *conn_new(struct server *s, bool is_pipe)
{
    struct conn *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    c->server = s;
    c->hungry = true;
    c->opened_at = c->heard_at = uv_now(s->loop);
    buf_init(&c->in, s->options.request.bytes + READ_BYTES);
    c->in.secret = true; /* tokens come in by it */
    buf_init(&c->out, 0);
    buf_init(&c->sending, 0);
    frame_begin(&c->scan, limits_of(c));
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

const char *conn_refusal(const struct conn *c, char out[CONN_REFUSAL])
{
    const struct server_options *o = &c->server->options;
    if (c->turned_away == REFUSAL_LOGIN)
        snprintf(out, CONN_REFUSAL,
                 "too many connections that have not logged in: the limit is %u (login-connections)",
                 o->login_connections);
    else if (c->turned_away == REFUSAL_ADDRESS)
        snprintf(out, CONN_REFUSAL,
                 "too many connections from this address: the limit is %u (address-connections)",
                 o->address_connections);
    else
        snprintf(out, CONN_REFUSAL, "too many connections: the limit is %u (max-connections)",
                 o->max_connections);
    return out;
}

static uint32_t count_of_address(const struct conn *c)
{
    const struct conn *other;
    uint32_t n = 0;
    TAILQ_FOREACH(other, &c->server->conns, all)
    n += other->state == CONN_OPEN && other->must_log_in && !other->turned_away &&
         login_key_same(&other->key, &c->key);
    return n;
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
    return most > 0 && count_of_address(c) > most ? REFUSAL_ADDRESS : REFUSAL_NONE;
}

/* One too many: kept for a moment, so that its first request can be told why. */
static void turn_away(struct conn *c, enum conn_refusal refusal)
{
    struct server *s = c->server;
    char why[CONN_REFUSAL];
    s->counts.refused++;
    s->counts.refused_not_logged_in += refusal == REFUSAL_LOGIN;
    s->counts.refused_address += refusal == REFUSAL_ADDRESS;
    s->n_nobody -= is_nobody(c);
    c->turned_away = refusal;
    s->n_turned_away++;
    s->n_open--;
    server_log(s, ERR_LIMIT, "connection refused", c->peer, conn_refusal(c, why));
    if (s->n_turned_away > TURNED_AWAY_MAX)
        conn_close(c);
}

bool conn_accept(struct server *s, uv_stream_t *listener, enum role role)
{
    struct conn *c = conn_new(s, listener->type == UV_NAMED_PIPE);
    if (c == NULL) {
        server_log(s, ERR_MEMORY, "connection has to wait", "", "out of memory");
        server_watch(s);
        return false;
    }
    if (uv_accept(listener, &c->uv.stream) < 0) {
        conn_close(c);
        return true;
    }
    name_peer(c);
    c->must_log_in = role == ROLE_NONE;
    c->role = role;
    s->n_nobody += is_nobody(c);
    frame_begin(&c->scan, limits_of(c));
    if (c->uv.handle.type == UV_TCP) {
        uv_tcp_nodelay(&c->uv.tcp, 1);
        uv_tcp_keepalive(&c->uv.tcp, 1, 60);
    }
    enum conn_refusal refusal = find_refusal(c);
    if (refusal != REFUSAL_NONE)
        turn_away(c, refusal);
    else
        s->counts.accepted++;
    if (c->state == CONN_OPEN)
        set_reading(c, true);
    server_watch(s);
    return true;
}
