/* pg_error.h - what PostgreSQL says, as a struct err: the code from its SQLSTATE, the text in its own words
 * on one line. Owner: none, no state. Any thread. */
#ifndef PEERNET_STORE_SYNC_PG_ERROR_H
#define PEERNET_STORE_SYNC_PG_ERROR_H

#include <libpq-fe.h>

#include "base/err.h"

/* 0 when `result` is good (a command, rows, or a COPY that may begin); else the code. `result` may be NULL:
 * then the connection's last error counts. */
int pg_error_of(const PGconn *connection, const PGresult *result, struct err *e);

/* SQLSTATE -> enum err_code; "" or NULL gives ERR_INTERNAL. */
enum err_code pg_error_code(const char *sqlstate);

/* Sets code and libpq's words, its lines parted by ';'. */
int pg_error_words(struct err *e, enum err_code code, const char *words);

#endif
