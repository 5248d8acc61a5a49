#include "net/ticket.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/conn.h"
#include "net/dispatch.h"
#include "net/output.h"
#include "net/past.h"
#include "net/problem.h"
#include "net/token.h"
#include "proto/mp.h"
#include "proto/mp_json.h"

struct ticket {
    struct conn *conn; /* NULL once it closes */
    uint32_t msgid;
    size_t method;
    uint64_t began_ns; /* uv_hrtime */
    ticket_encoder encode;
    ticket_token_encoder encode_token;
    ticket_diff_encoder encode_diff;
    bool english;
    uint64_t proposal;       /* its number at the service; 0 = it has none, or is no proposal */
    struct problem *problem; /* of a proposal, while it is being written; then it is in server->drafts */
    TAILQ_ENTRY(ticket) draft;
    char token[TOKEN_SIZE + 1];
    struct past_call *past; /* NULL: it is none */
    bool has_head;
    struct buf head;             /* of a result whose last field comes as JSON */
    void (*gone)(void *context); /* NULL: nobody needs to know */
    void *gone_context;
    LIST_ENTRY(ticket) link;
};

struct ticket *ticket_open(struct call *call, ticket_encoder encode, struct err *e)
{
    struct conn *c = call->conn;
    uint32_t limit = c->server->options.requests_in_flight;
    if (c->in_flight >= limit) {
        c->server->reached[LIMIT_REQUESTS_IN_FLIGHT]++;
        err_set(e, ERR_LIMIT,
                "%u requests of this connection wait for their answer; the limit is %u (requests-in-flight)",
                c->in_flight, limit);
        return NULL;
    }
    if (c->server->counts.in_flight / IN_FLIGHT_TIMES >= limit) {
        c->server->reached[LIMIT_REQUESTS_IN_FLIGHT]++;
        err_set(e, ERR_LIMIT,
                "%u requests of all connections wait for their answer; the limit is %u times %u "
                "(requests-in-flight)",
                c->server->counts.in_flight, IN_FLIGHT_TIMES, limit);
        return NULL;
    }
    struct ticket *t = calloc(1, sizeof *t);
    if (t == NULL) {
        err_memory(e, "taking the request");
        return NULL;
    }
    *t = (struct ticket){.conn = c,
                         .msgid = call->msgid,
                         .method = call->method->id,
                         .began_ns = c->server->clock_ns,
                         .encode = encode};
    LIST_INSERT_HEAD(&c->tickets, t, link);
    c->in_flight++;
    c->server->counts.in_flight++;
    return t;
}

struct ticket *ticket_open_token(struct call *call, ticket_token_encoder encode, const char *token,
                                 struct err *e)
{
    struct ticket *t = ticket_open(call, NULL, e);
    if (t == NULL)
        return NULL;
    t->encode_token = encode;
    snprintf(t->token, sizeof t->token, "%s", token);
    return t;
}

static void leave(struct ticket *t, struct conn *c)
{
    LIST_REMOVE(t, link);
    c->in_flight--;
    c->server->counts.in_flight--;
    t->conn = NULL;
}

/* Writes the result of an answer; what it says in *e is told instead. The connection is there. */
typedef int (*result_writer)(const struct ticket *t, struct buf *out, const void *answer, struct err *e);

/* Answers, unless the connection has gone, and frees the ticket. */
static void ticket_finish(struct ticket *t, result_writer write, const void *answer, const struct err *e)
{
    struct conn *c = t->conn;
    bool secret = t->token[0] != '\0';
    if (c != NULL) {
        struct err failure = ERR_INIT;
        struct buf *result = &c->server->result;
        if (e != NULL)
            failure = *e;
        if (secret)
            result->secret = c->out.secret = true;
        buf_clear(result);
        if (failure.code == ERR_OK)
            write(t, result, answer, &failure);
        leave(t, c);
        dispatch_reply(c, t->msgid, t->method, t->began_ns, &failure);
        if (secret) {
            buf_clear(result);
            result->secret = false;
        }
        conn_turn(c); /* sends it, unless a turn is under way, which will */
    }
    buf_free(&t->head);
    past_call_free(t->past);
    if (secret)
        OPENSSL_cleanse(t, sizeof *t);
    free(t);
}

static int write_run(const struct ticket *t, struct buf *out, const void *answer, struct err *e)
{
    (void)e;
    t->encode(out, answer);
    return 0;
}

