#include "peernet/client.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "peernet/address.h"
#include "peernet/connect.h"
#include "peernet/json.h"
#include "proto/frame.h"
#include "proto/mp.h"
#include "proto/rpc.h"

/* 24 bytes of memory each once unpacked: a bound of its own beside that on bytes. */
#define REPLY_ELEMENTS (4u << 20)
#define READ_SIZE 65536

struct client {
    struct stream *stream;
    uint32_t msgid;
    struct client_limits limits;
    struct frame_limits frame;
    struct frame_scan scan;
    struct buf input;
    bool refused;
    struct err broken; /* once set the connection is of no use any more */
    client_notified notified;
    void *context;
    const volatile sig_atomic_t *interrupt;
};

void client_limits_default(struct client_limits *limits)
{
    *limits =
        (struct client_limits){.connect_seconds = 5, .call_seconds = 30, .reply_bytes = (size_t)64 << 20};
}

int client_open(struct client **out, const char *address, const struct stream_trust *trust,
                const struct client_limits *limits, struct err *e)
{
    struct address parsed;
    if (address_parse(address, &parsed, e) != 0)
        return (int)e->code;
    struct client *client = calloc(1, sizeof *client);
    if (client == NULL)
        return err_memory(e, "a connection");
    client->limits = *limits;
    client->frame = (struct frame_limits){
        .bytes = limits->reply_bytes, .depth = FRAME_DEPTH_MAX, .elements = REPLY_ELEMENTS};
    frame_begin(&client->scan, &client->frame);
    buf_init(&client->input, limits->reply_bytes + READ_SIZE);
    if (stream_open(&client->stream, &parsed, trust, limits->connect_seconds, e) != 0) {
        buf_free(&client->input);
        free(client);
        return (int)e->code;
    }
    *out = client;
    return 0;
}

void client_close(struct client *client)
{
    if (client == NULL)
        return;
    stream_close(client->stream);
    buf_free(&client->input);
    free(client);
}

void client_on_notification(struct client *client, client_notified notified, void *context)
{
    client->notified = notified;
    client->context = context;
}

void client_on_interrupt(struct client *client, const volatile sig_atomic_t *flag)
{
    client->interrupt = flag;
}

/* Out of step or closed: no later call can be answered. */
static int break_off(struct client *client, const struct err *why, struct err *e)
{
    client->broken = *why;
    *e = *why;
    return (int)e->code;
}

static int lost(struct client *client, const char *what, struct err *e)
{
    struct err why = ERR_INIT;
    err_set(&why, ERR_UNAVAILABLE, "the connection was lost: %s", what);
    return break_off(client, &why, e);
}

/* Waits until the socket can be read or written; *ready is false when the time is up. */
static int await(struct client *client, short events, double deadline, bool *ready, struct err *e)
{
    sigset_t open;
    sigprocmask(SIG_SETMASK, NULL, &open);
    sigdelset(&open, SIGINT);
    for (;;) {
        if (client->interrupt != NULL && *client->interrupt)
            return err_set(e, ERR_CANCELLED, "interrupted");
        double left = fmax(deadline - clock_seconds(), 0);
        struct timespec wait = {.tv_sec = (time_t)left, .tv_nsec = (long)(fmod(left, 1) * 1e9)};
        struct pollfd waiting = {.fd = stream_descriptor(client->stream), .events = events};
        /* SIGINT gets through only here, so that it is never missed between the look at the flag and the
         * wait. */
        int n = ppoll(&waiting, 1, &wait, &open);
        *ready = n > 0;
        if (n >= 0)
            return 0;
        if (errno != EINTR)
            return lost(client, strerror(errno), e);
    }
}

static int timed_out(const char *method, double seconds, struct err *e)
{
    return err_set(e, ERR_UNAVAILABLE, "no answer to %s within %g s", method, seconds);
}

