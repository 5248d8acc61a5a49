#include <stdlib.h>
#include <string.h>

#include "core/group/group_dense.h"
#include "core/group/group_kernel.h"

int group_state_init(struct group_state *s, const struct group_dense *m, struct err *e)
{
    *s = (struct group_state){.m = m};
    s->group = malloc(((size_t)m->stride + 1) * sizeof *s->group);
    size_t padded = (size_t)m->groups + GROUP_LANES_MOST;
    s->load = calloc(padded, sizeof *s->load);
    s->draw_factor = calloc(padded, sizeof *s->draw_factor);
    s->draw_base = calloc(padded, sizeof *s->draw_base);
    s->inside = calloc((size_t)m->groups + 1, sizeof *s->inside);
    s->sum = malloc(((size_t)m->groups * m->stride + 1) * sizeof *s->sum);
    s->own = calloc((size_t)m->stride + 1, sizeof *s->own);
    s->factor = calloc((size_t)m->stride + 1, sizeof *s->factor);
    s->members.first = malloc(((size_t)m->groups + 1) * sizeof *s->members.first);
    s->members.after = malloc(((size_t)m->units + 1) * sizeof *s->members.after);
    s->members.prior = malloc(((size_t)m->units + 1) * sizeof *s->members.prior);
    if (!s->group || !s->load || !s->inside || !s->sum || !s->own || !s->factor || !s->draw_factor ||
        !s->draw_base || !s->members.first || !s->members.after || !s->members.prior) {
        group_state_free(s);
        return err_memory(e, "the state of the search");
    }
    group_state_clear(s);
    return ERR_OK;
}

void group_state_free(struct group_state *s)
{
    free(s->group);
    free(s->load);
    free(s->inside);
    free(s->sum);
    free(s->own);
    free(s->factor);
    free(s->draw_factor);
    free(s->draw_base);
    free(s->members.first);
    free(s->members.after);
    free(s->members.prior);
    *s = (struct group_state){0};
}

void group_state_clear(struct group_state *s)
{
    const struct group_dense *m = s->m;
    memset(s->load, 0, m->groups * sizeof *s->load);
    memset(s->inside, 0, m->groups * sizeof *s->inside);
    memset(s->sum, 0, (size_t)m->groups * m->stride * sizeof *s->sum);
    for (uint32_t k = 0; k < m->stride; k++)
        s->group[k] = k < m->units ? GROUP_NONE : m->groups;
    for (uint32_t g = 0; g < m->groups; g++)
        s->members.first[g] = GROUP_NONE;
    for (uint32_t k = 0; k < m->units; k++)
        if (m->home[k] != GROUP_NONE)
            s->sum[(size_t)m->home[k] * m->stride + k] = m->bonus[k];
}

static void settle_draw(struct group_state *s, uint32_t g)
{
    const struct group_dense *m = s->m;
    bool room = s->load[g] < m->max_size[g];
    double now = m->coefficient[s->load[g]], then = room ? m->coefficient[s->load[g] + 1] : 0;
    s->draw_factor[g] = (float)then;
    s->draw_base[g] = room ? (float)((then - now) * (double)s->inside[g]) : -1e30F;
}

void group_state_settle(struct group_state *s)
{
    for (uint32_t g = 0; g < s->m->groups; g++)
        settle_draw(s, g);
    for (uint32_t k = 0; k < s->m->units; k++) {
        s->own[k] = group_sum(s, s->group[k], k);
        s->factor[k] = (float)s->m->coefficient[s->load[s->group[k]]];
    }
}

void group_state_set(struct group_state *s, const uint32_t *group)
{
    group_state_clear(s);
    for (uint32_t k = 0; k < s->m->units; k++)
        group_state_place(s, k, group[k]);
    group_state_settle(s);
}

double group_state_value(const struct group_state *s)
{
    double value = 0;
    for (uint32_t g = 0; g < s->m->groups; g++)
        value += s->m->coefficient[s->load[g]] * (double)s->inside[g];
    return value;
}

/* The unit is in a group already, or in none. */
static void enlist(struct group_state *s, uint32_t unit, uint32_t g)
{
    if (!s->m->rules->limiter.restricts)
        return;
    if (s->group[unit] != GROUP_NONE)
        group_lists_remove(&s->members, unit, s->group[unit]);
    group_lists_add(&s->members, unit, g);
}

void group_state_place(struct group_state *s, uint32_t unit, uint32_t g)
{
    const struct group_dense *m = s->m;
    int32_t *sum = s->sum + (size_t)g * m->stride;
    s->inside[g] += m->inner[unit] + sum[unit];
    s->load[g] += m->size[unit];
    enlist(s, unit, g);
    s->group[unit] = g;
    group_add_row(sum, m->weight + (size_t)unit * m->stride, m->stride);
}

/* `out` has gone from g to h, and `in` (or GROUP_NONE) from h to g. */
static void carry(struct group_state *s, uint32_t out, uint32_t in, uint32_t g, uint32_t h)
{
    const struct group_dense *m = s->m;
    struct group_shift shift = {.sum_g = s->sum + (size_t)g * m->stride,
                                .sum_h = s->sum + (size_t)h * m->stride,
                                .own = s->own,
                                .out = m->weight + (size_t)out * m->stride,
                                .in = in == GROUP_NONE ? NULL : m->weight + (size_t)in * m->stride,
                                .group = s->group,
                                .g = g,
                                .h = h,
                                .count = m->stride};
    group_shift_sums(&shift);
    if (m->objective == OBJECTIVE_SUM)
        return;
    settle_draw(s, g);
    settle_draw(s, h);
    float factor_g = (float)m->coefficient[s->load[g]], factor_h = (float)m->coefficient[s->load[h]];
    if (in != GROUP_NONE && m->size[in] == m->size[out]) {
        s->factor[out] = factor_h;
        s->factor[in] = factor_g;
        return;
    }
    for (uint32_t k = 0; k < m->units; k++)
        s->factor[k] = s->group[k] == g ? factor_g : s->group[k] == h ? factor_h : s->factor[k];
}

