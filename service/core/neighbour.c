/* How a question is answered without a look at every row that shares a column: the columns of the question
 * are taken in an order that covers most of its mass for the fewest rows. What the columns not yet taken can
 * still add is bounded by Cauchy and Schwarz, so once that is less than the k-th best similarity found, no
 * new row can come in, and of those that were met only the ones whose bound reaches it are computed exactly.
 */
#include "core/neighbour.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SLACK 1e-6 /* above every rounding between a bound and the float that is compared with it */

struct posting {
    uint32_t row;
    float weight;
};

struct neighbour_index {
    const struct profiles *profiles;
    size_t *start; /* columns + 1 offsets into postings */
    struct posting *postings;
};

/* What is known of a row so far: its product with the question, and how much of its own mass that used up. */
struct met {
    double dot, mass;
};

struct step {
    uint32_t column;
    double weight, rest; /* rest: the question's length in the columns of later steps */
};

struct neighbour_scratch {
    struct met *met;   /* by row; zero between questions */
    uint32_t *touched; /* rows met */
    size_t n_touched;
    double *question;   /* by column; zero between questions */
    struct step *steps; /* columns of the question, cheapest mass first */
};

static void fill_postings(const struct profiles *p, struct neighbour_index *index)
{
    const uint32_t all = p->start[p->n];
    for (uint32_t i = 0; i < all; i++)
        index->start[p->column[i] + (size_t)2]++;
    for (size_t c = 2; c <= p->columns + (size_t)1; c++)
        index->start[c] += index->start[c - 1];
    size_t *next = index->start + 1;
    for (uint32_t row = 0; row < p->n; row++)
        for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++)
            index->postings[next[p->column[i]]++] = (struct posting){row, p->weight[i]};
}

int neighbour_index_build(const struct profiles *p, struct neighbour_index **out, struct err *e)
{
    struct neighbour_index *index = calloc(1, sizeof *index);
    *out = NULL;
    if (index == NULL)
        return err_memory(e, "the index of neighbours");
    index->profiles = p;
    index->start = calloc(p->columns + (size_t)2, sizeof *index->start);
    index->postings = malloc((p->start[p->n] + (size_t)1) * sizeof *index->postings);
    if (index->start == NULL || index->postings == NULL) {
        neighbour_index_free(index);
        return err_memory(e, "the index of neighbours");
    }
    fill_postings(p, index);
    *out = index;
    return 0;
}

void neighbour_index_free(struct neighbour_index *index)
{
    if (index == NULL)
        return;
    free(index->start);
    free(index->postings);
    free(index);
}

uint32_t neighbour_index_rows(const struct neighbour_index *index)
{
    return index->profiles->n;
}

static uint32_t longest_row(const struct profiles *p)
{
    uint32_t longest = 0;
    for (uint32_t row = 0; row < p->n; row++)
        if (p->start[row + 1] - p->start[row] > longest)
            longest = p->start[row + 1] - p->start[row];
    return longest;
}

struct neighbour_scratch *neighbour_scratch_new(const struct neighbour_index *index)
{
    const struct profiles *p = index->profiles;
    struct neighbour_scratch *s = calloc(1, sizeof *s);
    if (s == NULL)
        return NULL;
    s->met = calloc(p->n + (size_t)1, sizeof *s->met);
    s->touched = malloc((p->n + (size_t)1) * sizeof *s->touched);
    s->question = calloc(p->columns + (size_t)1, sizeof *s->question);
    s->steps = malloc((longest_row(p) + (size_t)1) * sizeof *s->steps);
    if (s->met && s->touched && s->question && s->steps)
        return s;
    neighbour_scratch_free(s);
    return NULL;
}

void neighbour_scratch_free(struct neighbour_scratch *scratch)
{
    if (scratch == NULL)
        return;
    free(scratch->met);
    free(scratch->touched);
    free(scratch->question);
    free(scratch->steps);
    free(scratch);
}

/* The best k so far, as a heap with the worst at its root. */
struct best {
    struct neighbour *heap;
    size_t n, k;
};

static bool worse(const struct neighbour *a, const struct neighbour *b)
{
    return a->similarity != b->similarity ? a->similarity < b->similarity : a->row > b->row;
}

static void sift_down(struct neighbour *heap, size_t n, size_t at)
{
    struct neighbour moving = heap[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && worse(&heap[child + 1], &heap[child]))
            child++;
        if (!worse(&heap[child], &moving))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moving;
}

static void best_offer(struct best *b, struct neighbour new)
{
    if (b->n == b->k) {
        if (!worse(&b->heap[0], &new))
            return;
        b->heap[0] = new;
        sift_down(b->heap, b->n, 0);
        return;
    }
    size_t at = b->n++;
    for (; at > 0 && worse(&new, &b->heap[(at - 1) / 2]); at = (at - 1) / 2)
        b->heap[at] = b->heap[(at - 1) / 2];
    b->heap[at] = new;
}

/* Takes the worst away again and again, to where the heap has just ended: best first. */
static void best_sort(struct best *b)
{
    for (size_t n = b->n; n > 1; n--) {
        struct neighbour worst = b->heap[0];
        b->heap[0] = b->heap[n - 1];
        b->heap[n - 1] = worst;
        sift_down(b->heap, n - 1, 0);
    }
}

