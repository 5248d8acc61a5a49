/* daemon_diff.c - reads what two runs differ in: their heads first, then networks, flows between them and who
 * moved. The database does the comparing; rows come a bounded number a turn, and what is made of them is made
 * by a thread of libuv's pool. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/snapshot/run_diff.h"
#include "daemon/daemon.h"
#include "daemon/load.h"
#include "daemon/sql_time.h"

struct comparison {
    struct daemon *daemon;
    struct gate_pass pass;
    bool (*forgotten)(const void *context); /* of `context`; NULL: never */
    struct run_diff *diff;
    char before[24], after[24], offset[24], limit[24];
    service_diff_done done;
    void *context;
    struct err error; /* the first */
    int waiting;      /* queries */
    struct load *load;
    struct snapshot *later; /* of the later run, what its sentences are made of; NULL: none is to be worded */
    uv_work_t work;
};

#define RUN_AS_JSON(r)                                                                                   \
    "json_build_object('run', " r ".run, 'as_of', " r ".as_of, 'seed', " r ".seed, 'inputs_version', " r \
    ".inputs_version, 'finished_at', " AS_TIME(r ".finished_at") ", 'figures', " r ".figures)"

static const char head_query[] = "SELECT a.programme, b.programme, " RUN_AS_JSON("a") ", " RUN_AS_JSON(
    "b") ", coalesce((SELECT json_agg("
         "json_build_object('name', key, 'before', x.value, 'after', y.value) ORDER BY key) FROM "
         "jsonb_each(a.settings) "
         "AS x FULL JOIN jsonb_each(b.settings) AS y USING (key) WHERE x.value IS DISTINCT FROM y.value), "
         "'[]') "
         "FROM (SELECT) AS one LEFT JOIN peernet.runs AS a ON a.run = $1::bigint "
         "LEFT JOIN peernet.runs AS b ON b.run = $2::bigint";

static const char networks_query[] = "SELECT network, size, later, label_sv, label_en FROM "
                                     "(VALUES ($1::bigint, false), ($2::bigint, true)) AS compared (run, "
                                     "later) JOIN peernet.networks USING (run) "
                                     "ORDER BY network, later";

static const char flows_query[] =
    "SELECT a.network, b.network, count(*) FROM "
    "(SELECT organizer, network FROM peernet.members WHERE run = $1::bigint) AS a FULL JOIN "
    "(SELECT organizer, network FROM peernet.members WHERE run = $2::bigint) AS b USING (organizer) GROUP BY "
    "1, 2";

#define PLACES(run)                                                                                     \
    "(SELECT organizer, network, fit, NULL::text AS code, reason_sv, reason_en FROM peernet.members "   \
    "WHERE run = " run "::bigint UNION ALL SELECT organizer, NULL, NULL, reason, reason_sv, reason_en " \
    "FROM peernet.unmatched WHERE run = " run "::bigint)"
static const char moves_query[] =
    "SELECT o.id, o.name, o.kind, a.network, a.fit, a.code, b.network, b.fit, b.code, b.reason_sv, "
    "b.reason_en "
    "FROM " PLACES("$1") " AS a FULL JOIN " PLACES(
        "$2") " AS b USING (organizer) "
              "JOIN peernet.organizers AS o ON o.id = organizer WHERE a.network IS DISTINCT FROM b.network "
              "ORDER BY a.network, b.network, o.id COLLATE \"C\" LIMIT $4::bigint OFFSET $3::bigint";

static const char *text(const PGresult *r, int row, int column)
{
    return PQgetvalue(r, row, column); /* "" for NULL */
}

static uint32_t number(const PGresult *r, int row, int column)
{
    return (uint32_t)strtoul(text(r, row, column), NULL, 10);
}

static void answer(struct comparison *c)
{
    bool failed = c->error.code != ERR_OK;
    c->done(c->context, failed ? NULL : c->diff, failed ? &c->error : NULL);
    run_diff_free(c->diff);
    snapshot_free(c->later);
    free(c);
}

