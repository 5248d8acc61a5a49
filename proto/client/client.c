/* The blocking flavour: a session, driven by poll. */
#include "proto/client/peernet/client.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "proto/client/connect.h"
#include "proto/client/session.h"
#include "proto/mp_json.h"

#define GATHER_BYTES 65536

/* A request that was sent and not received yet; with its response once that is there. */
struct expected {
    uint32_t msgid;
    struct session_message *response; /* NULL: not there yet */
};

struct peernet_client {
    struct session session;
    double call_seconds;
    struct expected *expected;
    size_t n_expected, room;
    struct err broken; /* once set the connection is of no use any more */
    peernet_notified notified;
    void *context;
    const volatile sig_atomic_t *interrupt;
};

/* Out of step or closed: no later call can be answered. */
static int break_off(struct peernet_client *c, const struct err *why, struct err *e)
{
    c->broken = *why;
    *e = *why;
    return (int)e->code;
}

/* Waits until the socket can be read or written; *ready is false when the time is up. */
static int await(struct peernet_client *c, short events, double deadline, bool *ready, struct err *e)
{
    sigset_t open;
    pthread_sigmask(SIG_SETMASK, NULL, &open);
    if (c->interrupt != NULL)
        sigdelset(&open, SIGINT);
    for (;;) {
        if (c->interrupt != NULL && *c->interrupt)
            return err_set(e, ERR_CANCELLED, "interrupted");
        double left = fmax(deadline - clock_seconds(), 0);
        struct timespec wait = {.tv_sec = (time_t)left, .tv_nsec = (long)(fmod(left, 1) * 1e9)};
        struct pollfd waiting = {.fd = stream_descriptor(c->session.stream), .events = events};
        /* SIGINT gets through only here, so that it is never missed between the look at the flag and the
         * wait. */
        int n = ppoll(&waiting, 1, &wait, &open);
        *ready = n > 0;
        if (n >= 0)
            return 0;
        if (errno != EINTR) {
            struct err why = ERR_INIT;
            err_set(&why, ERR_UNAVAILABLE, "the connection was lost: %s", strerror(errno));
            return break_off(c, &why, e);
        }
    }
}

/* Sends and takes once; waits in between when there is nothing to do. *ready is false when the time was up.
 */
static int turn(struct peernet_client *c, double deadline, bool *ready, struct err *e)
{
    short sending, receiving;
    struct err why = ERR_INIT;
    *ready = true;
    if (session_send(&c->session, &sending, &why) != 0 || session_receive(&c->session, &receiving, &why) != 0)
        return break_off(c, &why, e);
    return receiving == 0 ? 0 : await(c, (short)(sending | receiving), deadline, ready, e);
}

static struct expected *find(struct peernet_client *c, uint32_t msgid)
{
    for (size_t i = 0; i < c->n_expected; i++)
        if (c->expected[i].msgid == msgid)
            return &c->expected[i];
    return NULL;
}

static void forget(struct peernet_client *c, struct expected *x)
{
    session_drop(x->response);
    c->n_expected--;
    memmove(x, x + 1, (size_t)(c->expected + c->n_expected - x) * sizeof *x);
}

static int expect(struct peernet_client *c, uint32_t msgid, struct err *e)
{
    if (c->n_expected == c->room) {
        size_t room = c->room == 0 ? 16 : c->room * 2;
        struct expected *more = realloc(c->expected, room * sizeof *more);
        if (more == NULL)
            return err_memory(e, "a request");
        c->expected = more;
        c->room = room;
    }
    c->expected[c->n_expected++] = (struct expected){.msgid = msgid};
    return 0;
}

/* Keeps a response for whoever expects it; one that nobody expects (its time was up) is dropped. */
static void keep(struct peernet_client *c, struct session_message *m)
{
    struct expected *x = find(c, m->rpc.msgid);
    if (x != NULL && x->response == NULL)
        x->response = m;
    else
        session_drop(m);
}

/* Acts on the next message that has been taken. */
static int take(struct peernet_client *c, bool *there, enum rpc_type *type, struct err *e)
{
    struct session_message *m;
    struct err why = ERR_INIT;
    if (session_next(&c->session, &m, &why) != 0)
        return break_off(c, &why, e);
    *there = m != NULL;
    if (m == NULL)
        return 0;
    *type = m->rpc.type;
    if (m->rpc.type == RPC_NOTIFICATION)
        session_pass_on(m, c->notified, c->context);
    if (m->rpc.type == RPC_RESPONSE)
        keep(c, m);
    else
        session_drop(m);
    return 0;
}

