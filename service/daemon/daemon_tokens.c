/* daemon_tokens.c - what handlers ask of the daemon about tokens: make one, end one, note that one was used.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/daemon.h"
#include "daemon/gated_query.h"
#include "daemon/sql_time.h"
#include "net/tokens.h"

/* One change on its way; texts are those of the answer. */
struct change {
    struct daemon *daemon;
    char name[4 * 64 + 1], role[16], created_at[32], expires_at[32], revoked_at[32];
    service_token_done done;
    void *context;
};

static struct change *change_new(struct daemon *d, const char *name, service_token_done done, void *context)
{
    struct change *c = calloc(1, sizeof *c);
    struct err e = ERR_INIT;
    if (c == NULL) {
        err_memory(&e, "a token");
        done(context, NULL, &e);
        return NULL;
    }
    *c = (struct change){.daemon = d, .done = done, .context = context};
    snprintf(c->name, sizeof c->name, "%s", name);
    return c;
}

/* It has been read: the very next answers go by it. */
static void answer(void *context)
{
    struct change *c = context;
    struct service_token_answer a = {.name = c->name,
                                     .role = c->role,
                                     .created_at = c->created_at,
                                     .expires_at = c->expires_at,
                                     .revoked_at = c->revoked_at};
    c->done(c->context, &a, NULL);
    free(c);
}

static void on_changed(void *context, const struct err *e)
{
    struct change *c = context;
    struct err why = ERR_INIT;
    if (e == NULL) {
        token_store_after(c->daemon->tokens, answer, c);
        return;
    }
    why = *e;
    if (why.code == ERR_UNAVAILABLE)
        err_wrap(&why, "the database was lost meanwhile; whether it was done will show in token.list");
    c->done(c->context, NULL, &why);
    free(c);
}

/* Sends it, or answers that it cannot. */
static void start(struct change *c, const struct pg_async_query *query)
{
    struct err e = ERR_INIT;
    if (gated_query(c->daemon->changes, c->daemon->pg, query, 0, NULL, &e) == 0)
        return;
    c->done(c->context, NULL, &e);
    free(c);
}

static int on_created_row(void *context, const PGresult *result, int row, struct err *e)
{
    struct change *c = context;
    (void)e;
    snprintf(c->role, sizeof c->role, "%s", PQgetvalue(result, row, 0));
    snprintf(c->created_at, sizeof c->created_at, "%s", PQgetvalue(result, row, 1));
    snprintf(c->expires_at, sizeof c->expires_at, "%s", PQgetvalue(result, row, 2));
    return 0;
}

static void write_hash(char out[2 * TOKEN_HASH_SIZE + 1], const uint8_t *hash)
{
    for (size_t i = 0; i < TOKEN_HASH_SIZE; i++)
        snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

void daemon_token_create(void *self, const struct service_token_request *request, service_token_done done,
                         void *context)
{
    char hash[2 * TOKEN_HASH_SIZE + 1], seconds[32];
    struct change *c = change_new(self, request->name, done, context);
    if (c == NULL)
        return;
    write_hash(hash, request->hash);
    snprintf(seconds, sizeof seconds, "%" PRId64, request->lifetime_ms / 1000);
    const char *values[] = {request->name, request->role,  hash, request->lifetime_ms == 0 ? NULL : seconds,
                            request->who,  request->origin};
    struct pg_async_query query = {
        .sql = "SELECT role, " AS_TIME("created_at") ", " AS_TIME(
            "expires_at") " FROM peernet.create_token($1::text, $2::text, decode($3, 'hex'), "
                          "$4::bigint * interval '1 second', $5::text, $6::text)",
        .n = 6,
        .values = values,
        .context = c,
        .row = on_created_row,
        .done = on_changed};
    start(c, &query);
}

static int on_revoked_row(void *context, const PGresult *result, int row, struct err *e)
{
    struct change *c = context;
    (void)e;
    snprintf(c->revoked_at, sizeof c->revoked_at, "%s", PQgetvalue(result, row, 0));
    return 0;
}

void daemon_token_revoke(void *self, const char *name, const char *who, const char *origin,
                         service_token_done done, void *context)
{
    struct change *c = change_new(self, name, done, context);
    const char *values[] = {name, who, origin};
    if (c == NULL)
        return;
    struct pg_async_query query = {
        .sql = "SELECT " AS_TIME("revoked_at") " FROM peernet.revoke_token($1::text, $2::text, $3::text)",
        .n = 3,
        .values = values,
        .context = c,
        .row = on_revoked_row,
        .done = on_changed};
    start(c, &query);
}

static void on_noted(void *context, const struct err *e)
{
    char quoted[1200];
    (void)context;
    if (e != NULL)
        log_write(LOG_DEBUG, "the use of a token was not noted", "error=%s",
                  log_quote(e->text, quoted, sizeof quoted));
}

static bool is_noted(const struct token *t)
{
    char today[16];
    struct tm date;
    time_t now = time(NULL);
    return gmtime_r(&now, &date) != NULL && strftime(today, sizeof today, "%Y-%m-%d", &date) > 0 &&
           strcmp(today, t->used_on) == 0;
}

/* Once a day for each token; with the database away not at all. */
void daemon_token_used(void *self, const struct token *token)
{
    struct daemon *d = self;
    char id[32];
    const char *values[] = {id};
    struct pg_async_query query = {
        .sql = "SELECT peernet.note_login($1::bigint)", .n = 1, .values = values, .done = on_noted};
    snprintf(id, sizeof id, "%" PRId64, token->id);
    if (!is_noted(token))
        pg_async_query(d->pg, &query, NULL);
}
