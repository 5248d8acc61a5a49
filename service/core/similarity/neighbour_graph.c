/* The graph of all rows' nearest neighbours. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/similarity/neighbour.h"

/* The first of each row's own list, or all of a row's. */
struct lists {
    uint32_t n;
    size_t *start;
    struct neighbour *all;
    size_t most;
};

static size_t end_of(const struct lists *l, uint32_t row)
{
    const size_t n = l->start[row + 1] - l->start[row];
    return l->start[row] + (n < l->most ? n : l->most);
}

static bool lists_have(const struct lists *l, uint32_t row, uint32_t other)
{
    for (size_t i = l->start[row], end = end_of(l, row); i < end; i++)
        if (l->all[i].row == other)
            return true;
    return false;
}

static int graph_allocate(struct neighbour_graph *g, size_t entries, struct err *e)
{
    g->row = malloc((entries + 1) * sizeof *g->row);
    g->similarity = malloc((entries + 1) * sizeof *g->similarity);
    return g->row && g->similarity ? 0 : err_memory(e, "the graph of neighbours");
}

/* Counts at start[row + 2] become offsets at start[row + 1], which filling moves on to where the row ends:
 * what start[row + 1] is to be. */
static void sum_up(size_t *start, uint32_t n)
{
    for (size_t i = 2; i <= n + (size_t)1; i++)
        start[i] += start[i - 1];
}

/* The lists turned round: who lists each row, ascending. */
static int lists_turn(const struct lists *l, struct lists *listed, struct err *e)
{
    *listed = (struct lists){.n = l->n, .most = SIZE_MAX};
    listed->start = calloc(l->n + (size_t)2, sizeof *listed->start);
    listed->all = malloc((l->start[l->n] + 1) * sizeof *listed->all);
    if (listed->start == NULL || listed->all == NULL)
        return err_memory(e, "lists of neighbours");
    for (uint32_t row = 0; row < l->n; row++)
        for (size_t i = l->start[row], end = end_of(l, row); i < end; i++)
            listed->start[l->all[i].row + (size_t)2]++;
    sum_up(listed->start, l->n);
    for (uint32_t row = 0; row < l->n; row++)
        for (size_t i = l->start[row], end = end_of(l, row); i < end; i++)
            listed->all[listed->start[l->all[i].row + (size_t)1]++] =
                (struct neighbour){row, l->all[i].similarity};
    return 0;
}

/* An edge is in both its rows: for each that lists the row, and for each that it lists without being listed.
 */
static void graph_count(struct neighbour_graph *g, const struct lists *l, const struct lists *listed)
{
    for (uint32_t row = 0; row < l->n; row++) {
        g->start[row + (size_t)2] = listed->start[row + 1] - listed->start[row];
        for (size_t i = l->start[row], end = end_of(l, row); i < end; i++)
            g->start[row + (size_t)2] += !lists_have(l, l->all[i].row, row);
    }
    sum_up(g->start, l->n);
}

/* Entry (to, from): going through `from` in ascending order keeps every row ascending. */
static void graph_put(struct neighbour_graph *g, uint32_t to, uint32_t from, float similarity)
{
    size_t at = g->start[to + (size_t)1]++;
    g->row[at] = from;
    g->similarity[at] = similarity;
}

/* For each row in order, what lists it and what it lists. */
static void graph_fill(struct neighbour_graph *g, const struct lists *l, const struct lists *listed)
{
    for (uint32_t from = 0; from < l->n; from++) {
        for (size_t i = l->start[from], end = end_of(l, from); i < end; i++)
            graph_put(g, l->all[i].row, from, l->all[i].similarity);
        for (size_t i = listed->start[from]; i < listed->start[from + 1]; i++)
            if (!lists_have(l, from, listed->all[i].row))
                graph_put(g, listed->all[i].row, from, listed->all[i].similarity);
    }
}

static void lists_free(struct lists *l)
{
    free(l->start);
    free(l->all);
}

int neighbour_graph_of(const struct neighbour_lists *lists, size_t k, struct neighbour_graph *out,
                       struct err *e)
{
    const struct lists own = {lists->n, lists->start, lists->all, k};
    struct lists listed = {0};
    *out = (struct neighbour_graph){.n = own.n};
    out->start = calloc(own.n + (size_t)2, sizeof *out->start);
    int code = out->start == NULL ? err_memory(e, "the graph of neighbours") : lists_turn(&own, &listed, e);
    if (code == 0) {
        graph_count(out, &own, &listed);
        code = graph_allocate(out, out->start[own.n + (size_t)1], e);
    }
    if (code == 0)
        graph_fill(out, &own, &listed);
    lists_free(&listed);
    if (code != 0)
        neighbour_graph_free(out);
    return code;
}

int neighbour_graph_build(const struct profiles *p, size_t k, uint32_t probes, uint32_t threads,
                          struct neighbour_graph *out, struct err *e)
{
    struct neighbour_lists lists;
    *out = (struct neighbour_graph){0};
    int code = neighbour_lists_build(p, k, probes, threads, &lists, e);
    if (code == 0)
        code = neighbour_graph_of(&lists, k, out, e);
    neighbour_lists_free(&lists);
    return code;
}

void neighbour_graph_free(struct neighbour_graph *g)
{
    free(g->start);
    free(g->row);
    free(g->similarity);
    *g = (struct neighbour_graph){0};
}
