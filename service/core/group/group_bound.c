/* Sizes are in places; an element of weight w counts w times below. An element in a group of size s adds at
 * most f_i(s): for the mean, the mean of its s - 1 best similarities; for the sum, half their total. An
 * element of weight w fills the places that its own leave with the best of the others, each as often as it
 * takes places and if need be in part (the fractional knapsack), and its pairs count w times. In K
 * groups the sum of 1/s over all elements is K. For any price x of that constraint, sum_i max_s (f_i(s) -
 * x/s) + x K is above every grouping; the least over x is found by golden section, since the expression is
 * convex in x. Groups that may stay empty allow x >= 0 only. */
#include "core/group/group_bound.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group_rows.h"

enum { SECTIONS = 100, INSERTED_MOST = 64 };

struct bounding {
    const struct group_problem *p;
    uint32_t least, greatest; /* sizes that a group with members can have */
    bool may_be_empty;
    double *best; /* n * width: f_i(least..greatest) */
    uint32_t width;
    double *places; /* by place that another element takes: what it would add */
};

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* The `count` greatest in front, in descending order. Few of many: each goes through the front by insertion.
 */
static void keep_greatest(double *values, uint32_t n, uint32_t count)
{
    if (count > INSERTED_MOST) {
        qsort(values, n, sizeof *values, descending);
        return;
    }
    for (uint32_t i = 1; i < n; i++) {
        double value = values[i];
        uint32_t at = i < count ? i : count;
        if (i >= count && (count == 0 || value <= values[count - 1]))
            continue;
        if (i >= count)
            at = count - 1;
        for (; at > 0 && values[at - 1] < value; at--)
            values[at] = values[at - 1];
        values[at] = value;
    }
}

static uint32_t places_of(const struct bounding *b, uint32_t element)
{
    uint32_t weight = group_limits_weight(b->p->limits, element);
    return weight < b->greatest ? weight : b->greatest;
}

/* What each place of the others would add; how many there are. Rows count a pair weight times weight. */
static uint32_t by_place(struct bounding *b, uint32_t element, const double *similar)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < b->p->n; i++)
        for (uint32_t k = places_of(b, i); i != element && k > 0; k--)
            b->places[count++] = similar[i] / group_limits_weight(b->p->limits, i);
    return count;
}

static void fill_best(struct bounding *b, uint32_t element, const double *similar)
{
    const struct group_problem *p = b->p;
    double *best = b->best + (size_t)element * b->width, total = 0;
    uint32_t weight = group_limits_weight(p->limits, element), others = by_place(b, element, similar);
    uint32_t most = b->greatest - 1 < others ? b->greatest - 1 : others;
    keep_greatest(b->places, others, most);
    for (uint32_t size = 1, taken = 0; size <= b->greatest; size++) {
        if (size > weight && taken < most)
            total += b->places[taken++];
        if (size < b->least)
            continue;
        double mean = size > 1 ? total / (size - 1) : 0;
        best[size - b->least] = p->objective == OBJECTIVE_SUM ? total / 2 : mean;
    }
}

static double at_price(const struct bounding *b, double price)
{
    double total = price * b->p->n_groups;
    for (uint32_t i = 0; i < b->p->n; i++) {
        const double *best = b->best + (size_t)i * b->width;
        double most = -INFINITY, weight = group_limits_weight(b->p->limits, i);
        for (uint32_t k = 0; k < b->width; k++) {
            double value = best[k] - price * weight / (b->least + k);
            most = value > most ? value : most;
        }
        total += most;
    }
    return total;
}

static double least_over_prices(const struct bounding *b)
{
    double largest = 0;
    for (size_t i = 0; i < (size_t)b->p->n * b->width; i++)
        largest = fabs(b->best[i]) > largest ? fabs(b->best[i]) : largest;
    double reach = 2 * largest * b->greatest * b->greatest;
    double low = b->may_be_empty ? 0 : -reach, high = reach, least = at_price(b, 0);
    const double golden = 0.6180339887498949;
    for (int i = 0; i < SECTIONS && high - low > 1e-12 * (1 + reach); i++) {
        double x = high - golden * (high - low), y = low + golden * (high - low);
        double at_x = at_price(b, x), at_y = at_price(b, y);
        least = fmin(least, fmin(at_x, at_y));
        if (at_x < at_y)
            high = y;
        else
            low = x;
    }
    return least;
}

static void read_sizes(struct bounding *b)
{
    b->least = UINT32_MAX;
    for (uint32_t g = 0; g < b->p->n_groups; g++) {
        b->may_be_empty |= b->p->min_size[g] == 0;
        b->least = b->p->min_size[g] < b->least ? b->p->min_size[g] : b->least;
        b->greatest = b->p->max_size[g] > b->greatest ? b->p->max_size[g] : b->greatest;
    }
    b->least = b->least < 1 ? 1 : b->least;
    uint64_t places = group_limits_places(b->p);
    b->greatest = b->greatest > places ? (uint32_t)places : b->greatest;
    b->width = b->greatest - b->least + 1;
}

int group_bound(const struct group_problem *p, double *bound, struct err *e)
{
    struct bounding b = {.p = p};
    struct group_rows rows;
    *bound = 0;
    if (p->n == 0 || p->n_groups == 0)
        return ERR_OK;
    read_sizes(&b);
    int rc = group_rows_open(&rows, p, e);
    if (rc)
        return rc;
    size_t places = 0;
    for (uint32_t i = 0; i < p->n; i++)
        places += places_of(&b, i);
    b.places = malloc((places + 1) * sizeof *b.places);
    double *similar = malloc(p->n * sizeof *similar);
    b.best = malloc((size_t)p->n * b.width * sizeof *b.best);
    if (!similar || !b.best || !b.places) {
        rc = err_memory(e, "the upper bound");
    } else {
        for (uint32_t i = 0; i < p->n; i++) {
            group_rows_of(&rows, i, similar);
            fill_best(&b, i, similar);
        }
        *bound = least_over_prices(&b);
        *bound += 1e-9 * (1 + fabs(*bound)); /* above the rounding of so many sums */
        *bound = p->objective == OBJECTIVE_SUM ? *bound : *bound / (double)group_limits_places(p);
    }
    free(similar);
    free(b.best);
    free(b.places);
    group_rows_close(&rows);
    return rc;
}
