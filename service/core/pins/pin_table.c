#include "core/pins/pin_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static uint32_t seats(const struct pin_table *t, uint32_t i)
{
    return limits_seats(&t->p->limits, i);
}

static void put(struct pin_table *t, uint32_t x, uint32_t g)
{
    t->member[(size_t)g * t->room + t->size[g]++] = x;
    t->taken[g] += seats(t, x);
    t->where[x] = g;
    t->pairs[g] = NAN;
    t->last.x = GROUP_NONE;
    t->n_placed++;
}

static void take_out(struct pin_table *t, uint32_t x)
{
    uint32_t g = t->where[x], k = 0;
    uint32_t *m = t->member + (size_t)g * t->room;
    while (m[k] != x)
        k++;
    memmove(m + k, m + k + 1, (--t->size[g] - k) * sizeof *m);
    t->taken[g] -= seats(t, x);
    t->where[x] = GROUP_NONE;
    t->pairs[g] = NAN;
    t->last.x = GROUP_NONE;
    t->n_placed--;
}

void pin_table_move(struct pin_table *t, uint32_t x, uint32_t to)
{
    if (t->where[x] != GROUP_NONE)
        take_out(t, x);
    put(t, x, to);
}

static void mark(struct pin_table *t)
{
    for (size_t r = 0; r < t->n_rules; r++) {
        const struct pin_rule *rule = &t->rules[r];
        for (uint32_t k = 0; k < rule->n; k++) {
            uint32_t i = rule->organizer[k];
            if (rule->type == RULE_APART)
                t->apart[i] = true;
            else
                t->held[i] = true;
            if (rule->closed && t->where[i] != GROUP_NONE)
                t->closed[t->where[i]] = true;
        }
    }
}

static bool fill(struct pin_table *t, const struct snapshot_programme *p)
{
    size_t n = (size_t)t->n_organizers + 1, g = (size_t)p->n_networks + 1;
    t->where = malloc(n * sizeof *t->where);
    t->member = malloc(g * t->room * sizeof *t->member);
    t->size = calloc(g, sizeof *t->size);
    t->taken = calloc(g, sizeof *t->taken);
    t->pairs = malloc(g * sizeof *t->pairs);
    t->own = calloc(n, sizeof *t->own);
    t->held = calloc(n, 1);
    t->apart = calloc(n, 1);
    t->closed = calloc(g, 1);
    t->asked = malloc((size_t)t->room * sizeof *t->asked);
    t->near = malloc(g * sizeof *t->near);
    if (!t->where || !t->member || !t->size || !t->taken || !t->pairs || !t->own || !t->held || !t->apart ||
        !t->closed || !t->asked || !t->near)
        return false;
    memset(t->where, 0xff, n * sizeof *t->where);
    for (uint32_t k = 0; k < p->n_networks; k++)
        for (uint32_t i = 0; i < p->networks[k].size; i++)
            put(t, p->networks[k].member[i], k);
    mark(t);
    return true;
}

int pin_table_open(struct pin_table *t, const struct snapshot *s, const struct snapshot_programme *p,
                   const struct pin_rule *rules, size_t n, struct err *e)
{
    *t = (struct pin_table){.p = p,
                            .rules = rules,
                            .n_rules = n,
                            .n_organizers = s->population.n_organizers,
                            .n_networks = p->n_networks,
                            .room = (uint32_t)p->settings.max_size + 2};
    for (uint32_t k = 0; k < p->n_networks; k++) /* other settings than today's may have made them */
        t->room = p->networks[k].size + 2 > t->room ? p->networks[k].size + 2 : t->room;
    return fill(t, p) ? ERR_OK : err_memory(e, "the price of a rule");
}

void pin_table_close(struct pin_table *t)
{
    free(t->where);
    free(t->member);
    free(t->size);
    free(t->taken);
    free(t->pairs);
    free(t->own);
    free(t->held);
    free(t->apart);
    free(t->closed);
    free(t->asked);
    free(t->near);
    free(t->saved);
}

double pin_table_sum(const struct pin_table *t, uint32_t x, uint32_t g, uint32_t except)
{
    const uint32_t *m = t->member + (size_t)g * t->room;
    double sum = 0;
    for (uint32_t k = 0; k < t->size[g]; k++)
        if (m[k] != x && m[k] != except)
            sum += profiles_similarity(&t->p->profiles, x, m[k]);
    return sum;
}

static double pairs(struct pin_table *t, uint32_t g)
{
    if (!isnan(t->pairs[g]))
        return t->pairs[g];
    double sum = 0;
    for (uint32_t k = 0; k < t->size[g]; k++) {
        uint32_t i = pin_table_member(t, g, k);
        t->own[i] = pin_table_sum(t, i, g, GROUP_NONE);
        sum += t->own[i];
    }
    return t->pairs[g] = sum / 2;
}

