#include "regroup/assignment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Everybody on the left has, beside its pairs, a place of its own of weight 0: right side n_right + left. So
 * everybody is matched, and a pair costs what it lacks to the greatest weight. */
struct reached {
    int64_t distance;
    uint32_t right;
    bool taken;
};

struct search {
    const struct assignment_problem *p;
    int64_t most; /* greatest weight */
    int64_t *price_left, *price_right;
    uint32_t *left_of; /* per right: who has it */
    uint32_t *match;   /* per left, places of its own included */
    int64_t *distance; /* per right, in this search */
    uint32_t *from;    /* per right: the left from which it was reached */
    struct reached
        *heap; /* rights seen and not yet done, the nearest first; some twice, then the first counts */
    size_t n_heap;
    uint32_t *done; /* rights done, in the order of their distance */
    uint32_t n_done;
};

static void search_free(struct search *s)
{
    free(s->price_left);
    free(s->price_right);
    free(s->left_of);
    free(s->match);
    free(s->distance);
    free(s->from);
    free(s->heap);
    free(s->done);
}

static int search_init(struct search *s, const struct assignment_problem *p, struct err *e)
{
    size_t left = p->n_left, right = (size_t)p->n_right + left;
    *s = (struct search){.p = p};
    s->price_left = calloc(left + 1, sizeof *s->price_left);
    s->price_right = calloc(right + 1, sizeof *s->price_right);
    s->left_of = malloc((right + 1) * sizeof *s->left_of);
    s->match = malloc((left + 1) * sizeof *s->match);
    s->distance = malloc((right + 1) * sizeof *s->distance);
    s->from = malloc((right + 1) * sizeof *s->from);
    s->heap = malloc((p->start[left] + left + 1) * sizeof *s->heap);
    s->done = malloc((right + 1) * sizeof *s->done);
    if (!s->price_left || !s->price_right || !s->left_of || !s->match || !s->distance || !s->from ||
        !s->heap || !s->done)
        return err_memory(e, "matching networks with the published ones");
    memset(s->left_of, 0xff, (right + 1) * sizeof *s->left_of);
    for (size_t i = 0; i < right; i++)
        s->distance[i] = INT64_MAX;
    for (size_t k = 0; k < p->start[p->n_left]; k++)
        s->most = p->weight[k] > s->most ? p->weight[k] : s->most;
    /* Prices under which no pair costs less than nothing. */
    for (size_t i = 0; i < left; i++) {
        s->price_left[i] = s->most;
        for (size_t k = p->start[i]; k < p->start[i + 1]; k++) {
            int64_t cost = s->most - p->weight[k];
            s->price_left[i] = cost < s->price_left[i] ? cost : s->price_left[i];
        }
    }
    return ERR_OK;
}

/* Of equals a free one goes first, for it ends the search; then the lowest. */
static bool is_nearer(const struct reached *a, const struct reached *b)
{
    if (a->distance != b->distance)
        return a->distance < b->distance;
    return a->taken != b->taken ? b->taken : a->right < b->right;
}

static void heap_push(struct search *s, struct reached new)
{
    size_t at = s->n_heap++;
    while (at > 0 && is_nearer(&new, &s->heap[(at - 1) / 2])) {
        s->heap[at] = s->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    s->heap[at] = new;
}

static struct reached heap_pop(struct search *s)
{
    struct reached first = s->heap[0], last = s->heap[--s->n_heap];
    size_t at = 0, child;
    while ((child = 2 * at + 1) < s->n_heap) {
        child += child + 1 < s->n_heap && is_nearer(&s->heap[child + 1], &s->heap[child]);
        if (!is_nearer(&s->heap[child], &last))
            break;
        s->heap[at] = s->heap[child];
        at = child;
    }
    s->heap[at] = last;
    return first;
}

static void reach(struct search *s, uint32_t left, uint32_t right, int64_t cost, int64_t so_far)
{
    int64_t distance = so_far + cost - s->price_left[left] - s->price_right[right];
    if (distance >= s->distance[right])
        return;
    s->distance[right] = distance;
    s->from[right] = left;
    heap_push(s, (struct reached){distance, right, s->left_of[right] != ASSIGNMENT_NONE});
}

static void reach_from(struct search *s, uint32_t left, int64_t so_far)
{
    const struct assignment_problem *p = s->p;
    for (size_t k = p->start[left]; k < p->start[left + 1]; k++)
        reach(s, left, p->right[k], s->most - p->weight[k], so_far);
    reach(s, left, p->n_right + left, s->most, so_far);
}

/* The nearest right side that was reached and is not done. */
static uint32_t take_nearest(struct search *s)
{
    struct reached next = heap_pop(s);
    while (next.distance > s->distance[next.right])
        next = heap_pop(s);
    s->done[s->n_done++] = next.right;
    return next.right;
}

static void adjust_prices(struct search *s, uint32_t root, int64_t length)
{
    s->price_left[root] += length;
    for (uint32_t i = 0; i + 1 < s->n_done; i++) {
        uint32_t right = s->done[i];
        int64_t gain = length - s->distance[right];
        s->price_right[right] -= gain;
        s->price_left[s->left_of[right]] += gain;
    }
}

static void augment(struct search *s, uint32_t root, uint32_t right)
{
    for (;;) {
        uint32_t left = s->from[right], next = s->match[left];
        s->left_of[right] = left;
        s->match[left] = right;
        if (left == root)
            return;
        right = next;
    }
}

static void forget(struct search *s)
{
    for (uint32_t i = 0; i < s->n_done; i++)
        s->distance[s->done[i]] = INT64_MAX;
    for (size_t i = 0; i < s->n_heap; i++)
        s->distance[s->heap[i].right] = INT64_MAX;
    s->n_done = 0;
    s->n_heap = 0;
}

/* A right side that is done is never reached again: its distance cannot fall. */
static void place(struct search *s, uint32_t root)
{
    s->match[root] = ASSIGNMENT_NONE;
    reach_from(s, root, 0);
    for (;;) {
        uint32_t right = take_nearest(s);
        int64_t length = s->distance[right];
        if (s->left_of[right] == ASSIGNMENT_NONE) {
            adjust_prices(s, root, length);
            augment(s, root, right);
            forget(s);
            return;
        }
        reach_from(s, s->left_of[right], length);
    }
}

int assignment_solve(const struct assignment_problem *p, uint32_t *match, struct err *e)
{
    struct search s;
    int code = search_init(&s, p, e);
    for (uint32_t i = 0; code == ERR_OK && i < p->n_left; i++)
        place(&s, i);
    for (uint32_t i = 0; code == ERR_OK && i < p->n_left; i++)
        match[i] = s.match[i] < p->n_right ? s.match[i] : ASSIGNMENT_NONE;
    search_free(&s);
    return code;
}
