#include "net/server.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>

#include "net/answers.h"
#include "net/conn.h"
#include "net/conn_log.h"
#include "net/listener.h"
#include "net/login.h"
#include "net/state.h"
#include "net/steer.h"
#include "net/ticket.h"
#include "net/tls_context.h"

static void take_options(struct server *s, const struct server_options *options)
{
    s->options = *options;
    s->login_request = options->request;
    s->login_request.bytes = options->login_request_bytes;
    s->delays.first_ms = options->login_delay_ms;
    s->delays.most_ms = options->login_delay_most_ms;
    s->result.limit = s->notice.limit = options->output_limit_bytes;
}

int server_open(struct server **out, uv_loop_t *loop, const struct server_options *options,
                const struct service *service, struct err *e)
{
    *out = NULL;
    if (server_options_check(options, e))
        return e->code;
    struct server *s = calloc(1, sizeof *s);
    if (s == NULL)
        return err_memory(e, "opening the server");
    s->loop = loop;
    s->service = service;
    TAILQ_INIT(&s->listeners);
    TAILQ_INIT(&s->conns);
    TAILQ_INIT(&s->turns);
    TAILQ_INIT(&s->drafts);
    struct gate_options threads = {.what = "requests for a thread",
                                   .option = "thread-queue",
                                   .places_option = "thread-jobs",
                                   .places = options->thread_jobs,
                                   .queue = options->thread_queue};
    if (gate_open(&s->threads, &threads, e) || answers_open(&s->answers, options->answers_kept_bytes, e)) {
        gate_close(s->threads);
        free(s);
        return e->code;
    }
    buf_init(&s->result, 0);
    buf_init(&s->notice, 0);
    buf_init(&s->age, 0);
    take_options(s, options);
    signal(SIGPIPE, SIG_IGN); /* a peer that has gone is an error of write(), no more */
    method_table();
    *out = s;
    return 0;
}

void server_thread_counts(const struct server *s, struct gate_counts *out)
{
    gate_counts(s->threads, out);
}

void server_free(struct server *s)
{
    if (s == NULL)
        return;
    buf_free(&s->spare_in);
    buf_free(&s->spare_out);
    buf_free(&s->spare_wire);
    buf_free(&s->result);
    buf_free(&s->notice);
    buf_free(&s->age);
    gate_close(s->threads);
    answers_free(s->answers);
    tokens_free(s->tokens);
    tls_context_free(s->tls);
    free(s);
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct server *s = handle->data;
    s->handles--;
    server_check_ended(s);
}

/* All connections and listeners are closed: then the handles of the server's own, then `done`. */
void server_check_ended(struct server *s)
{
    if (s->done == NULL || s->ended || s->n_conns > 0 || s->listeners_open > 0)
        return;
    if (s->running) {
        s->running = false;
        uv_close((uv_handle_t *)&s->sweep, on_handle_closed);
        uv_close((uv_handle_t *)&s->idle, on_handle_closed);
        uv_close((uv_handle_t *)&s->login_timer, on_handle_closed);
        uv_close((uv_handle_t *)&s->log_timer, on_handle_closed);
        server_log_rest(s);
    }
    if (s->handles > 0)
        return;
    s->ended = true;
    s->done(s->done_context);
}

/* A part of a proposal's problem, and those that came too far in their last turn to be done, one after the
 * other, and only for a while: whoever has something new to say is heard in between, however many there are
 * that want another turn. */
static void on_idle(uv_idle_t *idle)
{
    struct server *s = idle->data;
    if (s->accepts_wait)
        listeners_go_on(s);
    ticket_write_draft(s);
    uint64_t end = uv_hrtime() + TURN_NS;
    while (!TAILQ_EMPTY(&s->turns) && uv_hrtime() < end)
        conn_turn_from_queue(TAILQ_FIRST(&s->turns));
    if (TAILQ_EMPTY(&s->turns) && TAILQ_EMPTY(&s->drafts) && !s->accepts_wait)
        uv_idle_stop(&s->idle);
}

static void on_sweep(uv_timer_t *timer)
{
    struct server *s = timer->data;
    uint64_t now = uv_now(s->loop);
    struct conn *c;
    TAILQ_FOREACH(c, &s->conns, all)
    conn_check_deadlines(c, now);
    bool all_accepted = true;
    struct listener *l;
    TAILQ_FOREACH(l, &s->listeners, link)
    all_accepted = listener_retry(l) && all_accepted;
    if (all_accepted && TAILQ_EMPTY(&s->conns))
        uv_timer_stop(&s->sweep);
}

/* How often deadlines are looked at, in ms: a quarter of the shortest, at most once a second. */
static uint64_t sweep_period(const struct server_options *o)
{
    const double limits[] = {o->first_byte_seconds, o->frame_seconds, o->idle_seconds,
                             o->write_seconds,      o->login_seconds, o->handshake_seconds};
    double shortest = LINGER_MS / 1000.0;
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        if (limits[i] > 0 && limits[i] < shortest)
            shortest = limits[i];
    return shortest > 0.08 ? (uint64_t)(shortest * 250) : 20;
}

void server_watch(struct server *s)
{
    if (!s->running)
        return;
    if ((!TAILQ_EMPTY(&s->turns) || !TAILQ_EMPTY(&s->drafts) || s->accepts_wait) &&
        !uv_is_active((uv_handle_t *)&s->idle))
        uv_idle_start(&s->idle, on_idle);
    if (!uv_is_active((uv_handle_t *)&s->sweep))
        uv_timer_start(&s->sweep, on_sweep, sweep_period(&s->options), sweep_period(&s->options));
}

