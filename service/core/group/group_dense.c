#include "core/group/group_dense.h"

#include <math.h>
#include <stdlib.h>

#include "core/group/group_kernel.h"
#include "core/group/group_rows.h"
#include "core/similarity/neighbour.h"

/* No sum of weights to a group is beyond this, so that a move's gain (four sums and two weights) fits 32
 * bits. */
static const double SUM_MOST = 1 << 27;

static double edge_similarity(const struct neighbour_graph *edges, uint32_t a, uint32_t b)
{
    size_t low = edges->start[a], high = edges->start[a + 1];
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (edges->row[middle] < b)
            low = middle + 1;
        else
            high = middle;
    }
    return low < edges->start[a + 1] && edges->row[low] == b ? (double)edges->similarity[low] : 0;
}

double group_similarity(const struct group_problem *p, uint32_t a, uint32_t b)
{
    if (p->matrix)
        return p->matrix[(size_t)a * p->n + b];
    if (p->profiles)
        return profiles_similarity(p->profiles, p->rows[a], p->rows[b]);
    return edge_similarity(p->edges, a, b);
}

static bool is_whole(double x)
{
    return fabs(x - nearbyint(x)) < 1e-6;
}

/* The greatest power of two that is at most x; exact, unlike logarithms. */
static double power_of_two(double x)
{
    int exponent;
    frexp(x, &exponent);
    return ldexp(1, exponent - 1);
}

/* A power of ten that makes every weight whole, if the room allows; else as many binary digits as there is
 * room. */
static int choose_scale(const struct group_problem *p, double room, double *scale, struct err *e)
{
    double mixed = group_limits_mix_most(p->limits), largest = 0, decimal = 1;
    if (p->profiles) { /* cosines */
        *scale = power_of_two(room / (1 + mixed));
        return ERR_OK;
    }
    for (size_t k = 0; p->limits && k < p->limits->n_attributes; k++)
        while (decimal < 1e9 && !is_whole(p->limits->attributes[k].mix * decimal))
            decimal *= 10;
    for (uint32_t a = 0; a < p->n; a++) {
        size_t low = p->edges ? p->edges->start[a] : 0, high = p->edges ? p->edges->start[a + 1] : p->n;
        for (size_t b = low; b < high; b++) {
            double w = p->edges ? (double)p->edges->similarity[b]
                       : b == a ? 0
                                : p->matrix[(size_t)a * p->n + b];
            if (!isfinite(w))
                return err_set(e, ERR_INVALID, "a similarity of element %u is not a finite number", a);
            largest = fabs(w) > largest ? fabs(w) : largest;
            while (decimal < 1e9 && !is_whole(w * decimal))
                decimal *= 10;
        }
    }
    largest += mixed;
    if (largest == 0)
        *scale = 1;
    else if (largest * decimal <= room)
        *scale = decimal;
    else
        *scale = power_of_two(room / largest);
    return ERR_OK;
}

static uint32_t greatest_unit(const struct group_units *u)
{
    uint32_t greatest = 1;
    for (uint32_t k = 0; k < u->count; k++)
        greatest = group_unit_size(u, k) > greatest ? group_unit_size(u, k) : greatest;
    return greatest;
}

static uint32_t greatest_group(const struct group_problem *p, const struct group_units *u)
{
    uint32_t greatest = 1;
    for (uint32_t g = 0; g < p->n_groups; g++)
        greatest = p->max_size[g] > greatest ? p->max_size[g] : greatest;
    return greatest < u->places ? greatest : (uint32_t)u->places;
}

static int fill_weights(const struct group_problem *p, const struct group_units *u, struct group_dense *m,
                        struct err *e)
{
    struct group_rows rows;
    int rc = group_rows_open(&rows, p, e);
    if (rc)
        return rc;
    double *similar = malloc(((size_t)p->n + 1) * sizeof *similar);
    if (!similar)
        rc = err_memory(e, "the similarities of all pairs");
    for (uint32_t a = 0; a < p->n && !rc; a++) {
        uint32_t unit_a = u->unit_of[a];
        if (unit_a == GROUP_NONE)
            continue;
        int32_t *weight = m->weight + (size_t)unit_a * m->stride;
        group_rows_of(&rows, a, similar);
        for (uint32_t b = 0; b < p->n; b++) {
            int32_t w = (int32_t)nearbyint(similar[b] * m->scale);
            if (u->unit_of[b] == GROUP_NONE)
                continue;
            if (u->unit_of[b] != unit_a)
                weight[u->unit_of[b]] += w;
            else if (b > a)
                m->inner[unit_a] += w;
        }
    }
    free(similar);
    group_rows_close(&rows);
    return rc;
}

static void fill_coefficients(const struct group_problem *p, struct group_dense *m, uint32_t greatest)
{
    for (uint32_t size = 0; size <= greatest; size++) {
        if (p->objective == OBJECTIVE_SUM)
            m->coefficient[size] = 1;
        else
            m->coefficient[size] = size < 2 ? 0 : 1.0 / (size - 1);
    }
}