static void finish(struct comparison *c)
{
    gate_leave(c->daemon->reads);
    answer(c);
}

static void build(uv_work_t *work)
{
    struct comparison *c = work->data;
    if (c->later == NULL || run_diff_word(c->diff, c->later, &c->error) == 0)
        run_diff_build(c->diff, &c->error);
}

static void built(uv_work_t *work, int status)
{
    struct comparison *c = work->data;
    if (status != 0)
        err_set(&c->error, ERR_CANCELLED, "the comparison was cancelled");
    finish(c);
}

static void queue_build(struct comparison *c)
{
    c->work.data = c;
    if (c->error.code == ERR_OK) {
        int failed = uv_queue_work(&c->daemon->loop, &c->work, build, built);
        if (failed == 0)
            return;
        err_set(&c->error, ERR_INTERNAL, "comparing: %s", uv_strerror(failed));
    }
    finish(c);
}

static void note(struct comparison *c, const struct err *e)
{
    if (e != NULL && c->error.code == ERR_OK)
        c->error = *e;
}

static void on_loaded(void *context, struct snapshot *later, const struct err *e)
{
    struct comparison *c = context;
    c->later = later;
    note(c, e);
    queue_build(c);
}

/* The later run's networks of which a member's sentence is to be worded: "3,17". Moves come by network, so
 * what follows itself is enough to pass over. */
static void list_wordless(const struct run_diff *d, struct buf *out)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < d->n_moves; i++) {
        const uint32_t network = d->moves[i].after.network;
        if (!run_diff_is_wordless(&d->moves[i]) || network == last)
            continue;
        buf_printf(out, "%s%u", out->size > 0 ? "," : "", network);
        last = network;
    }
}

static void all_read(struct comparison *c)
{
    struct buf networks;
    buf_init(&networks, 0);
    if (c->error.code == ERR_OK)
        list_wordless(c->diff, &networks);
    const struct load_wish wish = {
        .today = refresh_day(), .past = strtoll(c->after, NULL, 10), .networks = buf_string(&networks)};
    bool none = c->error.code != ERR_OK || networks.size == 0;
    if (none || load_start(&c->load, &c->daemon->loop, c->daemon->pg, &wish, on_loaded, c, &c->error) != 0)
        queue_build(c);
    buf_free(&networks);
}

static void on_read(void *context, const struct err *e)
{
    struct comparison *c = context;
    note(c, e);
    if (--c->waiting == 0)
        all_read(c);
}

static const struct err gone = {ERR_CANCELLED, "nobody waits for the comparison any more"};

static bool is_forgotten(const void *context)
{
    const struct comparison *c = context;
    return c->forgotten != NULL && c->forgotten(c->context);
}

static int on_network(void *context, const PGresult *r, int row, struct err *e)
{
    struct comparison *c = context;
    struct run_diff_network_row n = {.number = number(r, row, 0),
                                     .size = number(r, row, 1),
                                     .after = text(r, row, 2)[0] == 't',
                                     .label_sv = text(r, row, 3),
                                     .label_en = text(r, row, 4)};
    return run_diff_add_network(c->diff, &n, e);
}

static int on_flow(void *context, const PGresult *r, int row, struct err *e)
{
    struct comparison *c = context;
    return run_diff_add_flow(c->diff, number(r, row, 0), number(r, row, 1), number(r, row, 2), e);
}

static int on_move(void *context, const PGresult *r, int row, struct err *e)
{
    struct comparison *c = context;
    int kind = organizer_kind_parse(text(r, row, 2));
    struct run_diff_move m = {
        .id = text(r, row, 0),
        .name = text(r, row, 1),
        .kind = (enum organizer_kind)kind,
        .before = {number(r, row, 3), strtof(text(r, row, 4), NULL), text(r, row, 5)},
        .after = {number(r, row, 6), strtof(text(r, row, 7), NULL), text(r, row, 8)},
        .reason_sv = text(r, row, 9),
        .reason_en = text(r, row, 10),
    };
    return kind < 0
               ? err_set(e, ERR_INTERNAL, "organizer %s is of a kind that this program does not know", m.id)
               : run_diff_add_move(c->diff, &m, e);
}