int server_set_options(struct server *s, const struct server_options *options, struct err *e)
{
    struct server_options now = *options;
    struct conn *c;
    if (server_options_check(options, e))
        return (int)e->code;
    now.thread_jobs = s->options.thread_jobs;
    now.thread_queue = s->options.thread_queue;
    now.answers_kept_bytes = s->options.answers_kept_bytes;
    now.loopback_role = s->options.loopback_role;
    now.socket_role = s->options.socket_role;
    now.reuse_port = s->options.reuse_port;
    now.insecure_plaintext_remote = s->options.insecure_plaintext_remote;
    take_options(s, &now);
    TAILQ_FOREACH(c, &s->conns, all)
    conn_set_limits(c);
    if (s->running)
        uv_timer_stop(&s->sweep);
    server_watch(s);
    return 0;
}

static void start_handles(struct server *s)
{
    if (s->running)
        return;
    s->running = true;
    uv_timer_init(s->loop, &s->sweep);
    uv_idle_init(s->loop, &s->idle);
    uv_timer_init(s->loop, &s->login_timer);
    uv_timer_init(s->loop, &s->log_timer);
    s->sweep.data = s->idle.data = s->login_timer.data = s->log_timer.data = s;
    s->handles = 4;
}

static int refuse_when_ending(const struct server *s, struct err *e)
{
    if (s->draining || s->stopped)
        return err_set(e, ERR_CANCELLED, "the server is ending: it listens on nothing more");
    return 0;
}

static int add_listener(struct server *s, struct listener *l, struct err *e)
{
    if (l == NULL)
        return e->code;
    TAILQ_INSERT_TAIL(&s->listeners, l, link);
    start_handles(s);
    return 0;
}

int server_listen_tcp(struct server *s, const char *address, struct err *e)
{
    if (refuse_when_ending(s, e))
        return e->code;
    return add_listener(s, listener_open_tcp(s, address, false, e), e);
}

int server_listen_tls(struct server *s, const char *address, struct err *e)
{
    if (refuse_when_ending(s, e))
        return e->code;
    return add_listener(s, listener_open_tcp(s, address, true, e), e);
}

int server_listen_unix(struct server *s, const char *path, unsigned mode, struct err *e)
{
    if (refuse_when_ending(s, e))
        return e->code;
    return add_listener(s, listener_open_unix(s, path, mode, e), e);
}

int server_listen_passed(struct server *s, int fd, bool tls, struct err *e)
{
    if (refuse_when_ending(s, e))
        return e->code;
    return add_listener(s, listener_open_passed(s, fd, tls, e), e);
}

const char *server_address(const struct server *s, size_t index)
{
    const struct listener *l = TAILQ_FIRST(&s->listeners);
    for (; l != NULL && index > 0; index--)
        l = TAILQ_NEXT(l, link);
    return l != NULL ? l->address : NULL;
}

uint16_t server_port(const struct server *s)
{
    const struct listener *l = TAILQ_FIRST(&s->listeners);
    while (l != NULL && l->port == 0)
        l = TAILQ_NEXT(l, link);
    return l != NULL ? l->port : 0;
}

void server_counts(const struct server *s, struct server_counts *out)
{
    const struct conn *c;
    struct answers_counts kept;
    *out = s->counts;
    out->not_logged_in = s->n_nobody;
    out->held = s->held;
    answers_counts(s->answers, &kept);
    out->answers_bytes = kept.bytes;
    TAILQ_FOREACH(c, &s->conns, all)
    {
        out->connections += c->state == CONN_OPEN && !c->turned_away;
        out->subscribers += c->state == CONN_OPEN && c->topics != 0;
        out->logged_in +=
            c->state == CONN_OPEN && (c->token != 0 || (c->must_log_in && c->role != ROLE_NONE));
        out->tls += c->state == CONN_OPEN && !c->turned_away && c->tls != NULL;
    }
}

const struct traffic *server_traffic(const struct server *s)
{
    return &s->traffic;
}

static void close_listeners(struct server *s, void (*close_one)(struct listener *))
{
    while (!TAILQ_EMPTY(&s->listeners)) {
        struct listener *l = TAILQ_FIRST(&s->listeners);
        TAILQ_REMOVE(&s->listeners, l, link);
        close_one(l);
    }
}

uint64_t server_steer_away(struct server *s)
{
    struct listener *l;
    bool any = false;
    if (!s->options.reuse_port)
        return 0;
    TAILQ_FOREACH(l, &s->listeners, link)
    any = steer_away(l) || any;
    s->steered_away = true;
    return any ? STEER_MS : 0;
}

void server_drain(struct server *s, server_closed done, void *context)
{
    struct conn *c;
    if (s->stopped)
        return;
    s->draining = true;
    s->done = done;
    s->done_context = context;
    close_listeners(s, listener_drain);
    TAILQ_FOREACH(c, &s->conns, all)
    conn_drain(c);
    server_check_ended(s);
}

void server_stop(struct server *s, server_closed done, void *context)
{
    struct conn *c;
    s->stopped = true;
    s->done = done;
    s->done_context = context;
    close_listeners(s, listener_close);
    TAILQ_FOREACH(c, &s->conns, all)
    conn_close(c);
    server_check_ended(s);
}
