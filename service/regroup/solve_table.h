/* solve_table.h - a CSV file with a header, columns found by name.
 * Owner: whoever called solve_table_open. One thread. */
#ifndef PEERNET_REGROUP_SOLVE_TABLE_H
#define PEERNET_REGROUP_SOLVE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/csv.h"

enum { SOLVE_COLUMNS_MOST = 8 };

struct solve_column {
    const char *name;
    bool needed;
};

struct solve_table {
    const char *path;
    FILE *file;
    struct csv csv;
    int at[SOLVE_COLUMNS_MOST]; /* by column asked for: its place in a row, -1 when it is not there */
};

int solve_table_open(struct solve_table *t, const char *path, const struct solve_column *columns,
                     size_t count, struct err *e);
void solve_table_close(struct solve_table *t);
int solve_table_next(struct solve_table *t, bool *more, struct err *e);
/* The field of a column asked for; "" when the column is not there. */
const char *solve_table_field(const struct solve_table *t, size_t column);
/* Puts FILE:LINE before the text. */
int solve_table_wrong(const struct solve_table *t, struct err *e);

#endif
