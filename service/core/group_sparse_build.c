#include <stdlib.h>
#include <string.h>

#include "core/group_build.h"
#include "core/group_sparse.h"

struct building {
    struct group_sparse *s;
    uint32_t *waiting; /* units not yet placed: shuffled, then a community after the other */
    uint32_t *community;
    uint32_t *aim;
    uint32_t n_waiting;
};

static uint32_t first_element(const struct group_sparse *s, uint32_t unit)
{
    return s->rules->element[s->rules->start[unit]];
}

static int by_community(const void *a, const void *b, void *context)
{
    const struct building *building = context;
    uint32_t x = building->community[*(const uint32_t *)a], y = building->community[*(const uint32_t *)b];
    return (x > y) - (x < y);
}

/* Rank in the shuffle breaks ties, so that the order does not depend on the sorting routine. */
static int in_order(const void *a, const void *b, void *context)
{
    int order = by_community(a, b, context);
    const struct building *building = context;
    const uint32_t *rank = building->s->prior;
    uint32_t x = rank[*(const uint32_t *)a], y = rank[*(const uint32_t *)b];
    return order ? order : (x > y) - (x < y);
}

static void list_waiting(struct building *b, const uint32_t *placed)
{
    struct group_sparse *s = b->s;
    for (uint32_t unit = 0; unit < s->walk.units; unit++) {
        b->community[unit] = s->p->community ? s->p->community[first_element(s, unit)] : 0;
        if (placed[unit] != GROUP_NONE)
            group_sparse_put(s, unit, placed[unit]);
        else
            b->waiting[b->n_waiting++] = unit;
    }
    for (uint32_t i = b->n_waiting; i > 1; i--) {
        uint32_t j = group_random_below(&s->random, i), unit = b->waiting[i - 1];
        b->waiting[i - 1] = b->waiting[j];
        b->waiting[j] = unit;
    }
}

/* Back to where they were, as far as there is room and enough are left for groups short of their least size.
 */
static void place_returning(struct building *b)
{
    struct group_sparse *s = b->s;
    const struct group_problem *p = s->p;
    uint32_t left = 0;
    uint64_t missing = 0;
    for (uint32_t g = 0; g < p->n_groups; g++)
        missing += s->load[g] < p->min_size[g] ? p->min_size[g] - s->load[g] : 0;
    for (uint32_t i = 0; i < b->n_waiting; i++) {
        uint32_t unit = b->waiting[i], g = p->previous[first_element(s, unit)];
        bool room = g < p->n_groups && s->load[g] < p->max_size[g];
        bool needed = room && s->load[g] < p->min_size[g];
        if (!room || (!needed && left + (b->n_waiting - i - 1) < missing)) {
            b->waiting[left++] = unit;
            continue;
        }
        group_sparse_put(s, unit, g);
        missing -= needed;
    }
    b->n_waiting = left;
}

/* The price of moving, as in the dense model: a share of what members of previous groups have on average. */
static void price_moves(struct group_sparse *s)
{
    const struct group_problem *p = s->p;
    double at_home = 0;
    uint32_t settled = 0;
    if (!p->previous || p->stability <= 0)
        return;
    for (uint32_t unit = 0; unit < s->walk.units; unit++) {
        uint32_t g = p->previous[first_element(s, unit)];
        if (g >= p->n_groups)
            continue;
        s->home[unit] = g;
        if (s->group[unit] != g)
            continue;
        at_home += (double)(group_sparse_towards(s, unit, g) - s->square[unit]);
        settled++;
    }
    double mean = settled > 0 ? at_home / settled : 0;
    double price = p->stability < 1 ? group_moving_price(p->stability) * mean : 1e4;
    s->price = price;
    for (uint32_t unit = 0; unit < s->walk.units; unit++)
        if (s->home[unit] != GROUP_NONE)
            s->bonus[unit] = (float)((price < 1e4 ? price : 1e4) * group_unit_size(s->rules, unit));
}

static void take_waiting(struct building *b, uint32_t at, uint32_t g)
{
    group_sparse_put(b->s, b->waiting[at], g);
    b->waiting[at] = GROUP_NONE;
}

/* One waiting unit to each untouched group, spread evenly over the communities. */
static void sow(struct building *b)
{
    struct group_sparse *s = b->s;
    uint32_t bare = 0, sown = 0, left = 0;
    for (uint32_t g = 0; g < s->walk.groups; g++)
        bare += s->load[g] == 0 && b->aim[g] > 0;
    for (uint32_t g = 0; g < s->walk.groups; g++)
        if (s->load[g] == 0 && b->aim[g] > 0)
            take_waiting(b, (uint32_t)((uint64_t)sown++ * b->n_waiting / bare), g);
    for (uint32_t i = 0; i < b->n_waiting; i++)
        if (b->waiting[i] != GROUP_NONE)
            b->waiting[left++] = b->waiting[i];
    b->n_waiting = left;
}

/* Each to the group that is most like it, of those with room. */
static void place_rest(struct building *b)
{
    struct group_sparse *s = b->s;
    for (uint32_t i = 0; i < b->n_waiting; i++) {
        uint32_t unit = b->waiting[i], best = GROUP_NONE;
        float best_value = -1;
        group_sparse_look(s, unit);
        for (uint32_t g = 0; g < s->walk.groups; g++) {
            float value = s->there[g] / (float)(s->load[g] + 1);
            if (value > best_value && s->load[g] < b->aim[g]) {
                best = g;
                best_value = value;
            }
        }
        group_sparse_put(s, unit, best);
    }
}

int group_sparse_build(struct group_sparse *s, const uint32_t *placed, struct err *e)
{
    struct building b = {.s = s};
    size_t units = (size_t)s->walk.units + 1;
    b.waiting = malloc(units * sizeof *b.waiting);
    b.community = malloc(units * sizeof *b.community);
    b.aim = malloc(((size_t)s->walk.groups + 1) * sizeof *b.aim);
    int rc = ERR_OK;
    if (!b.waiting || !b.community || !b.aim) {
        rc = err_memory(e, "the first grouping");
    } else {
        list_waiting(&b, placed);
        if (s->p->previous)
            place_returning(&b);
        price_moves(s);
        uint32_t *rank = s->prior; /* of units that wait, not in use yet */
        for (uint32_t i = 0; i < b.n_waiting; i++)
            rank[b.waiting[i]] = i;
        if (s->p->community)
            qsort_r(b.waiting, b.n_waiting, sizeof *b.waiting, in_order, &b);
        group_aim(s->p, s->load, b.n_waiting, b.aim);
        sow(&b);
        place_rest(&b);
        group_sparse_settle(s);
    }
    free(b.waiting);
    free(b.community);
    free(b.aim);
    return rc;
}
