/* limits_world.h - random grouping problems with rules and limits of every kind, and what they demand said
 * once more and differently than the engine says it: distances by haversine, pairs one by one. Owner: the
 * test. */
#ifndef PEERNET_TESTS_LIMITS_WORLD_H
#define PEERNET_TESTS_LIMITS_WORLD_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group.h"
#include "core/group/group_random.h"

enum { W_MOST = 1400, W_RULES = 3, W_VALUES = 3, W_ATTRIBUTES = 2, W_COLUMNS = 8, W_PARTS = 10 };

/* All that can be in force, by bit: bounds always are; then rules, then limits by number. */
struct world {
    struct group_random random;
    uint32_t n, groups;
    double *matrix; /* n * n similarities, whichever source is used */
    uint32_t min_size[W_MOST], max_size[W_MOST], previous[W_MOST], weight[W_MOST];
    struct group_rule rules[W_RULES];
    uint32_t members[W_RULES][4];
    uint32_t value[W_ATTRIBUTES][W_MOST];
    struct group_attribute attributes[W_ATTRIBUTES];
    uint64_t mask[W_MOST];
    struct group_set set;
    double latitude[W_MOST], longitude[W_MOST];
    struct profiles profiles;
    uint32_t start[W_MOST + 1], column[W_MOST * W_COLUMNS], rows[W_MOST];
    float row_weight[W_MOST * W_COLUMNS];
    struct group_limits limits;
    struct group_problem problem;
};

static uint32_t pick(struct world *w, uint32_t below)
{
    return group_random_below(&w->random, below);
}

static void world_sources(struct world *w)
{
    bool profiles = pick(w, 2) == 0;
    for (uint32_t i = 0; i < w->n; i++) {
        double square = 0;
        w->start[i] = i * W_COLUMNS;
        w->rows[i] = i;
        for (uint32_t c = 0; c < W_COLUMNS; c++) {
            w->column[i * W_COLUMNS + c] = c;
            w->row_weight[i * W_COLUMNS + c] = (float)(pick(w, 3) == 0 ? 1 + pick(w, 9) : 0);
            square += (double)w->row_weight[i * W_COLUMNS + c] * (double)w->row_weight[i * W_COLUMNS + c];
        }
        for (uint32_t c = 0; c < W_COLUMNS && square > 0; c++)
            w->row_weight[i * W_COLUMNS + c] /= (float)sqrt(square);
    }
    w->start[w->n] = w->n * W_COLUMNS;
    w->profiles = (struct profiles){
        .n = w->n, .columns = W_COLUMNS, .start = w->start, .column = w->column, .weight = w->row_weight};
    for (uint32_t i = 0; i < w->n; i++)
        for (uint32_t j = 0; j <= i; j++) {
            double similarity = profiles ? profiles_cosine(&w->profiles, i, j)
                                         : (double)pick(w, 101) - (pick(w, 4) == 0 ? 40 : 0);
            w->matrix[i * w->n + j] = w->matrix[j * w->n + i] = i == j ? 0 : similarity;
        }
    w->problem.profiles = profiles ? &w->profiles : NULL;
    w->problem.rows = profiles ? w->rows : NULL;
    w->problem.matrix = profiles ? NULL : w->matrix;
}

static void world_rules(struct world *w, uint32_t count)
{
    static const char *const names[] = {"first rule", "second rule", "third rule"};
    for (uint32_t i = 0; i < w->n; i++)
        w->previous[i] = pick(w, 4) == 0 ? GROUP_NONE : pick(w, w->groups);
    for (uint32_t r = 0; r < count; r++) {
        uint32_t size = 2 + pick(w, 2);
        for (uint32_t k = 0; k < size; k++)
            w->members[r][k] = (pick(w, w->n / size + 1) * size + k) % w->n;
        w->rules[r] = (struct group_rule){(enum group_rule_type)pick(w, 3), w->members[r], size, names[r]};
    }
    w->problem.rules = w->rules;
    w->problem.n_rules = count;
    w->problem.previous = w->previous;
}

