#include "core/insight/insight_pairs.h"

#include <stdlib.h>

#define CHALLENGES_MOST 1000

struct pairing {
    const struct insight_counts *counts;
    uint32_t threshold;
    uint32_t n;         /* challenges that are looked at */
    uint32_t *kept;     /* they */
    uint32_t *place;    /* by challenge: where in kept; UINT32_MAX: it is not */
    uint32_t *together; /* [n * n], the lower place first */
};

static int more_common(const void *a, const void *b, void *context)
{
    const uint32_t *count = context, x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return count[x] != count[y] ? (count[x] < count[y] ? 1 : -1) : (x > y) - (x < y);
}

static int by_index(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int choose(struct pairing *k, const bool *hidden, struct err *e)
{
    uint32_t all = k->counts->n_challenges;
    k->kept = malloc((all + 1u) * sizeof *k->kept);
    k->place = malloc((all + 1u) * sizeof *k->place);
    if (k->kept == NULL || k->place == NULL)
        return err_memory(e, "pairs of challenges");
    for (uint32_t c = 0; c < all; c++) {
        k->place[c] = UINT32_MAX;
        if (!hidden[c])
            k->kept[k->n++] = c;
    }
    qsort_r(k->kept, k->n, sizeof *k->kept, more_common, k->counts->all_count);
    k->n = k->n < CHALLENGES_MOST ? k->n : CHALLENGES_MOST;
    qsort(k->kept, k->n, sizeof *k->kept, by_index);
    for (uint32_t i = 0; i < k->n; i++)
        k->place[k->kept[i]] = i;
    k->together = calloc((size_t)k->n * k->n + 1, sizeof *k->together);
    return k->together == NULL ? err_memory(e, "pairs of challenges") : 0;
}

static void count_of(struct pairing *k, const uint32_t *challenge, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t a = k->place[challenge[i]];
        for (uint32_t j = i + 1; j < n && a != UINT32_MAX; j++) {
            uint32_t b = k->place[challenge[j]];
            if (b != UINT32_MAX)
                k->together[(size_t)a * k->n + b]++;
        }
    }
}

/* With the counts of the two and of all known, one of the four tells the other three. */
static bool may_be_told(const struct pairing *k, uint32_t both, uint32_t a, uint32_t b)
{
    uint64_t neither = (uint64_t)k->counts->all_reporting + both - a - b;
    return both >= k->threshold && a - both >= k->threshold && b - both >= k->threshold &&
           neither >= k->threshold;
}

static int higher_lift(const void *a, const void *b)
{
    const struct insight_pair *x = a, *y = b;
    if (x->lift != y->lift)
        return x->lift < y->lift ? 1 : -1;
    return x->a != y->a ? (x->a > y->a ? 1 : -1) : (x->b > y->b) - (x->b < y->b);
}

static uint32_t collect(const struct pairing *k, struct insight_pair *out)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < k->n; i++) {
        for (uint32_t j = i + 1; j < k->n; j++) {
            uint32_t both = k->together[(size_t)i * k->n + j];
            uint32_t a = k->counts->all_count[k->kept[i]], b = k->counts->all_count[k->kept[j]];
            if (!may_be_told(k, both, a, b))
                continue;
            if (out != NULL)
                out[n] = (struct insight_pair){k->kept[i], k->kept[j], both,
                                               (double)both * k->counts->all_reporting / ((double)a * b)};
            n++;
        }
    }
    return n;
}

static int rank(const struct pairing *k, uint32_t limit, struct insight_pair **pairs, uint32_t *n,
                struct err *e)
{
    *pairs = malloc((collect(k, NULL) + (size_t)1) * sizeof **pairs);
    if (*pairs == NULL)
        return err_memory(e, "pairs of challenges");
    *n = collect(k, *pairs);
    qsort(*pairs, *n, sizeof **pairs, higher_lift);
    *n = *n < limit ? *n : limit;
    return ERR_OK;
}

int insight_pairs_find(const struct population *p, const struct settings *s, int32_t today,
                       const struct insight_counts *counts, const bool *hidden, uint32_t threshold,
                       uint32_t limit, struct insight_pair **pairs, uint32_t *n, struct err *e)
{
    struct pairing k = {.counts = counts, .threshold = threshold};
    struct insight_lists lists = {0};
    *pairs = NULL;
    *n = 0;
    int code = insight_lists_open(p, s, today, &lists, e);
    if (code == ERR_OK)
        code = choose(&k, hidden, e);
    for (uint32_t o = 0; o < p->n_organizers && code == ERR_OK; o++)
        count_of(&k, lists.challenge + lists.start[o], lists.start[o + 1] - lists.start[o]);
    if (code == ERR_OK)
        code = rank(&k, limit, pairs, n, e);
    insight_lists_free(&lists);
    free(k.kept);
    free(k.place);
    free(k.together);
    return code;
}
