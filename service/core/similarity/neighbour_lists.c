/* All rows' nearest neighbours, as lists. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/similarity/neighbour_join.h"
#include "core/similarity/neighbour_parts.h"

static int lists_allocate(struct neighbour_lists *l, size_t k, struct err *e)
{
    const size_t most = l->most = l->n > 0 && k > l->n - 1 ? l->n - 1 : k;
    if (most > 0 && l->n > SIZE_MAX / sizeof *l->all / most - 1)
        return err_set(e, ERR_LIMIT, "%u rows with %zu neighbours each are too many", l->n, most);
    l->start = malloc((l->n + (size_t)1) * sizeof *l->start);
    l->all = malloc((l->n * most + 1) * sizeof *l->all);
    l->beyond = calloc(l->n + (size_t)1, sizeof *l->beyond);
    return l->start && l->all && l->beyond ? 0 : err_memory(e, "lists of neighbours");
}

/* For each row the most similar one so far that lists it: what is near to that is near to this too. */
struct guides {
    struct neighbour *of; /* by row; similarity 0 = none */
    uint32_t *hints;      /* room for k + 1 */
};

static size_t hints_of(const struct guides *g, const struct neighbour_lists *l, uint32_t row)
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

static void guide_others(struct guides *g, const struct neighbour_lists *l, uint32_t row, size_t n)
{
    for (size_t i = l->start[row]; i < l->start[row] + n; i++)
        if (l->all[i].row > row && l->all[i].similarity > g->of[l->all[i].row].similarity)
            g->of[l->all[i].row] = (struct neighbour){row, l->all[i].similarity};
}

static void lists_ask(struct neighbour_lists *l, const struct neighbour_index *index,
                      struct neighbour_scratch *scratch, size_t k, struct guides *g)
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
static int lists_by_index(struct neighbour_lists *l, const struct profiles *p, struct err *e)
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
static int lists_by_blocks(struct neighbour_lists *l, const struct profiles *p, uint32_t probes,
                           uint32_t threads, struct err *e)
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

/* A list that is not full has all who are similar at all. */
static void find_beyond(struct neighbour_lists *l)
{
    for (uint32_t row = 0; row < l->n; row++)
        if (l->most > 0 && l->start[row + 1] - l->start[row] == l->most)
            l->beyond[row] = l->all[l->start[row + 1] - 1].similarity;
}

int neighbour_lists_build(const struct profiles *p, size_t most, uint32_t probes, uint32_t threads,
                          struct neighbour_lists *out, struct err *e)
{
    *out = (struct neighbour_lists){.n = p->n};
    int code = lists_allocate(out, most, e);
    if (code == 0)
        code = neighbour_join_suits(p)
                   ? lists_by_blocks(out, p, p->n > NEIGHBOUR_EXACT_MOST ? probes : 0, threads, e)
                   : lists_by_index(out, p, e);
    if (code == 0)
        find_beyond(out);
    else
        neighbour_lists_free(out);
    return code;
}

void neighbour_lists_free(struct neighbour_lists *l)
{
    free(l->start);
    free(l->all);
    free(l->beyond);
    *l = (struct neighbour_lists){0};
}