void group_state_insert(struct group_state *s, uint32_t unit, uint32_t h)
{
    const struct group_dense *m = s->m;
    uint32_t g = s->group[unit];
    s->inside[g] -= m->inner[unit] + group_sum(s, g, unit);
    s->inside[h] += m->inner[unit] + group_sum(s, h, unit);
    s->load[g] -= m->size[unit];
    s->load[h] += m->size[unit];
    enlist(s, unit, h);
    s->group[unit] = h;
    carry(s, unit, GROUP_NONE, g, h);
}

void group_state_swap(struct group_state *s, uint32_t a, uint32_t b)
{
    const struct group_dense *m = s->m;
    uint32_t g = s->group[a], h = s->group[b];
    int64_t between = group_weight(m, a, b), inner = m->inner[b] - m->inner[a];
    s->inside[g] += inner + group_sum(s, g, b) - group_sum(s, g, a) - between;
    s->inside[h] += -inner + group_sum(s, h, a) - group_sum(s, h, b) - between;
    s->load[g] += m->size[b] - m->size[a];
    s->load[h] += m->size[a] - m->size[b];
    enlist(s, a, h);
    enlist(s, b, g);
    s->group[a] = h;
    s->group[b] = g;
    carry(s, a, b, g, h);
}

double group_insert_gain(const struct group_state *s, uint32_t unit, uint32_t g)
{
    const struct group_dense *m = s->m;
    uint32_t from = s->group[unit], size = m->size[unit];
    double inside_from = (double)s->inside[from], inside_to = (double)s->inside[g];
    double after_from = (double)(s->inside[from] - m->inner[unit] - group_sum(s, from, unit));
    double after_to = (double)(s->inside[g] + m->inner[unit] + group_sum(s, g, unit));
    return m->coefficient[s->load[from] - size] * after_from - m->coefficient[s->load[from]] * inside_from +
           m->coefficient[s->load[g] + size] * after_to - m->coefficient[s->load[g]] * inside_to;
}

double group_swap_gain(const struct group_state *s, uint32_t a, uint32_t b)
{
    const struct group_dense *m = s->m;
    uint32_t g = s->group[a], h = s->group[b];
    int32_t between = group_weight(m, a, b);
    int64_t inner = m->inner[b] - m->inner[a];
    int64_t more_g = inner + group_sum(s, g, b) - group_sum(s, g, a) - between;
    int64_t more_h = -inner + group_sum(s, h, a) - group_sum(s, h, b) - between;
    if (m->size[a] == m->size[b])
        return m->coefficient[s->load[g]] * (double)more_g + m->coefficient[s->load[h]] * (double)more_h;
    uint32_t load_g = s->load[g] + m->size[b] - m->size[a], load_h = s->load[h] + m->size[a] - m->size[b];
    return m->coefficient[load_g] * (double)(s->inside[g] + more_g) -
           m->coefficient[s->load[g]] * (double)s->inside[g] +
           m->coefficient[load_h] * (double)(s->inside[h] + more_h) -
           m->coefficient[s->load[h]] * (double)s->inside[h];
}

/* `except` is on its way out of the group. */
static bool meets_foe(const struct group_state *s, uint32_t unit, uint32_t g, uint32_t except)
{
    const struct group_units *rules = s->m->rules;
    for (uint32_t i = rules->foe_start[unit]; i < rules->foe_start[unit + 1]; i++)
        if (rules->foe[i] != except && s->group[rules->foe[i]] == g)
            return true;
    return false;
}

bool group_may_insert(const struct group_state *s, uint32_t unit, uint32_t g)
{
    const struct group_dense *m = s->m;
    uint32_t from = s->group[unit], size = m->size[unit];
    return from != g && s->load[from] >= m->min_size[from] + size && s->load[g] + size <= m->max_size[g] &&
           (!m->rules->ruled || (m->rules->fixed[unit] == GROUP_NONE && !meets_foe(s, unit, g, unit)));
}

bool group_may_swap(const struct group_state *s, uint32_t a, uint32_t b)
{
    const struct group_dense *m = s->m;
    uint32_t g = s->group[a], h = s->group[b];
    if (g == h)
        return false;
    if (!m->rules->ruled)
        return true;
    uint32_t load_g = s->load[g] + m->size[b] - m->size[a], load_h = s->load[h] + m->size[a] - m->size[b];
    return m->rules->fixed[a] == GROUP_NONE && m->rules->fixed[b] == GROUP_NONE && load_g >= m->min_size[g] &&
           load_g <= m->max_size[g] && load_h >= m->min_size[h] && load_h <= m->max_size[h] &&
           !meets_foe(s, a, h, b) && !meets_foe(s, b, g, a);
}

bool group_insert_keeps_limits(const struct group_state *s, uint32_t unit, uint32_t g)
{
    return group_crew_allows_move(s->m->rules, &s->members, unit, s->group[unit], GROUP_NONE, g);
}

bool group_swap_keeps_limits(const struct group_state *s, uint32_t a, uint32_t b)
{
    return group_crew_allows_move(s->m->rules, &s->members, a, s->group[a], b, s->group[b]);
}
