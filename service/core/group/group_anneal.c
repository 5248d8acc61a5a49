#include "core/group/group_anneal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group_math.h"
#include "core/group/group_resize.h"

enum { NOISE = 2048, BLOCK = 64, SAMPLES = 512 };
static const int32_t NEVER = -(1 << 30);
static const float NEVER_VALUE = -1e30f;

/* A value that is a sum of floats' worth of rounding: gains below are none. */
static double least_gain(const struct group_anneal *a)
{
    const struct group_dense *m = a->s->m;
    return m->objective == OBJECTIVE_SUM ? 0 : 1e-9 * (1 + fabs(a->walk.value)) / (1 + (double)m->units);
}

/* Thresholds are read from anywhere in NOISE on, by unit or by group. */
static uint32_t noise_length(const struct group_dense *m)
{
    uint32_t slots = m->groups + GROUP_LANES_MOST;
    return NOISE + (m->stride > slots ? m->stride : slots);
}

static void heat(struct group_walk *w, double temperature)
{
    struct group_anneal *a = (struct group_anneal *)w;
    const struct group_dense *m = a->s->m;
    uint32_t length = noise_length(m);
    float t = (float)temperature;
    a->temperature = temperature;
    a->walk.value = group_state_value(a->s); /* afresh: no drift */
    if (m->objective == OBJECTIVE_SUM) {
        for (uint32_t i = 0; i < length; i++) {
            float threshold = a->noise[i] * t;
            a->threshold[i] = threshold > -0x1p29f ? (int32_t)threshold : -(1 << 29);
        }
    } else {
        for (uint32_t i = 0; i < length; i++)
            a->threshold_value[i] = a->noise[i] * t;
    }
}

void group_anneal_mark(struct group_anneal *a)
{
    a->walk.value = group_state_value(a->s);
    a->walk.best_value = a->walk.value;
    memcpy(a->best, a->s->group, a->s->m->units * sizeof *a->best);
}

void group_anneal_return(struct group_anneal *a)
{
    group_state_set(a->s, a->best);
    a->walk.value = group_state_value(a->s);
    a->walk.best_value = a->walk.value;
}

static void note_move(struct group_anneal *a, double gain)
{
    const struct group_dense *m = a->s->m;
    group_walk_count(&a->walk, gain, a->temperature);
    a->walk.effort += 1 + m->stride / BLOCK;
    if (a->walk.value > a->walk.best_value + least_gain(a)) {
        a->walk.best_value = a->walk.value;
        memcpy(a->best, a->s->group, m->units * sizeof *a->best);
    }
}

static double threshold_of(const struct group_anneal *a, uint32_t at)
{
    if (a->s->m->objective == OBJECTIVE_SUM)
        return a->threshold[at];
    return a->temperature > 0 ? a->threshold_value[at] : least_gain(a);
}

/* The unit's weights to every group, as the scan wants them. Locals: what is stored might otherwise be any of
 * what is read. */
static void look_around(struct group_anneal *a, uint32_t unit, uint32_t g)
{
    const struct group_state *s = a->s;
    const struct group_dense *m = s->m;
    const int32_t *sum = s->sum + unit;
    uint32_t groups = m->groups, stride = m->stride;
    if (m->objective == OBJECTIVE_SUM) {
        int32_t *there = a->there, base = s->own[unit];
        for (uint32_t h = 0; h < groups; h++, sum += stride)
            there[h] = *sum - base;
        there[g] = there[groups] = NEVER;
    } else {
        float *there = a->there_value, *draw = a->there_draw;
        const double *coefficient = m->coefficient;
        const float *draw_factor = s->draw_factor, *draw_base = s->draw_base;
        const uint32_t *load = s->load;
        for (uint32_t h = 0; h < groups; h++, sum += stride) {
            there[h] = (float)coefficient[load[h]] * (float)*sum;
            draw[h] = draw_factor[h] * (float)*sum + draw_base[h];
        }
        draw[g] = NEVER_VALUE;
        there[g] = there[groups] = NEVER_VALUE;
    }
}

/* What the scan needs to know of a unit of group g, `at` being the threshold of unit 0. */
static void aim_scan(struct group_anneal *a, uint32_t unit, uint32_t g, uint32_t at)
{
    const struct group_state *s = a->s;
    const struct group_dense *m = s->m;
    struct group_scan *q = &a->scan;
    q->weight = m->weight + (size_t)unit * m->stride;
    q->sum = s->sum + (size_t)g * m->stride;
    q->threshold = a->threshold + at;
    if (m->objective == OBJECTIVE_SUM)
        return;
    q->threshold_value = a->threshold_value + at;
    q->coefficient_here = (float)m->coefficient[s->load[g]];
    q->base = (float)s->own[unit];
}