/* Each kind of limit is there in about a third of the worlds; `wide` ones are easier to meet. */
static void world_limits(struct world *w, bool wide)
{
    static const char *const names[] = {"first attribute", "second attribute"};
    uint32_t values = wide ? W_VALUES : 2;
    for (uint32_t k = 0; k < W_ATTRIBUTES; k++) {
        for (uint32_t i = 0; i < w->n; i++)
            w->value[k][i] = pick(w, 5) == 0 ? GROUP_NONE : pick(w, values);
        double mix = pick(w, 2) ? 0 : (pick(w, 21) - 10.0) * (w->problem.profiles ? 0.05 : 3);
        w->attributes[k] = (struct group_attribute){names[k], w->value[k], values, pick(w, 3) == 0, mix};
    }
    for (uint32_t i = 0; i < w->n; i++) {
        w->mask[i] = pick(w, 6) == 0 ? 0 : 1 + pick(w, wide ? 31 : 7);
        w->latitude[i] = pick(w, 8) == 0 ? NAN : 55 + 0.001 * pick(w, wide ? 6000 : 3000);
        w->longitude[i] = 12 + 0.001 * pick(w, wide ? 6000 : 3000);
        w->weight[i] = pick(w, 3) ? 1 : 1 + pick(w, 3);
    }
    w->set = (struct group_set){"common forms", w->mask, 1};
    w->limits = (struct group_limits){.attributes = w->attributes,
                                      .n_attributes = pick(w, W_ATTRIBUTES + 1),
                                      .sets = &w->set,
                                      .n_sets = pick(w, 3) == 0,
                                      .places = {.latitude = w->latitude,
                                                 .longitude = w->longitude,
                                                 .pair_name = "pair distance",
                                                 .centre_name = "centre distance"},
                                      .weight = pick(w, 3) ? NULL : w->weight};
    if (pick(w, 3) == 0)
        w->limits.places.pair_km = 100 + pick(w, wide ? 500 : 300);
    if (pick(w, 3) == 0)
        w->limits.places.centre_km = 60 + pick(w, wide ? 300 : 150);
    w->problem.limits = &w->limits;
}

static uint32_t world_weight(const struct world *w, uint32_t i)
{
    return w->limits.weight ? w->limits.weight[i] : 1;
}

static uint32_t world_parts(const struct world *w)
{
    return (uint32_t)w->problem.n_rules + (uint32_t)w->limits.n_attributes + (uint32_t)w->limits.n_sets + 2;
}

static bool world_rule_holds(const struct world *w, const struct group_rule *rule, const uint32_t *group)
{
    for (uint32_t i = 0; i < rule->n_members; i++) {
        uint32_t a = rule->members[i];
        if (group[a] == GROUP_NONE)
            return false;
        if (rule->type == RULE_KEEP && w->previous[a] < w->groups && group[a] != w->previous[a])
            return false;
        for (uint32_t j = 0; j < i && rule->type != RULE_KEEP; j++) {
            uint32_t b = rule->members[j];
            if (a != b && (group[a] == group[b]) != (rule->type == RULE_TOGETHER))
                return false;
        }
    }
    return true;
}

static bool world_nobody_alone(const struct world *w, const uint32_t *value, const uint32_t *group)
{
    for (uint32_t i = 0; i < w->n; i++) {
        bool company = value[i] == GROUP_NONE || group[i] == GROUP_NONE;
        for (uint32_t j = 0; j < w->n && !company; j++)
            company = j != i && group[j] == group[i] && value[j] == value[i];
        if (!company)
            return false;
    }
    return true;
}

static double world_km(double latitude, double longitude, double latitude2, double longitude2)
{
    double rad = acos(-1) / 180, a = sin((latitude2 - latitude) * rad / 2),
           b = sin((longitude2 - longitude) * rad / 2);
    double h = a * a + cos(latitude * rad) * cos(latitude2 * rad) * b * b;
    return 2 * 6371.0088 * asin(sqrt(h));
}

static bool world_pairs_hold(const struct world *w, const uint32_t *group, bool sets)
{
    for (uint32_t i = 0; i < w->n; i++)
        for (uint32_t j = 0; j < i; j++) {
            if (group[i] != group[j] || group[i] == GROUP_NONE)
                continue;
            if (sets && w->mask[i] != 0 && w->mask[j] != 0 && (w->mask[i] & w->mask[j]) == 0)
                return false;
            if (!sets && world_km(w->latitude[i], w->longitude[i], w->latitude[j], w->longitude[j]) >
                             w->limits.places.pair_km)
                return false;
        }
    return true;
}

static bool world_centre_holds(const struct world *w, const uint32_t *group, uint32_t g)
{
    double x = 0, y = 0, z = 0, rad = acos(-1) / 180;
    for (uint32_t i = 0; i < w->n; i++)
        if (group[i] == g && !isnan(w->latitude[i])) {
            x += cos(w->latitude[i] * rad) * cos(w->longitude[i] * rad);
            y += cos(w->latitude[i] * rad) * sin(w->longitude[i] * rad);
            z += sin(w->latitude[i] * rad);
        }
    double latitude = atan2(z, hypot(x, y)) / rad, longitude = atan2(y, x) / rad;
    for (uint32_t i = 0; i < w->n; i++)
        if (group[i] == g && !isnan(w->latitude[i]) &&
            world_km(w->latitude[i], w->longitude[i], latitude, longitude) >
                w->limits.places.centre_km + 1e-7)
            return false;
    return true;
}

