#include "core/group/group_sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group_regions.h"
#include "core/group/group_sparse_build.h"

static size_t count_entries(const struct group_problem *p)
{
    size_t entries = p->limits ? p->n * p->limits->n_attributes : 0;
    for (uint32_t i = 0; i < p->n; i++)
        entries += p->profiles->start[p->rows[i] + 1] - p->profiles->start[p->rows[i]];
    return entries;
}

static int allocate(struct group_sparse *s, const struct group_problem *p, struct err *e)
{
    size_t units = (size_t)s->m.units + 1, entries = count_entries(p) + 1;
    s->start = calloc(units + 1, sizeof *s->start);
    s->column = malloc(entries * sizeof *s->column);
    s->weight = malloc(entries * sizeof *s->weight);
    s->square = malloc(units * sizeof *s->square);
    s->sign = malloc(((size_t)s->columns + 1) * sizeof *s->sign);
    s->group = malloc(units * sizeof *s->group);
    s->local = malloc(units * sizeof *s->local);
    bool all = s->start && s->column && s->weight && s->square && s->sign && s->group && s->local;
    return all ? ERR_OK : err_memory(e, "the rows of the sparse search");
}

/* Two equal columns become one. Few entries: by insertion. */
static uint32_t enter(struct group_sparse *s, uint32_t from, uint32_t end, uint32_t column, float weight)
{
    uint32_t at = end;
    while (at > from && s->column[at - 1] > column)
        at--;
    if (at > from && s->column[at - 1] == column) {
        s->weight[at - 1] += weight;
        return end;
    }
    memmove(s->column + at + 1, s->column + at, (end - at) * sizeof *s->column);
    memmove(s->weight + at + 1, s->weight + at, (end - at) * sizeof *s->weight);
    s->column[at] = column;
    s->weight[at] = weight;
    return end + 1;
}

/* Whether the attribute has columns: one for each value. */
static bool mixes(const struct group_attribute *t)
{
    return t->mix != 0;
}

static uint32_t count_columns(const struct group_problem *p)
{
    uint32_t columns = p->profiles->columns;
    for (size_t k = 0; p->limits && k < p->limits->n_attributes; k++)
        columns += mixes(&p->limits->attributes[k]) ? p->limits->attributes[k].n_values : 0;
    return columns;
}

static void fill_signs(struct group_sparse *s)
{
    const struct group_limits *limits = s->p->limits;
    uint32_t column = 0;
    for (; column < s->p->profiles->columns; column++)
        s->sign[column] = 1;
    for (size_t k = 0; limits && k < limits->n_attributes; k++)
        for (uint32_t v = 0; mixes(&limits->attributes[k]) && v < limits->attributes[k].n_values; v++)
            s->sign[column++] = limits->attributes[k].mix < 0 ? -1 : 1;
}

/* One element's part of a unit's row, times its weight. Returns the row's end; `squares` grows by what the
 * element would have in common with itself. */
static uint32_t fill_element(struct group_sparse *s, uint32_t element, uint32_t from, uint32_t end,
                             double *squares)
{
    const struct group_problem *p = s->p;
    const struct profiles *profiles = p->profiles;
    float times = (float)group_limits_weight(p->limits, element);
    uint32_t row = p->rows[element], column = profiles->columns;
    for (uint32_t k = profiles->start[row]; k < profiles->start[row + 1]; k++) {
        float weight = times * profiles->weight[k];
        end = enter(s, from, end, profiles->column[k], weight);
        *squares += (double)weight * (double)weight;
    }
    for (size_t k = 0; p->limits && k < p->limits->n_attributes; k++) {
        const struct group_attribute *t = &p->limits->attributes[k];
        if (mixes(t) && t->value[element] != GROUP_NONE) {
            float weight = times * (float)sqrt(fabs(t->mix));
            end = enter(s, from, end, column + t->value[element], weight);
            *squares += (double)s->sign[column] * (double)weight * (double)weight;
        }
        column += mixes(t) ? t->n_values : 0;
    }
    return end;
}

static double square_of(const struct group_sparse *s, uint32_t unit)
{
    double square = 0;
    for (uint32_t k = s->start[unit]; k < s->start[unit + 1]; k++)
        square += (double)s->sign[s->column[k]] * (double)s->weight[k] * (double)s->weight[k];
    return square;
}

