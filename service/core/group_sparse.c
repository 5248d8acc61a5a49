#include "core/group_sparse.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group_kernel.h"

enum { LANES_MOST = 16 };

void group_sparse_put(struct group_sparse *s, uint32_t unit, uint32_t g)
{
    float *sums = s->by_group + (size_t)g * s->columns;
    for (uint32_t k = s->start[unit]; k < s->start[unit + 1]; k++) {
        sums[s->column[k]] += s->sign[s->column[k]] * s->weight[k];
        s->sums[(size_t)s->column[k] * s->stride + g] = sums[s->column[k]];
    }
    s->load[g] += group_unit_size(s->rules, unit);
    s->group[unit] = g;
    s->after[unit] = s->first[g];
    s->prior[unit] = GROUP_NONE;
    if (s->first[g] != GROUP_NONE)
        s->prior[s->first[g]] = unit;
    s->first[g] = unit;
    s->factor[g] = (float)s->coefficient[s->load[g]];
}

void group_sparse_take(struct group_sparse *s, uint32_t unit)
{
    uint32_t g = s->group[unit];
    float *sums = s->by_group + (size_t)g * s->columns;
    for (uint32_t k = s->start[unit]; k < s->start[unit + 1]; k++) {
        sums[s->column[k]] -= s->sign[s->column[k]] * s->weight[k];
        s->sums[(size_t)s->column[k] * s->stride + g] = sums[s->column[k]];
    }
    s->load[g] -= group_unit_size(s->rules, unit);
    s->group[unit] = GROUP_NONE;
    if (s->prior[unit] == GROUP_NONE)
        s->first[g] = s->after[unit];
    else
        s->after[s->prior[unit]] = s->after[unit];
    if (s->after[unit] != GROUP_NONE)
        s->prior[s->after[unit]] = s->prior[unit];
    s->factor[g] = (float)s->coefficient[s->load[g]];
}

float group_sparse_towards(const struct group_sparse *s, uint32_t unit, uint32_t g)
{
    const float *sums = s->by_group + (size_t)g * s->columns;
    float dot = 0;
    for (uint32_t k = s->start[unit]; k < s->start[unit + 1]; k++)
        dot += s->weight[k] * sums[s->column[k]];
    return s->home[unit] == g ? dot + s->bonus[unit] : dot;
}

void group_sparse_look(struct group_sparse *s, uint32_t unit)
{
    uint32_t start = s->start[unit];
    struct group_blend blend = {.rows = s->sums,
                                .weight = s->weight + start,
                                .column = s->column + start,
                                .out = s->there,
                                .n = s->start[unit + 1] - start,
                                .stride = s->stride,
                                .count = s->stride};
    group_blend_rows(&blend);
    if (s->home[unit] != GROUP_NONE)
        s->there[s->home[unit]] += s->bonus[unit];
}

void group_sparse_refresh(struct group_sparse *s, uint32_t g)
{
    double inside = 0;
    for (uint32_t unit = s->first[g]; unit != GROUP_NONE; unit = s->after[unit]) {
        double bonus = s->home[unit] == g ? (double)s->bonus[unit] : 0;
        s->own[unit] = group_sparse_towards(s, unit, g) - s->square[unit];
        inside += ((double)s->own[unit] - bonus) / 2 + bonus + s->inner[unit];
    }
    s->inside[g] = inside;
}

void group_sparse_settle(struct group_sparse *s)
{
    memset(s->sums, 0, (size_t)s->columns * s->stride * sizeof *s->sums);
    memset(s->by_group, 0, (size_t)s->columns * s->walk.groups * sizeof *s->by_group);
    memset(s->load, 0, s->walk.groups * sizeof *s->load);
    for (uint32_t g = 0; g < s->walk.groups; g++)
        s->first[g] = GROUP_NONE;
    for (uint32_t unit = s->walk.units; unit-- > 0;)
        group_sparse_put(s, unit, s->group[unit]);
    for (uint32_t g = 0; g < s->walk.groups; g++)
        group_sparse_refresh(s, g);
}

double group_sparse_value(const struct group_sparse *s)
{
    double value = 0;
    for (uint32_t g = 0; g < s->walk.groups; g++)
        value += s->coefficient[s->load[g]] * s->inside[g];
    return value;
}

void group_sparse_mark(struct group_sparse *s)
{
    s->walk.value = group_sparse_value(s);
    s->walk.best_value = s->walk.value;
    s->at_best = true;
}

