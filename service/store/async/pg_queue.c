/* pg_queue.c - queries one at a time, their rows a bounded number per turn, and the watch over a server that
 * has gone silent. A callback may add queries or close the connection: after each one the phase is looked at
 * again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/async/pg_state.h"
#include "store/sync/pg_error.h"

static void turn(struct pg_async *pg);

static size_t text_size(const struct pg_async_query *query)
{
    size_t size = strlen(query->sql) + 1;
    for (int i = 0; i < query->n; i++)
        size += query->values[i] == NULL ? 0 : strlen(query->values[i]) + 1;
    return size;
}

static struct pg_queued *copy_of(const struct pg_async_query *query)
{
    struct pg_queued *q = calloc(1, sizeof *q);
    char *text = malloc(text_size(query));
    if (q == NULL || text == NULL) {
        free(q);
        free(text);
        return NULL;
    }
    q->query = *query;
    q->query.sql = q->text = text;
    q->query.values = q->values;
    text = stpcpy(text, query->sql) + 1;
    for (int i = 0; i < query->n; i++) {
        if (query->values[i] == NULL)
            continue;
        q->values[i] = text;
        text = stpcpy(text, query->values[i]) + 1;
    }
    return q;
}

static void queued_free(struct pg_queued *q)
{
    free(q->text);
    free(q);
}

int pg_async_query(struct pg_async *pg, const struct pg_async_query *query, struct err *e)
{
    if (pg->phase != PG_UP)
        return err_set(e, ERR_UNAVAILABLE, "the database is away%s%s", pg->error.text[0] != '\0' ? ": " : "",
                       pg->error.text);
    if (query->n < 0 || query->n > PG_VALUES_MOST)
        return err_set(e, ERR_INTERNAL, "a query with %d values; at most %d", query->n, PG_VALUES_MOST);
    struct pg_queued *q = copy_of(query);
    if (q == NULL)
        return err_memory(e, "a query");
    if (pg->last == NULL)
        pg->first = q;
    else
        pg->last->next = q;
    pg->last = q;
    pg_queue_send(pg);
    return 0;
}

/* Sends what libpq holds back; asks to hear when the socket takes more. */
static void flush(struct pg_async *pg)
{
    int left = PQflush(pg->connection);
    int events = UV_READABLE | (left == 1 ? UV_WRITABLE : 0);
    if (left < 0 || pg_watch_start(pg, events, pg_queue_event) != 0)
        pg->lost = true;
    if (pg->lost)
        uv_idle_start(&pg->more, pg_queue_more);
}

void pg_queue_send(struct pg_async *pg)
{
    struct pg_queued *q = pg->first;
    if (q == NULL || pg->sent || pg->asking || pg->lost)
        return;
    int taken = q->query.n == 0 ? PQsendQuery(pg->connection, q->query.sql)
                                : PQsendQueryParams(pg->connection, q->query.sql, q->query.n, NULL, q->values,
                                                    NULL, NULL, 0);
    if (taken == 1 && q->query.row != NULL)
        taken = PQsetSingleRowMode(pg->connection);
    pg->sent = true;
    pg->heard_ms = uv_now(pg->loop);
    pg->lost = taken != 1;
    flush(pg);
}

void pg_queue_fail(struct pg_async *pg, const struct err *why)
{
    while (pg->first != NULL) {
        struct pg_queued *q = pg->first;
        pg->first = q->next;
        if (pg->first == NULL)
            pg->last = NULL;
        if (q->query.done != NULL)
            q->query.done(q->query.context, why);
        queued_free(q);
    }
}

static void lose(struct pg_async *pg, const char *words)
{
    struct err why = ERR_INIT;
    pg_error_words(&why, ERR_UNAVAILABLE, words);
    pg_async_went_down(pg, &why);
}

static void lose_by_libpq(struct pg_async *pg)
{
    const char *words = PQerrorMessage(pg->connection);
    lose(pg, words[0] != '\0' ? words : "the connection to the database was lost");
}

/* The first query has had its whole answer. */
static void finish_first(struct pg_async *pg)
{
    struct pg_queued *q = pg->first;
    pg->sent = false;
    pg->first = q->next;
    if (pg->first == NULL)
        pg->last = NULL;
    if (q->query.done != NULL)
        q->query.done(q->query.context, q->error.code == ERR_OK ? NULL : &q->error);
    queued_free(q);
}