static int ask(struct comparison *c, const char *sql, int n,
               int (*row)(void *, const PGresult *, int, struct err *),
               void (*done)(void *, const struct err *), struct err *e)
{
    const char *values[] = {c->before, c->after, c->offset, c->limit};
    struct pg_async_query query = {
        .sql = sql, .n = n, .values = values, .context = c, .row = row, .done = done};
    return pg_async_query(c->daemon->pg, &query, e);
}

static void read_all(struct comparison *c)
{
    static const struct {
        const char *sql;
        int n;
        int (*row)(void *context, const PGresult *result, int row, struct err *e);
    } parts[] = {{networks_query, 2, on_network}, {flows_query, 2, on_flow}, {moves_query, 4, on_move}};
    const size_t n = sizeof parts / sizeof parts[0];
    c->waiting = (int)n + 1; /* one is ours, so that it cannot end before all are queued */
    for (size_t i = 0; i < n; i++) {
        struct err e = ERR_INIT;
        if (ask(c, parts[i].sql, parts[i].n, parts[i].row, on_read, &e) == 0)
            continue;
        note(c, &e);
        c->waiting--;
    }
    on_read(c, NULL);
}

static int on_head(void *context, const PGresult *r, int row, struct err *e)
{
    struct comparison *c = context;
    for (int i = 0; i < 2; i++)
        if (PQgetisnull(r, row, i))
            return err_set(e, ERR_NOT_FOUND, "no run has the number %s", i == 0 ? c->before : c->after);
    if (strcmp(text(r, row, 0), text(r, row, 1)) != 0)
        return err_set(
            e, ERR_INVALID,
            "run %s is of programme %s and run %s of programme %s; runs of one programme can be compared",
            c->before, text(r, row, 0), c->after, text(r, row, 1));
    return run_diff_head(c->diff, text(r, row, 0), text(r, row, 2), text(r, row, 3), text(r, row, 4), e);
}

static void on_head_read(void *context, const struct err *e)
{
    struct comparison *c = context;
    if (e == NULL && !is_forgotten(c)) {
        read_all(c);
        return;
    }
    note(c, e == NULL ? &gone : e);
    finish(c);
}

/* Its turn: one is compared at a time. */
static bool begin(void *context)
{
    struct comparison *c = context;
    if (is_forgotten(c))
        note(c, &gone);
    else if (run_diff_open(&c->diff, &c->error) == 0 &&
             ask(c, head_query, 2, on_head, on_head_read, &c->error) == 0)
        return true;
    answer(c);
    return false;
}

void daemon_run_diff(void *self, const struct service_diff_request *request, service_diff_done done,
                     void *context)
{
    struct err e = ERR_INIT;
    struct comparison *c = calloc(1, sizeof *c);
    if (c == NULL) {
        err_memory(&e, "a comparison");
        done(context, NULL, &e);
        return;
    }
    *c = (struct comparison){
        .daemon = self, .forgotten = request->forgotten, .done = done, .context = context};
    c->pass =
        (struct gate_pass){.go = begin, .forgotten = is_forgotten, .context = c, .client = request->client};
    snprintf(c->before, sizeof c->before, "%" PRId64, request->before);
    snprintf(c->after, sizeof c->after, "%" PRId64, request->after);
    snprintf(c->offset, sizeof c->offset, "%" PRIu64, request->offset);
    snprintf(c->limit, sizeof c->limit, "%" PRIu64, request->limit);
    if (gate_enter(c->daemon->reads, &c->pass, &c->error) != 0)
        answer(c);
}
