#include "core/insight/insight_challenges.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/insight/insight_pairs.h"
#include "core/insight/insight_table.h"

static struct insight_cell cell_of(bool hidden, uint32_t count, uint64_t severity, uint32_t of)
{
    if (hidden)
        return (struct insight_cell){.hidden = true, .share = NAN, .severity = NAN};
    return (struct insight_cell){.count = count,
                                 .share = of > 0 ? (double)count / of : NAN,
                                 .severity = count > 0 ? (double)severity / count : NAN};
}

/* What another way of grouping would withhold of all organizers; too many groups for a table are none. */
static int keep_back(const struct population *p, const struct settings *s, int32_t today, uint32_t threshold,
                     bool *back, struct err *e)
{
    int code = ERR_OK;
    for (int by = INSIGHT_KIND; by < INSIGHT_BY_COUNT && code == ERR_OK; by++) {
        struct insight_counts counts;
        struct insight_table table = {0};
        code = insight_count(p, s, today, (enum insight_by)by, &counts, e);
        if (code == ERR_OK)
            code = insight_table_open(&counts, (enum insight_by)by, threshold, NULL, &table, e);
        for (uint32_t c = 0; c < p->n_challenges && code == ERR_OK; c++)
            back[c] = back[c] || table.row[c];
        insight_table_free(&table);
        insight_counts_free(&counts);
        code = code == ERR_LIMIT ? ERR_OK : code;
    }
    return code;
}

static void fill_columns(const struct insight_counts *c, const struct insight_table *t,
                         struct insight_challenges *out)
{
    out->all.hidden = t->all_hidden;
    out->all.organizers = t->all_hidden ? 0 : c->all_reporting;
    for (uint32_t g = 0; g < out->n_columns; g++) {
        memcpy(out->columns[g].key, c->groups.key[g], INSIGHT_KEY);
        out->columns[g].hidden = t->column[g];
        out->columns[g].organizers = t->column[g] ? 0 : c->reporting[g];
        out->withheld += t->column[g];
    }
}

static void fill_row(const struct insight_counts *c, const struct insight_table *t, uint32_t challenge,
                     struct insight_challenges *out)
{
    struct insight_row *row = &out->rows[out->n_rows];
    row->challenge = challenge;
    row->all =
        cell_of(t->row[challenge], c->all_count[challenge], c->all_severity[challenge], c->all_reporting);
    row->share_change = row->severity_change = NAN;
    row->cells = out->cells + (size_t)out->n_rows++ * out->n_columns;
    out->withheld += row->all.hidden;
    for (uint32_t g = 0; g < out->n_columns; g++) {
        size_t at = (size_t)challenge * c->groups.n + g;
        row->cells[g] = cell_of(t->cell[at], c->count[at], c->severity[at], c->reporting[g]);
        out->withheld += row->cells[g].hidden;
    }
    if (out->by != INSIGHT_ROUND || out->n_columns < 2)
        return;
    const struct insight_cell *last = &row->cells[out->n_columns - 1], *before = last - 1;
    row->share_change = last->share - before->share;
    row->severity_change = last->severity - before->severity;
}

/* The order of what is withheld must not tell either. */
static int by_count(const void *a, const void *b)
{
    const struct insight_row *x = a, *y = b;
    if (x->all.hidden != y->all.hidden)
        return x->all.hidden ? 1 : -1;
    if (x->all.count != y->all.count)
        return x->all.count < y->all.count ? 1 : -1;
    return (x->challenge > y->challenge) - (x->challenge < y->challenge);
}

static bool is_reported(const struct insight_counts *c, uint32_t challenge)
{
    bool any = c->all_count[challenge] > 0;
    for (uint32_t g = 0; g < c->groups.n; g++)
        any = any || c->count[(size_t)challenge * c->groups.n + g] > 0;
    return any;
}

static int fill(const struct insight_counts *c, const struct insight_table *t, struct insight_challenges *out,
                struct err *e)
{
    out->n_columns = out->by == INSIGHT_ALL ? 0 : c->groups.n;
    out->columns = calloc(out->n_columns + 1u, sizeof *out->columns);
    out->rows = calloc(c->n_challenges + 1u, sizeof *out->rows);
    out->cells = calloc((size_t)c->n_challenges * out->n_columns + 1, sizeof *out->cells);
    if (out->columns == NULL || out->rows == NULL || out->cells == NULL)
        return err_memory(e, "insight");
    fill_columns(c, t, out);
    for (uint32_t i = 0; i < c->n_challenges; i++)
        if (is_reported(c, i))
            fill_row(c, t, i, out);
    qsort(out->rows, out->n_rows, sizeof *out->rows, by_count);
    return ERR_OK;
}

int insight_challenges_build(const struct population *p, const struct settings *s, int32_t today,
                             enum insight_by by, uint32_t threshold, uint32_t pairs,
                             struct insight_challenges *out, struct err *e)
{
    struct insight_counts counts = {0};
    struct insight_table table = {0};
    bool *back = calloc(p->n_challenges + 1u, sizeof *back);
    *out = (struct insight_challenges){.by = by, .threshold = threshold};
    int code = back == NULL ? err_memory(e, "insight") : keep_back(p, s, today, threshold, back, e);
    if (code == ERR_OK)
        code = insight_count(p, s, today, by, &counts, e);
    if (code == ERR_OK)
        code = insight_table_open(&counts, by, threshold, back, &table, e);
    if (code == ERR_OK)
        code = fill(&counts, &table, out, e);
    if (code == ERR_OK && pairs > 0)
        code = insight_pairs_find(p, s, today, &counts, table.row, threshold, pairs, &out->pairs,
                                  &out->n_pairs, e);
    insight_table_free(&table);
    insight_counts_free(&counts);
    free(back);
    return code;
}

void insight_challenges_free(struct insight_challenges *c)
{
    free(c->columns);
    free(c->rows);
    free(c->cells);
    free(c->pairs);
    *c = (struct insight_challenges){0};
}