/* Whether some group with room draws the unit enough; most visits end here. For the mean only a unit of one
 * element is looked at this way. */
static bool any_insert(struct group_anneal *a, uint32_t unit, uint32_t g, uint32_t at)
{
    const struct group_state *s = a->s;
    const struct group_dense *m = s->m;
    if (m->objective == OBJECTIVE_SUM) {
        a->room.threshold = a->threshold + at;
        a->room.size = m->size[unit];
        return group_scan_room(&a->room) < a->room.count;
    }
    if (m->size[unit] > 1)
        return true;
    if (!(a->temperature > 0)) /* a descent misses no gain, however small */
        return true;
    double leaving = (double)(s->inside[g] - s->own[unit]) * m->coefficient[s->load[g] - 1] -
                     (double)s->inside[g] * m->coefficient[s->load[g]];
    uint32_t slots = a->room.count;
    return group_scan_draw(a->there_draw, a->threshold_value + at, (float)-leaving, slots) < slots;
}

static bool visit_inserts(struct group_anneal *a, uint32_t unit, uint32_t g, uint32_t at, uint32_t first)
{
    struct group_state *s = a->s;
    const struct group_dense *m = s->m;
    if (s->load[g] < m->min_size[g] + m->size[unit])
        return false;
    a->walk.effort += m->groups / BLOCK;
    if (!any_insert(a, unit, g, at))
        return false;
    for (uint32_t k = 0; k < m->groups; k++) {
        uint32_t h = first + k < m->groups ? first + k : first + k - m->groups;
        if (h == g || s->load[h] + m->size[unit] > m->max_size[h])
            continue;
        double gain = m->objective == OBJECTIVE_SUM ? a->there[h] : group_insert_gain(s, unit, h);
        if (!(gain > threshold_of(a, at + h)) || !group_may_insert(s, unit, h) ||
            !group_insert_keeps_limits(s, unit, h))
            continue;
        group_state_insert(s, unit, h);
        note_move(a, gain);
        return true;
    }
    return false;
}

/* A candidate of the scan, looked at with every care. */
static bool swap_if_allowed(struct group_anneal *a, uint32_t unit, uint32_t other, uint32_t at)
{
    struct group_state *s = a->s;
    if (!group_may_swap(s, unit, other))
        return false;
    double gain = group_swap_gain(s, unit, other);
    if (!(gain > threshold_of(a, at)) || !group_swap_keeps_limits(s, unit, other))
        return false;
    group_state_swap(s, unit, other);
    note_move(a, gain);
    return true;
}

/* From `from` up to `to`. */
static bool scan_swaps(struct group_anneal *a, uint32_t unit, uint32_t from, uint32_t to, uint32_t at)
{
    const struct group_dense *m = a->s->m;
    for (uint32_t start = from; start < to;) {
        uint32_t v = m->objective == OBJECTIVE_SUM ? group_scan_sum(&a->scan, start, to)
                                                   : group_scan_mean(&a->scan, start, to);
        a->walk.looks += (v - start) * a->look;
        a->walk.effort += (v - start) / BLOCK;
        if (v == to)
            return false;
        if (swap_if_allowed(a, unit, v, at + v))
            return true;
        /* Refused by a rule. The rest of its block one by one, then on. */
        start = v / GROUP_LANES_MOST * GROUP_LANES_MOST + GROUP_LANES_MOST;
        for (uint32_t other = v + 1; other < start && other < m->units; other++)
            if (swap_if_allowed(a, unit, other, at + other))
                return true;
    }
    return false;
}

/* Units of group h, in random order, as many as have the unit's size together; how many, 0 when they do not
 * fit. */
