/* solve_table.h - a CSV file with a header, columns found by name.
 * Owner: whoever called solve_table_open. One thread. */
#ifndef PEERNET_REGROUP_SOLVE_TABLE_H
#define PEERNET_REGROUP_SOLVE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/csv.h"

enum { SOLVE_COLUMNS_MOST = 8, SOLVE_ATTRIBUTES_MOST = 64 };

struct solve_column {
    const char *name;
    bool needed;
};

struct population;

struct solve_table {
    const char *path;
    FILE *file;
    struct csv csv;
    int at[SOLVE_COLUMNS_MOST]; /* by column asked for: its place in a row, -1 when it is not there */
    struct solve_attribute {
        const char *name; /* without "attr." */
        uint32_t at;
    } attributes[SOLVE_ATTRIBUTES_MOST];
    size_t n_attributes;
    struct arena text;
};

int solve_table_open(struct solve_table *t, const char *path, const struct solve_column *columns,
                     size_t count, struct err *e);
void solve_table_close(struct solve_table *t);
/* Opens, gives every row to `take`, closes. */
int solve_table_read(const char *path, const struct solve_column *columns, size_t count,
                     int (*take)(const struct solve_table *, struct population *, struct err *),
                     struct population *p, struct err *e);
int solve_table_next(struct solve_table *t, bool *more, struct err *e);
/* The field of a column asked for; "" when the column is not there. */
const char *solve_table_field(const struct solve_table *t, size_t column);
/* Puts FILE:LINE before the text. */
int solve_table_wrong(const struct solve_table *t, struct err *e);

#endif
