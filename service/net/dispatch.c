#include "net/dispatch.h"

#include <stdio.h>

#include "base/log.h"
#include "net/accept.h"
#include "net/answers.h"
#include "net/conn.h"
#include "net/conn_log.h"
#include "net/encode.h"
#include "net/handlers.h"
#include "net/output.h"
#include "net/past.h"
#include "net/spare.h"
#include "proto/mp.h"
#include "proto/text.h"

static const handler handlers[METHOD_COUNT] = {
#define METHOD(symbol, name, parameters, result, role, since, sentence) handle_##symbol,
#include "proto/methods.def"
#undef METHOD
};

#define ENVELOPE_BYTES 16 /* at most: array, type, msgid, nil */
#define AGE_BYTES 16      /* of encode_age */

/* A result that could not be encoded, or would not fit, becomes an error. */
static void check_result(const struct conn *c, const struct buf *result, size_t more, struct err *e)
{
    size_t limit = c->server->options.output_limit_bytes;
    if (buf_failed(result) && result->size < limit / 2) {
        err_memory(e, "writing the answer");
    } else if (buf_failed(result) || !output_has_room(c, result->size + more)) {
        c->server->reached[LIMIT_OUTPUT_LIMIT]++;
        err_set(e, ERR_LIMIT,
                "the answer does not fit: at most %zu bytes may wait for one connection "
                "(output-limit); ask for less at a time",
                limit);
    }
}

static void take_over(struct conn *c, struct buf *response)
{
    struct buf *out = &c->out;
    if (out->size > 0) {
        mp_raw(out, response->data, response->size);
        return;
    }
    spare_take(&c->server->spare_out, out);
    out->data = response->data;
    out->size = response->size;
    out->capacity = response->capacity;
    buf_init(response, 0);
}

static void write_reply(struct conn *c, uint32_t msgid, struct buf *whole, const struct err *e)
{
    const struct buf *result = &c->server->result;
    if (e->code == ERR_OK && whole != NULL) {
        take_over(c, whole);
        return;
    }
    spare_lend(&c->server->spare_out, &c->out);
    if (e->code != ERR_OK) {
        rpc_write_error(&c->out, msgid, e, c->errors);
    } else {
        rpc_write_result(&c->out, msgid);
        mp_raw(&c->out, result->data, result->size);
    }
}

static void check_written(struct conn *c)
{
    if (!buf_failed(&c->out))
        return;
    conn_log(c, ERR_MEMORY, "connection ended: no memory for an answer", "");
    conn_close(c);
}

/* Of what is in server->result, or of a whole response. Returns how it was answered. */
static enum err_code reply(struct conn *c, uint32_t msgid, struct buf *whole, const struct err *failure)
{
    struct err e;
    e.code = ERR_OK;
    if (failure != NULL && failure->code != ERR_OK)
        e = *failure;
    else
        check_result(c, whole != NULL ? whole : &c->server->result, whole != NULL ? 0 : ENVELOPE_BYTES, &e);
    c->server->counts.requests++;
    c->server->counts.errors += e.code != ERR_OK;
    write_reply(c, msgid, whole, &e);
    check_written(c);
    return e.code;
}

static void note_reply(struct conn *c, uint32_t msgid, size_t method, uint64_t began_ns, enum err_code result)
{
    struct server *s = c->server;
    s->clock_ns = uv_hrtime();
    traffic_note(&s->traffic, method, result, s->clock_ns - began_ns);
    conn_log_request(c, msgid, method, s->clock_ns - began_ns, result);
}

void dispatch_reply(struct conn *c, uint32_t msgid, size_t method, uint64_t began_ns,
                    const struct err *failure)
{
    note_reply(c, msgid, method, began_ns, reply(c, msgid, NULL, failure));
}

void dispatch_reply_whole(struct conn *c, uint32_t msgid, size_t method, uint64_t began_ns,
                          struct buf *response)
{
    note_reply(c, msgid, method, began_ns, reply(c, msgid, response, NULL));
}

static const struct method *find_method(const struct rpc_message *m, struct err *e)
{
    char shown[TEXT_SHOWN];
    const struct method *method = method_find(m->method, m->method_size);
    if (method != NULL)
        return method;
    const char *nearest = method_nearest(m->method, m->method_size);
    err_set(e, ERR_NOT_FOUND, "no method is called %s%s%s%s", text_show(m->method, m->method_size, shown),
            nearest != NULL ? "; did you mean " : "; the method \"methods\" lists them all",
            nearest != NULL ? nearest : "", nearest != NULL ? "?" : "");
    return NULL;
}

/* The one place that decides who may call what. */
static int check_role(const struct conn *c, const struct method *method, struct err *e)
{
    if (c->role >= method->role)
        return 0;
    c->server->counts.denied++;
    return err_set(e, ERR_DENIED, "%s needs role %s; this connection has role %s%s", method->name,
                   role_name(method->role), role_name(c->role),
                   c->role == ROLE_NONE ? ", as it has not logged in" : "");
}

/* A request and what is to become of it. */
struct asked {
    struct rpc_message message;
    struct answers_question question; /* size 0: not one that is kept */
    size_t method;                    /* TRAFFIC_UNKNOWN: not known yet */
    size_t lasting;                   /* of the result; handlers.h */
};

static int handle(struct conn *c, struct asked *q, struct err *e)
{
    const struct rpc_message *m = &q->message;
    struct server *s = c->server;
    struct call call;
    call.server = s;
    call.conn = c;
    call.service = s->service;
    call.method = find_method(m, e);
    call.msgid = m->msgid;
    call.english = c->english;
    call.past = NULL;
    call.lasting = 0;
    if (call.method != NULL)
        q->method = call.method->id;
    if (call.method == NULL || check_role(c, call.method, e) ||
        method_arguments(call.method, m->params, call.arguments, e))
        return e->code;
    buf_clear(&s->result);
    if (past_wanted(&call))
        return past_read(&call, handlers[call.method->id], e);
    int code = handlers[call.method->id](&call, &s->result, e);
    q->lasting = code == 0 ? call.lasting : 0;
    return code;
}