static uint32_t pick_partners(struct group_anneal *a, uint32_t unit, uint32_t h)
{
    const struct group_state *s = a->s;
    const struct group_dense *m = s->m;
    uint32_t members = 0, picked = 0, wanted = m->size[unit];
    for (uint32_t k = 0; k < m->units; k++)
        if (s->group[k] == h && m->size[k] <= wanted && m->rules->fixed[k] == GROUP_NONE)
            a->picked[members++] = k;
    a->walk.effort += m->units / BLOCK;
    for (uint32_t i = 0; i < members && wanted > 0; i++) {
        uint32_t j = i + group_random_below(&a->random, members - i), k = a->picked[j];
        a->picked[j] = a->picked[i];
        if (m->size[k] > wanted)
            continue;
        a->picked[picked++] = k;
        wanted -= m->size[k];
    }
    return wanted == 0 ? picked : 0;
}

static bool foes_meet(const struct group_state *s, uint32_t unit)
{
    const struct group_units *rules = s->m->rules;
    for (uint32_t i = rules->foe_start[unit]; i < rules->foe_start[unit + 1]; i++)
        if (s->group[rules->foe[i]] == s->group[unit])
            return true;
    return false;
}

/* A unit of several elements for several smaller ones: where sizes are tight, no single swap moves it. Done,
 * and undone when it breaks a rule or gains too little. */
static bool visit_exchange(struct group_anneal *a, uint32_t unit, uint32_t g, uint32_t at)
{
    struct group_state *s = a->s;
    uint32_t h = group_random_below(&a->random, s->m->groups);
    uint32_t picked = h == g ? 0 : pick_partners(a, unit, h);
    if (picked == 0)
        return false;
    double before = group_state_value(s);
    group_state_insert(s, unit, h);
    for (uint32_t i = 0; i < picked; i++)
        group_state_insert(s, a->picked[i], g);
    bool clash = foes_meet(s, unit);
    for (uint32_t i = 0; i < picked && !clash; i++)
        clash = foes_meet(s, a->picked[i]);
    clash = clash || !group_crew_keeps_limits(s->m->rules, &s->members, g) ||
            !group_crew_keeps_limits(s->m->rules, &s->members, h);
    double gain = group_state_value(s) - before;
    if (!clash && gain > threshold_of(a, at)) {
        note_move(a, gain);
        return true;
    }
    for (uint32_t i = 0; i < picked; i++)
        group_state_insert(s, a->picked[i], h);
    group_state_insert(s, unit, g);
    a->walk.effort += 2 * (picked + 1) * (1 + s->m->stride / BLOCK);
    return false;
}

static bool visit_pair(struct group_anneal *a, uint32_t unit, uint32_t at)
{
    double gain;
    a->walk.effort++;
    if (!group_anneal_move_pair(a, unit, threshold_of(a, at), &gain))
        return false;
    note_move(a, gain);
    return true;
}

static uint32_t next_unit(struct group_anneal *a)
{
    uint32_t unit = a->next;
    a->next = unit + 1 < a->s->m->units ? unit + 1 : 0;
    return unit;
}

static bool visit(struct group_walk *w)
{
    struct group_anneal *a = (struct group_anneal *)w;
    const struct group_dense *m = a->s->m;
    uint32_t unit = next_unit(a);
    a->walk.effort += 1 + m->groups / BLOCK;
    if (m->rules->fixed[unit] != GROUP_NONE)
        return false;
    uint32_t g = a->s->group[unit];
    uint64_t r = group_random_next(&a->random);
    uint32_t at = (uint32_t)r % NOISE, swap_at = (uint32_t)(r >> 11) % NOISE;
    uint32_t start = (uint32_t)(r >> 32) % (m->stride / GROUP_LANES_MOST) * GROUP_LANES_MOST;
    look_around(a, unit, g);
    if (visit_inserts(a, unit, g, at, start % m->groups))
        return true;
    aim_scan(a, unit, g, swap_at);
    if (scan_swaps(a, unit, start, m->stride, swap_at) || scan_swaps(a, unit, 0, start, swap_at))
        return true;
    if (m->rules->limiter.counts_alone && visit_pair(a, unit, at))
        return true;
    return m->size[unit] > 1 && visit_exchange(a, unit, g, at);
}

/* Mean absolute gain of random swaps and, where bounds allow any, of random inserts. */
static double hottest(struct group_walk *w)
{
    struct group_anneal *a = (struct group_anneal *)w;
    const struct group_state *s = a->s;
    double swaps = 0, inserts = 0;
    for (uint32_t i = 0; i < SAMPLES; i++) {
        uint32_t u = group_random_below(&a->random, s->m->units),
                 v = group_random_below(&a->random, s->m->units);
        if (group_may_swap(s, u, v) && group_swap_keeps_limits(s, u, v))
            swaps += fabs(group_swap_gain(s, u, v)) / SAMPLES;
        if (group_may_insert(s, u, s->group[v]) && group_insert_keeps_limits(s, u, s->group[v]))
            inserts += fabs(group_insert_gain(s, u, s->group[v])) / SAMPLES;
    }
    return swaps > inserts ? swaps : inserts;
}

