#include "net/conn.h"
#include "net/conn_log.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "net/dispatch.h"
#include "net/login.h"
#include "net/output.h"
#include "net/spare.h"
#include "net/ticket.h"
#include "net/tls.h"

static void on_closed(uv_handle_t *handle)
{
    struct conn *c = handle->data;
    struct server *s = c->server;
    TAILQ_REMOVE(&s->conns, c, all);
    s->n_conns--;
    buf_free(&c->in);
    buf_free(&c->out);
    buf_free(&c->sending);
    free(c->scan);
    free(c);
    server_check_ended(s);
}

static void leave_turns(struct conn *c)
{
    if (c->wants_turn)
        TAILQ_REMOVE(&c->server->turns, c, turn);
    c->wants_turn = false;
}

const struct frame_limits *conn_limits(const struct conn *c)
{
    return c->role == ROLE_NONE ? &c->server->login_request : &c->server->options.request;
}

void conn_set_limits(struct conn *c)
{
    size_t room = c->server->options.request.bytes + READ_BYTES + 2 * (size_t)PLAIN_BYTES;
    if (c->in.limit < room)
        c->in.limit = room; /* not less: what has come fits */
}

bool conn_is_nobody(const struct conn *c)
{
    return c->must_log_in && c->role == ROLE_NONE && !c->turned_away;
}

void conn_set_role(struct conn *c, enum role role)
{
    if (c->state != CONN_OPEN)
        return;
    c->server->n_nobody -= conn_is_nobody(c);
    c->role = role;
    c->server->n_nobody += conn_is_nobody(c);
}

