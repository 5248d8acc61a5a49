#include "peernet/table.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

static bool add_column(struct table *t, const struct table_column *c)
{
    int flags = (c->flags & TABLE_RIGHT ? SCOLS_FL_RIGHT : 0) | (c->flags & TABLE_CUT ? SCOLS_FL_TRUNC : 0);
    struct libscols_column *column = scols_table_new_column(t->scols, cli_text(t->cli, c->heading), 0, flags);
    if (column == NULL)
        return false;
    return !t->cli->colour || scols_cell_set_color(scols_column_get_header(column), "bold") == 0;
}

void table_open(struct table *t, struct cli *cli, const struct table_column *columns, size_t n)
{
    *t = (struct table){.cli = cli, .n = n < TABLE_COLUMNS_MAX ? n : TABLE_COLUMNS_MAX};
    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++)
        buf_init(&t->cells[i], 0);
    t->scols = scols_new_table();
    t->failed = t->scols == NULL;
    if (t->failed)
        return;
    scols_table_enable_colors(t->scols, cli->colour);
    scols_table_set_termforce(t->scols, cli->width > 0 ? SCOLS_TERMFORCE_ALWAYS : SCOLS_TERMFORCE_NEVER);
    t->failed = cli->width > 0 && scols_table_set_termwidth(t->scols, (size_t)cli->width) != 0;
    t->failed = t->failed || scols_table_set_column_separator(t->scols, "  ") != 0;
    for (size_t i = 0; i < t->n && !t->failed; i++)
        t->failed = !add_column(t, &columns[i]);
}

static void close_row(struct table *t)
{
    struct libscols_line *line = t->failed || !t->row_open ? NULL : scols_table_new_line(t->scols, NULL);
    t->failed = t->failed || (t->row_open && line == NULL);
    for (size_t i = 0; i < t->n; i++) {
        t->failed = t->failed || buf_failed(&t->cells[i]);
        if (line != NULL && !t->failed)
            t->failed = scols_line_set_data(line, i, buf_string(&t->cells[i])) != 0;
        buf_clear(&t->cells[i]);
    }
    t->row_open = false;
}

struct buf *table_row(struct table *t)
{
    close_row(t);
    t->row_open = true;
    return t->cells;
}

int table_print(struct table *t)
{
    struct err e = ERR_INIT;
    char *printed = NULL;
    close_row(t);
    if (t->failed || scols_print_table_to_string(t->scols, &printed) != 0 || printed == NULL)
        err_memory(&e, "a table");
    else
        buf_text(&t->cli->out, printed);
    free(printed);
    if (t->scols != NULL)
        scols_unref_table(t->scols);
    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++)
        buf_free(&t->cells[i]);
    return e.code == ERR_OK ? 0 : cli_fail(t->cli, &e);
}
