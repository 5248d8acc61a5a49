#include "net/dispatch.h"

#include <stdio.h>

#include "net/accept.h"
#include "net/conn.h"
#include "net/conn_log.h"
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

/* Of what is in server->result, or of a whole response. Returns how it was answered. */
static enum err_code reply(struct conn *c, uint32_t msgid, struct buf *whole, const struct err *failure)
{
    struct err e = ERR_INIT;
    if (failure != NULL && failure->code != ERR_OK)
        e = *failure;
    else
        check_result(c, whole != NULL ? whole : &c->server->result, whole != NULL ? 0 : ENVELOPE_BYTES, &e);
    c->server->counts.requests++;
    c->server->counts.errors += e.code != ERR_OK;
    write_reply(c, msgid, whole, &e);
    if (buf_failed(&c->out)) {
        conn_log(c, ERR_MEMORY, "connection ended: no memory for an answer", "");
        conn_close(c);
    }
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

/* `id`: of the method, once it is known. */
static int handle(struct conn *c, const struct rpc_message *m, size_t *id, struct err *e)
{
    struct server *s = c->server;
    struct call call = {.server = s,
                        .conn = c,
                        .service = s->service,
                        .method = find_method(m, e),
                        .msgid = m->msgid,
                        .english = c->english};
    if (call.method != NULL)
        *id = call.method->id;
    if (call.method == NULL || check_role(c, call.method, e) ||
        method_arguments(call.method, m->params, call.arguments, e))
        return e->code;
    buf_clear(&s->result);
    if (past_wanted(&call))
        return past_read(&call, handlers[call.method->id], e);
    return handlers[call.method->id](&call, &s->result, e);
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

static void dispatch_request(struct conn *c, const struct rpc_message *m, struct err *e)
{
    if (c->turned_away) {
        refuse_turned_away(c, m->msgid);
        return;
    }
    uint64_t began = c->server->clock_ns;
    size_t id = TRAFFIC_UNKNOWN;
    if (e->code != ERR_OK || handle(c, m, &id, e) != HANDLER_LATER)
        dispatch_reply(c, m->msgid, id, began, e);
    else
        c->server->clock_ns = uv_hrtime();
}

void dispatch_message(struct conn *c, const msgpack_object *top)
{
    struct rpc_message m;
    struct err e = ERR_INIT;
    if (rpc_read(top, &m, &e) == RPC_UNANSWERABLE)
        conn_fault(c, e.text);
    else if (m.type == RPC_REQUEST)
        dispatch_request(c, &m, &e);
    else
        c->server->clock_ns = uv_hrtime();
}
