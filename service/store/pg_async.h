/* pg_async.h - one PostgreSQL connection on a libuv loop that never blocks it: names are resolved by
 * uv_getaddrinfo, hosts tried one after the other with a time limit each, queries queued and sent one at a
 * time, rows handed out a bounded number per turn of the loop. It connects by itself, again and again, with
 * growing pauses, until closed.
 *
 *     pg_async_open(&pg, loop, &options, &e);      then callbacks: up, notify ..., down, up, ...
 *     pg_async_query(pg, &query, &e);              only while it is up
 *     pg_async_close(pg, closed, context);         `closed` frees nothing of yours
 *
 * A server that is silently gone is noticed: an idle connection asks something now and then, and an answer
 * that does not begin in time ends the connection. No password ever appears in an error or a state. Owner:
 * whoever called pg_async_open; memory is given back after `closed`. Loop thread only. */
#ifndef PEERNET_STORE_PG_ASYNC_H
#define PEERNET_STORE_PG_ASYNC_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"
#include "store/copy_row.h"

struct pg_async;

struct pg_async_options {
    const char *conninfo; /* libpq's string, URI or database name; "" = environment and service file alone */
    const char *application_name;
    uint64_t connect_ms;     /* for resolving a name, and for each host */
    uint64_t retry_first_ms; /* pause after a failure; doubles ... */
    uint64_t retry_most_ms;  /* ... up to this; each pause is shortened by chance by up to a half */
    uint64_t liveness_ms;    /* an idle connection is tried this often */
    uint64_t
        answer_ms; /* the connection is given up when a query has no answer, or no more of it, for so long */
    uint32_t rows_per_turn; /* rows handed out before the loop has its turn */
    void *context;
    void (*up)(void *context); /* connected: queries may be sent, nothing is listened to yet */
    void (*down)(void *context,
                 const struct err *why); /* after `up`: queries in the queue were told before */
    void (*failed)(void *context, const struct err *why,
                   uint64_t retry_ms); /* an attempt; the next is planned */
    void (*notify)(void *context, const char *channel, const char *payload);
};

/* Copies what it needs of the options. ERR_INVALID for a conninfo that cannot be read. */
int pg_async_open(struct pg_async **out, uv_loop_t *loop, const struct pg_async_options *options,
                  struct err *e);
void pg_async_close(struct pg_async *pg, void (*closed)(void *context), void *context);

#define PG_VALUES_MOST 12

struct pg_async_query {
    const char *sql;
    int n; /* $1 ... $n, as text; NULL = SQL NULL. At most PG_VALUES_MOST. */
    const char *const *values;
    void *context;
    /* Each row as it comes, `row` of `result`; an error code (with *e filled) drops the rest and is what
     * `done` gets. NULL: there are no rows, or nobody wants them. */
    int (*row)(void *context, const PGresult *result, int row, struct err *e);
    /* COPY ... TO STDOUT in text format, which costs a fraction where rows are many: the fields of each row
     * instead, valid during the call, otherwise like `row`. It has no parameters ($1). */
    pg_row fields;
    /* Exactly once, unless pg_async_query itself failed. `e` is NULL on success. */
    void (*done)(void *context, const struct err *e);
};

/* Appends to the queue; sql and values are copied. ERR_UNAVAILABLE while the connection is not up. */
int pg_async_query(struct pg_async *pg, const struct pg_async_query *query, struct err *e);

struct pg_async_status {
    bool connected;
    const char *state;   /* "connected", "connecting", "resolving", "waiting", "closed" */
    const char *error;   /* of the last failure, "" before the first; valid until the next turn */
    double since_s;      /* in connected, or out of it */
    double retry_s;      /* until the next attempt; < 0 when none is planned */
    uint64_t reconnects; /* connections made after the first */
};
void pg_async_status(const struct pg_async *pg, struct pg_async_status *out);

/* Connection settings for a child process as environment variables, "PGHOST=..." and so on, as they follow
 * from the conninfo, the service file and this process's environment. Password included, so for a child's
 * environment only. At most `max` of them; returns how many there are. They live as long as `pg`. */
size_t pg_async_environment(const struct pg_async *pg, const char **out, size_t max);

/* Whether a conninfo can be read; nothing is connected. ERR_INVALID. */
int pg_async_check(const char *conninfo, struct err *e);

/* Whether a conninfo brings a password along (which belongs in no flag). */
bool pg_async_holds_password(const char *conninfo);

#endif
