/* db_parts.h - the subcommands of `peernet db` and what they share. Each prints its result or what went wrong
 * and returns the exit code. Owner: cmd_db. One thread. */
#ifndef PEERNET_CLI_DB_PARTS_H
#define PEERNET_CLI_DB_PARTS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/import.h"
#include "store/pg_sync.h"

/* What was typed; texts borrow from argv. */
struct db_options {
    const char *conninfo; /* NULL: libpq's environment and service file */
    bool json;
    bool force;
    const char *files[INPUT_TABLES];
    const char *folder;
};

int db_init(const struct db_options *options);
int db_migrate(const struct db_options *options);
int db_import(const struct db_options *options);
int db_export(const struct db_options *options);
int db_check(const struct db_options *options);

/* Connects, or tells why not: 0 or the exit code. */
int db_connect(const struct db_options *options, struct pg *pg);
/* Tells the error on standard error; the exit code. */
int db_fail(const struct err *e);
/* Prints and takes the document; the exit code. */
int db_print_json(json_t *document);
/* Prints a line on `file`, with nothing in it that a terminal would obey. */
void db_print_line(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A line on a terminal's standard error that redraws itself a few times a second; nothing elsewhere. */
struct db_progress {
    bool shown; /* standard error is a terminal */
    bool drawn;
    int64_t last; /* milliseconds, when it was drawn */
    char phase[64];
};
void db_progress_open(struct db_progress *p);
/* done of all, in `unit`; `all` = 0: not known. */
void db_progress_show(struct db_progress *p, const char *phase, uint64_t done, uint64_t all,
                      const char *unit);
void db_progress_close(struct db_progress *p); /* clears the line */

#endif
