#include "daemon/token_store.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/sql_time.h"
#include "daemon/waiters.h"
#include "net/tokens.h"

struct token_store {
    struct server *server;
    struct pg_async *pg; /* NULL while away */
    uv_timer_t timer;
    struct tokens *coming; /* being read */
    bool reading, wanted;
    uint64_t round; /* readings begun */
    char error[1024];
    size_t held; /* tokens at the last reading; SIZE_MAX before the first */
    struct waiters waiters;
};

static const char all_tokens[] =
    "SELECT token, name, role, encode(hash, 'hex'), "
    "ceil(extract(epoch FROM expires_at))::bigint, " AS_TIME("created_at") ", created_by, " AS_TIME(
        "expires_at") ", used_on "
                      "FROM peernet.tokens "
                      "WHERE revoked_at "
                      "IS NULL ORDER BY "
                      "name COLLATE \"C\"";

static void read_all(struct token_store *s);

static void on_timer(uv_timer_t *timer)
{
    token_store_hint(timer->data);
}

int token_store_open(struct token_store **out, uv_loop_t *loop, uint64_t interval_ms, struct err *e)
{
    struct token_store *s = calloc(1, sizeof *s);
    *out = s;
    if (s == NULL)
        return err_memory(e, "tokens");
    s->held = SIZE_MAX;
    uv_timer_init(loop, &s->timer);
    s->timer.data = s;
    uv_timer_start(&s->timer, on_timer, interval_ms, interval_ms);
    return 0;
}

void token_store_serve(struct token_store *s, struct server *server)
{
    s->server = server;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void token_store_close(struct token_store *s)
{
    if (s == NULL)
        return;
    token_store_down(s);
    s->server = NULL;
    uv_close((uv_handle_t *)&s->timer, on_closed);
}

static bool parse_hash(const char *hex, uint8_t out[TOKEN_HASH_SIZE])
{
    if (strlen(hex) != (size_t)TOKEN_HASH_SIZE * 2)
        return false;
    for (size_t i = 0; i < TOKEN_HASH_SIZE; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'}, *end;
        out[i] = (uint8_t)strtoul(pair, &end, 16);
        if (*end != '\0')
            return false;
    }
    return true;
}

static int on_row(void *context, const PGresult *r, int row, struct err *e)
{
    struct token_store *s = context;
    const char *role = PQgetvalue(r, row, 2);
    int parsed = role_parse(role, strlen(role));
    struct token t = {.id = strtoll(PQgetvalue(r, row, 0), NULL, 10),
                      .role = parsed < 0 ? ROLE_NONE : (enum role)parsed,
                      .until = strtoll(PQgetvalue(r, row, 4), NULL, 10),
                      .name = PQgetvalue(r, row, 1),
                      .created_at = PQgetvalue(r, row, 5),
                      .created_by = PQgetvalue(r, row, 6),
                      .expires_at = PQgetvalue(r, row, 7),
                      .used_on = PQgetvalue(r, row, 8)};
    if (s->coming == NULL)
        return err_memory(e, "tokens");
    if (t.role == ROLE_NONE || !parse_hash(PQgetvalue(r, row, 3), t.hash))
        return err_set(e, ERR_INTERNAL, "token %s has a role or a hash that this program does not know",
                       t.name);
    return tokens_add(s->coming, &t, e);
}

/* The same failure over and over is logged once. */
static void note_failure(struct token_store *s, const struct err *e)
{
    char quoted[1200];
    if (s->pg == NULL || strcmp(s->error, e->text) == 0)
        return;
    memcpy(s->error, e->text, sizeof s->error);
    log_write(LOG_ERROR, "tokens could not be read; those read before stay in force", "error=%s",
              log_quote(e->text, quoted, sizeof quoted));
}

static void put_in_force(struct token_store *s)
{
    if (s->coming->n != s->held)
        log_write(LOG_INFO, "tokens read", "count=%zu", s->coming->n);
    s->held = s->coming->n;
    s->error[0] = '\0';
    server_set_tokens(s->server, s->coming);
    s->coming = NULL;
}

static void on_read(void *context, const struct err *e)
{
    struct token_store *s = context;
    struct err none = ERR_INIT;
    s->reading = false;
    if (e == NULL && s->coming == NULL) {
        err_memory(&none, "tokens");
        e = &none;
    }
    waiters_tell(&s->waiters, s->round);
    if (e != NULL)
        note_failure(s, e);
    else if (s->server != NULL)
        put_in_force(s);
    tokens_free(s->coming);
    s->coming = NULL;
    if (s->wanted)
        read_all(s);
}

static void read_all(struct token_store *s)
{
    struct err e = ERR_INIT;
    s->wanted = s->reading;
    if (s->pg == NULL || s->reading)
        return;
    struct pg_async_query query = {.sql = all_tokens, .context = s, .row = on_row, .done = on_read};
    s->round++;
    s->reading = true;
    s->coming = tokens_new();
    if (pg_async_query(s->pg, &query, &e) != 0)
        on_read(s, &e);
}

bool token_store_has_read(const struct token_store *s)
{
    return s->held != SIZE_MAX;
}

void token_store_up(struct token_store *s, struct pg_async *pg)
{
    s->pg = pg;
    read_all(s);
}

/* Its queries were told before. */
void token_store_down(struct token_store *s)
{
    s->pg = NULL;
    s->wanted = false;
    waiters_tell(&s->waiters, WAITERS_ALL);
}

void token_store_hint(struct token_store *s)
{
    read_all(s);
}

void token_store_after(struct token_store *s, void (*then)(void *context), void *context)
{
    if (s->pg == NULL || !waiters_add(&s->waiters, s->round + 1, then, context)) {
        then(context);
        return;
    }
    read_all(s);
}
