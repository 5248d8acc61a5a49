#include "net/login.h"

#include <openssl/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "net/conn.h"
#include "net/conn_log.h"
#include "net/dispatch.h"
#include "net/tls.h"
#include "proto/mp.h"

#define PROTOCOL_NUMBER 1

/* An answer that waits. */
struct login {
    struct login *next;
    struct conn *conn;
    uint32_t msgid;
    uint64_t began_ns; /* uv_hrtime */
    uint8_t hash[TOKEN_HASH_SIZE];
    uint64_t due; /* ms, uv_now */
};

void login_encode(struct buf *out, const struct conn *c)
{
    mp_map(out, 6);
    mp_key(out, "server");
    mp_text(out, "peernetd");
    mp_key(out, "version");
    mp_text(out, PEERNET_VERSION);
    mp_key(out, "protocol");
    mp_uint(out, PROTOCOL_NUMBER);
    mp_key(out, "errors");
    mp_text(out, rpc_error_style_name(c->errors));
    mp_key(out, "language");
    mp_text(out, c->english ? "en" : "sv");
    mp_key(out, "role");
    mp_text(out, role_name(c->role));
}

/* The token in force by that hash; NULL with the reason for the log. */
static const struct token *look_up(const struct server *s, const uint8_t hash[TOKEN_HASH_SIZE],
                                   const char **why)
{
    const struct token *t = tokens_find(s->tokens, hash);
    *why = t == NULL ? "no such token in force" : "its token has expired";
    return t != NULL && !token_has_expired(t, time(NULL)) ? t : NULL;
}

static void accept_token(struct conn *c, const struct token *t)
{
    struct server *s = c->server;
    c->token = t->id;
    c->role_until = t->until;
    conn_set_role(c, t->role);
    s->counts.logins++;
    conn_note(c, "logged in", t->name);
    s->service->logged_in(s->service->self, t);
}

static int deny(struct err *e)
{
    return err_set(e, ERR_DENIED, "the token does not let anybody in; ask an administrator for another");
}

/* The earliest of those that wait. */
static void set_timer(struct server *s)
{
    uint64_t now = uv_now(s->loop), soonest = UINT64_MAX;
    for (const struct login *l = s->logins; l != NULL; l = l->next)
        soonest = l->due < soonest ? l->due : soonest;
    if (soonest == UINT64_MAX)
        uv_timer_stop(&s->login_timer);
    else
        uv_timer_start(&s->login_timer, login_on_timer, soonest > now ? soonest - now : 0, 0);
}

static int wait_for_it(struct call *call, const uint8_t hash[TOKEN_HASH_SIZE], uint64_t ms, struct err *e)
{
    struct server *s = call->server;
    struct login *l = calloc(1, sizeof *l);
    if (l == NULL)
        return err_memory(e, "a login");
    l->conn = call->conn;
    l->msgid = call->msgid;
    l->began_ns = s->clock_ns;
    l->due = uv_now(s->loop) + ms;
    memcpy(l->hash, hash, TOKEN_HASH_SIZE);
    call->conn->login = l;
    l->next = s->logins;
    s->logins = l;
    set_timer(s);
    return HANDLER_LATER;
}

static void note_wrong(struct conn *c, const char *why)
{
    struct server *s = c->server;
    s->counts.logins_denied++;
    login_delay_note(&s->delays, &c->key, uv_now(s->loop));
    conn_log(c, ERR_DENIED, "login refused", why);
}

int login_begin(struct call *call, const struct argument *token, struct err *e)
{
    struct conn *c = call->conn;
    struct server *s = call->server;
    uint8_t hash[TOKEN_HASH_SIZE];
    const char *why;
    if (s->tokens == NULL)
        return err_set(e, ERR_UNAVAILABLE,
                       "nobody can log in yet: the tokens have not been read since this daemon started");
    token_hash(token->text, token->text_size, hash);
    uint64_t before = login_delay_ms(&s->delays, &c->key, uv_now(s->loop));
    const struct token *t = look_up(s, hash, &why);
    if (t != NULL && before == 0) {
        accept_token(c, t);
        return 0;
    }
    if (t == NULL)
        note_wrong(c, why);
    uint64_t ms = login_delay_ms(&s->delays, &c->key, uv_now(s->loop));
    return ms > 0 ? wait_for_it(call, hash, ms, e) : deny(e);
}

static void drop(struct login *l)
{
    l->conn->login = NULL;
    OPENSSL_cleanse(l, sizeof *l);
    free(l);
}

void login_forget(struct conn *c)
{
    struct login **at = &c->server->logins;
    if (c->login == NULL)
        return;
    while (*at != c->login)
        at = &(*at)->next;
    *at = c->login->next;
    drop(c->login);
}

/* Looked up anew: it may have been revoked, or made, meanwhile. */
static void answer(struct login *l)
{
    struct conn *c = l->conn;
    struct server *s = c->server;
    struct err e = ERR_INIT;
    const char *why;
    uint32_t msgid = l->msgid;
    uint64_t began = l->began_ns;
    const struct token *t = look_up(s, l->hash, &why);
    drop(l);
    buf_clear(&s->result);
    if (t != NULL) {
        accept_token(c, t);
        login_encode(&s->result, c);
    } else {
        deny(&e);
    }
    dispatch_reply(c, msgid, METHOD_hello, began, &e);
    conn_turn(c);
}

/* Out of the list. */
static struct login *take_due(struct server *s)
{
    for (struct login **at = &s->logins; *at != NULL; at = &(*at)->next) {
        struct login *l = *at;
        if (l->due > uv_now(s->loop))
            continue;
        *at = l->next;
        return l;
    }
    return NULL;
}

void login_on_timer(uv_timer_t *timer)
{
    struct server *s = timer->data;
    for (struct login *l; (l = take_due(s)) != NULL;)
        answer(l);
    set_timer(s);
}

const char *login_who(const struct conn *c, char out[LOGIN_WHO])
{
    const struct token *t = c->token != 0 ? tokens_of_id(c->server->tokens, c->token) : NULL;
    struct ucred peer;
    socklen_t size = sizeof peer;
    uv_os_fd_t fd;
    if (c->token != 0)
        snprintf(out, LOGIN_WHO, "token %s", t != NULL ? t->name : "");
    else if (c->tls != NULL && c->tls->name != NULL)
        snprintf(out, LOGIN_WHO, "certificate %s", c->tls->name);
    else if (c->uv.handle.type != UV_NAMED_PIPE)
        snprintf(out, LOGIN_WHO, "loopback");
    else if (uv_fileno(&c->uv.handle, &fd) == 0 && getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        snprintf(out, LOGIN_WHO, "uid %u", peer.uid);
    else
        snprintf(out, LOGIN_WHO, "unix socket");
    return out;
}

const char *login_origin(const struct conn *c)
{
    return c->peer;
}