static int send_all(struct client *client, const char *method, const struct buf *bytes, double deadline,
                    struct err *e)
{
    for (size_t at = 0; at < bytes->size;) {
        bool ready;
        size_t n;
        short events;
        struct err broken = ERR_INIT;
        if (stream_send(client->stream, bytes->data + at, bytes->size - at, &n, &events, &broken) != 0)
            return lost(client, broken.text, e);
        at += n;
        if (n > 0)
            continue;
        if (events == 0)
            return lost(client, "the daemon closed it", e);
        if (await(client, events, deadline, &ready, e) != 0)
            return (int)e->code;
        if (!ready) {
            struct err why = ERR_INIT;
            timed_out(method, client->limits.call_seconds, &why);
            return break_off(client, &why, e);
        }
    }
    return 0;
}

/* *events: what to wait for when nothing came; else 0. */
static int receive_some(struct client *client, short *events, struct err *e)
{
    size_t n;
    struct err broken = ERR_INIT;
    uint8_t *room = buf_reserve(&client->input, READ_SIZE);
    if (room == NULL)
        return err_memory(e, "a reply");
    if (stream_receive(client->stream, room, READ_SIZE, &n, events, &broken) != 0)
        return lost(client, broken.text, e);
    if (n == 0 && *events == 0)
        return lost(client, "the daemon closed it", e);
    client->input.size += n;
    return 0;
}

/* Reads until a frame is whole; *whole is false when the time was up before. */
static int next_frame(struct client *client, double deadline, bool *whole, struct err *e)
{
    for (*whole = false;;) {
        enum frame_answer answer = client->input.size == 0
                                       ? FRAME_MORE
                                       : frame_scan(&client->scan, client->input.data, client->input.size);
        if (answer == FRAME_BAD) {
            struct err why = ERR_INIT;
            err_set(&why, ERR_INTERNAL, "the reply cannot be taken: %s", client->scan.reason);
            return break_off(client, &why, e);
        }
        *whole = answer == FRAME_WHOLE;
        if (*whole)
            return 0;
        bool ready = true;
        short events;
        if (receive_some(client, &events, e) != 0)
            return (int)e->code;
        if (events != 0 && await(client, events, deadline, &ready, e) != 0)
            return (int)e->code;
        if (!ready)
            return 0;
    }
}

static void drop_frame(struct client *client)
{
    buf_consume(&client->input, client->scan.at);
    frame_begin(&client->scan, &client->frame);
}

static void pass_on(struct client *client, const struct rpc_message *message)
{
    struct err ignored = ERR_INIT;
    const msgpack_object *first = mp_at(message->params, 0);
    json_t *params = client->notified == NULL || first == NULL ? NULL : json_from_mp(first, &ignored);
    char *method = params == NULL ? NULL : strndup(message->method, message->method_size);
    if (method != NULL)
        client->notified(client->context, method, params);
    free(method);
    json_decref(params);
}

/* The response to `msgid`: the result, or the server's error. */
static int take_response(struct client *client, const struct rpc_message *message, json_t **result,
                         struct err *e)
{
    client->refused = rpc_read_error(message->error, e) != 0;
    if (client->refused)
        return (int)e->code;
    *result = json_from_mp(message->result, e);
    return *result == NULL ? (int)e->code : 0;
}

enum taken { TAKEN_OTHER, TAKEN_NOTIFICATION, TAKEN_RESPONSE };

/* Acts on the whole frame at the front of the input and drops it. */
static int take_frame(struct client *client, uint32_t msgid, enum taken *taken, json_t **result,
                      struct err *e)
{
    struct mp_tree tree;
    struct rpc_message message;
    struct err why = ERR_INIT;
    *taken = TAKEN_OTHER;
    int failed = mp_unpack(client->input.data, client->scan.at, &tree, &why);
    if (failed == 0 && rpc_read(tree.top, &message, &why) != RPC_FINE)
        failed = err_wrap(&why, "the reply is no MessagePack-RPC");
    if (failed != 0) {
        mp_free(&tree);
        return break_off(client, &why, e);
    }
    if (message.type == RPC_NOTIFICATION) {
        *taken = TAKEN_NOTIFICATION;
        pass_on(client, &message);
    } else if (message.type == RPC_RESPONSE && result != NULL && message.msgid == msgid) {
        *taken = TAKEN_RESPONSE;
        failed = take_response(client, &message, result, e);
    }
    mp_free(&tree);
    drop_frame(client);
    return failed;
}

