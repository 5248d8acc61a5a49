/* pg_queue.c - queries one at a time, their rows a bounded number per turn, and the watch over a server that
 * has gone silent. A callback may add queries or close the connection: after each one the phase is looked at
 * again. */
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "store/async/pg_state.h"
#include "store/sync/pg_error.h"

#define TURN_NS 200000 /* of rows before clients have their turn, however few they were */
#define LOOK_ROWS 16   /* between two looks at the clock */

/* What a turn of the loop has taken of its share. */
struct share {
    uint32_t rows, most;
    uint64_t ends_ns;
};

static void turn(struct pg_async *pg);

static bool is_spent(const struct share *s)
{
    return s->rows >= s->most || (s->rows % LOOK_ROWS == LOOK_ROWS - 1 && uv_hrtime() >= s->ends_ns);
}

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

static void take_copied_row(struct pg_async *pg, char *line)
{
    struct pg_queued *q = pg->first;
    struct err e = ERR_INIT;
    if (q->error.code != ERR_OK)
        return;
    int code = copy_row_take(line, q->query.fields, q->query.context, &e);
    if (pg->phase == PG_UP && code != 0) /* else the callback closed us: q is gone */
        q->error = e;
}

enum turn_state { TURN_GOES_ON, TURN_WAITS, TURN_ENDED };

static enum turn_state while_up(const struct pg_async *pg)
{
    return pg->phase == PG_UP ? TURN_GOES_ON : TURN_ENDED;
}

/* Rows of a COPY, as many as are there, up to a turn's share. Its end, or what went wrong with it, comes as a
 * result after them. */
static enum turn_state take_copied(struct pg_async *pg, struct share *share)
{
    while (!is_spent(share)) {
        char *line = NULL;
        int size = PQgetCopyData(pg->connection, &line, 1);
        pg->copying = size >= 0;
        if (size <= 0)
            return size == 0 ? TURN_WAITS : TURN_GOES_ON;
        take_copied_row(pg, line);
        PQfreemem(line);
        share->rows++;
        if (pg->phase != PG_UP)
            return TURN_ENDED;
    }
    return TURN_GOES_ON;
}

/* The answer to the query on its way, or to our own question, is whole. */
static enum turn_state end_answer(struct pg_async *pg)
{
    if (pg->asking)
        pg->asking = false;
    else
        finish_first(pg);
    if (pg->phase == PG_UP)
        pg_queue_send(pg);
    return while_up(pg);
}

static bool is_copy(ExecStatusType status)
{
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

/* One result off the connection. */
static enum turn_state take_one(struct pg_async *pg, struct share *share)
{
    if (pg->copying)
        return take_copied(pg, share);
    PGresult *result = PQgetResult(pg->connection);
    if (result == NULL)
        return end_answer(pg);
    ExecStatusType status = PQresultStatus(result);
    pg->copying = status == PGRES_COPY_OUT && !pg->asking && pg->first->query.fields != NULL;
    if (is_copy(status)) {
        PQclear(result);
        if (!pg->copying)
            lose(pg, "a query began a COPY, whose rows nobody here takes");
        return while_up(pg);
    }
    if (!pg->asking)
        share->rows += take_result(pg, result);
    PQclear(result);
    return while_up(pg);
}

/* As much as is there, up to a turn's share of rows. */
static void turn(struct pg_async *pg)
{
    struct share share = {.most = pg->options.rows_per_turn, .ends_ns = uv_hrtime() + TURN_NS};
    while (pg->phase == PG_UP && !pg->lost && (pg->sent || pg->asking) && !PQisBusy(pg->connection)) {
        if (is_spent(&share)) {
            park(pg);
            return;
        }
        enum turn_state state = take_one(pg, &share);
        if (state == TURN_ENDED)
            return;
        if (state == TURN_WAITS)
            break;
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

/* There is something to read. */
static void hear(struct pg_async *pg)
{
    pg->heard_ms = uv_now(pg->loop);
    if (PQconsumeInput(pg->connection) == 1)
        turn(pg);
    else
        lose_by_libpq(pg);
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
    if (events & UV_READABLE)
        hear(pg);
    else
        turn(pg);
}

static void ask(struct pg_async *pg)
{
    pg->asking = true;
    pg->heard_ms = uv_now(pg->loop);
    pg->lost = PQsendQuery(pg->connection, "") != 1;
    flush(pg);
}

/* Whether it was not the server that was silent, but we who were stopped and did not listen. The socket says
 * so, not libpq, which of a COPY whose rows have not come says that it is not busy. */
static bool has_news(const struct pg_async *pg)
{
    struct pollfd socket = {.fd = PQsocket(pg->connection), .events = POLLIN};
    return poll(&socket, 1, 0) > 0;
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
    if (has_news(pg)) {
        hear(pg);
        return;
    }
    struct err why = ERR_INIT;
    err_set(&why, ERR_UNAVAILABLE, "the database server did not answer for %" PRIu64 " ms", silent);
    pg_async_went_down(pg, &why);
}
