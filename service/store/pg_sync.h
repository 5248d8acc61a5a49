/* pg_sync.h - PostgreSQL for programs that may wait: the worker and the `db` commands. A thin layer over
 * libpq that turns every failure into a struct err (ERR_UNAVAILABLE when the connection is lost or cannot be
 * made; ERR_STALE for SQLSTATE PN001, ERR_BUSY PN002, ERR_NOT_FOUND PN003, ERR_LIMIT PN004; ERR_INVALID for
 * class 22 and 23; ERR_DENIED for 42501; else ERR_INTERNAL) with PostgreSQL's own words. Never linked into
 * the daemon. Owner: whoever called pg_open. One connection is used by one thread. */
#ifndef PEERNET_STORE_PG_SYNC_H
#define PEERNET_STORE_PG_SYNC_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/copy_row.h"

struct pg {
    PGconn *connection;
};

/* `conninfo`: libpq's string or URI; "" or NULL: only its environment and service file. search_path is set to
 * peernet and the client encoding to UTF8. No password ever appears in the error. */
int pg_open(struct pg *pg, const char *conninfo, const char *application_name, struct err *e);
void pg_close(struct pg *pg);

/* One command without result rows, or several separated by semicolons. */
int pg_exec(struct pg *pg, const char *sql, struct err *e);
/* One statement with text parameters ($1...; NULL = SQL NULL). The caller clears *result with PQclear. */
int pg_query(struct pg *pg, const char *sql, int n, const char *const *values, PGresult **result,
             struct err *e);

/* COPY ... FROM STDIN: start, any number of puts (whole or part rows in COPY's text format), end. */
int pg_copy_in_start(struct pg *pg, const char *sql, struct err *e);
int pg_copy_in_put(struct pg *pg, const void *data, size_t size, struct err *e);
int pg_copy_in_end(struct pg *pg, struct err *e); /* flushes and checks */
/* Appends `text` escaped for COPY's text format (tab, newline, backslash); NULL gives \N. */
void pg_copy_text(struct buf *row, const char *text);

/* COPY ... TO STDOUT in any format: `take` is called with the bytes of each row as they come; it returns 0 to
 * go on or an error code (with *e filled) to stop. */
typedef int (*pg_bytes)(void *context, char *data, size_t size, struct err *e);
int pg_copy_stream(struct pg *pg, const char *sql, pg_bytes take, void *context, struct err *e);

/* COPY ... TO STDOUT in text format: `row` is called with the fields of each row, at most 64 of them; its
 * result counts as above. */
int pg_copy_out(struct pg *pg, const char *sql, pg_row row, void *context, struct err *e);

#endif
