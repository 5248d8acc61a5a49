#include <float.h>
#include <math.h>
#include <string.h>

#include "core/group_kernel.h"
#include "core/group_sparse.h"

/* Where limits are in force, many of the nearest groups may not take the unit. */
enum { NEAREST = 4, NEAREST_LIMITED = 12 };

struct nearest {
    int count;
    uint32_t group[NEAREST_LIMITED];
    float value[NEAREST_LIMITED];
};

/* A random threshold of the temperature: gains must be above it. */
static double threshold(struct group_sparse *s)
{
    double least = 1e-6 * (1 + fabs(s->walk.value)) / (1 + s->walk.units);
    if (s->temperature <= 0)
        return least;
    return s->temperature * (double)s->noise[s->at++ % GROUP_NOISE];
}

static bool meets_foe(const struct group_sparse *s, uint32_t unit, uint32_t g, uint32_t except)
{
    for (uint32_t i = s->rules->foe_start[unit]; i < s->rules->foe_start[unit + 1]; i++)
        if (s->rules->foe[i] != except && s->group[s->rules->foe[i]] == g)
            return true;
    return false;
}

static bool may_insert(const struct group_sparse *s, uint32_t unit, uint32_t g)
{
    uint32_t size = group_unit_size(s->rules, unit), from = s->group[unit];
    return s->load[from] >= s->p->min_size[from] + size && s->load[g] + size <= s->p->max_size[g] &&
           !meets_foe(s, unit, g, unit);
}

static bool keeps_limits(const struct group_sparse *s, uint32_t a, uint32_t b, uint32_t h)
{
    const struct group_lists members = {s->first, s->after, s->prior};
    return group_crew_allows_move(s->rules, &members, a, s->group[a], b, h);
}

static double insert_gain(const struct group_sparse *s, uint32_t unit, uint32_t g)
{
    uint32_t size = group_unit_size(s->rules, unit), from = s->group[unit];
    double leaves = (double)s->own[unit] + s->inner[unit], comes = (double)s->there[g] + s->inner[unit];
    return s->coefficient[s->load[from] - size] * (s->inside[from] - leaves) -
           s->coefficient[s->load[from]] * s->inside[from] +
           s->coefficient[s->load[g] + size] * (s->inside[g] + comes) -
           s->coefficient[s->load[g]] * s->inside[g];
}

static bool may_swap(const struct group_sparse *s, uint32_t a, uint32_t b)
{
    if (!s->rules->ruled)
        return true;
    uint32_t g = s->group[a], h = s->group[b];
    uint32_t size_a = group_unit_size(s->rules, a), size_b = group_unit_size(s->rules, b);
    uint32_t load_g = s->load[g] + size_b - size_a, load_h = s->load[h] + size_a - size_b;
    return s->rules->fixed[b] == GROUP_NONE && load_g >= s->p->min_size[g] && load_g <= s->p->max_size[g] &&
           load_h >= s->p->min_size[h] && load_h <= s->p->max_size[h] && !meets_foe(s, a, h, b) &&
           !meets_foe(s, b, g, a) && keeps_limits(s, a, b, h);
}

static float similarity(const struct group_sparse *s, uint32_t other)
{
    float dot = 0;
    for (uint32_t k = s->start[other]; k < s->start[other + 1]; k++)
        dot += s->weight[k] * s->expanded[s->column[k]];
    return dot;
}

/* `a` is the unit visited: its row is expanded and its similarities to all groups are known. What the two are
 * to each other only takes away from the gain, so it is left out where the rest is not above the threshold.
 */
static double swap_gain(const struct group_sparse *s, uint32_t a, uint32_t b, double threshold)
{
    uint32_t g = s->group[a], h = s->group[b];
    uint32_t size_a = group_unit_size(s->rules, a), size_b = group_unit_size(s->rules, b);
    double inner = s->inner[b] - s->inner[a];
    double more_g = inner + (double)group_sparse_towards(s, b, g) - (double)s->own[a];
    double more_h = -inner + (double)s->there[h] - (double)s->own[b];
    if (size_a == size_b) {
        double most = s->coefficient[s->load[g]] * more_g + s->coefficient[s->load[h]] * more_h;
        if (!(most > threshold) && !s->signs_differ)
            return most;
        return most - (s->coefficient[s->load[g]] + s->coefficient[s->load[h]]) * (double)similarity(s, b);
    }
    double between = (double)similarity(s, b);
    more_g -= between;
    more_h -= between;
    return s->coefficient[s->load[g] + size_b - size_a] * (s->inside[g] + more_g) -
           s->coefficient[s->load[g]] * s->inside[g] +
           s->coefficient[s->load[h] + size_a - size_b] * (s->inside[h] + more_h) -
           s->coefficient[s->load[h]] * s->inside[h];
}

static void enter(struct nearest *near, uint32_t h, float value)
{
    int at = near->count - 1;
    for (; at > 0 && near->value[at - 1] < value; at--) {
        near->value[at] = near->value[at - 1];
        near->group[at] = near->group[at - 1];
    }
    near->value[at] = value;
    near->group[at] = h;
}

