/* How a question is answered: every row's product with it is added up column by column in float, which is
 * fast and nearly right; the few rows that may then be among the best are computed exactly. Columns that few
 * rows have are lists of rows (an inverted index); columns that many have are plain arrays over all rows,
 * eight of which are added at once. */
#include "core/similarity/neighbour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/similarity/neighbour_best.h"
#include "core/similarity/neighbour_parts.h"

#define LANES 8
#define BUNCH 8
#define DENSE_FROM 8 /* a column is an array when at least one row in so many has it */

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));
typedef int32_t lane_masks __attribute__((vector_size(LANES * sizeof(int32_t))));

struct posting {
    uint32_t row;
    float weight;
};

struct neighbour_index {
    const struct profiles *profiles;
    size_t blocks;   /* of LANES rows; the last one is filled up with rows of nothing */
    uint32_t *array; /* by column: which array it is, or UINT32_MAX for a list */
    uint32_t n_arrays;
    lanes *arrays; /* n_arrays times blocks */
    size_t *start; /* columns + 1 offsets into postings */
    struct posting *postings;
};

struct neighbour_scratch {
    lanes *product;   /* by row, about */
    double *question; /* by column; zero between questions */
};

/* Counts rows by column, decides which columns are arrays, and leaves offsets of the others at start[column +
 * 1]. */
static size_t lay_out(const struct profiles *p, struct neighbour_index *index)
{
    const uint32_t all = p->start[p->n];
    size_t listed = 0;
    for (uint32_t i = 0; i < all; i++)
        index->start[p->column[i] + (size_t)2]++;
    for (size_t c = 0; c < p->columns; c++) {
        const size_t rows = index->start[c + 2];
        const bool dense = rows > 0 && rows >= p->n / DENSE_FROM;
        index->array[c] = dense ? index->n_arrays++ : UINT32_MAX;
        index->start[c + 2] = listed + (dense ? 0 : rows);
        listed = index->start[c + 2];
    }
    return listed;
}

static void fill_columns(const struct profiles *p, struct neighbour_index *index)
{
    size_t *next = index->start + 1;
    float *arrays = (float *)index->arrays;
    memset(index->arrays, 0, index->n_arrays * index->blocks * sizeof *index->arrays);
    for (uint32_t row = 0; row < p->n; row++) {
        for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++) {
            const uint32_t array = index->array[p->column[i]];
            if (array != UINT32_MAX)
                arrays[array * index->blocks * LANES + row] = p->weight[i];
            else
                index->postings[next[p->column[i]]++] = (struct posting){row, p->weight[i]};
        }
    }
}

static lanes *new_lanes(size_t n)
{
    return n < SIZE_MAX / sizeof(lanes) ? aligned_alloc(sizeof(lanes), (n + 1) * sizeof(lanes)) : NULL;
}

int neighbour_index_build(const struct profiles *p, struct neighbour_index **out, struct err *e)
{
    struct neighbour_index *index = calloc(1, sizeof *index);
    *out = NULL;
    if (index == NULL)
        return err_memory(e, "the index of neighbours");
    index->profiles = p;
    index->blocks = (p->n + (size_t)LANES - 1) / LANES;
    index->start = calloc(p->columns + (size_t)2, sizeof *index->start);
    index->array = malloc((p->columns + (size_t)1) * sizeof *index->array);
    if (index->start != NULL && index->array != NULL) {
        index->postings = malloc((lay_out(p, index) + 1) * sizeof *index->postings);
        index->arrays = new_lanes(index->n_arrays * index->blocks);
    }
    if (index->postings == NULL || index->arrays == NULL) {
        neighbour_index_free(index);
        return err_memory(e, "the index of neighbours");
    }
    fill_columns(p, index);
    *out = index;
    return 0;
}

size_t neighbour_index_bytes(const struct neighbour_index *index)
{
    if (index == NULL)
        return 0;
    const size_t columns = index->profiles->columns;
    return sizeof *index + index->n_arrays * index->blocks * sizeof *index->arrays +
           columns * (sizeof *index->array + sizeof *index->start) +
           index->start[columns] * sizeof *index->postings;
}

void neighbour_index_free(struct neighbour_index *index)
{
    if (index == NULL)
        return;
    free(index->array);
    free(index->arrays);
    free(index->start);
    free(index->postings);
    free(index);
}

struct neighbour_scratch *neighbour_scratch_new(const struct neighbour_index *index)
{
    struct neighbour_scratch *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->product = new_lanes(index->blocks);
    s->question = calloc(index->profiles->columns + (size_t)1, sizeof *s->question);
    if (s->product != NULL && s->question != NULL)
        return s;
    neighbour_scratch_free(s);
    return NULL;
}

void neighbour_scratch_free(struct neighbour_scratch *scratch)
{
    if (scratch == NULL)
        return;
    free(scratch->product);
    free(scratch->question);
    free(scratch);
}

