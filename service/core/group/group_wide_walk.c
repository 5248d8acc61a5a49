/* Walks at a temperature, of group_wide.h: a look at all groups costs what it does in a descent, but partners
 * are looked up in tables of all pairs of the part. */
#include <stdlib.h>
#include <string.h>

#include "core/group/group_kernel.h"
#include "core/group/group_math.h"
#include "core/group/group_wide.h"

static const float NEVER = -1e30F;
/* A move between equals, which never freezes, is no loss; as a share of the temperature. */
static const float NOTHING = 1e-3F;

/* Rows of an odd number of vectors: as many columns' worth of them do not meet in one place of the cache. */
static uint32_t lanes_of(uint32_t units)
{
    return ((units + GROUP_LANES_MOST - 1) / GROUP_LANES_MOST | 1) * GROUP_LANES_MOST;
}

static bool reserve(float **array, size_t *most, size_t wanted)
{
    if (wanted > *most) {
        wanted += wanted / 8; /* parts are of about the same size */
        free(*array);
        *array = malloc(wanted * sizeof **array);
        *most = *array ? wanted : 0;
    }
    return wanted <= *most;
}

/* The units' rows, by column. */
static void spread_rows(struct group_wide *w)
{
    memset(w->spread, 0, (size_t)w->s->columns * w->lanes * sizeof *w->spread);
    for (uint32_t unit = 0; unit < w->n_units; unit++)
        for (uint32_t k = w->units[unit].start; k < w->units[unit].end; k++)
            w->spread[(size_t)w->column[k] * w->lanes + unit] = w->weight[k];
}

static void fill_pairs(struct group_wide *w)
{
    for (uint32_t unit = 0; unit < w->n_units; unit++) {
        const struct group_wide_unit *u = &w->units[unit];
        struct group_gather gather = {.rows = w->spread,
                                      .weight = w->weight + u->start,
                                      .column = w->column + u->start,
                                      .sign = w->s->sign,
                                      .out = w->pair + (size_t)unit * w->lanes,
                                      .n = u->end - u->start,
                                      .stride = w->lanes,
                                      .count = w->lanes};
        group_gather_rows(&gather);
        gather.out[unit] = 0;
    }
}

static void fill_nears(struct group_wide *w)
{
    memset(w->near, 0, (size_t)w->groups * w->lanes * sizeof *w->near);
    for (uint32_t place = 0; place < w->groups; place++)
        for (uint32_t i = 0; i < w->count[place]; i++)
            group_add_values(w->near + (size_t)place * w->lanes,
                             w->pair + (size_t)w->member[(size_t)place * w->seats + i] * w->lanes, w->lanes);
    for (uint32_t unit = 0; unit < w->n_units; unit++) {
        uint32_t home = w->units[unit].home, place = home == GROUP_NONE ? w->groups : w->whole->place[home];
        if (place < w->groups && w->group[place] == home)
            w->near[(size_t)place * w->lanes + unit] += group_wide_bonus(w->s, &w->units[unit], home);
    }
}

int group_wide_pair(struct group_wide *w, struct err *e)
{
    w->lanes = lanes_of(w->n_units);
    if (!reserve(&w->pair, &w->pairs_most, (size_t)w->n_units * w->lanes) ||
        !reserve(&w->near, &w->nears_most, (size_t)w->groups * w->lanes) ||
        !reserve(&w->lift, &w->lift_most, GROUP_WIDE_NOISE + w->stride) ||
        !reserve(&w->spread, &w->spread_most, (size_t)w->s->columns * w->lanes))
        return err_memory(e, "the pairs of the search");
    spread_rows(w);
    fill_pairs(w);
    fill_nears(w);
    w->paired = true;
    return ERR_OK;
}

/* A unit and its group; the best move so far. */
struct visit {
    const struct group_wide_unit *unit;
    uint32_t index, at; /* the unit's number in the part, and the place of its group */
    float own;          /* similarity to the others of its group, bonus included */
    float gain;         /* of the move found */
    uint32_t place, other;
};

static bool may_move(const struct group_wide *w, const struct visit *v, uint32_t other, uint32_t place)
{
    const struct group_wide_unit *o = other == GROUP_NONE ? NULL : &w->units[other];
    return !w->s->m.rules->ruled ||
           ((!o || o->size > 0) && group_wide_may_move(w, v->unit->number, w->group[v->at],
                                                       o ? o->number : GROUP_NONE, w->group[place]));
}

/* The first group from `start` on, and round, that gains more than the threshold. */
static bool find_insert(struct group_wide *w, struct visit *v, uint32_t start, float least)
{
    const struct group_dense *m = &w->s->m;
    uint32_t load = w->load[v->at];
    if (load <= m->min_size[w->group[v->at]])
        return false;
    double now = w->inside[v->at] * m->coefficient[load];
    float leaving = (float)((w->inside[v->at] - (double)v->own) * m->coefficient[load - 1] - now);
    struct group_above above = {w->there, w->draw_factor, w->draw_base, least - leaving, w->stride};
    for (int round = 0; round < 2; round++) {
        uint32_t k = round == 0 ? start : 0, end = round == 0 ? w->groups : start;
        for (k = group_scan_above(&above, k); k < end; k = group_scan_above(&above, k + 1)) {
            if (k == v->at || !may_move(w, v, GROUP_NONE, k))
                continue;
            v->gain = w->draw_factor[k] * w->there[k] + w->draw_base[k] + leaving;
            v->place = k;
            return true;
        }
    }
    return false;
}