/* The groups where the unit would gain most by itself, best first. */
static void find_nearest(const struct group_sparse *s, uint32_t g, struct nearest *near)
{
    near->count = s->rules->limiter.restricts ? NEAREST_LIMITED : NEAREST;
    for (int i = 0; i < near->count; i++) {
        near->group[i] = GROUP_NONE;
        near->value[i] = s->signs_differ ? -FLT_MAX : 0;
    }
    for (uint32_t h = 0; h < s->stride;) {
        uint32_t end = (h | 7) + 1;
        float above = near->value[near->count - 1];
        if (h % 8 == 0) { /* whole blocks at once up to a hit; then the rest of its block one by one */
            h = group_scan_products(s->there, s->factor, above, h, s->stride);
            end = h < s->stride ? (h | 7) + 1 : h;
        }
        for (; h < end; h++)
            if (h != g && h < s->walk.groups && s->there[h] * s->factor[h] > near->value[near->count - 1])
                enter(near, h, s->there[h] * s->factor[h]);
    }
}

static double value_of(const struct group_sparse *s, uint32_t g, uint32_t h)
{
    return s->coefficient[s->load[g]] * s->inside[g] + s->coefficient[s->load[h]] * s->inside[h];
}

/* Saves the best before a move that may lose it; a gain that rounding could turn into a loss counts as one.
 */
static void leave(struct group_sparse *s, double gain)
{
    if (gain <= 1e-6 * fabs(s->walk.value) / (1 + s->walk.units))
        group_sparse_save(s);
}

static void count_move(struct group_sparse *s, double gain)
{
    group_walk_count(&s->walk, gain, s->temperature);
    s->walk.effort++;
    if (s->walk.value > s->walk.best_value * (1 + 1e-9)) {
        s->walk.best_value = s->walk.value;
        s->at_best = true;
    }
}

static void note_move(struct group_sparse *s, uint32_t g, uint32_t h, double before)
{
    group_sparse_refresh(s, g);
    group_sparse_refresh(s, h);
    count_move(s, value_of(s, g, h) - before);
}

static bool try_insert(struct group_sparse *s, uint32_t unit, uint32_t h)
{
    uint32_t g = s->group[unit];
    if (!may_insert(s, unit, h) || !(insert_gain(s, unit, h) > threshold(s)) ||
        !keeps_limits(s, unit, GROUP_NONE, h))
        return false;
    double before = value_of(s, g, h);
    leave(s, insert_gain(s, unit, h));
    group_sparse_take(s, unit);
    group_sparse_put(s, unit, h);
    note_move(s, g, h, before);
    return true;
}

static bool try_swaps(struct group_sparse *s, uint32_t unit, uint32_t h)
{
    uint32_t g = s->group[unit];
    for (uint32_t other = s->first[h]; other != GROUP_NONE; other = s->after[other]) {
        double least = threshold(s), gain = swap_gain(s, unit, other, least);
        if (!(gain > least) || !may_swap(s, unit, other))
            continue;
        double before = value_of(s, g, h);
        leave(s, gain);
        group_sparse_take(s, unit);
        group_sparse_take(s, other);
        group_sparse_put(s, unit, h);
        group_sparse_put(s, other, g);
        note_move(s, g, h, before);
        return true;
    }
    return false;
}

static bool try_pair(struct group_sparse *s, uint32_t unit)
{
    double gain;
    s->walk.effort++;
    if (!group_sparse_move_pair(s, unit, threshold(s), &gain))
        return false;
    count_move(s, gain);
    return true;
}

static bool visit_unit(struct group_sparse *s, uint32_t unit)
{
    struct nearest near;
    group_sparse_look(s, unit);
    find_nearest(s, s->group[unit], &near);
    for (int i = 0; i < near.count && near.group[i] != GROUP_NONE; i++)
        if (try_insert(s, unit, near.group[i]) || try_swaps(s, unit, near.group[i]))
            return true;
    return s->rules->limiter.counts_alone && try_pair(s, unit);
}

static void expand(struct group_sparse *s, uint32_t unit, bool on)
{
    for (uint32_t k = s->start[unit]; k < s->start[unit + 1]; k++)
        s->expanded[s->column[k]] = on ? s->sign[s->column[k]] * s->weight[k] : 0;
}

static bool visit(struct group_walk *w)
{
    struct group_sparse *s = (struct group_sparse *)w;
    uint32_t unit = s->next;
    s->next = unit + 1 < w->units ? unit + 1 : 0;
    w->effort++;
    w->looks++;
    s->at = (uint32_t)group_random_next(&s->random) % GROUP_NOISE;
    if (s->rules->fixed[unit] != GROUP_NONE)
        return false;
    expand(s, unit, true);
    bool moved = visit_unit(s, unit);
    expand(s, unit, false);
    return moved;
}

static void heat(struct group_walk *w, double temperature)
{
    struct group_sparse *s = (struct group_sparse *)w;
    s->temperature = temperature;
    group_sparse_settle(s);
    w->value = group_sparse_value(s);
}

/* A tenth of what a unit has in its group, on average: moves are between near groups, so that little heat
 * melts. */
static double hottest(struct group_walk *w)
{
    return 0.2 * fabs(group_sparse_value((struct group_sparse *)w)) / (w->units + 1.0);
}

void group_sparse_walk(struct group_sparse *s)
{
    s->walk.heat = heat;
    s->walk.visit = visit;
    s->walk.hottest = hottest;
    s->walk.visit_steps = 1;
    s->walk.melted = 0.5;
    s->walk.soft = 0.2;
    s->walk.frozen = 0.01;
}
