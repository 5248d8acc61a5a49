/* table.h - rows under headings, fitted to the terminal (libsmartcols).
 *
 *     struct table table;
 *     table_open(&table, cli, columns, 3);
 *     struct buf *row = table_row(&table);
 *     show_text(&row[0], name);
 *     show_decimal(&row[1], ...);
 *     return table_print(&table);       appends to cli->out, and frees what the table holds
 *
 * Failure (of memory) sticks and is told by table_print. Owner: the caller, between open and print. */
#ifndef PEERNET_CLI_TABLE_H
#define PEERNET_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "peernet/cli.h"

#define TABLE_COLUMNS_MAX 10

#define TABLE_RIGHT 1u /* numbers */
#define TABLE_CUT 2u   /* may be cut short when the terminal is narrow, the last such column first */
#define TABLE_WRAP 4u  /* goes on in further lines then: sentences; only of the last column */

struct table_column {
    enum text heading;
    unsigned flags;
};

struct libscols_table;
struct table {
    struct cli *cli;
    struct libscols_table *scols; /* NULL: out of memory */
    struct buf cells[TABLE_COLUMNS_MAX];
    size_t n;
    unsigned cut, wrap; /* a bit for each column that may be */
    bool row_open, failed;
};

void table_open(struct table *t, struct cli *cli, const struct table_column *columns, size_t n);
/* Another heading, one that is not known before; of a table without rows. */
void table_rename(struct table *t, size_t column, const char *heading);
/* The next row's cells, one for each column, to be filled before the next call. */
struct buf *table_row(struct table *t);
/* 0, or the exit code of a failure that has been told. */
int table_print(struct table *t);

#endif