void group_sparse_save(struct group_sparse *s)
{
    if (s->at_best)
        memcpy(s->best, s->group, s->walk.units * sizeof *s->best);
    s->at_best = false;
}

/* A swap is weighed before its sizes are looked at: a group may seem to hold a unit more than it may. */
static uint32_t greatest_size(const struct group_problem *p, const struct group_units *u)
{
    uint32_t greatest = 1, unit_most = 1;
    for (uint32_t g = 0; g < p->n_groups; g++)
        greatest = p->max_size[g] > greatest ? p->max_size[g] : greatest;
    for (uint32_t unit = 0; unit < u->count; unit++)
        unit_most = group_unit_size(u, unit) > unit_most ? group_unit_size(u, unit) : unit_most;
    return greatest < u->places ? greatest + unit_most : (uint32_t)u->places + unit_most;
}

static size_t count_entries(const struct group_problem *p)
{
    size_t entries = p->limits ? p->n * p->limits->n_attributes : 0;
    for (uint32_t i = 0; i < p->n; i++)
        entries += p->profiles->start[p->rows[i] + 1] - p->profiles->start[p->rows[i]];
    return entries;
}

static int allocate(struct group_sparse *s, const struct group_problem *p, struct err *e)
{
    size_t units = (size_t)s->walk.units + 1, groups = (size_t)s->stride + 1,
           greatest = greatest_size(p, s->rules);
    size_t entries = count_entries(p) + 1;
    s->start = calloc(units + 1, sizeof *s->start);
    s->column = malloc(entries * sizeof *s->column);
    s->weight = malloc(entries * sizeof *s->weight);
    s->sign = malloc(((size_t)s->columns + 1) * sizeof *s->sign);
    s->square = calloc(units, sizeof *s->square);
    s->inner = calloc(units, sizeof *s->inner);
    s->home = malloc(units * sizeof *s->home);
    s->bonus = calloc(units, sizeof *s->bonus);
    s->coefficient = calloc(greatest + 2, sizeof *s->coefficient);
    s->factor = calloc(groups, sizeof *s->factor);
    s->group = malloc(units * sizeof *s->group);
    s->load = calloc(groups, sizeof *s->load);
    s->inside = calloc(groups, sizeof *s->inside);
    s->own = calloc(units, sizeof *s->own);
    s->first = malloc(groups * sizeof *s->first);
    s->after = malloc(units * sizeof *s->after);
    s->prior = malloc(units * sizeof *s->prior);
    s->sums = calloc((size_t)s->columns * s->stride + 1, sizeof *s->sums);
    s->by_group = calloc((size_t)s->columns * s->walk.groups + 1, sizeof *s->by_group);
    s->noise = malloc(GROUP_NOISE * sizeof *s->noise);
    s->expanded = calloc((size_t)s->columns + 1, sizeof *s->expanded);
    s->there = calloc(groups, sizeof *s->there);
    s->best = malloc(units * sizeof *s->best);
    bool all = s->start && s->column && s->weight && s->sign && s->square && s->inner && s->home &&
               s->bonus && s->coefficient && s->factor && s->group && s->load && s->inside && s->own &&
               s->first && s->after && s->prior && s->sums && s->by_group && s->noise && s->expanded &&
               s->there && s->best;
    return all ? ERR_OK : err_memory(e, "the sparse search");
}

/* Adds to the row of a unit under construction, whose end moves on where the column is new. */
static void add_entry(struct group_sparse *s, uint32_t unit, uint32_t *end, uint32_t column, float weight)
{
    uint32_t at = s->start[unit];
    while (at < *end && s->column[at] != column)
        at++;
    if (at == *end) {
        s->column[at] = column;
        s->weight[at] = 0;
        ++*end;
    }
    s->weight[at] += weight;
}

/* A unit's row is the sum of its elements' rows, each times its weight; what they have in common is inside
 * it. */