/* A connection too many asked something: it is told, and ends. */
static void refuse_turned_away(struct conn *c, uint32_t msgid)
{
    struct err e = ERR_INIT;
    char why[ACCEPT_REFUSAL];
    err_set(&e, ERR_LIMIT, "%s", accept_refusal(c, why));
    dispatch_reply(c, msgid, TRAFFIC_UNKNOWN, c->server->clock_ns, &e);
    c->input_ended = c->forsaken = c->hungry = true;
}

static void dispatch_request(struct conn *c, struct asked *q, struct err *e)
{
    struct server *s = c->server;
    if (c->turned_away) {
        refuse_turned_away(c, q->message.msgid);
        return;
    }
    uint64_t began = s->clock_ns;
    if (e->code == ERR_OK && handle(c, q, e) == HANDLER_LATER) {
        s->clock_ns = uv_hrtime();
        return;
    }
    if (q->lasting > 0 && q->question.size > 0 && !buf_failed(&s->result))
        answers_keep(s->answers, &q->question, q->method, s->result.data, q->lasting);
    dispatch_reply(c, q->message.msgid, q->method, began, e);
}

/* Its part of the request, with whom it is told apart by; false when it may not be kept. */
static bool read_question(const struct conn *c, const uint8_t *data, size_t size,
                          struct answers_question *out, uint32_t *msgid)
{
    const struct service *service = c->server->service;
    const struct snapshot *s = service->snapshot(service->self);
    size_t head = s == NULL || c->turned_away ? 0 : rpc_request_head(data, size, msgid);
    *out = (struct answers_question){s == NULL ? 0 : s->serial, c->english, data + head, size - head};
    if (head == 0)
        out->size = 0;
    return head > 0;
}

void dispatch_look_at_clock(struct server *s)
{
    uint64_t now = uv_hrtime();
    traffic_share(&s->traffic, now - s->clock_ns);
    s->clock_ns = now;
}

static void note_again(struct conn *c, uint32_t msgid, size_t method)
{
    struct server *s = c->server;
    s->counts.requests++;
    s->counts.answered_again++;
    if (log_is_on(LOG_DEBUG)) {
        dispatch_look_at_clock(s);
        note_reply(c, msgid, method, s->clock_ns, ERR_OK);
    } else if (traffic_note_quick(&s->traffic, method)) {
        dispatch_look_at_clock(s);
    }
}

/* encode_age, whose bytes are the same for all within a millisecond. */
static void write_age(struct conn *c)
{
    struct server *s = c->server;
    double age = s->service->age_s(s->service->self);
    if (age != s->age_told || s->age.size == 0) {
        buf_clear(&s->age);
        encode_age(&s->age, s->service);
        s->age_told = age;
    }
    mp_raw(&c->out, s->age.data, s->age.size);
}

/* Answers with the bytes of the same request before, and the age of now; false where there are none. */
static bool dispatch_again(struct conn *c, uint32_t msgid, const struct answers_question *question)
{
    struct server *s = c->server;
    struct answers_found kept;
    if (!answers_find(s->answers, question, &kept) || c->role < method_table()[kept.method].role ||
        !output_has_room(c, kept.size + AGE_BYTES + ENVELOPE_BYTES))
        return false;
    spare_lend(&s->spare_out, &c->out);
    buf_reserve(&c->out, ENVELOPE_BYTES + kept.size + AGE_BYTES);
    rpc_write_result(&c->out, msgid);
    mp_raw(&c->out, kept.data, kept.size);
    write_age(c);
    check_written(c);
    note_again(c, msgid, kept.method);
    c->repeated = (uint16_t)question->size;
    return true;
}

static void dispatch_anew(struct conn *c, const uint8_t *data, size_t size,
                          const struct answers_question *question)
{
    struct asked q;
    struct mp_tree tree;
    struct err e;
    e.code = ERR_OK; /* the rest of it is long, and not looked at then */
    e.text[0] = '\0';
    q.question = *question;
    q.method = TRAFFIC_UNKNOWN;
    q.lasting = 0;
    if (mp_unpack(data, size, &tree, &e) || rpc_read(tree.top, &q.message, &e) == RPC_UNANSWERABLE)
        conn_fault(c, e.text);
    else if (q.message.type == RPC_REQUEST)
        dispatch_request(c, &q, &e);
    else
        c->server->clock_ns = uv_hrtime();
    mp_free(&tree);
}

void dispatch_message(struct conn *c, const uint8_t *data, size_t size)
{
    struct answers_question question;
    uint32_t msgid;
    if (read_question(c, data, size, &question, &msgid) && dispatch_again(c, msgid, &question))
        return;
    if (c->server->traffic.n_untimed > 0)
        dispatch_look_at_clock(c->server);
    dispatch_anew(c, data, size, &question);
}

size_t dispatch_repeated(struct conn *c, const uint8_t *data, size_t size)
{
    struct answers_question question;
    uint32_t msgid;
    size_t wanted = c->repeated;
    if (wanted == 0 || !read_question(c, data, size, &question, &msgid) || question.size < wanted)
        return 0;
    c->repeated = 0;
    question.size = wanted;
    size_t whole = (size_t)(question.data - data) + wanted;
    return whole <= conn_limits(c)->bytes && dispatch_again(c, msgid, &question) ? whole : 0;
}