/* What a similarity has to reach to matter. */
static double best_threshold(const struct best *b)
{
    return b->n == b->k ? (double)b->heap[0].similarity : 0;
}

/* The similarity as profiles_similarity computes it, to the bit: adding the zeros of columns that the
 * question lacks changes no sum. */
static float exact(const struct profiles *p, const double *question, uint32_t row, uint32_t other)
{
    double cosine = 0;
    for (uint32_t i = p->start[other]; i < p->start[other + 1]; i++)
        cosine += question[p->column[i]] * p->weight[i];
    cosine = cosine > 1 ? 1 : cosine;
    return (float)(p->place == NULL ? cosine : cosine * profiles_damping(p, row, other));
}

static int step_compare(const void *a, const void *b)
{
    const struct step *x = a, *y = b; /* rest holds the mass for each row of the column here */
    if (x->rest != y->rest)
        return x->rest > y->rest ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

static size_t plan(const struct neighbour_index *index, struct neighbour_scratch *s, uint32_t row)
{
    const struct profiles *p = index->profiles;
    size_t n = 0;
    for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++) {
        uint32_t column = p->column[i];
        double weight = p->weight[i], rows = (double)(index->start[column + 1] - index->start[column]);
        s->question[column] = weight;
        s->steps[n++] = (struct step){column, weight, weight * weight / rows};
    }
    qsort(s->steps, n, sizeof *s->steps, step_compare);
    double rest = 0;
    for (size_t i = n; i-- > 0;) {
        s->steps[i].rest = sqrt(rest);
        rest += s->steps[i].weight * s->steps[i].weight;
    }
    return n;
}

static void take_step(const struct neighbour_index *index, struct neighbour_scratch *s,
                      const struct step *step)
{
    size_t n = s->n_touched;
    for (size_t i = index->start[step->column], end = index->start[step->column + 1]; i < end; i++) {
        double weight = index->postings[i].weight;
        struct met *met = &s->met[index->postings[i].row];
        s->touched[n] = index->postings[i].row;
        n += met->mass == 0;
        met->dot += step->weight * weight;
        met->mass += weight * weight;
    }
    s->n_touched = n;
}

/* The k rows that look best so far, with their exact similarities: their worst is a lower bound for the
 * answer's. */
static void guess(const struct neighbour_index *index, const struct neighbour_scratch *s, uint32_t row,
                  struct best *b)
{
    b->n = 0;
    for (size_t i = 0; i < s->n_touched; i++)
        if (s->touched[i] != row)
            best_offer(b, (struct neighbour){s->touched[i], (float)s->met[s->touched[i]].dot});
    size_t n = b->n;
    b->n = 0;
    for (size_t i = 0; i < n; i++) {
        struct neighbour found = b->heap[i];
        found.similarity = exact(index->profiles, s->question, row, found.row);
        best_offer(b, found); /* takes places 0 to i, which have been read */
    }
}

/* Takes steps until no row that was not met can be among the best; returns the question's length not yet
 * covered. */
static double meet(const struct neighbour_index *index, struct neighbour_scratch *s, uint32_t row,
                   size_t n_steps, struct best *b)
{
    double look_at = 0.7; /* guesses cost, so they are made at halving squares of the rest */
    double rest = 0;
    for (size_t i = 0; i < n_steps; i++) {
        take_step(index, s, &s->steps[i]);
        rest = s->steps[i].rest;
        if (rest > look_at && i + 1 < n_steps)
            continue;
        look_at = rest * 0.7;
        guess(index, s, row, b);
        if (rest < best_threshold(b) - SLACK)
            break;
    }
    return rest;
}

/* Computes exactly what can still be among the best. The guessed ones are in already, and the row itself
 * never is: a product of -2 keeps them out. */
static void settle(const struct neighbour_index *index, struct neighbour_scratch *s, uint32_t row,
                   double rest, struct best *b)
{
    for (size_t i = 0; i < b->n; i++)
        s->met[b->heap[i].row].dot = -2;
    s->met[row].dot = -2;
    for (size_t i = 0; i < s->n_touched; i++) {
        const struct met *met = &s->met[s->touched[i]];
        double needed = best_threshold(b) - SLACK - met->dot;
        double own = 1 + SLACK - met->mass;
        if (needed > rest || (needed > 0 && needed * needed > rest * rest * own))
            continue;
        best_offer(
            b, (struct neighbour){s->touched[i], exact(index->profiles, s->question, row, s->touched[i])});
    }
}

static void wipe(const struct profiles *p, struct neighbour_scratch *s, uint32_t row)
{
    for (size_t i = 0; i < s->n_touched; i++)
        s->met[s->touched[i]] = (struct met){0, 0};
    for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++)
        s->question[p->column[i]] = 0;
    s->n_touched = 0;
}

size_t neighbours_of(const struct neighbour_index *index, struct neighbour_scratch *scratch, uint32_t row,
                     size_t k, struct neighbour *out)
{
    struct best best = {.heap = out, .k = k};
    size_t n_steps = k == 0 ? 0 : plan(index, scratch, row);
    if (n_steps == 0)
        return 0;
    double rest = meet(index, scratch, row, n_steps, &best);
    settle(index, scratch, row, rest, &best);
    wipe(index->profiles, scratch, row);
    best_sort(&best);
    while (best.n > 0 &&
           best.heap[best.n - 1].similarity <= 0) /* what rounding or distance made nothing of */
        best.n--;
    return best.n;
}
