#include "proto/client/session.h"

#include <stdlib.h>
#include <string.h>

#include "proto/error.h"

/* 24 bytes of memory each once unpacked: a bound of its own beside that on bytes. */
#define REPLY_ELEMENTS (4u << 20)
#define READ_SIZE 65536

void session_init(struct session *s, size_t reply_bytes)
{
    *s = (struct session){
        .limits = {.bytes = reply_bytes, .depth = FRAME_DEPTH_MAX, .elements = REPLY_ELEMENTS}};
    frame_begin(&s->scan, &s->limits);
    buf_init(&s->in, reply_bytes + READ_SIZE);
    buf_init(&s->out, 0);
    s->out.secret = true; /* a token may be in it */
}

void session_free(struct session *s)
{
    buf_free(&s->in);
    buf_free(&s->out);
}

static const char *text(const char *value)
{
    return value == NULL ? "" : value;
}

struct peernet_options session_options(const struct peernet_options *o)
{
    return (struct peernet_options){
        .ca = text(o->ca),
        .certificate = text(o->certificate),
        .key = text(o->key),
        .token = text(o->token),
        .language = text(o->language),
        .name = text(o->name),
        .connect_seconds = o->connect_seconds > 0 ? o->connect_seconds : 5,
        .call_seconds = o->call_seconds > 0 ? o->call_seconds : 30,
        .reply_bytes = o->reply_bytes > 0 ? o->reply_bytes : (size_t)64 << 20,
    };
}

int session_error(struct peernet_error *out, const struct err *e, bool refused)
{
    if (out == NULL)
        return -1;
    *out = (struct peernet_error){.refused = refused};
    strncpy(out->code, error_wire_name(e->code), sizeof out->code - 1);
    memcpy(out->text, e->text, sizeof out->text < sizeof e->text ? sizeof out->text : sizeof e->text);
    out->text[sizeof out->text - 1] = '\0';
    return -1;
}

/* Params as they go into an envelope: a map stands inside an array. */
static int write_params(struct buf *out, const uint8_t *params, size_t size, struct err *e)
{
    struct mp_tree tree = {0};
    int failed = mp_unpack(params, size, &tree, e);
    bool map = failed == 0 && tree.top->type == MSGPACK_OBJECT_MAP;
    if (failed == 0 && !map && tree.top->type != MSGPACK_OBJECT_ARRAY)
        failed =
            err_set(e, ERR_INVALID, "parameters are %s; allowed are a list or a map", mp_type_name(tree.top));
    mp_free(&tree);
    if (failed != 0)
        return failed;
    if (map)
        mp_array(out, 1);
    mp_raw(out, params, size);
    return 0;
}

/* Undoes what was written of a request that did not come about. */
static int take_back(struct session *s, size_t before, int failed, struct err *e)
{
    if (failed == 0 && buf_failed(&s->out))
        failed = err_memory(e, "a request");
    if (failed == 0)
        return 0;
    s->out.size = before;
    s->out.failed = false;
    s->msgid--;
    return failed;
}

int session_request(struct session *s, const char *method, const void *params, size_t size, uint32_t *msgid,
                    struct err *e)
{
    size_t before = s->out.size;
    int failed = 0;
    rpc_write_request(&s->out, ++s->msgid, method);
    if (size == 0)
        mp_array(&s->out, 0);
    else
        failed = write_params(&s->out, params, size, e);
    *msgid = s->msgid;
    return take_back(s, before, failed, e);
}

bool session_has_hello(const struct peernet_options *o)
{
    return o->token[0] != '\0' || o->language[0] != '\0' || o->name[0] != '\0';
}

/* Straight into the buffer that is overwritten after use, so that the token is nowhere else. */
int session_hello(struct session *s, const struct peernet_options *o, uint32_t *msgid, struct err *e)
{
    const char *fields[][2] = {{"client", o->name}, {"language", o->language}, {"token", o->token}};
    size_t before = s->out.size;
    uint32_t n = 0;
    if (o->token[0] != '\0' && !stream_is_private(s->stream))
        return err_set(
            e, ERR_DENIED,
            "the token is not sent where others can read it on the way; the address has to begin with "
            "tls://");
    for (size_t i = 0; i < 3; i++)
        n += fields[i][1][0] != '\0';
    rpc_write_request(&s->out, ++s->msgid, "hello");
    mp_array(&s->out, 1);
    mp_map(&s->out, n);
    for (size_t i = 0; i < 3; i++) {
        if (fields[i][1][0] == '\0')
            continue;
        mp_key(&s->out, fields[i][0]);
        mp_text(&s->out, fields[i][1]);
    }
    *msgid = s->msgid;
    return take_back(s, before, 0, e);
}

static int lost(const char *what, struct err *e)
{
    return err_set(e, ERR_UNAVAILABLE, "the connection was lost: %s", what);
}

int session_send(struct session *s, short *events, struct err *e)
{
    size_t at = 0;
    struct err broken = ERR_INIT;
    *events = 0;
    while (at < s->out.size && *events == 0) {
        size_t n;
        if (stream_send(s->stream, s->out.data + at, s->out.size - at, &n, events, &broken) != 0)
            return lost(broken.text, e);
        if (n == 0 && *events == 0)
            return lost("the daemon closed it", e);
        at += n;
    }
    buf_consume(&s->out, at);
    return 0;
}

int session_receive(struct session *s, short *events, struct err *e)
{
    size_t n;
    struct err broken = ERR_INIT;
    uint8_t *room = buf_reserve(&s->in, READ_SIZE);
    *events = 0;
    if (room == NULL)
        return err_memory(e, "a reply");
    if (stream_receive(s->stream, room, READ_SIZE, &n, events, &broken) != 0)
        return lost(broken.text, e);
    if (n == 0 && *events == 0)
        return lost("the daemon closed it", e);
    s->in.size += n;
    return 0;
}

static int unpack(struct session_message *m, size_t size, struct err *e)
{
    int failed = mp_unpack(m->frame, size, &m->tree, e);
    if (failed == 0 && rpc_read(m->tree.top, &m->rpc, e) != RPC_FINE)
        failed = err_wrap(e, "the reply is no MessagePack-RPC");
    return failed;
}

int session_next(struct session *s, struct session_message **out, struct err *e)
{
    enum frame_answer answer = s->in.size == 0 ? FRAME_MORE : frame_scan(&s->scan, s->in.data, s->in.size);
    size_t size = s->scan.at;
    *out = NULL;
    if (answer == FRAME_BAD)
        return err_set(e, ERR_INTERNAL, "the reply cannot be taken: %s", s->scan.reason);
    if (answer != FRAME_WHOLE)
        return 0;
    struct session_message *m = calloc(1, sizeof *m + size);
    if (m == NULL)
        return err_memory(e, "a reply");
    memcpy(m->frame, s->in.data, size);
    buf_consume(&s->in, size);
    frame_begin(&s->scan, &s->limits);
    int failed = unpack(m, size, e);
    if (failed == 0)
        *out = m;
    else
        session_drop(m);
    return failed;
}

void session_drop(struct session_message *m)
{
    if (m == NULL)
        return;
    mp_free(&m->tree);
    free(m);
}

void session_pass_on(const struct session_message *m, peernet_notified notified, void *context)
{
    const msgpack_object *first = mp_at(m->rpc.params, 0);
    char *method = notified == NULL || first == NULL ? NULL : strndup(m->rpc.method, m->rpc.method_size);
    if (method != NULL)
        notified(context, method, first);
    free(method);
}
