/* copy_row.h - one row of COPY ... TO STDOUT in text format, taken apart. Pure: no connection, any thread. */
#ifndef PEERNET_STORE_COPY_ROW_H
#define PEERNET_STORE_COPY_ROW_H

#include "base/err.h"

/* A row's fields, unescaped, NUL-terminated, NULL for \N. 0 to go on, or an error code (with *e filled). */
typedef int (*pg_row)(void *context, char **fields, int n, struct err *e);

/* Splits `line` (NUL behind it) in place and hands its fields, at most 64, to `row`, whose result it returns.
 * ERR_LIMIT for a row of more. */
int copy_row_take(char *line, pg_row row, void *context, struct err *e);

#endif