/* Any member, from a random one on, with whom a swap gains more. */
static bool find_member(const struct group_wide *w, struct visit *v, uint32_t place, uint32_t draw,
                        float least)
{
    const uint32_t *member = w->member + (size_t)place * w->seats;
    const float *pair = w->pair + (size_t)v->index * w->lanes;
    const float *here = w->near + (size_t)v->at * w->lanes, *there = w->near + (size_t)place * w->lanes;
    float factor_here = w->factor[v->at], factor_there = w->factor[place];
    float base = -factor_here * v->own + factor_there * w->there[place], factors = factor_here + factor_there;
    uint32_t n = w->count[place], i = n > 0 ? draw % n : 0;
    for (uint32_t k = 0; k < n; k++, i = i + 1 < n ? i + 1 : 0) {
        uint32_t other = member[i];
        float gain = base + factor_here * here[other] - factor_there * there[other] - factors * pair[other];
        if (gain > least && may_move(w, v, other, place)) {
            v->gain = gain;
            v->place = place;
            v->other = other;
            return true;
        }
    }
    return false;
}

/* In a swap that gains more than the threshold one of the two loses less than half of it by itself. */
static bool find_swap(struct group_wide *w, struct visit *v, uint32_t start, uint32_t draw)
{
    const float *lift = w->lift + draw % GROUP_WIDE_NOISE;
    struct group_above above = {w->there, w->factor, lift, w->factor[v->at] * v->own, w->stride};
    for (int round = 0; round < 2; round++) {
        uint32_t k = round == 0 ? start : 0, end = round == 0 ? w->groups : start;
        for (k = group_scan_above(&above, k); k < end; k = group_scan_above(&above, k + 1))
            if (k != v->at && find_member(w, v, k, draw, -2 * lift[k]))
                return true;
    }
    return false;
}

static void carry(struct group_wide *w, const struct visit *v)
{
    struct group_carry carry = {.g = w->near + (size_t)v->at * w->lanes,
                                .h = w->near + (size_t)v->place * w->lanes,
                                .out = w->pair + (size_t)v->index * w->lanes,
                                .in = v->other == GROUP_NONE ? NULL : w->pair + (size_t)v->other * w->lanes,
                                .count = w->lanes};
    group_carry_values(&carry);
}

static void make_move(struct group_wide *w, const struct visit *v)
{
    const float *near = w->near, *pair = w->pair + (size_t)v->index * w->lanes;
    double there = (double)near[(size_t)v->place * w->lanes + v->index];
    w->inside[v->at] -= (double)v->own;
    w->inside[v->place] += there;
    if (v->other == GROUP_NONE) {
        w->load[v->at]--;
        w->load[v->place]++;
    } else {
        double both = (double)pair[v->other];
        w->inside[v->at] += (double)near[(size_t)v->at * w->lanes + v->other] - both;
        w->inside[v->place] -= (double)near[(size_t)v->place * w->lanes + v->other] + both;
    }
    carry(w, v);
    group_wide_move(w, v->index, v->at, v->place);
    if (v->other != GROUP_NONE)
        group_wide_move(w, v->other, v->place, v->at);
    group_wide_settle(w, v->at);
    group_wide_settle(w, v->place);
}

static void visit(struct group_wide *w, uint32_t index)
{
    const struct group_wide_unit *unit = &w->units[index];
    struct visit v = {.unit = unit, .index = index, .place = w->groups, .other = GROUP_NONE};
    if (unit->size == 0)
        return;
    uint64_t draw = group_random_next(&w->random);
    uint32_t start = (uint32_t)(((draw >> 32) * w->groups) >> 32);
    float temperature = (float)w->temperature;
    v.at = w->whole->place[w->s->group[unit->number]];
    group_wide_look(w, unit);
    v.own = w->near[(size_t)v.at * w->lanes + index];
    w->there[v.at] = NEVER;
    if (!find_insert(w, &v, start, temperature * w->whole->noise[(draw >> 21) % GROUP_WIDE_NOISE]) &&
        !find_swap(w, &v, start, (uint32_t)(draw & 0xfffff)))
        return;
    make_move(w, &v);
    w->moves++;
    w->losses += v.gain < -NOTHING * temperature;
}

void group_wide_walk(struct group_wide *w, double from, double to, uint32_t passes, uint64_t seed)
{
    double ratio = group_exp(group_log(to / from) / passes);
    group_random_seed(&w->random, seed);
    w->temperature = from;
    for (uint32_t pass = 0; pass < passes; pass++) {
        for (uint32_t k = 0; k < GROUP_WIDE_NOISE + w->stride; k++)
            w->lift[k] = (float)(-w->temperature / 2 * (double)w->whole->noise[k % GROUP_WIDE_NOISE]);
        for (uint32_t k = 0; k < w->n_units; k++)
            visit(w, k);
        w->temperature *= ratio;
    }
}
