#include "net/ticket.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>

#include "net/conn.h"
#include "net/dispatch.h"
#include "net/output.h"
#include "net/token.h"

struct ticket {
    struct conn *conn; /* NULL once it closes */
    uint32_t msgid;
    size_t method;
    uint64_t began_ns; /* uv_hrtime */
    ticket_encoder encode;
    ticket_token_encoder encode_token;
    char token[TOKEN_SIZE + 1];
    LIST_ENTRY(ticket) link;
};

struct ticket *ticket_open(struct call *call, ticket_encoder encode, struct err *e)
{
    struct conn *c = call->conn;
    uint32_t limit = c->server->options.requests_in_flight;
    if (c->in_flight >= limit) {
        err_set(e, ERR_LIMIT,
                "%u requests of this connection wait for their answer; the limit is %u (requests-in-flight)",
                c->in_flight, limit);
        return NULL;
    }
    if (c->server->counts.in_flight / IN_FLIGHT_TIMES >= limit) {
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

void ticket_answer(void *ticket, const struct service_run_answer *answer, const struct err *e)
{
    struct ticket *t = ticket;
    struct conn *c = t->conn;
    if (c != NULL) {
        leave(t, c);
        struct buf *result = &c->server->result;
        buf_clear(result);
        if (e == NULL || e->code == ERR_OK)
            t->encode(result, answer);
        dispatch_reply(c, t->msgid, t->method, t->began_ns, e);
        conn_turn(c); /* sends it, unless a turn is under way, which will */
    }
    free(t);
}

void ticket_answer_token(void *ticket, const struct service_token_answer *answer, const struct err *e)
{
    struct ticket *t = ticket;
    struct conn *c = t->conn;
    if (c != NULL) {
        leave(t, c);
        struct buf *result = &c->server->result;
        result->secret = c->out.secret = t->token[0] != '\0' || c->out.secret;
        buf_clear(result);
        if (e == NULL || e->code == ERR_OK)
            t->encode_token(result, answer, t->token);
        dispatch_reply(c, t->msgid, t->method, t->began_ns, e);
        buf_clear(result);
        result->secret = false;
        conn_turn(c);
    }
    OPENSSL_cleanse(t, sizeof *t);
    free(t);
}

void tickets_forget(struct conn *c)
{
    while (!LIST_EMPTY(&c->tickets))
        leave(LIST_FIRST(&c->tickets), c);
}