/* Of the parts (rules, then limits) number k. */
static bool world_part_holds(const struct world *w, uint32_t k, const uint32_t *group)
{
    if (k < w->problem.n_rules)
        return world_rule_holds(w, &w->rules[k], group);
    k -= (uint32_t)w->problem.n_rules;
    if (k < w->limits.n_attributes)
        return !w->attributes[k].not_alone || world_nobody_alone(w, w->value[k], group);
    k -= (uint32_t)w->limits.n_attributes;
    if (k < w->limits.n_sets)
        return world_pairs_hold(w, group, true);
    if (k == w->limits.n_sets)
        return !(w->limits.places.pair_km > 0) || world_pairs_hold(w, group, false);
    for (uint32_t g = 0; g < w->groups && w->limits.places.centre_km > 0; g++)
        if (!world_centre_holds(w, group, g))
            return false;
    return true;
}

static bool world_bounds_hold(const struct world *w, const uint32_t *group)
{
    uint32_t size[W_MOST];
    memset(size, 0, w->groups * sizeof *size);
    for (uint32_t i = 0; i < w->n; i++)
        if (group[i] != GROUP_NONE)
            size[group[i]] += world_weight(w, i);
    uint32_t open = 0;
    for (uint32_t g = 0; g < w->groups; g++) {
        if (size[g] == 0 && w->limits.may_close)
            continue;
        open++;
        if (size[g] < w->min_size[g] || size[g] > w->max_size[g])
            return false;
    }
    return open > 0;
}

static bool world_has_room(const struct world *w)
{
    uint32_t places = 0, most = 0;
    for (uint32_t i = 0; i < w->n; i++)
        places += world_weight(w, i);
    for (uint32_t g = 0; g < w->groups; g++)
        most += w->max_size[g];
    return places <= most;
}

/* `parts`: which of them, as bits. */
static bool world_allows(const struct world *w, uint64_t parts, const uint32_t *group)
{
    for (uint32_t i = 0; i < w->n; i++)
        if (group[i] >= w->groups && !(group[i] == GROUP_NONE && w->limits.may_leave_out))
            return false;
    if (!world_bounds_hold(w, group))
        return false;
    for (uint32_t k = 0; k < world_parts(w); k++)
        if ((parts >> k & 1) && !world_part_holds(w, k, group))
            return false;
    return true;
}

/* With and without what mix adds. */
static double world_objective(const struct world *w, const uint32_t *group, bool mixed,
                              enum objective objective)
{
    double total = 0, places = 0;
    for (uint32_t g = 0; g < w->groups; g++) {
        double inside = 0, size = 0;
        for (uint32_t i = 0; i < w->n; i++) {
            size += group[i] == g ? world_weight(w, i) : 0;
            for (uint32_t j = 0; j < i; j++) {
                if (group[i] != g || group[j] != g)
                    continue;
                double similarity = w->matrix[i * w->n + j];
                for (size_t k = 0; mixed && k < w->limits.n_attributes; k++)
                    if (w->value[k][i] == w->value[k][j] && w->value[k][i] != GROUP_NONE)
                        similarity += w->attributes[k].mix;
                inside += similarity * world_weight(w, i) * world_weight(w, j);
            }
        }
        places += size;
        total += objective == OBJECTIVE_SUM ? inside : size > 1 ? 2 * inside / (size - 1) : 0;
    }
    return objective == OBJECTIVE_SUM ? total : places > 0 ? total / places : 0;
}

static void world_build(struct world *w, uint64_t seed, uint32_t n, uint32_t groups, uint32_t least,
                        uint32_t spread, bool wide)
{
    group_random_seed(&w->random, seed);
    w->n = n;
    w->groups = groups;
    free(w->matrix);
    w->matrix = malloc((size_t)n * n * sizeof *w->matrix);
    w->problem = (struct group_problem){.n = n,
                                        .n_groups = groups,
                                        .min_size = w->min_size,
                                        .max_size = w->max_size,
                                        .objective = pick(w, 2) ? OBJECTIVE_SUM : OBJECTIVE_MEAN,
                                        .seed = seed};
    for (uint32_t g = 0; g < groups; g++) {
        w->min_size[g] = least + pick(w, 2);
        w->max_size[g] = w->min_size[g] + spread + pick(w, 3);
    }
    world_sources(w);
    world_rules(w, pick(w, W_RULES + 1));
    world_limits(w, wide);
}

#endif