/* Until the response is there. */
static int await_response(struct peernet_client *c, uint32_t msgid, const char *what, struct err *e)
{
    double deadline = clock_seconds() + c->call_seconds;
    for (;;) {
        bool there = false, ready;
        enum rpc_type type;
        if (take(c, &there, &type, e) != 0)
            return (int)e->code;
        const struct expected *x = find(c, msgid);
        if (x == NULL)
            return err_set(e, ERR_INVALID, "no request with the number %u is under way", msgid);
        if (x->response != NULL)
            return 0;
        if (there)
            continue;
        if (turn(c, deadline, &ready, e) != 0)
            return (int)e->code;
        if (!ready)
            return err_set(e, ERR_UNAVAILABLE, "no answer to %s within %g s", what, c->call_seconds);
    }
}

void peernet_reply_free(struct peernet_reply *reply)
{
    session_drop(reply->memory);
    *reply = (struct peernet_reply){0};
}

/* The response's result; *refused: it is the daemon's error. */
static int open_reply(struct expected *x, struct peernet_reply *reply, bool *refused, struct err *e)
{
    int failed = rpc_read_error(x->response->rpc.error, e);
    *refused = failed != 0;
    if (failed != 0)
        return failed;
    reply->result = *x->response->rpc.result;
    reply->memory = x->response;
    x->response = NULL;
    return 0;
}

/* `what` was asked, for the message when no answer comes. */
static int receive(struct peernet_client *c, uint32_t msgid, const char *what, struct peernet_reply *reply,
                   bool *refused, struct err *e)
{
    *refused = false;
    *reply = (struct peernet_reply){0};
    int failed = c->broken.code != ERR_OK ? break_off(c, &c->broken, e) : await_response(c, msgid, what, e);
    struct expected *x = find(c, msgid);
    if (failed == 0)
        failed = open_reply(x, reply, refused, e);
    if (x != NULL)
        forget(c, x);
    return failed;
}

static int send_request(struct peernet_client *c, const char *method, const msgpack_sbuffer *params,
                        uint32_t *msgid, struct err *e)
{
    const void *data = params == NULL ? NULL : params->data;
    if (c->broken.code != ERR_OK)
        return break_off(c, &c->broken, e);
    if (session_request(&c->session, method, data, params == NULL ? 0 : params->size, msgid, e) != 0)
        return (int)e->code;
    return expect(c, *msgid, e);
}

/* Sends what has been gathered, as far as it goes without waiting. */
static int flush_gathered(struct peernet_client *c, struct err *e)
{
    short events;
    struct err why = ERR_INIT;
    if (c->session.out.size < GATHER_BYTES || session_send(&c->session, &events, &why) == 0)
        return 0;
    return break_off(c, &why, e);
}

int peernet_send(struct peernet_client *c, const char *method, const msgpack_sbuffer *params,
                 uint32_t *number, struct peernet_error *error)
{
    struct err e = ERR_INIT;
    if (send_request(c, method, params, number, &e) != 0 || flush_gathered(c, &e) != 0)
        return session_error(error, &e, false);
    return 0;
}

int peernet_receive(struct peernet_client *c, uint32_t number, struct peernet_reply *reply,
                    struct peernet_error *error)
{
    struct err e = ERR_INIT;
    bool refused;
    char what[32];
    snprintf(what, sizeof what, "request %u", number);
    int failed = receive(c, number, what, reply, &refused, &e);
    return failed == 0 ? 0 : session_error(error, &e, refused);
}

int peernet_call(struct peernet_client *c, const char *method, const msgpack_sbuffer *params,
                 struct peernet_reply *reply, struct peernet_error *error)
{
    struct err e = ERR_INIT;
    uint32_t msgid;
    bool refused = false;
    *reply = (struct peernet_reply){0};
    int failed = send_request(c, method, params, &msgid, &e);
    if (failed == 0)
        failed = receive(c, msgid, method, reply, &refused, &e);
    return failed == 0 ? 0 : session_error(error, &e, refused);
}

static int call_json(struct peernet_client *c, const char *method, struct buf *params, char **result,
                     struct peernet_error *error)
{
    msgpack_sbuffer packed = {.data = (char *)params->data, .size = params->size, .alloc = params->capacity};
    struct peernet_reply reply;
    struct buf json;
    struct err e = ERR_INIT;
    if (peernet_call(c, method, &packed, &reply, error) != 0)
        return -1;
    buf_init(&json, 0);
    mp_to_json(&json, &reply.result, false);
    peernet_reply_free(&reply);
    *result = buf_failed(&json) ? NULL : strdup(buf_string(&json));
    buf_free(&json);
    return *result != NULL ? 0 : (err_memory(&e, "a reply"), session_error(error, &e, false));
}