/* The similarity as profiles_similarity computes it, to the bit: adding the zeros of columns that the
 * question lacks changes no sum. What distance would leave of a cosine below `needed` is not asked for. */
static float exact(const struct profiles *p, const double *question, uint32_t row, uint32_t other,
                   float needed)
{
    double cosine = 0;
    for (uint32_t i = p->start[other]; i < p->start[other + 1]; i++)
        cosine += question[p->column[i]] * p->weight[i];
    cosine = cosine > 1 ? 1 : cosine;
    if (p->place == NULL || (float)cosine < needed)
        return (float)cosine;
    return (float)(cosine * profiles_damping(p, row, other));
}

static void add_array(lanes *product, const lanes *array, size_t blocks, float asked)
{
    for (size_t i = 0; i < blocks; i++)
        product[i] += asked * array[i];
}

static void add_list(float *product, const struct posting *postings, size_t n, float asked)
{
    for (size_t i = 0; i < n; i++)
        product[postings[i].row] += asked * postings[i].weight;
}

/* About every row's product with this one. */
static void multiply(const struct neighbour_index *index, struct neighbour_scratch *s, uint32_t row)
{
    const struct profiles *p = index->profiles;
    memset(s->product, 0, index->blocks * sizeof *s->product);
    for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++) {
        const uint32_t column = p->column[i], array = index->array[column];
        const size_t from = index->start[column];
        s->question[column] = p->weight[i];
        if (array != UINT32_MAX)
            add_array(s->product, index->arrays + array * index->blocks, index->blocks, p->weight[i]);
        else
            add_list((float *)s->product, index->postings + from, index->start[column + 1] - from,
                     p->weight[i]);
    }
}

/* Whether any row of some blocks is above the bound: most are not, so blocks are looked at in bunches. */
static bool any_above(const lanes *product, size_t blocks, float bound)
{
    lane_masks above = *product > bound;
    for (size_t i = 1; i < blocks; i++)
        above |= product[i] > bound;
    uint64_t parts[sizeof above / sizeof(uint64_t)];
    memcpy(parts, &above, sizeof above);
    return (parts[0] | parts[1] | parts[2] | parts[3]) != 0;
}

/* What a product has to be above for its row to matter: `slack` is more than rounding can have taken from it.
 */
static float bound_of(const struct neighbour_best *b, float slack)
{
    const float bound = neighbour_best_least(b) - slack;
    return bound > 0 ? bound : 0;
}

static void collect(const struct neighbour_index *index, const struct neighbour_scratch *s, uint32_t row,
                    float slack, struct neighbour_best *b)
{
    const float *product = (const float *)s->product;
    float bound = bound_of(b, slack);
    for (size_t block = 0; block < index->blocks; block += BUNCH) {
        const size_t left = index->blocks - block, blocks = left < BUNCH ? left : BUNCH;
        if (!any_above(&s->product[block], blocks, bound))
            continue;
        for (size_t i = block * LANES; i < (block + blocks) * LANES; i++) {
            if (!(product[i] > bound))
                continue;
            const uint32_t other = (uint32_t)i;
            neighbour_best_offer(
                b, (struct neighbour){other, exact(index->profiles, s->question, row, other, bound)});
            bound = bound_of(b, slack);
        }
    }
}

/* Rows that are thought to be near are offered first, so that few others have to be computed. */
static void offer_hints(const struct neighbour_index *index, struct neighbour_scratch *s, uint32_t row,
                        const uint32_t *hints, size_t n_hints, struct neighbour_best *b)
{
    float *product = (float *)s->product;
    for (size_t i = 0; i < n_hints; i++) {
        neighbour_best_offer(
            b, (struct neighbour){hints[i], exact(index->profiles, s->question, row, hints[i], 0)});
        product[hints[i]] = -1; /* not a second time */
    }
}

size_t neighbours_from_hints(const struct neighbour_index *index, struct neighbour_scratch *s, uint32_t row,
                             const uint32_t *hints, size_t n_hints, size_t k, struct neighbour *out)
{
    const struct profiles *p = index->profiles;
    const uint32_t entries = p->start[row + 1] - p->start[row];
    struct neighbour_best best = {.heap = out, .k = k};
    if (k == 0 || entries == 0)
        return 0;
    multiply(index, s, row);
    ((float *)s->product)[row] = -1; /* no neighbour of itself */
    offer_hints(index, s, row, hints, n_hints, &best);
    collect(index, s, row, 1e-6f + 2.5e-7f * (float)entries, &best);
    for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++)
        s->question[p->column[i]] = 0;
    neighbour_best_sort(&best);
    return best.n;
}

size_t neighbours_of(const struct neighbour_index *index, struct neighbour_scratch *scratch, uint32_t row,
                     size_t k, struct neighbour *out)
{
    return neighbours_from_hints(index, scratch, row, NULL, 0, k, out);
}
