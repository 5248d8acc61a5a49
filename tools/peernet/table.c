#include "peernet/table.h"

#include <libsmartcols.h>
#include <stdlib.h>
#include <string.h>

#include "peernet/show.h"

#define SEPARATOR_WIDTH 2

static bool add_column(struct table *t, const struct table_column *c)
{
    int flags = (c->flags & TABLE_RIGHT ? SCOLS_FL_RIGHT : 0) | (c->flags & TABLE_CUT ? SCOLS_FL_TRUNC : 0) |
                (c->flags & TABLE_WRAP ? SCOLS_FL_WRAP : 0);
    struct libscols_column *column = scols_table_new_column(t->scols, cli_text(t->cli, c->heading), 0, flags);
    if (column == NULL)
        return false;
    if (c->flags & TABLE_WRAP &&
        (scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk, NULL) != 0 ||
         scols_column_set_safechars(column, "\n") != 0))
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
    for (size_t i = 0; i < t->n && !t->failed; i++) {
        t->failed = !add_column(t, &columns[i]);
        t->cut |= columns[i].flags & TABLE_CUT ? 1u << i : 0;
        t->wrap |= columns[i].flags & TABLE_WRAP ? 1u << i : 0;
    }
}

void table_rename(struct table *t, size_t column, const char *heading)
{
    if (t->failed || column >= t->n)
        return;
    struct libscols_column *c = scols_table_get_column(t->scols, column);
    t->failed = scols_cell_set_data(scols_column_get_header(c), heading) != 0;
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

static int column_width(const struct table *t, size_t column)
{
    const char *heading =
        scols_cell_get_data(scols_column_get_header(scols_table_get_column(t->scols, column)));
    int widest = heading == NULL ? 0 : show_width(heading, strlen(heading));
    for (size_t i = 0; i < scols_table_get_nlines(t->scols); i++) {
        const char *cell =
            scols_cell_get_data(scols_line_get_cell(scols_table_get_line(t->scols, i), column));
        int width = cell == NULL ? 0 : show_width(cell, strlen(cell));
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void cut_cell(struct table *t, struct libscols_line *line, size_t column, int width)
{
    struct buf cut;
    const char *cell = scols_cell_get_data(scols_line_get_cell(line, column));
    if (cell == NULL || show_width(cell, strlen(cell)) <= width)
        return;
    buf_init(&cut, 0);
    buf_append(&cut, cell, show_fitting(cell, width - 1));
    buf_text(&cut, "…");
    t->failed = t->failed || buf_failed(&cut) || scols_line_set_data(line, column, buf_string(&cut)) != 0;
    buf_free(&cut);
}

static void wrap_cell(struct table *t, struct libscols_line *line, size_t column, int width)
{
    struct buf lines;
    const char *cell = scols_cell_get_data(scols_line_get_cell(line, column));
    if (cell == NULL)
        return;
    buf_init(&lines, 0);
    show_wrapped(&lines, cell, width, 0);
    if (lines.size > 0)
        lines.size--; /* the last line's break */
    t->failed = t->failed || buf_failed(&lines) || scols_line_set_data(line, column, buf_string(&lines)) != 0;
    buf_free(&lines);
}

/* Makes a column so narrow that `over` columns less are needed, but no narrower than `least`. */
static int narrow(struct table *t, size_t column, int *width, int over, int least)
{
    int keep = *width - over > least ? *width - over : least;
    bool wraps = t->wrap & 1u << column;
    if (over <= 0 || ((t->cut | t->wrap) & 1u << column) == 0 || *width <= least)
        return over;
    for (size_t line = 0; line < scols_table_get_nlines(t->scols); line++)
        (wraps ? wrap_cell : cut_cell)(t, scols_table_get_line(t->scols, line), column, keep);
    over -= *width - keep;
    *width = keep;
    return over;
}

/* libsmartcols takes from all columns alike; names are worth more than the lists behind them. What is wide
 * gives first, then everything. */
static void fit(struct table *t)
{
    /* Columns left to a sentence, to the last column else, to any other. */
    static const int least[][3] = {{40, 24, 24}, {20, 12, 12}, {20, 6, 6}};
    int width[TABLE_COLUMNS_MAX], over = -t->cli->width - SEPARATOR_WIDTH;
    for (size_t i = 0; i < t->n; i++)
        over += (width[i] = column_width(t, i)) + SEPARATOR_WIDTH;
    for (size_t pass = 0; pass < sizeof least / sizeof least[0]; pass++)
        for (size_t i = t->n; i-- > 0;)
            over = narrow(t, i, &width[i], over, least[pass][t->wrap & 1u << i ? 0 : i + 1 == t->n ? 1 : 2]);
}

int table_print(struct table *t)
{
    struct err e = ERR_INIT;
    char *printed = NULL;
    close_row(t);
    if (!t->failed && t->cli->width > 0)
        fit(t);
    if (t->failed || scols_print_table_to_string(t->scols, &printed) != 0 || printed == NULL)
        err_memory(&e, "a table");
    else
        buf_printf(&t->cli->out, "%s\n", printed);
    free(printed);
    if (t->scols != NULL)
        scols_unref_table(t->scols);
    for (size_t i = 0; i < TABLE_COLUMNS_MAX; i++)
        buf_free(&t->cells[i]);
    return e.code == ERR_OK ? 0 : cli_fail(t->cli, &e);
}