void conn_leave_open(struct conn *c)
{
    c->server->n_nobody -= conn_is_nobody(c);
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
    tls_close(c);
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
    if (c->scan != NULL)
        now += sizeof *c->scan;
    if (c->tls != NULL)
        now += TLS_WEIGHT + c->tls->wire.capacity;
    s->held += now - c->held;
    c->held = now;
    while (s->held > s->options.clients_limit_bytes) {
        struct conn *most = heaviest(s);
        snprintf(why, sizeof why, "its %zu bytes are most; the limit for all is %zu bytes (clients-limit)",
                 most->held, s->options.clients_limit_bytes);
        s->reached[LIMIT_CLIENTS_LIMIT]++;
        conn_log(most, ERR_LIMIT, "connection ended: clients take too much memory", why);
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
    conn_log(c, ERR_INVALID, "connection ended: broken message", reason);
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

/* Everything is answered that was on the way when draining began. */
static bool is_drained(const struct conn *c)
{
    return c->owed == 0 && (c->asked || uv_now(c->server->loop) - c->opened_at >= FIRST_WORD_MS);
}

void conn_drain(struct conn *c)
{
    uv_os_fd_t fd;
    int queued = 0;
    if (c->state != CONN_OPEN || c->input_ended)
        return;
    if (uv_fileno(&c->uv.handle, &fd) == 0 && ioctl(fd, FIONREAD, &queued) == 0 && queued > 0)
        c->owed = (uint32_t)queued;
    if (is_drained(c))
        conn_finish(c);
}

/* A message that breaks a limit; that of bytes is another one for who has not logged in. */
static void fault_of_frame(struct conn *c, const struct frame_scan *scan)
{
    static const char *const names[] = {"", " (request-bytes)", " (request-depth)", " (request-elements)"};
    static const enum limit limits[] = {LIMIT_COUNT, LIMIT_REQUEST_BYTES, LIMIT_REQUEST_DEPTH,
                                        LIMIT_REQUEST_ELEMENTS};
    bool before_login = scan->broke == FRAME_BYTES && c->role == ROLE_NONE;
    char reason[256];
    if (scan->broke != FRAME_NO_LIMIT)
        c->server->reached[before_login ? LIMIT_LOGIN_REQUEST_BYTES : limits[scan->broke]]++;
    snprintf(reason, sizeof reason, "%s%s", scan->reason,
             before_login ? "; it has not logged in (login-request-bytes)" : names[scan->broke]);
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
        tickets_cancel(c);
    } else {
        conn_close(c);
    }
}

/* What was being said cannot be told from noise any more: an alert goes out, and that is the end. */
static void fault_of_tls(struct conn *c, const char *reason)
{
    bool established = c->tls->established;
    c->server->counts.handshakes_failed += !established;
    conn_log(c, ERR_INVALID,
             established ? "connection ended: TLS broken" : "connection ended: TLS handshake failed", reason);
    buf_clear(&c->out);
    c->tls->sealed = 0;
    end_input(c, true);
}

/* False when it is closed. */
static bool take_bytes(struct conn *c, char *bytes, size_t size)
{
    char reason[TLS_REASON];
    spare_lend(&c->server->spare_in, &c->in);
    if (c->tls == NULL) {
        buf_append(&c->in, bytes, size);
        explicit_bzero(bytes, size); /* a token may be in it */
    } else if (!tls_take(c, (const uint8_t *)bytes, size, reason)) {
        fault_of_tls(c, reason);
    }
    if (!buf_failed(&c->in) && (c->tls == NULL || !buf_failed(&c->tls->wire)))
        return true;
    conn_log(c, ERR_MEMORY, "connection ended: no memory for its message", "");
    conn_close(c);
    return false;
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
    c->server->traffic.bytes_in += (uint64_t)size;
    c->owed -= (uint64_t)size < c->owed ? (uint32_t)size : c->owed;
    if (!take_bytes(c, bytes->base, (size_t)size))
        return;
    if (c->tls != NULL && c->tls->ended)
        on_read_end(c, UV_EOF);
    else
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

void conn_start(struct conn *c)
{
    set_reading(c, true);
}

static bool is_paused(const struct conn *c)
{
    return c->login != NULL || output_unsent(c) > c->server->options.output_pause_bytes;
}

static void forget_scan(struct conn *c)
{
    free(c->scan);
    c->scan = NULL;
}

/* Goes on where the last turn ended, or begins. */
static void resume_scan(const struct conn *c, struct frame_scan *scan)
{
    if (c->scan != NULL)
        *scan = *c->scan;
    else
        frame_begin(scan, conn_limits(c));
}

/* Remembers how far a message was looked at. Without memory for that it is looked at from its beginning
 * again. */
static void keep_scan(struct conn *c, const struct frame_scan *scan)
{
    if (c->scan == NULL)
        c->scan = malloc(sizeof *c->scan);
    if (c->scan != NULL)
        *c->scan = *scan;
}

/* Size of the message at `data`; 0: it is not whole, or breaks a rule. */
static size_t find_message(struct conn *c, const uint8_t *data, size_t size)
{
    struct frame_scan scan;
    size_t whole = c->scan == NULL ? frame_quick(conn_limits(c), data, size) : 0;
    if (whole > 0)
        return whole;
    resume_scan(c, &scan);
    enum frame_answer answer = frame_scan(&scan, data, size);
    c->hungry = answer == FRAME_MORE;
    if (answer == FRAME_BAD)
        fault_of_frame(c, &scan);
    else if (answer == FRAME_MORE)
        keep_scan(c, &scan);
    else
        forget_scan(c);
    return answer == FRAME_WHOLE ? scan.at : 0;
}

/* Handles messages from the input until there is none, or reason to stop; returns the bytes used. A turn is
 * bounded in number and, as some requests cost a thousand times others, in time. */
static size_t take_messages(struct conn *c, uint64_t turn_ns)
{
    size_t used = 0;
    struct server *s = c->server;
    s->clock_ns = uv_hrtime();
    uint64_t end = s->clock_ns + turn_ns;
    uint32_t n = 0;
    for (; n < s->options.requests_per_turn && !c->forsaken; n++) {
        if (n > 0 && used < c->in.size && s->clock_ns >= end)
            break;
        if (c->state != CONN_OPEN)
            break;
        if (is_paused(c)) {
            c->hungry = false; /* nobody knows yet what is in there */
            s->reached[LIMIT_OUTPUT_PAUSE] += c->login == NULL;
            break;
        }
        c->hungry = used == c->in.size;
        if (c->hungry)
            break;
        const uint8_t *data = c->in.data + used;
        size_t left = c->in.size - used, again = c->scan == NULL ? dispatch_repeated(c, data, left) : 0;
        size_t size = again > 0 ? again : find_message(c, data, left);
        if (size == 0)
            break;
        c->frame_at = 0;
        c->asked = true;
        if (again == 0)
            dispatch_message(c, data, size);
        used += size;
    }
    if (s->traffic.n_untimed > 0)
        dispatch_look_at_clock(s);
    s->reached[LIMIT_REQUESTS_PER_TURN] += n == s->options.requests_per_turn && used < c->in.size;
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
    if (c->server->draining && !c->input_ended && is_drained(c))
        end_input(c, false);
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
    spare_take(&c->server->spare_in, &c->in);
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

static void close_for_time(struct conn *c, enum limit limit)
{
    struct server_limit all[LIMIT_COUNT];
    char why[96];
    c->server->reached[limit]++;
    server_limits(c->server, all);
    snprintf(why, sizeof why, "the limit is %g s (%s)", all[limit].value, all[limit].option);
    conn_log(c, ERR_LIMIT, "connection ended: too slow", why);
    conn_close(c);
}

static bool is_idle(const struct conn *c)
{
    return c->in_flight == 0 && c->topics == 0 && c->in.size == 0 && output_unsent(c) == 0;
}

/* Who says nothing for a moment may say nothing for hours. */
static void rest(struct conn *c, uint64_t now)
{
    if (c->state != CONN_OPEN || c->writing || now - c->heard_at < REST_MS)
        return;
    output_rest(c);
    conn_weigh(c);
}

void conn_check_deadlines(struct conn *c, uint64_t now)
{
    rest(c, now);
    const struct server_options *o = &c->server->options;
    struct server_counts *counts = &c->server->counts;
    if (c->state == CONN_LINGERING ? now > c->end_at : c->turned_away && now - c->heard_at > TURNED_AWAY_MS)
        conn_close(c);
    if (c->server->draining && !c->input_ended && is_drained(c))
        conn_finish(c);
    if (c->state != CONN_OPEN)
        return;
    if (c->writing && is_over(o->write_seconds, c->write_at, now)) {
        counts->slow_readers++;
        close_for_time(c, LIMIT_WRITE_TIMEOUT);
        return;
    }
    if (c->role_until != 0 && time(NULL) >= c->role_until) {
        conn_log(c, ERR_DENIED, "connection ended: what it logged in by has expired", "");
        conn_close(c);
        return;
    }
    if (c->tls != NULL && !c->tls->established && is_over(o->handshake_seconds, c->opened_at, now)) {
        counts->handshakes_failed++;
        close_for_time(c, LIMIT_TLS_HANDSHAKE_TIMEOUT);
        return;
    }
    if (conn_is_nobody(c) && c->login == NULL && is_over(o->login_seconds, c->opened_at, now)) {
        counts->timeouts++;
        close_for_time(c, LIMIT_LOGIN_TIMEOUT);
        return;
    }
    if (c->input_ended || !c->reading)
        return; /* what it waits for now is not the peer's doing */
    if (!c->any_byte && is_over(o->first_byte_seconds, c->heard_at, now)) {
        counts->timeouts++;
        close_for_time(c, LIMIT_FIRST_BYTE_TIMEOUT);
    } else if (c->frame_at != 0 && is_over(o->frame_seconds, c->frame_at, now)) {
        counts->timeouts++;
        close_for_time(c, LIMIT_FRAME_TIMEOUT);
    } else if (is_idle(c) && is_over(o->idle_seconds, c->heard_at, now)) {
        counts->timeouts++;
        close_for_time(c, LIMIT_IDLE_TIMEOUT);
    }
}
