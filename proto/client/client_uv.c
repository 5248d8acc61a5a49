/* The flavour on a libuv loop: a session, driven by a poll handle on its descriptor. What is called before it
 * is open is held back. */
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "proto/client/connect.h"
#include "proto/client/uv_client.h"

#define MESSAGES_A_TURN 256 /* then the loop's other handles have theirs */

static void free_options(struct peernet_options *o)
{
    const char *texts[] = {o->ca, o->certificate, o->key, o->token, o->language, o->name};
    if (o->token != NULL)
        explicit_bzero((char *)o->token, strlen(o->token));
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        free((char *)texts[i]);
}

static bool copy_options(struct peernet_options *o, const struct peernet_options *from)
{
    struct peernet_options given = session_options(from);
    *o = given;
    o->ca = strdup(given.ca);
    o->certificate = strdup(given.certificate);
    o->key = strdup(given.key);
    o->token = strdup(given.token);
    o->language = strdup(given.language);
    o->name = strdup(given.name);
    return o->ca && o->certificate && o->key && o->token && o->language && o->name;
}

static void free_client(struct peernet_uv *c)
{
    free_options(&c->options);
    session_free(&c->session);
    buf_free(&c->held);
    free(c);
}

/* The loop has let go of one of its handles. */
void uv_client_let_go(struct peernet_uv *c)
{
    if (--c->handles > 0)
        return;
    if (c->closed != NULL)
        c->closed(c->context);
    free_client(c);
}

static void handle_closed(uv_handle_t *handle)
{
    uv_client_let_go(handle->data);
}

static void answer(struct call *call, const msgpack_object *result, const struct err *e, bool refused)
{
    struct peernet_error error;
    if (e != NULL)
        session_error(&error, e, refused);
    if (call->answered != NULL)
        call->answered(call->context, result, e == NULL ? NULL : &error);
    free(call);
}

static struct call *shift(struct peernet_uv *c)
{
    struct call *call = c->first;
    c->first = call->next;
    if (c->first == NULL)
        c->last = NULL;
    return call;
}

static void fail_calls(struct peernet_uv *c, const struct err *e)
{
    while (c->first != NULL)
        answer(shift(c), NULL, e, false);
}

void uv_client_lose(struct peernet_uv *c, const struct err *e, bool refused)
{
    struct peernet_error error;
    if (c->stage >= STAGE_LOST)
        return;
    c->stage = STAGE_LOST;
    c->why = *e;
    uv_client_drop_stream(c);
    uv_client_drop_addresses(c);
    uv_timer_stop(&c->timer);
    uv_idle_stop(&c->leftover);
    session_error(&error, e, refused);
    if (c->state != NULL)
        c->state(c->context, &error);
    if (c->stage == STAGE_LOST)
        fail_calls(c, e);
}

static void on_timer(uv_timer_t *timer);

static void set_timer(struct peernet_uv *c)
{
    double at = c->stage < STAGE_OPEN ? c->deadline : 0;
    if (c->first != NULL && (at == 0 || c->first->deadline < at))
        at = c->first->deadline;
    double left = at - clock_seconds();
    if (at == 0)
        uv_timer_stop(&c->timer);
    else
        uv_timer_start(&c->timer, on_timer, left <= 0 ? 0 : (uint64_t)(left * 1000) + 1, 0);
}

static void on_timer(uv_timer_t *timer)
{
    struct peernet_uv *c = timer->data;
    struct err e = ERR_INIT;
    double now = clock_seconds();
    if (c->stage < STAGE_OPEN && now >= c->deadline) {
        err_set(&e, ERR_UNAVAILABLE, "%s", c->why.code != ERR_OK ? c->why.text : "nobody answers in time");
        uv_client_lose(c, &e, false);
        return;
    }
    err_set(&e, ERR_UNAVAILABLE, "no answer within %g s", c->options.call_seconds);
    while (c->first != NULL && now >= c->first->deadline)
        answer(shift(c), NULL, &e, false);
    if (c->stage < STAGE_LOST)
        set_timer(c);
}

void uv_client_opened(struct peernet_uv *c)
{
    c->stage = STAGE_OPEN;
    buf_append(&c->session.out, c->held.data, c->held.size);
    buf_free(&c->held);
    set_timer(c);
    if (c->state != NULL)
        c->state(c->context, NULL);
}

/* The hello was answered. A daemon that refuses it is told as it said it. */
static void greeted(struct peernet_uv *c, const struct rpc_message *m)
{
    struct err e = ERR_INIT;
    if (rpc_read_error(m->error, &e) != 0)
        uv_client_lose(c, &e, true);
    else
        uv_client_opened(c);
}

static struct call *find(struct peernet_uv *c, uint32_t msgid)
{
    struct call *before = NULL;
    for (struct call *call = c->first; call != NULL; before = call, call = call->next) {
        if (call->msgid != msgid)
            continue;
        *(before == NULL ? &c->first : &before->next) = call->next;
        if (c->last == call)
            c->last = before;
        return call;
    }
    return NULL;
}

static void take_response(struct peernet_uv *c, const struct rpc_message *m)
{
    struct err e = ERR_INIT;
    if (c->stage == STAGE_HELLO && m->msgid == c->hello) {
        greeted(c, m);
        return;
    }
    struct call *call = find(c, m->msgid);
    if (call == NULL) /* its time was up */
        return;
    bool refused = rpc_read_error(m->error, &e) != 0;
    answer(call, refused ? NULL : m->result, refused ? &e : NULL, refused);
}