static void fill_row(struct group_sparse *s, const struct group_problem *p, uint32_t unit)
{
    const struct profiles *profiles = p->profiles;
    uint32_t end = s->start[unit];
    double squares = 0;
    for (uint32_t i = s->rules->start[unit]; i < s->rules->start[unit + 1]; i++) {
        uint32_t element = s->rules->element[i], row = p->rows[element];
        float times = (float)group_limits_weight(p->limits, element);
        for (uint32_t k = profiles->start[row]; k < profiles->start[row + 1]; k++) {
            float weight = times * profiles->weight[k];
            add_entry(s, unit, &end, profiles->column[k], weight);
            squares += (double)weight * (double)weight;
        }
        uint32_t column = profiles->columns;
        for (size_t k = 0; p->limits && k < p->limits->n_attributes; k++) {
            const struct group_attribute *t = &p->limits->attributes[k];
            if (t->mix != 0 && t->value[element] != GROUP_NONE) {
                float weight = times * (float)sqrt(fabs(t->mix));
                add_entry(s, unit, &end, column + t->value[element], weight);
                squares += (double)s->sign[column] * (double)weight * (double)weight;
            }
            column += t->mix != 0 ? t->n_values : 0;
        }
    }
    double square = 0;
    for (uint32_t k = s->start[unit]; k < end; k++)
        square += (double)s->sign[s->column[k]] * (double)s->weight[k] * (double)s->weight[k];
    s->square[unit] = (float)square;
    s->inner[unit] = (square - squares) / 2;
    s->start[unit + 1] = end;
}

static uint32_t count_columns(const struct group_problem *p)
{
    uint32_t columns = p->profiles->columns;
    for (size_t k = 0; p->limits && k < p->limits->n_attributes; k++)
        columns += p->limits->attributes[k].mix != 0 ? p->limits->attributes[k].n_values : 0;
    return columns;
}

static void fill_signs(struct group_sparse *s, const struct group_problem *p)
{
    uint32_t column = 0;
    for (; column < p->profiles->columns; column++)
        s->sign[column] = 1;
    for (size_t k = 0; p->limits && k < p->limits->n_attributes; k++) {
        const struct group_attribute *t = &p->limits->attributes[k];
        for (uint32_t v = 0; t->mix != 0 && v < t->n_values; v++)
            s->sign[column++] = t->mix < 0 ? -1 : 1;
        s->signs_differ |= t->mix < 0;
    }
}

static void fill_coefficients(struct group_sparse *s, const struct group_problem *p)
{
    uint32_t greatest = greatest_size(p, s->rules);
    for (uint32_t size = 0; size <= greatest; size++)
        s->coefficient[size] = p->objective == OBJECTIVE_SUM ? 1 : size < 2 ? 0 : 1.0 / (size - 1);
}

int group_sparse_init(struct group_sparse *s, const struct group_problem *p, const struct group_units *units,
                      struct err *e)
{
    *s = (struct group_sparse){.p = p,
                               .rules = units,
                               .columns = count_columns(p),
                               .stride = (p->n_groups + LANES_MOST - 1) / LANES_MOST * LANES_MOST};
    s->walk.units = units->count;
    s->walk.groups = p->n_groups;
    int rc = allocate(s, p, e);
    if (rc) {
        group_sparse_free(s);
        return rc;
    }
    group_random_seed(&s->random, p->seed);
    group_walk_noise(s->noise, GROUP_NOISE);
    fill_signs(s, p);
    for (uint32_t unit = 0; unit < units->count; unit++) {
        fill_row(s, p, unit);
        s->home[unit] = s->group[unit] = GROUP_NONE;
    }
    for (uint32_t g = 0; g < p->n_groups; g++)
        s->first[g] = GROUP_NONE;
    fill_coefficients(s, p);
    group_sparse_walk(s);
    return ERR_OK;
}

void group_sparse_free(struct group_sparse *s)
{
    free(s->start);
    free(s->column);
    free(s->weight);
    free(s->sign);
    free(s->square);
    free(s->inner);
    free(s->home);
    free(s->bonus);
    free(s->coefficient);
    free(s->factor);
    free(s->group);
    free(s->load);
    free(s->inside);
    free(s->own);
    free(s->first);
    free(s->after);
    free(s->prior);
    free(s->sums);
    free(s->by_group);
    free(s->noise);
    free(s->expanded);
    free(s->there);
    free(s->best);
    *s = (struct group_sparse){0};
}

int group_sparse_solve(const struct group_problem *p, const struct group_units *units, const uint32_t *placed,
                       uint32_t *group, struct group_result *result, struct err *e)
{
    struct group_sparse s;
    int rc = group_sparse_init(&s, p, units, e);
    if (rc)
        return rc;
    rc = group_sparse_build(&s, placed, e);
    if (!rc) {
        group_sparse_mark(&s);
        bool again = group_walk_search(&s.walk, p, &result->effort);
        group_sparse_save(&s);
        memcpy(s.group, s.best, units->count * sizeof *s.best);
        if (again)
            group_walk_descend(&s.walk);
        memcpy(group, s.group, units->count * sizeof *group);
        result->moves = s.walk.moves;
        result->moving_price = s.price;
    }
    group_sparse_free(&s);
    return rc;
}
