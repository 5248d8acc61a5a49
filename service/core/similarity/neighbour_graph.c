/* The graph of all rows' nearest neighbours. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/similarity/neighbour_join.h"
#include "core/similarity/neighbour_parts.h"

/* Each row's own list, best first, one behind the other. */
struct lists {
    uint32_t n;
    size_t *start;
    struct neighbour *all;
    size_t most; /* entries in a row's list */
};

static int lists_allocate(struct lists *l, size_t k, struct err *e)
{
    const size_t most = l->most = l->n > 0 && k > l->n - 1 ? l->n - 1 : k;
    if (most > 0 && l->n > SIZE_MAX / sizeof *l->all / most - 1)
        return err_set(e, ERR_LIMIT, "%u rows with %zu neighbours each are too many", l->n, most);
    l->start = malloc((l->n + (size_t)1) * sizeof *l->start);
    l->all = malloc((l->n * most + 1) * sizeof *l->all);
    return l->start && l->all ? 0 : err_memory(e, "lists of neighbours");
}

/* For each row the most similar one so far that lists it: what is near to that is near to this too. */
struct guides {
    struct neighbour *of; /* by row; similarity 0 = none */
    uint32_t *hints;      /* room for k + 1 */
};

static size_t hints_of(const struct guides *g, const struct lists *l, uint32_t row)
{
    size_t n = 0;
    if (g->of[row].similarity <= 0)
        return 0;
    const uint32_t guide = g->of[row].row;
    g->hints[n++] = guide;
    for (size_t i = l->start[guide]; i < l->start[guide + 1]; i++)
        if (l->all[i].row != row)
            g->hints[n++] = l->all[i].row;
    return n;
}

static void guide_others(struct guides *g, const struct lists *l, uint32_t row, size_t n)
{
    for (size_t i = l->start[row]; i < l->start[row] + n; i++)
        if (l->all[i].row > row && l->all[i].similarity > g->of[l->all[i].row].similarity)
            g->of[l->all[i].row] = (struct neighbour){row, l->all[i].similarity};
}

static void lists_ask(struct lists *l, const struct neighbour_index *index, struct neighbour_scratch *scratch,
                      size_t k, struct guides *g)
{
    size_t used = 0;
    for (uint32_t row = 0; row < l->n; row++) {
        l->start[row] = used;
        size_t n =
            neighbours_from_hints(index, scratch, row, g->hints, hints_of(g, l, row), k, l->all + used);
        guide_others(g, l, row, n);
        used += n;
        l->start[row + (size_t)1] = used;
    }
    l->start[l->n] = used;
}

/* Column by column, for catalogues that are too large for blocks. */
static int lists_by_index(struct lists *l, const struct profiles *p, struct err *e)
{
    struct neighbour_index *index = NULL;
    int code = neighbour_index_build(p, &index, e);
    if (code != 0)
        return code;
    struct neighbour_scratch *scratch = neighbour_scratch_new(index);
    struct guides guides = {.of = calloc(l->n + (size_t)1, sizeof *guides.of),
                            .hints = malloc((l->most + 1) * sizeof *guides.hints)};
    if (scratch == NULL || guides.of == NULL || guides.hints == NULL)
        code = err_memory(e, "finding neighbours");
    else
        lists_ask(l, index, scratch, l->most, &guides);
    neighbour_scratch_free(scratch);
    free(guides.of);
    free(guides.hints);
    neighbour_index_free(index);
    return code;
}

/* Block by block; each list comes at its place, then all are moved together. */
static int lists_by_blocks(struct lists *l, const struct profiles *p, uint32_t probes, uint32_t threads,
                           struct err *e)
{
    uint32_t *count = malloc((l->n + (size_t)1) * sizeof *count);
    if (count == NULL)
        return err_memory(e, "finding neighbours");
    int code = neighbour_join(p, l->most, probes, threads, l->all, count, e);
    size_t used = 0;
    for (uint32_t row = 0; code == 0 && row < l->n; row++) {
        memmove(l->all + used, l->all + row * l->most, count[row] * sizeof *l->all);
        l->start[row] = used;
        used += count[row];
    }
    l->start[l->n] = used;
    free(count);
    return code;
}

static int lists_fill(struct lists *l, const struct profiles *p, size_t k, uint32_t probes, uint32_t threads,
                      struct err *e)
{
    int code = lists_allocate(l, k, e);
    if (code != 0)
        return code;
    return neighbour_join_suits(p) ? lists_by_blocks(l, p, probes, threads, e) : lists_by_index(l, p, e);
}

static bool lists_have(const struct lists *l, uint32_t row, uint32_t other)
{
    for (size_t i = l->start[row]; i < l->start[row + 1]; i++)
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
    const size_t all = l->start[l->n];
    listed->n = l->n;
    listed->start = calloc(l->n + (size_t)2, sizeof *listed->start);
    listed->all = malloc((all + 1) * sizeof *listed->all);
    if (listed->start == NULL || listed->all == NULL)
        return err_memory(e, "lists of neighbours");
    for (size_t i = 0; i < all; i++)
        listed->start[l->all[i].row + (size_t)2]++;
    sum_up(listed->start, l->n);
    for (uint32_t row = 0; row < l->n; row++)
        for (size_t i = l->start[row]; i < l->start[row + 1]; i++)
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
        for (size_t i = l->start[row]; i < l->start[row + 1]; i++)
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
        for (size_t i = l->start[from]; i < l->start[from + 1]; i++)
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

int neighbour_graph_build(const struct profiles *p, size_t k, uint32_t probes, uint32_t threads,
                          struct neighbour_graph *out, struct err *e)
{
    struct lists lists = {.n = p->n}, listed = {0};
    *out = (struct neighbour_graph){.n = lists.n};
    out->start = calloc(lists.n + (size_t)2, sizeof *out->start);
    int code = out->start == NULL
                   ? err_memory(e, "the graph of neighbours")
                   : lists_fill(&lists, p, k, p->n > NEIGHBOUR_EXACT_MOST ? probes : 0, threads, e);
    if (code == 0)
        code = lists_turn(&lists, &listed, e);
    if (code == 0) {
        graph_count(out, &lists, &listed);
        code = graph_allocate(out, out->start[lists.n + (size_t)1], e);
    }
    if (code == 0)
        graph_fill(out, &lists, &listed);
    lists_free(&lists);
    lists_free(&listed);
    if (code != 0)
        neighbour_graph_free(out);
    return code;
}

void neighbour_graph_free(struct neighbour_graph *g)
{
    free(g->start);
    free(g->row);
    free(g->similarity);
    *g = (struct neighbour_graph){0};
}