/* The group where most of a unit's elements were; the lowest of equals. */
static uint32_t home_of(const struct group_problem *p, const struct group_units *u, uint32_t unit,
                        uint32_t *members)
{
    uint32_t best = GROUP_NONE;
    *members = 0;
    for (uint32_t i = u->start[unit]; i < u->start[unit + 1]; i++) {
        uint32_t g = p->previous[u->element[i]], same = 0;
        for (uint32_t j = u->start[unit]; j < u->start[unit + 1]; j++)
            same += p->previous[u->element[j]] == g;
        if (g < p->n_groups && (same > *members || (same == *members && g < best))) {
            best = g;
            *members = same;
        }
    }
    return best;
}

/* The mean weight of an element to the others of its previous group: the yardstick for the price of moving.
 */
static double mean_sum_at_home(const struct group_dense *m)
{
    double total = 0;
    uint32_t settled = 0;
    for (uint32_t a = 0; a < m->units; a++) {
        settled += m->home[a] != GROUP_NONE;
        for (uint32_t b = 0; b < m->units; b++)
            if (m->home[a] != GROUP_NONE && m->home[a] == m->home[b])
                total += group_weight(m, a, b);
    }
    return settled > 0 && total > 0 ? total / settled : 0;
}

static void find_homes(const struct group_problem *p, const struct group_units *u, struct group_dense *m)
{
    for (uint32_t k = 0; k < m->units; k++) {
        uint32_t members = 0;
        m->home[k] = p->previous && p->stability > 0 ? home_of(p, u, k, &members) : GROUP_NONE;
        m->bonus[k] = (int32_t)members;
    }
}

void group_dense_price(const struct group_problem *p, struct group_dense *m, double mean_at_home)
{
    if (!p->previous || p->stability <= 0)
        return;
    double price = p->stability < 1 ? group_moving_price(p->stability) * mean_at_home : SUM_MOST;
    m->price = price / m->scale;
    for (uint32_t k = 0; k < m->units; k++) {
        double bonus = price * m->bonus[k];
        m->bonus[k] = (int32_t)nearbyint(bonus < SUM_MOST ? bonus : SUM_MOST);
    }
}

static int allocate(const struct group_units *u, uint32_t greatest, struct group_dense *m, struct err *e)
{
    size_t rows = (size_t)m->units + 1;
    m->inner = calloc(rows, sizeof *m->inner);
    m->size = calloc(rows, sizeof *m->size);
    m->home = calloc(rows, sizeof *m->home);
    m->bonus = calloc(rows, sizeof *m->bonus);
    m->coefficient = calloc((size_t)greatest + 2, sizeof *m->coefficient);
    if (!m->inner || !m->size || !m->home || !m->bonus || !m->coefficient)
        return err_memory(e, "the elements to group");
    m->single = u->count == u->n;
    for (uint32_t k = 0; k < m->units; k++)
        m->size[k] = group_unit_size(u, k);
    return ERR_OK;
}

int group_dense_outline(const struct group_problem *p, const struct group_units *units,
                        struct group_dense *out, struct err *e)
{
    *out = (struct group_dense){.units = units->count,
                                .groups = p->n_groups,
                                .stride = (units->count + GROUP_LANES_MOST - 1) / GROUP_LANES_MOST *
                                          GROUP_LANES_MOST,
                                .min_size = p->min_size,
                                .max_size = p->max_size,
                                .objective = p->objective,
                                .rules = units};
    /* In the middle of an exchange a group holds a unit more than its greatest size. */
    uint32_t greatest = greatest_group(p, units) + greatest_unit(units);
    greatest = greatest < units->places ? greatest : (uint32_t)units->places;
    double room = SUM_MOST / ((double)greatest * greatest_unit(units));
    int rc = allocate(units, greatest, out, e);
    rc = rc ? rc : choose_scale(p, room, &out->scale, e);
    if (rc) {
        group_dense_free(out);
        return rc;
    }
    fill_coefficients(p, out, greatest);
    find_homes(p, units, out);
    return ERR_OK;
}

int group_dense_build(const struct group_problem *p, const struct group_units *units, struct group_dense *out,
                      struct err *e)
{
    int rc = group_dense_outline(p, units, out, e);
    if (rc)
        return rc;
    out->weight = calloc(((size_t)out->units + 1) * out->stride, sizeof *out->weight);
    rc = out->weight ? fill_weights(p, units, out, e) : err_memory(e, "the similarities of all pairs");
    if (rc) {
        group_dense_free(out);
        return rc;
    }
    if (p->previous && p->stability > 0)
        group_dense_price(p, out, mean_sum_at_home(out));
    return ERR_OK;
}

void group_dense_free(struct group_dense *m)
{
    free(m->weight);
    free(m->inner);
    free(m->size);
    free(m->home);
    free(m->bonus);
    free(m->coefficient);
    *m = (struct group_dense){0};
}