void ticket_answer(void *ticket, const struct service_run_answer *answer, const struct err *e)
{
    ticket_finish(ticket, write_run, answer, e);
}

struct ticket *ticket_open_diff(struct call *call, ticket_diff_encoder encode, struct err *e)
{
    struct ticket *t = ticket_open(call, NULL, e);
    if (t == NULL)
        return NULL;
    t->encode_diff = encode;
    t->english = call->english;
    return t;
}

static int write_diff(const struct ticket *t, struct buf *out, const void *diff, struct err *e)
{
    const struct service *service = t->conn->server->service;
    (void)e;
    t->encode_diff(out, diff, service->snapshot(service->self), t->english);
    return 0;
}

void ticket_answer_diff(void *ticket, const struct run_diff *diff, const struct err *e)
{
    ticket_finish(ticket, write_diff, diff, e);
}

static int write_token(const struct ticket *t, struct buf *out, const void *answer, struct err *e)
{
    (void)e;
    t->encode_token(out, answer, t->token);
    return 0;
}

void ticket_answer_token(void *ticket, const struct service_token_answer *answer, const struct err *e)
{
    ticket_finish(ticket, write_token, answer, e);
}

struct ticket *ticket_open_batch(struct call *call, struct err *e)
{
    return ticket_open(call, NULL, e);
}

static int write_batch(const struct ticket *t, struct buf *out, const void *batch, struct err *e)
{
    const struct service_batch_answer *answer = batch;
    (void)t;
    (void)e;
    mp_map(out, 5);
    mp_key(out, "added");
    mp_uint(out, answer->added);
    mp_key(out, "changed");
    mp_uint(out, answer->changed);
    mp_key(out, "unchanged");
    mp_uint(out, answer->unchanged);
    mp_key(out, "inputs_version");
    mp_uint(out, answer->inputs_version);
    mp_key(out, "accepted_at");
    mp_text(out, answer->accepted_at);
    return 0;
}

void ticket_answer_batch(void *ticket, const struct service_batch_answer *answer, const struct err *e)
{
    ticket_finish(ticket, write_batch, answer, e);
}

struct ticket *ticket_open_proposal(struct call *call, struct problem *problem, struct err *e)
{
    struct server *s = call->server;
    struct ticket *t = ticket_open(call, NULL, e);
    if (t == NULL) {
        problem_free(problem);
        return NULL;
    }
    t->problem = problem;
    TAILQ_INSERT_TAIL(&s->drafts, t, draft);
    s->n_drafts++;
    server_watch(s);
    return t;
}

uint32_t ticket_drafts(const struct conn *c)
{
    const struct ticket *t;
    uint32_t n = 0;
    TAILQ_FOREACH(t, &c->server->drafts, draft) n += t->conn == c;
    return n;
}

static void drop_draft(struct ticket *t, struct server *s)
{
    TAILQ_REMOVE(&s->drafts, t, draft);
    s->n_drafts--;
    problem_free(t->problem);
    t->problem = NULL;
}

void ticket_drop(struct ticket *ticket)
{
    if (ticket->conn != NULL)
        leave(ticket, ticket->conn);
    buf_free(&ticket->head);
    past_call_free(ticket->past);
    free(ticket);
}

void ticket_write_draft(struct server *s)
{
    struct ticket *t = TAILQ_FIRST(&s->drafts);
    struct err e = ERR_INIT;
    if (t == NULL)
        return;
    int code = problem_write(t->problem, &e);
    if (code == 0 && !problem_is_whole(t->problem))
        return;
    if (code == 0) {
        const struct service *service = s->service;
        t->proposal = service->propose(service->self, ticket_client(t), problem_bytes(t->problem),
                                       ticket_answer_proposal, t, &e);
    }
    drop_draft(t, s);
    if (t->proposal == 0)
        ticket_answer_proposal(t, NULL, &e);
}

/* The worker's response as it is, and behind its fields the age of what they rest on. */
static int complete_answer(const struct ticket *t, const struct server *s, struct buf *answer, struct err *e)
{
    uint32_t fields = (uint32_t)method_table()[METHOD_network_propose].n_fields;
    int code = problem_answer(answer, t->msgid, fields, e);
    if (code != 0)
        return code;
    mp_key(answer, "age_s");
    mp_rounded(answer, s->service->age_s(s->service->self), 3);
    return 0;
}