/* Of n members whose pairs add up to that: the sum of their fits. */
static double fits(double pair_sum, uint32_t n)
{
    return n > 1 ? 2 * pair_sum / (n - 1) : 0;
}

/* Of x and the members of a network: asked again and again, for each with whom it might change places. */
static double sum_there(struct pin_table *t, uint32_t x, uint32_t to)
{
    if (t->last.x != x || t->last.to != to) {
        t->last.x = x;
        t->last.to = to;
        t->last.there = pin_table_sum(t, x, to, GROUP_NONE);
    }
    return t->last.there;
}

double pin_table_gain(struct pin_table *t, uint32_t x, uint32_t to, uint32_t other)
{
    uint32_t from = t->where[x], n = t->size[to];
    double gain = -fits(pairs(t, to), n), joined = pairs(t, to) + sum_there(t, x, to);
    if (other != GROUP_NONE)
        joined -= profiles_similarity(&t->p->profiles, x, other) + t->own[other];
    gain += fits(joined, other != GROUP_NONE ? n : n + 1);
    if (from == GROUP_NONE)
        return gain;
    n = t->size[from];
    double all = pairs(t, from), left = all - t->own[x];
    if (other != GROUP_NONE)
        left += pin_table_sum(t, other, from, x);
    return gain - fits(all, n) + fits(left, other != GROUP_NONE ? n : n - 1);
}

/* Would x meet somebody in g from whom a rule keeps it apart, when `leaves` is gone? */
static bool meets(const struct pin_table *t, uint32_t x, uint32_t g, uint32_t leaves)
{
    for (size_t r = 0; t->apart[x] && r < t->n_rules; r++) {
        const struct pin_rule *rule = &t->rules[r];
        bool named = false, there = false;
        for (uint32_t k = 0; rule->type == RULE_APART && k < rule->n; k++) {
            uint32_t i = rule->organizer[k];
            named = named || i == x;
            there = there || (i != x && i != leaves && t->where[i] == g);
        }
        if (named && there)
            return true;
    }
    return false;
}

/* Sizes, and the limits of the settings, of network g with `in` and without `out`; GROUP_NONE = nobody. */
static bool holds(const struct pin_table *t, uint32_t g, uint32_t in, uint32_t out)
{
    uint32_t n = 0, taken = 0;
    for (uint32_t k = 0; k < t->size[g]; k++)
        if (pin_table_member(t, g, k) != out)
            t->asked[n++] = pin_table_member(t, g, k);
    if (in != GROUP_NONE)
        t->asked[n++] = in;
    for (uint32_t k = 0; k < n; k++)
        taken += seats(t, t->asked[k]);
    bool grows = taken > t->taken[g], shrinks = taken < t->taken[g];
    return !(grows && taken > t->p->settings.max_size) && !(shrinks && taken < t->p->settings.min_size) &&
           limits_hold(&t->p->limits, t->asked, n);
}

bool pin_table_may(const struct pin_table *t, uint32_t x, uint32_t to, uint32_t other)
{
    uint32_t from = t->where[x];
    if (from == to || t->closed[to] || (from != GROUP_NONE && t->closed[from]) ||
        (from == GROUP_NONE && other != GROUP_NONE))
        return false;
    if (meets(t, x, to, other) || (other != GROUP_NONE && meets(t, other, from, x)))
        return false;
    return holds(t, to, x, other) && (from == GROUP_NONE || holds(t, from, other, x));
}

/* ---- what was there before a try ---- */

static size_t state_size(const struct pin_table *t)
{
    size_t g = (size_t)t->n_networks;
    return g * sizeof *t->pairs + g * t->room * sizeof *t->member + 2 * g * sizeof *t->size +
           t->n_organizers * (sizeof *t->where + sizeof *t->own) + sizeof t->n_placed;
}

/* One after the other, to (`out`) or from the saved state. */
static void copy_state(struct pin_table *t, bool out)
{
    const struct {
        void *at;
        size_t size;
    } parts[] = {{t->pairs, t->n_networks * sizeof *t->pairs},
                 {t->own, t->n_organizers * sizeof *t->own},
                 {t->member, (size_t)t->n_networks * t->room * sizeof *t->member},
                 {t->size, t->n_networks * sizeof *t->size},
                 {t->taken, t->n_networks * sizeof *t->taken},
                 {t->where, t->n_organizers * sizeof *t->where},
                 {&t->n_placed, sizeof t->n_placed}};
    char *saved = t->saved;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (out)
            memcpy(saved, parts[i].at, parts[i].size);
        else
            memcpy(parts[i].at, saved, parts[i].size);
        saved += parts[i].size;
    }
}

bool pin_table_save(struct pin_table *t)
{
    if (t->saved == NULL)
        t->saved = malloc(state_size(t));
    t->no_memory = t->saved == NULL;
    if (t->no_memory)
        return false;
    copy_state(t, true);
    return true;
}

void pin_table_restore(struct pin_table *t)
{
    copy_state(t, false);
    t->last.x = GROUP_NONE;
}
