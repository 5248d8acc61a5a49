#include "core/insight/insight_table.h"

#include <stdlib.h>
#include <string.h>

#include "core/insight/insight_hide.h"

#define DEAR 1000000u /* the price of withholding what all organizers report */

struct shaping {
    const struct insight_counts *c;
    struct insight_table *out;
    uint32_t threshold;
    bool rounds;
    struct hide_edge *edges; /* groups + 3 */
};

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* Somebody may report in several rounds, so that rounds add up to more than all, by how much nobody is told;
 * or, where earlier ones are not told, to less. */
static uint32_t add_overlap(struct hide_edge *edges, uint32_t n, uint64_t sum, uint32_t all, bool earlier)
{
    uint64_t over = sum > all ? sum - all : 0, under = all > sum ? all - sum : 0;
    edges[n++] = (struct hide_edge){.to = 1, .count = (uint32_t)over, .most = HIDE_ANY, .hidden = true};
    if (earlier || under > 0)
        edges[n++] =
            (struct hide_edge){.from = 1, .count = (uint32_t)under, .most = HIDE_ANY, .hidden = true};
    return n;
}

static int hide_columns(struct shaping *s, struct err *e)
{
    const struct insight_counts *c = s->c;
    uint32_t n = c->groups.n;
    uint64_t sum = 0;
    bool met = true;
    for (uint32_t g = 0; g < n; g++) {
        s->edges[g] = (struct hide_edge){.from = 1, .count = c->reporting[g], .most = HIDE_ANY};
        hide_small(&s->edges[g], s->threshold);
        sum += c->reporting[g];
    }
    s->edges[n] = (struct hide_edge){.to = 1, .count = c->all_reporting, .most = HIDE_ANY, .fixed = true};
    uint32_t all = s->rounds ? add_overlap(s->edges, n + 1, sum, c->all_reporting, c->earlier) : n + 1;
    int code = hide_protect(s->edges, all, 2, &met, e);
    for (uint32_t g = 0; g < n; g++)
        s->out->column[g] = s->edges[g].hidden || !met;
    return code;
}

/* Too few report it, or too few do not. In a group whose size is withheld organizers could as well be in
 * another such group: that gives the room downwards (and, for those who do not report, upwards), but not
 * the other way, for which there must be enough of them. */
static void judge(const struct shaping *s, struct hide_edge *edge, uint32_t of, bool size_hidden)
{
    uint32_t others = of - edge->count;
    if (edge->count < s->threshold) {
        edge->hidden = true;
        edge->up = s->threshold - edge->count;
        edge->down = size_hidden && !s->rounds ? 0 : edge->count;
    }
    if (others < s->threshold) {
        edge->hidden = true;
        edge->up = larger(edge->up, size_hidden ? 0 : others);
        edge->down = larger(edge->down, size_hidden && s->rounds ? 0 : s->threshold - others);
    }
}

static int hide_row(struct shaping *s, uint32_t challenge, struct err *e)
{
    const struct insight_counts *c = s->c;
    uint32_t n = c->groups.n, all = c->all_count[challenge];
    const uint32_t *count = &c->count[(size_t)challenge * n];
    uint64_t sum = 0;
    bool met = true;
    for (uint32_t g = 0; g < n; g++) {
        bool size_hidden = s->out->column[g];
        s->edges[g] =
            (struct hide_edge){.from = 1, .count = count[g], .most = c->reporting[g], .hidden = size_hidden};
        judge(s, &s->edges[g], c->reporting[g], size_hidden);
        sum += count[g];
    }
    s->edges[n] = (struct hide_edge){.to = 1, .count = all, .most = c->all_reporting, .price = DEAR};
    judge(s, &s->edges[n], c->all_reporting, false);
    uint32_t edges = s->rounds ? add_overlap(s->edges, n + 1, sum, all, c->earlier) : n + 1;
    int code = hide_protect(s->edges, edges, 2, &met, e);
    s->out->row[challenge] = s->out->row[challenge] || s->edges[n].hidden || !met;
    for (uint32_t g = 0; g < n; g++)
        s->out->cell[(size_t)challenge * n + g] = s->edges[g].hidden || s->out->row[challenge];
    return code;
}

static int allocate(const struct insight_counts *c, struct insight_table *t, struct err *e)
{
    t->column = calloc(c->groups.n + 1u, sizeof *t->column);
    t->cell = calloc((size_t)c->n_challenges * c->groups.n + 1, sizeof *t->cell);
    t->row = calloc(c->n_challenges + 1u, sizeof *t->row);
    return t->column && t->cell && t->row ? 0 : err_memory(e, "what is withheld");
}

static void hide_everything(const struct insight_counts *c, struct insight_table *t)
{
    memset(t->column, true, c->groups.n * sizeof *t->column);
    memset(t->cell, true, (size_t)c->n_challenges * c->groups.n * sizeof *t->cell);
    memset(t->row, true, c->n_challenges * sizeof *t->row);
}

int insight_table_open(const struct insight_counts *c, enum insight_by by, uint32_t threshold,
                       const bool *kept_back, struct insight_table *out, struct err *e)
{
    struct shaping s = {.c = c, .out = out, .threshold = threshold, .rounds = by == INSIGHT_ROUND};
    *out = (struct insight_table){.all_hidden = c->all_reporting < threshold};
    int code = allocate(c, out, e);
    s.edges = calloc(c->groups.n + 3u, sizeof *s.edges);
    if (code == ERR_OK && s.edges == NULL)
        code = err_memory(e, "what is withheld");
    if (code == ERR_OK && out->all_hidden)
        hide_everything(c, out);
    if (code == ERR_OK && kept_back != NULL)
        memcpy(out->row, kept_back, c->n_challenges * sizeof *out->row);
    if (code == ERR_OK && !out->all_hidden)
        code = hide_columns(&s, e);
    for (uint32_t i = 0; i < c->n_challenges && code == ERR_OK && !out->all_hidden; i++)
        code = hide_row(&s, i, e);
    free(s.edges);
    return code;
}

void insight_table_free(struct insight_table *t)
{
    free(t->column);
    free(t->cell);
    free(t->row);
    *t = (struct insight_table){0};
}