/* Hands out the rows of one result; how many there were. */
static uint32_t take_result(struct pg_async *pg, const PGresult *result)
{
    struct pg_queued *q = pg->first;
    if (q->error.code == ERR_OK)
        pg_error_of(pg->connection, result, &q->error);
    int rows = PQntuples(result);
    for (int i = 0; i < rows && q->query.row != NULL; i++) {
        if (q->error.code != ERR_OK)
            break;
        struct err e = ERR_INIT;
        int code = q->query.row(q->query.context, result, i, &e);
        if (pg->phase != PG_UP)
            break; /* the callback closed us: q is gone */
        if (code != 0)
            q->error = e;
    }
    return (uint32_t)rows;
}

static void tell_notifications(struct pg_async *pg)
{
    PGnotify *n;
    while (pg->phase == PG_UP && (n = PQnotifies(pg->connection)) != NULL) {
        pg->options.notify(pg->options.context, n->relname, n->extra);
        PQfreemem(n);
    }
}

static void park(struct pg_async *pg)
{
    pg->parked = true;
    pg_watch_pause(pg);
    uv_idle_start(&pg->more, pg_queue_more);
}

static void unpark(struct pg_async *pg)
{
    if (!pg->parked)
        return;
    pg->parked = false;
    uv_idle_stop(&pg->more);
    flush(pg); /* listens again */
}

/* One result off the connection; false when the turn is over. */
static bool take_one(struct pg_async *pg, uint32_t *rows)
{
    PGresult *result = PQgetResult(pg->connection);
    if (result == NULL) {
        if (pg->asking)
            pg->asking = false;
        else
            finish_first(pg);
        if (pg->phase == PG_UP)
            pg_queue_send(pg);
        return pg->phase == PG_UP;
    }
    ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
        PQclear(result);
        lose(pg, "a query began a COPY, which this connection does not do");
        return false;
    }
    if (!pg->asking)
        *rows += take_result(pg, result);
    PQclear(result);
    return pg->phase == PG_UP;
}

/* As much as is there, up to a turn's share of rows. */
static void turn(struct pg_async *pg)
{
    uint32_t rows = 0;
    while (pg->phase == PG_UP && !pg->lost && (pg->sent || pg->asking) && !PQisBusy(pg->connection)) {
        if (rows >= pg->options.rows_per_turn) {
            park(pg);
            return;
        }
        if (!take_one(pg, &rows))
            return;
    }
    tell_notifications(pg);
    if (pg->phase != PG_UP)
        return;
    if (pg->lost || PQstatus(pg->connection) == CONNECTION_BAD)
        lose_by_libpq(pg);
    else
        unpark(pg);
}

void pg_queue_more(uv_idle_t *idle)
{
    struct pg_async *pg = idle->data;
    if (!pg->parked)
        uv_idle_stop(idle);
    turn(pg);
}

void pg_queue_event(uv_poll_t *poll, int status, int events)
{
    struct pg_async *pg = pg_watch_owner(poll);
    if (status < 0) {
        lose(pg, uv_strerror(status));
        return;
    }
    if (events & UV_WRITABLE)
        flush(pg);
    if (events & UV_READABLE) {
        pg->heard_ms = uv_now(pg->loop);
        if (PQconsumeInput(pg->connection) != 1) {
            lose_by_libpq(pg);
            return;
        }
    }
    turn(pg);
}

static void ask(struct pg_async *pg)
{
    pg->asking = true;
    pg->heard_ms = uv_now(pg->loop);
    pg->lost = PQsendQuery(pg->connection, "") != 1;
    flush(pg);
}

void pg_queue_tick(struct pg_async *pg)
{
    uint64_t silent = uv_now(pg->loop) - pg->heard_ms;
    bool waiting = pg->sent || pg->asking;
    if (pg->parked)
        return;
    if (!waiting && silent >= pg->options.liveness_ms)
        ask(pg);
    if (!waiting || silent < pg->options.answer_ms)
        return;
    /* Was it the server that was silent, or we who were stopped and did not listen? */
    if (PQconsumeInput(pg->connection) == 1 && !PQisBusy(pg->connection)) {
        pg->heard_ms = uv_now(pg->loop);
        turn(pg);
        return;
    }
    struct err why = ERR_INIT;
    err_set(&why, ERR_UNAVAILABLE, "the database server did not answer for %" PRIu64 " ms", silent);
    pg_async_went_down(pg, &why);
}