void ticket_answer_proposal(void *ticket, struct buf *answer, const struct err *e)
{
    struct ticket *t = ticket;
    struct conn *c = t->conn;
    if (c != NULL) {
        struct err failure = ERR_INIT;
        leave(t, c);
        if (e != NULL)
            failure = *e;
        if (failure.code == ERR_OK && complete_answer(t, c->server, answer, &failure) == 0)
            dispatch_reply_whole(c, t->msgid, t->method, t->began_ns, answer);
        else
            dispatch_reply(c, t->msgid, t->method, t->began_ns, &failure);
        conn_turn(c);
    }
    free(t);
}

struct ticket *ticket_open_json(struct call *call, struct err *e)
{
    return ticket_open(call, NULL, e);
}

void ticket_set_head(struct ticket *ticket, struct buf *head)
{
    ticket->has_head = true;
    ticket->head = *head;
    buf_init(head, 0);
}

void ticket_when_gone(struct ticket *ticket, void (*gone)(void *context), void *context)
{
    ticket->gone = gone;
    ticket->gone_context = context;
}

uint64_t ticket_client(const struct ticket *ticket)
{
    return ticket->conn == NULL ? 0 : ticket->conn->id;
}

bool ticket_is_forgotten(const void *ticket)
{
    const struct ticket *t = ticket;
    return t->conn == NULL;
}

static int write_json(const struct ticket *t, struct buf *out, const void *answer, struct err *e)
{
    const char *json = answer;
    const struct method *m = &method_table()[t->method];
    if (t->has_head) {
        mp_map(out, (uint32_t)m->n_fields);
        mp_raw(out, t->head.data, t->head.size);
        mp_key(out, m->fields[m->n_fields - 1].name);
    }
    int code = mp_from_json(out, json, strlen(json), e);
    return code == ERR_INVALID ? err_set(e, ERR_INTERNAL, "the database's answer is no JSON") : code;
}

void ticket_answer_json(void *ticket, const char *json, const struct err *e)
{
    ticket_finish(ticket, write_json, json, e);
}

struct ticket *ticket_open_past(struct call *call, struct past_call *past, struct err *e)
{
    struct ticket *t = ticket_open(call, NULL, e);
    if (t == NULL)
        past_call_free(past);
    else
        t->past = past;
    return t;
}

static int write_past(const struct ticket *t, struct buf *out, const void *snapshot, struct err *e)
{
    return past_call_write(t->past, snapshot, out, e);
}

void ticket_answer_past(void *ticket, const struct snapshot *s, const struct err *e)
{
    ticket_finish(ticket, write_past, s, e);
}

static bool is_proposal(const struct ticket *t)
{
    return t->proposal != 0 || t->problem != NULL;
}

static void cancel(struct ticket *t, struct server *s)
{
    static const struct err cancelled = {ERR_CANCELLED, "the proposal was cancelled"};
    if (t->gone != NULL) {
        t->gone(t->gone_context);
    } else if (t->problem == NULL) {
        s->service->propose_cancel(s->service->self, t->proposal);
    } else {
        drop_draft(t, s);
        ticket_answer_proposal(t, NULL, &cancelled);
    }
}

bool ticket_cancel(struct conn *c, uint32_t msgid)
{
    struct ticket *t;
    LIST_FOREACH(t, &c->tickets, link)
    {
        if (t->msgid == msgid && (is_proposal(t) || t->gone != NULL)) {
            cancel(t, c->server);
            return true;
        }
    }
    return false;
}

/* An answer may have the connection's next messages handled, and they may cancel others: so it begins anew.
 */
void tickets_cancel(struct conn *c)
{
    struct ticket *t = LIST_FIRST(&c->tickets);
    while (t != NULL && c->state == CONN_OPEN) {
        if (is_proposal(t)) { // NOLINT(clang-analyzer-unix.Malloc): who is answered has left the list
            cancel(t, c->server);
            t = LIST_FIRST(&c->tickets);
        } else {
            t = LIST_NEXT(t, link);
        }
    }
}

void tickets_forget(struct conn *c)
{
    struct ticket *t = LIST_FIRST(&c->tickets), *next;
    for (; t != NULL; t = next) {
        next = LIST_NEXT(t, link);
        leave(t, c);
        if (is_proposal(t) || t->gone != NULL)
            cancel(t, c->server);
    }
}