/* Acts on what has been taken; *left: there may be more. */
static int take_messages(struct peernet_uv *c, bool *left, struct err *e)
{
    *left = true;
    for (int i = 0; i < MESSAGES_A_TURN && uv_client_is_connected(c); i++) {
        struct session_message *m;
        if (session_next(&c->session, &m, e) != 0)
            return (int)e->code;
        *left = m != NULL;
        if (m == NULL)
            return 0;
        if (m->rpc.type == RPC_NOTIFICATION)
            session_pass_on(m, c->notified, c->notified_context);
        else if (m->rpc.type == RPC_RESPONSE)
            take_response(c, &m->rpc);
        session_drop(m);
    }
    return 0;
}

static void on_leftover(uv_idle_t *idle)
{
    uv_client_pump(idle->data);
}

/* One turn: sends, takes, answers. */
void uv_client_pump(struct peernet_uv *c)
{
    short sending = 0, receiving = 0;
    bool left = false;
    struct err e = ERR_INIT;
    if (session_send(&c->session, &sending, &e) != 0 || take_messages(c, &left, &e) != 0 ||
        (uv_client_is_connected(c) && !left && session_receive(&c->session, &receiving, &e) != 0) ||
        take_messages(c, &left, &e) != 0) {
        uv_client_lose(c, &e, false);
        return;
    }
    if (!uv_client_is_connected(c))
        return;
    if (left)
        uv_idle_start(&c->leftover, on_leftover);
    else
        uv_idle_stop(&c->leftover);
    /* Requests made in callbacks go out in the next turn, which comes as soon as the socket takes them. */
    uv_client_watch(c, (short)(sending | POLLIN | (c->session.out.size > 0 ? POLLOUT : 0)));
    set_timer(c);
}

int peernet_uv_open(struct peernet_uv **out, uv_loop_t *loop, const char *address,
                    const struct peernet_options *options, peernet_uv_state state, void *context,
                    struct peernet_error *error)
{
    struct err e = ERR_INIT;
    struct peernet_uv *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL || !copy_options(&c->options, options)) {
        if (c != NULL)
            free_client(c);
        err_memory(&e, "a connection");
        return session_error(error, &e, false);
    }
    session_init(&c->session, c->options.reply_bytes);
    buf_init(&c->held, 0);
    if (address_parse(address, &c->address, &e) != 0) {
        free_client(c);
        return session_error(error, &e, false);
    }
    c->loop = loop;
    c->state = state;
    c->context = context;
    c->deadline = clock_seconds() + c->options.connect_seconds;
    uv_timer_init(loop, &c->timer);
    uv_idle_init(loop, &c->leftover);
    c->timer.data = c->leftover.data = c;
    c->handles = 2;
    if (uv_client_begin(c, &e) != 0) {
        peernet_uv_close(c, NULL);
        return session_error(error, &e, false);
    }
    set_timer(c);
    *out = c;
    return 0;
}

/* Into `held` while it is not open, so that the hello comes first. */
static int write_call(struct peernet_uv *c, const char *method, const msgpack_sbuffer *params,
                      uint32_t *msgid, struct err *e)
{
    bool hold = c->stage < STAGE_OPEN;
    struct buf out = c->session.out;
    if (hold)
        c->session.out = c->held;
    int failed = session_request(&c->session, method, params == NULL ? NULL : params->data,
                                 params == NULL ? 0 : params->size, msgid, e);
    if (hold) {
        c->held = c->session.out;
        c->session.out = out;
    }
    return failed;
}

static void append(struct peernet_uv *c, struct call *call)
{
    *(c->last == NULL ? &c->first : &c->last->next) = call;
    c->last = call;
}

int peernet_uv_call(struct peernet_uv *c, const char *method, const msgpack_sbuffer *params,
                    peernet_uv_answered answered, void *context, struct peernet_error *error)
{
    struct err e = ERR_INIT;
    struct call *call = c->stage >= STAGE_LOST ? NULL : calloc(1, sizeof *call);
    if (c->stage >= STAGE_LOST)
        return session_error(error, &c->why, false);
    if (call == NULL)
        return err_memory(&e, "a request"), session_error(error, &e, false);
    if (write_call(c, method, params, &call->msgid, &e) != 0) {
        free(call);
        return session_error(error, &e, false);
    }
    call->deadline = clock_seconds() + c->options.call_seconds;
    call->answered = answered;
    call->context = context;
    append(c, call);
    if (c->stage == STAGE_OPEN)
        uv_client_watch(c, POLLIN | POLLOUT);
    if (c->first == call)
        set_timer(c);
    return 0;
}

void peernet_uv_on_notification(struct peernet_uv *c, peernet_notified notified, void *context)
{
    c->notified = notified;
    c->notified_context = context;
}

void peernet_uv_close(struct peernet_uv *c, void (*closed)(void *context))
{
    if (c->stage == STAGE_CLOSING)
        return;
    if (c->stage == STAGE_RESOLVING && !c->address.is_unix)
        uv_cancel((uv_req_t *)&c->resolve);
    c->stage = STAGE_CLOSING;
    c->closed = closed;
    err_set(&c->why, ERR_CANCELLED, "the connection was closed");
    uv_client_drop_stream(c);
    uv_client_drop_addresses(c);
    uv_close((uv_handle_t *)&c->timer, handle_closed);
    uv_close((uv_handle_t *)&c->leftover, handle_closed);
    fail_calls(c, &c->why);
}
