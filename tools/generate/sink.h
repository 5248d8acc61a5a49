/* sink.h - where generated rows go: CSV files in a folder (as `peernet db import` reads them) or straight
 * into the tables by COPY, one transaction for all. Owner: whoever opened it; sink_close commits, sink_abort
 * does not. */
#ifndef PEERNET_GENERATE_SINK_H
#define PEERNET_GENERATE_SINK_H

#include <stdio.h>

#include "base/buf.h"
#include "base/err.h"
#include "store/pg_sync.h"

struct sink {
    const char *folder; /* CSV files; NULL: the database */
    FILE *file;
    struct pg pg;
    struct buf row;
};

int sink_open_folder(struct sink *s, const char *folder, struct err *e);
int sink_open_database(struct sink *s, const char *conninfo, struct err *e);
/* Starts a table: `csv_columns` is the header of TABLE.csv, `columns` what COPY names. */
int sink_table(struct sink *s, const char *table, const char *csv_columns, const char *columns,
               struct err *e);
/* One row; a field that is NULL is empty in CSV and NULL in the database. */
int sink_row(struct sink *s, const char *const *fields, int n, struct err *e);
int sink_end(struct sink *s, struct err *e);
int sink_close(struct sink *s, struct err *e);
void sink_abort(struct sink *s);

#endif