static bool resize(struct group_walk *w)
{
    struct group_anneal *a = (struct group_anneal *)w;
    uint32_t moved = group_resize(a->s);
    a->walk.effort += moved * (1 + (uint64_t)a->s->m->units * a->s->m->groups / BLOCK);
    return moved > 0;
}

static void rewind_best(struct group_walk *w)
{
    struct group_anneal *a = (struct group_anneal *)w;
    group_state_set(a->s, a->best);
    a->walk.effort += (uint64_t)a->s->m->units * (1 + a->s->m->stride / BLOCK);
}

int group_anneal_init(struct group_anneal *a, struct group_state *s, uint64_t seed, struct err *e)
{
    const struct group_dense *m = s->m;
    *a = (struct group_anneal){.s = s};
    uint32_t length = noise_length(m);
    a->noise = malloc(length * sizeof *a->noise);
    a->threshold = malloc(length * sizeof *a->threshold);
    a->threshold_value = malloc(length * sizeof *a->threshold_value);
    a->there = calloc((size_t)m->groups + GROUP_TABLE_LEAST, sizeof *a->there);
    a->there_value = calloc((size_t)m->groups + GROUP_TABLE_LEAST, sizeof *a->there_value);
    a->there_draw = calloc((size_t)m->groups + GROUP_LANES_MOST, sizeof *a->there_draw);
    a->most = calloc((size_t)m->groups + GROUP_LANES_MOST, sizeof *a->most);
    a->picked = malloc(((size_t)m->units + 1) * sizeof *a->picked);
    a->best = malloc(((size_t)m->units + 1) * sizeof *a->best);
    if (!a->noise || !a->threshold || !a->threshold_value || !a->there || !a->there_value || !a->there_draw ||
        !a->most || !a->picked || !a->best) {
        group_anneal_free(a);
        return err_memory(e, "the search");
    }
    group_walk_noise(a->noise, NOISE);
    for (uint32_t i = NOISE; i < length; i++)
        a->noise[i] = a->noise[i - NOISE];
    group_anneal_restart(a, seed);
    a->walk.heat(&a->walk, 0);
    return ERR_OK;
}

static void restart_kernels(struct group_anneal *a)
{
    const struct group_state *s = a->s;
    const struct group_dense *m = s->m;
    uint32_t slots = (m->groups + GROUP_LANES_MOST - 1) / GROUP_LANES_MOST * GROUP_LANES_MOST;
    memcpy(a->most, m->max_size, m->groups * sizeof *a->most);
    for (uint32_t h = m->groups; h < m->groups + GROUP_LANES_MOST; h++) {
        a->there_draw[h] = NEVER_VALUE;
        a->most[h] = 0;
    }
    a->room = (struct group_room){.value = a->there, .load = s->load, .most = a->most, .count = slots};
    a->scan = (struct group_scan){.own = s->own,
                                  .group = s->group,
                                  .groups = m->groups,
                                  .there = a->there,
                                  .coefficient = s->factor,
                                  .there_value = a->there_value};
}

void group_anneal_restart(struct group_anneal *a, uint64_t seed)
{
    const struct group_dense *m = a->s->m;
    a->walk = (struct group_walk){.heat = heat,
                                  .visit = visit,
                                  .resize = resize,
                                  .rewind = rewind_best,
                                  .hottest = hottest,
                                  .units = m->units,
                                  .groups = m->groups,
                                  .melted = 4,
                                  .soft = 1,
                                  .frozen = 0.12,
                                  .visit_steps = 1 + (m->stride + m->groups) / (double)BLOCK};
    a->look = m->units > 0 ? 1.0 / m->units : 0;
    a->next = 0;
    restart_kernels(a);
    group_random_seed(&a->random, seed);
    group_anneal_mark(a);
}

void group_anneal_free(struct group_anneal *a)
{
    free(a->noise);
    free(a->threshold);
    free(a->threshold_value);
    free(a->there);
    free(a->there_value);
    free(a->there_draw);
    free(a->most);
    free(a->picked);
    free(a->best);
    *a = (struct group_anneal){0};
}