static int await_response(struct client *client, const char *method, uint32_t msgid, double deadline,
                          json_t **result, struct err *e)
{
    for (;;) {
        bool whole;
        enum taken taken;
        if (next_frame(client, deadline, &whole, e) != 0)
            return (int)e->code;
        if (!whole)
            return timed_out(method, client->limits.call_seconds, e);
        int failed = take_frame(client, msgid, &taken, result, e);
        if (failed != 0 || taken == TAKEN_RESPONSE)
            return failed;
    }
}

static void write_request(struct buf *out, uint32_t msgid, const char *method, const json_t *params)
{
    rpc_write_request(out, msgid, method);
    if (params == NULL) {
        mp_array(out, 0);
    } else {
        if (json_is_object(params))
            mp_array(out, 1);
        json_to_mp(out, params);
    }
}

/* Sends a request that is written and waits for its answer. */
static int call(struct client *client, const char *method, struct buf *request, json_t **result,
                struct err *e)
{
    double deadline = clock_seconds() + client->limits.call_seconds;
    *result = NULL;
    client->refused = false;
    if (client->broken.code != ERR_OK)
        return break_off(client, &client->broken, e);
    int failed = buf_failed(request) ? err_memory(e, "a request") : 0;
    if (failed == 0)
        failed = send_all(client, method, request, deadline, e);
    return failed != 0 ? failed : await_response(client, method, client->msgid, deadline, result, e);
}

int client_call(struct client *client, const char *method, const json_t *params, json_t **result,
                struct err *e)
{
    struct buf request;
    buf_init(&request, 0);
    write_request(&request, ++client->msgid, method, params);
    int failed = call(client, method, &request, result, e);
    buf_free(&request);
    return failed;
}

/* By hand, so that the token is in this buffer alone, which is overwritten. */
static void write_hello(struct buf *out, uint32_t msgid, const char *language, const char *token)
{
    rpc_write_request(out, msgid, "hello");
    mp_array(out, 1);
    mp_map(out, token[0] == '\0' ? 2 : 3);
    mp_key(out, "client");
    mp_text(out, "peernet " PEERNET_VERSION);
    mp_key(out, "language");
    mp_text(out, language);
    if (token[0] == '\0')
        return;
    mp_key(out, "token");
    mp_text(out, token);
}

int client_hello(struct client *client, const char *language, const char *token, struct err *e)
{
    struct buf request;
    json_t *result;
    if (token[0] != '\0' && !stream_is_private(client->stream))
        return err_set(
            e, ERR_DENIED,
            "the token is not sent where others can read it on the way; the address has to begin with "
            "tls://");
    buf_init(&request, 0);
    request.secret = true;
    write_hello(&request, ++client->msgid, language, token);
    int failed = call(client, "hello", &request, &result, e);
    buf_free(&request);
    json_decref(result);
    return failed;
}

bool client_refused(const struct client *client)
{
    return client->refused;
}

int client_wait(struct client *client, double seconds, struct err *e)
{
    double deadline = clock_seconds() + seconds;
    if (client->broken.code != ERR_OK)
        return break_off(client, &client->broken, e);
    for (;;) {
        bool whole;
        enum taken taken;
        int failed = next_frame(client, deadline, &whole, e);
        if (failed != 0 || !whole)
            return failed;
        failed = take_frame(client, 0, &taken, NULL, e);
        if (failed != 0 || taken == TAKEN_NOTIFICATION)
            return failed;
    }
}