int peernet_call_json(struct peernet_client *c, const char *method, const char *params, char **result,
                      struct peernet_error *error)
{
    struct buf packed;
    struct err e = ERR_INIT;
    *result = NULL;
    buf_init(&packed, 0);
    int failed = params == NULL ? 0 : mp_from_json(&packed, params, strlen(params), &e);
    if (failed != 0)
        err_wrap(&e, "parameters");
    failed = failed != 0 ? session_error(error, &e, false) : call_json(c, method, &packed, result, error);
    buf_free(&packed);
    return failed;
}

static int hello(struct peernet_client *c, const struct peernet_options *o, struct peernet_error *error)
{
    struct peernet_reply reply;
    struct err e = ERR_INIT;
    uint32_t msgid;
    bool refused = false;
    int failed = c->broken.code != ERR_OK ? break_off(c, &c->broken, &e) : 0;
    if (failed == 0)
        failed = session_hello(&c->session, o, &msgid, &e);
    if (failed == 0)
        failed = expect(c, msgid, &e);
    if (failed == 0) {
        failed = receive(c, msgid, "hello", &reply, &refused, &e);
        peernet_reply_free(&reply);
    }
    return failed == 0 ? 0 : session_error(error, &e, refused);
}

int peernet_hello(struct peernet_client *c, const struct peernet_options *options,
                  struct peernet_error *error)
{
    struct peernet_options o = session_options(options);
    return hello(c, &o, error);
}

static int open_stream(struct peernet_client *c, const char *address, const struct peernet_options *o,
                       struct err *e)
{
    struct address parsed;
    struct stream_trust trust = {.ca = o->ca, .certificate = o->certificate, .key = o->key};
    int failed = address_parse(address, &parsed, e);
    return failed != 0 ? failed : stream_open(&c->session.stream, &parsed, &trust, o->connect_seconds, e);
}

int peernet_open(struct peernet_client **out, const char *address, const struct peernet_options *options,
                 struct peernet_error *error)
{
    struct peernet_options o = session_options(options);
    struct err e = ERR_INIT;
    struct peernet_client *c = calloc(1, sizeof *c);
    *out = NULL;
    if (c == NULL)
        return err_memory(&e, "a connection"), session_error(error, &e, false);
    session_init(&c->session, o.reply_bytes);
    c->call_seconds = o.call_seconds;
    int failed = open_stream(c, address, &o, &e) == 0 ? 0 : session_error(error, &e, false);
    if (failed == 0 && session_has_hello(&o))
        failed = hello(c, &o, error);
    if (failed == 0)
        *out = c;
    else
        peernet_close(c);
    return failed;
}

int64_t peernet_certificate_ends(const struct peernet_client *c)
{
    return stream_certificate_ends(c->session.stream);
}

void peernet_close(struct peernet_client *c)
{
    if (c == NULL)
        return;
    stream_close(c->session.stream);
    session_free(&c->session);
    for (size_t i = 0; i < c->n_expected; i++)
        session_drop(c->expected[i].response);
    free(c->expected);
    free(c);
}

void peernet_on_notification(struct peernet_client *c, peernet_notified notified, void *context)
{
    c->notified = notified;
    c->context = context;
}

void peernet_on_interrupt(struct peernet_client *c, const volatile sig_atomic_t *flag)
{
    c->interrupt = flag;
}

static int wait_for_notification(struct peernet_client *c, double deadline, struct err *e)
{
    if (c->broken.code != ERR_OK)
        return break_off(c, &c->broken, e);
    for (;;) {
        bool there = false, ready;
        enum rpc_type type = RPC_RESPONSE;
        int failed = take(c, &there, &type, e);
        if (failed != 0 || (there && type == RPC_NOTIFICATION))
            return failed;
        if (there)
            continue;
        failed = turn(c, deadline, &ready, e);
        if (failed != 0 || !ready)
            return failed;
    }
}

int peernet_wait(struct peernet_client *c, double seconds, struct peernet_error *error)
{
    struct err e = ERR_INIT;
    int failed = wait_for_notification(c, clock_seconds() + seconds, &e);
    return failed == 0 ? 0 : session_error(error, &e, false);
}