/* A unit's row is the sum of its elements' rows; what they have in common is inside it. */
static void fill_row(struct group_sparse *s, uint32_t unit)
{
    const struct group_units *units = s->m.rules;
    uint32_t from = s->start[unit], end = from;
    double squares = 0;
    for (uint32_t i = units->start[unit]; i < units->start[unit + 1]; i++)
        end = fill_element(s, units->element[i], from, end, &squares);
    s->start[unit + 1] = end;
    if (units->start[unit + 1] - units->start[unit] > 1)
        s->m.inner[unit] = (int64_t)nearbyint((square_of(s, unit) - squares) / 2 * s->m.scale);
}

static int by_home(const void *a, const void *b, void *home_)
{
    const uint32_t *home = home_;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return home[x] != home[y] ? (home[x] > home[y]) - (home[x] < home[y]) : (x > y) - (x < y);
}

/* The mean, over units with a home, of similarities to the others of that home; scaled. */
static double mean_at_home(const struct group_sparse *s, uint32_t *order, float *sum)
{
    uint32_t settled = 0;
    double total = 0;
    for (uint32_t unit = 0; unit < s->m.units; unit++)
        if (s->m.home[unit] != GROUP_NONE)
            order[settled++] = unit;
    qsort_r(order, settled, sizeof *order, by_home, s->m.home);
    for (uint32_t from = 0, to; from < settled; from = to) {
        for (to = from; to < settled && s->m.home[order[to]] == s->m.home[order[from]]; to++)
            for (uint32_t k = s->start[order[to]]; k < s->start[order[to] + 1]; k++)
                sum[s->column[k]] += s->sign[s->column[k]] * s->weight[k];
        for (uint32_t i = from; i < to; i++)
            total += (double)group_sparse_dot(s, order[i], sum) - square_of(s, order[i]);
        for (uint32_t i = from; i < to; i++)
            for (uint32_t k = s->start[order[i]]; k < s->start[order[i] + 1]; k++)
                sum[s->column[k]] = 0;
    }
    return settled > 0 && total > 0 ? total / settled * s->m.scale : 0;
}

static int price(struct group_sparse *s, struct err *e)
{
    if (!s->p->previous || s->p->stability <= 0)
        return ERR_OK;
    float *sum = calloc((size_t)s->columns + 1, sizeof *sum);
    int rc = sum ? ERR_OK : err_memory(e, "the price of moving");
    if (!rc) /* local is not in use yet */
        group_dense_price(s->p, &s->m, mean_at_home(s, s->local, sum));
    free(sum);
    return rc;
}

int group_sparse_init(struct group_sparse *s, const struct group_problem *p, const struct group_units *units,
                      struct err *e)
{
    *s = (struct group_sparse){.p = p, .columns = count_columns(p)};
    int rc = group_dense_outline(p, units, &s->m, e);
    rc = rc ? rc : allocate(s, p, e);
    if (!rc)
        fill_signs(s);
    for (uint32_t unit = 0; unit < units->count && !rc; unit++) {
        fill_row(s, unit);
        s->square[unit] = (float)square_of(s, unit);
        s->group[unit] = GROUP_NONE;
    }
    rc = rc ? rc : price(s, e);
    if (rc)
        group_sparse_free(s);
    return rc;
}

void group_sparse_free(struct group_sparse *s)
{
    group_dense_free(&s->m);
    free(s->start);
    free(s->column);
    free(s->weight);
    free(s->square);
    free(s->sign);
    free(s->group);
    free(s->local);
    *s = (struct group_sparse){0};
}

int group_sparse_solve(const struct group_problem *p, const struct group_units *units, const uint32_t *placed,
                       uint32_t *group, struct group_result *result, struct err *e)
{
    struct group_sparse s;
    struct group_regions q;
    int rc = group_sparse_init(&s, p, units, e);
    if (rc)
        return rc;
    rc = group_regions_init(&q, p, &s, e);
    if (!rc) {
        rc = group_sparse_build(&s, &q.cut, q.wide, q.pool, placed, e);
        rc = rc ? rc : group_regions_search(&q, &result->effort, e);
        memcpy(group, s.group, units->count * sizeof *group);
        result->moves = q.moves;
        result->moving_price = s.m.price;
        group_regions_free(&q);
    }
    group_sparse_free(&s);
    return rc;
}
