#include "regroup/assignment.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Everybody on the left has, beside its pairs, a place of its own of weight 0: right side n_right + left. So
 * everybody is matched, and a pair costs what it lacks to the greatest weight. */
struct search {
    const struct assignment_problem *p;
    int64_t most; /* greatest weight */
    int64_t *price_left, *price_right;
    uint32_t *left_of; /* per right: who has it */
    uint32_t *match;   /* per left, places of its own included */
    int64_t *distance; /* per right, in this search */
    uint32_t *from;    /* per right: the left from which it was reached */
    uint32_t *reached; /* rights seen and not yet done, in no order */
    uint32_t *done;    /* rights done, in the order of their distance */
    uint32_t n_reached, n_done;
};

static void search_free(struct search *s)
{
    free(s->price_left);
    free(s->price_right);
    free(s->left_of);
    free(s->match);
    free(s->distance);
    free(s->from);
    free(s->reached);
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
    s->reached = malloc((right + 1) * sizeof *s->reached);
    s->done = malloc((right + 1) * sizeof *s->done);
    if (!s->price_left || !s->price_right || !s->left_of || !s->match || !s->distance || !s->from ||
        !s->reached || !s->done)
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

static void reach(struct search *s, uint32_t left, uint32_t right, int64_t cost, int64_t so_far)
{
    int64_t distance = so_far + cost - s->price_left[left] - s->price_right[right];
    if (distance >= s->distance[right])
        return;
    if (s->distance[right] == INT64_MAX)
        s->reached[s->n_reached++] = right;
    s->distance[right] = distance;
    s->from[right] = left;
}

static void reach_from(struct search *s, uint32_t left, int64_t so_far)
{
    const struct assignment_problem *p = s->p;
    for (size_t k = p->start[left]; k < p->start[left + 1]; k++)
        reach(s, left, p->right[k], s->most - p->weight[k], so_far);
    reach(s, left, p->n_right + left, s->most, so_far);
}

/* Takes the nearest right side that was reached, the lowest of equals. */
static uint32_t take_nearest(struct search *s)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < s->n_reached; i++) {
        uint32_t a = s->reached[i], b = s->reached[best];
        if (s->distance[a] < s->distance[b] || (s->distance[a] == s->distance[b] && a < b))
            best = i;
    }
    uint32_t right = s->reached[best];
    s->reached[best] = s->reached[--s->n_reached];
    s->done[s->n_done++] = right;
    return right;
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
    for (uint32_t i = 0; i < s->n_reached; i++)
        s->distance[s->reached[i]] = INT64_MAX;
    s->n_done = s->n_reached = 0;
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
