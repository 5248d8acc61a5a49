/* token.*: who may log in: make a token, look at those that there are, end one. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/options.h"
#include "net/encode.h"
#include "net/login.h"
#include "net/ticket.h"
#include "proto/mp.h"
#include "proto/text.h"

#define NAME_SIZE (4 * 64 + 1) /* 64 characters by methods.def */
#define LIFETIME_LEAST_MS INT64_C(60000)
#define LIFETIME_MOST_MS (INT64_C(3660) * 86400 * 1000)

static const char *copy(const struct argument *a, char *out, size_t size)
{
    snprintf(out, size, "%.*s", (int)a->text_size, a->given ? a->text : "");
    return out;
}

/* What the table of tokens takes, so that the answer speaks of it in this protocol's words. */
static int check_name(const struct argument *a, struct err *e)
{
    char shown[TEXT_SHOWN];
    bool fine = a->text[0] != ' ' && a->text[a->text_size - 1] != ' ';
    for (size_t i = 0; i < a->text_size; i++)
        fine = fine && (unsigned char)a->text[i] >= 0x20 && a->text[i] != 0x7f;
    return fine ? 0
                : err_set(e, ERR_INVALID,
                          "name: %s came; allowed is text without control characters or outer blanks",
                          text_show(a->text, a->text_size, shown));
}

static int check_role(const struct argument *a, enum role *out, struct err *e)
{
    char shown[TEXT_SHOWN];
    int role = role_parse(a->text, a->text_size);
    if (role <= ROLE_NONE)
        return err_set(e, ERR_INVALID, "role: %s came; allowed are reader, reporter, operator and admin",
                       text_show(a->text, a->text_size, shown));
    *out = (enum role)role;
    return 0;
}

static int check_lifetime(const struct argument *a, int64_t *ms, struct err *e)
{
    char text[4 * 20 + 1], shown[TEXT_SHOWN];
    struct err ignored = ERR_INIT;
    *ms = 0;
    if (!a->given)
        return 0;
    if (option_parse_duration(copy(a, text, sizeof text), ms, &ignored) == 0 && *ms >= LIFETIME_LEAST_MS &&
        *ms <= LIFETIME_MOST_MS)
        return 0;
    return err_set(e, ERR_INVALID,
                   "expires: %s came; allowed is a duration of 1min to 3660d, as in 90d or 12h",
                   text_show(a->text, a->text_size, shown));
}

static void encode_time(struct buf *out, const char *name, const char *time)
{
    mp_key(out, name);
    encode_optional(out, time);
}

static void encode_created(struct buf *out, const struct service_token_answer *answer, const char *token)
{
    mp_map(out, 5);
    mp_key(out, "token");
    mp_text(out, token);
    mp_key(out, "name");
    mp_text(out, answer->name);
    mp_key(out, "role");
    mp_text(out, answer->role);
    encode_time(out, "created_at", answer->created_at);
    encode_time(out, "expires_at", answer->expires_at);
}

static int create(struct call *call, const struct service_token_request *request, const char *token,
                  struct err *e)
{
    struct ticket *ticket = ticket_open_token(call, encode_created, token, e);
    if (ticket == NULL)
        return (int)e->code;
    call->service->token_create(call->service->self, request, ticket_answer_token, ticket);
    return HANDLER_LATER;
}

int handle_token_create(struct call *call, struct buf *out, struct err *e)
{
    char name[NAME_SIZE], who[LOGIN_WHO], token[TOKEN_SIZE + 1];
    uint8_t hash[TOKEN_HASH_SIZE];
    enum role role = ROLE_NONE;
    struct service_token_request request = {.name = copy(&call->arguments[0], name, sizeof name),
                                            .hash = hash,
                                            .who = login_who(call->conn, who),
                                            .origin = login_origin(call->conn)};
    (void)out;
    if (check_name(&call->arguments[0], e) || check_role(&call->arguments[1], &role, e) ||
        check_lifetime(&call->arguments[2], &request.lifetime_ms, e) || token_make(token, e))
        return (int)e->code;
    request.role = role_name(role);
    token_hash(token, TOKEN_SIZE, hash);
    int code = create(call, &request, token, e);
    OPENSSL_cleanse(token, sizeof token);
    return code;
}

static void encode_token(struct buf *out, const struct token *t, int64_t now)
{
    mp_map(out, 7);
    mp_key(out, "name");
    mp_text(out, t->name);
    mp_key(out, "role");
    mp_text(out, role_name(t->role));
    encode_time(out, "created_at", t->created_at);
    mp_key(out, "created_by");
    mp_text(out, t->created_by);
    encode_time(out, "expires_at", t->expires_at);
    mp_key(out, "expired");
    mp_bool(out, token_has_expired(t, now));
    encode_time(out, "used_on", t->used_on);
}

int handle_token_list(struct call *call, struct buf *out, struct err *e)
{
    const struct tokens *tokens = call->server->tokens;
    if (tokens == NULL)
        return err_set(e, ERR_UNAVAILABLE,
                       "the tokens have not been read since this daemon started (status says why)");
    mp_map(out, 1);
    mp_key(out, "tokens");
    mp_array(out, (uint32_t)tokens->n);
    for (size_t i = 0; i < tokens->n; i++)
        encode_token(out, &tokens->list[i], time(NULL));
    return 0;
}

static void encode_revoked(struct buf *out, const struct service_token_answer *answer, const char *token)
{
    (void)token;
    mp_map(out, 2);
    mp_key(out, "name");
    mp_text(out, answer->name);
    encode_time(out, "revoked_at", answer->revoked_at);
}

int handle_token_revoke(struct call *call, struct buf *out, struct err *e)
{
    char name[NAME_SIZE], who[LOGIN_WHO];
    (void)out;
    struct ticket *ticket = ticket_open_token(call, encode_revoked, "", e);
    if (ticket == NULL)
        return (int)e->code;
    call->service->token_revoke(call->service->self, copy(&call->arguments[0], name, sizeof name),
                                login_who(call->conn, who), login_origin(call->conn), ticket_answer_token,
                                ticket);
    return HANDLER_LATER;
}
