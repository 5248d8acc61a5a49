#include "core/group/group_wide.h"

#include <stdlib.h>
#include <string.h>

#include "core/group/group_kernel.h"

static const float NEVER = -1e30F;
enum { GROUPS_MOST = 1024, GROUPS_LEAST = 16, SUMS_MOST = 1 << 21 };

uint32_t group_wide_most(const struct group_sparse *s)
{
    uint32_t most = SUMS_MOST / (s->columns + 1);
    return most > GROUPS_MOST ? GROUPS_MOST : most < GROUPS_LEAST ? GROUPS_LEAST : most;
}

int group_wide_whole_init(struct group_wide_whole *whole, struct group_sparse *s,
                          const struct group_members *members, struct err *e)
{
    size_t units = (size_t)s->m.units + 1, groups = (size_t)s->m.groups + 1;
    *whole = (struct group_wide_whole){.s = s, .members = members};
    whole->place = calloc(groups, sizeof *whole->place);
    whole->lists.first = malloc(groups * sizeof *whole->lists.first);
    whole->lists.after = malloc(units * sizeof *whole->lists.after);
    whole->lists.prior = malloc(units * sizeof *whole->lists.prior);
    whole->noise = malloc(GROUP_WIDE_NOISE * sizeof *whole->noise);
    if (!whole->place || !whole->lists.first || !whole->lists.after || !whole->lists.prior || !whole->noise) {
        group_wide_whole_free(whole);
        return err_memory(e, "the members of the groups");
    }
    group_walk_noise(whole->noise, GROUP_WIDE_NOISE);
    return ERR_OK;
}

void group_wide_whole_free(struct group_wide_whole *whole)
{
    free(whole->place);
    free(whole->lists.first);
    free(whole->lists.after);
    free(whole->lists.prior);
    free(whole->noise);
    *whole = (struct group_wide_whole){0};
}

void group_wide_init(struct group_wide *w, struct group_wide_whole *whole)
{
    *w = (struct group_wide){.whole = whole, .s = whole->s};
}

static void free_arrays(struct group_wide *w)
{
    free(w->sum);
    free(w->row);
    free(w->there);
    free(w->unit);
    free(w->factor);
    free(w->draw_factor);
    free(w->draw_base);
    free(w->inside);
    free(w->load);
    free(w->changed);
    free(w->count);
}

void group_wide_free(struct group_wide *w)
{
    free_arrays(w);
    free(w->units);
    free(w->column);
    free(w->weight);
    free(w->member);
    free(w->pair);
    free(w->near);
    free(w->spread);
    free(w->lift);
    *w = (struct group_wide){0};
}

static uint32_t stride_of(uint32_t groups)
{
    return (groups + GROUP_LANES_MOST - 1) / GROUP_LANES_MOST * GROUP_LANES_MOST;
}

static bool reserve_groups(struct group_wide *w, uint32_t groups)
{
    size_t columns = (size_t)w->s->columns + 1, stride = stride_of(groups);
    if (groups <= w->groups_most)
        return true;
    free_arrays(w);
    w->groups_most = 0;
    w->sum = malloc(columns * stride * sizeof *w->sum);
    w->row = malloc(columns * groups * sizeof *w->row);
    w->there = malloc(stride * sizeof *w->there);
    w->unit = calloc(columns, sizeof *w->unit);
    w->factor = malloc(stride * sizeof *w->factor);
    w->draw_factor = malloc(stride * sizeof *w->draw_factor);
    w->draw_base = malloc(stride * sizeof *w->draw_base);
    w->inside = malloc(stride * sizeof *w->inside);
    w->load = malloc(stride * sizeof *w->load);
    w->changed = malloc(stride * sizeof *w->changed);
    w->count = malloc(stride * sizeof *w->count);
    if (!w->sum || !w->row || !w->there || !w->unit || !w->factor || !w->draw_factor || !w->draw_base ||
        !w->inside || !w->load || !w->changed || !w->count)
        return false;
    w->groups_most = groups;
    return true;
}

static bool reserve_units(struct group_wide *w, uint32_t units, uint32_t entries)
{
    size_t members = (size_t)w->groups * w->seats;
    if (units > w->units_most) {
        free(w->units);
        w->units = malloc(units * sizeof *w->units);
        w->units_most = w->units ? units : 0;
    }
    if (entries > w->entries_most) {
        free(w->column);
        free(w->weight);
        w->column = malloc(entries * sizeof *w->column);
        w->weight = malloc(entries * sizeof *w->weight);
        w->entries_most = w->column && w->weight ? entries : 0;
    }
    if (members > w->members_most) {
        free(w->member);
        w->member = malloc(members * sizeof *w->member);
        w->members_most = w->member ? members : 0;
    }
    return units <= w->units_most && entries <= w->entries_most && members <= w->members_most;
}

/* Adds a row to the sums of a group, or takes it away. */
static void carry(struct group_wide *w, uint32_t n, const uint32_t *column, const float *weight,
                  uint32_t place, float sign)
{
    const struct group_sparse *s = w->s;
    float *sum = w->sum + place, *row = w->row + (size_t)place * s->columns;
    for (uint32_t k = 0; k < n; k++) {
        float signed_weight = sign * weight[k];
        sum[(size_t)column[k] * w->stride] += signed_weight;
        if (!w->paired)
            row[column[k]] += s->sign[column[k]] * signed_weight;
    }
}

static void carry_unit(struct group_wide *w, const struct group_wide_unit *unit, uint32_t place, float sign)
{
    carry(w, unit->end - unit->start, w->column + unit->start, w->weight + unit->start, place, sign);
}

/* What it says when a group's value or size has changed. */
static void tell(struct group_wide *w, uint32_t place)
{
    const struct group_dense *m = &w->s->m;
    bool room = w->load[place] < m->max_size[w->group[place]];
    double now = m->coefficient[w->load[place]], then = room ? m->coefficient[w->load[place] + 1] : 0;
    w->factor[place] = (float)now;
    w->draw_factor[place] = (float)then;
    w->draw_base[place] = room ? (float)((then - now) * w->inside[place]) : NEVER;
    w->changed[place] = ++w->clock;
    w->recent[w->clock % GROUP_WIDE_RECENT] = place;
}

/* The members' similarities to the others. */
static void weigh_members(struct group_wide *w, uint32_t place)
{
    const float *row = w->row + (size_t)place * w->s->columns;
    const uint32_t *member = w->member + (size_t)place * w->seats;
    for (uint32_t i = 0; i < w->count[place]; i++) {
        struct group_wide_unit *unit = &w->units[member[i]];
        unit->own =
            group_wide_dot(w, unit, row) - unit->square + group_wide_bonus(w->s, unit, w->group[place]);
    }
}

void group_wide_settle(struct group_wide *w, uint32_t place)
{
    if (!w->paired)
        weigh_members(w, place);
    tell(w, place);
}

/* Copies a unit behind those that are there; returns where its row ends. */
static uint32_t enter_unit(struct group_wide *w, uint32_t number, uint32_t place, uint32_t start)
{
    const struct group_sparse *s = w->s;
    uint32_t from = s->start[number], n = s->start[number + 1] - from;
    struct group_wide_unit *unit = &w->units[w->n_units];
    bool fixed = s->m.rules->fixed[number] != GROUP_NONE;
    *unit = (struct group_wide_unit){.number = number,
                                     .start = start,
                                     .end = start + n,
                                     .size = fixed ? 0 : s->m.size[number],
                                     .home = s->m.home[number],
                                     .square = s->square[number]};
    for (uint32_t k = 0; k < n; k++) {
        w->column[start + k] = s->column[from + k];
        w->weight[start + k] = s->weight[from + k];
    }
    w->member[(size_t)place * w->seats + w->count[place]++] = w->n_units++;
    carry_unit(w, unit, place, 1);
    return start + n;
}

/* What is asked for early need not be waited for: a row may lie across two lines of the cache, and what there
 * is of a unit beside it lies elsewhere. */
static void fetch_group(const struct group_wide *w, uint32_t g)
{
    const struct group_sparse *s = w->s;
    const struct group_members *members = w->whole->members;
    for (uint32_t i = members->start[g]; i < members->start[g + 1]; i++) {
        uint32_t unit = members->unit[i], from = s->start[unit], to = s->start[unit + 1];
        __builtin_prefetch(s->column + from);
        __builtin_prefetch(s->weight + from);
        __builtin_prefetch(s->column + to);
        __builtin_prefetch(s->weight + to);
        __builtin_prefetch(s->square + unit);
        __builtin_prefetch(s->m.home + unit);
        __builtin_prefetch(s->m.size + unit);
        __builtin_prefetch(s->m.rules->fixed + unit);
    }
}

static uint32_t enter_group(struct group_wide *w, uint32_t place, uint32_t start)
{
    const struct group_sparse *s = w->s;
    const struct group_members *members = w->whole->members;
    uint32_t g = w->group[place], first = w->n_units;
    double twice = 0, alone = 0;
    if (place + 1 < w->groups)
        fetch_group(w, w->group[place + 1]);
    w->load[place] = w->count[place] = 0;
    w->whole->lists.first[g] = GROUP_NONE;
    for (uint32_t i = members->start[g]; i < members->start[g + 1]; i++) {
        uint32_t unit = members->unit[i];
        w->load[place] += s->m.size[unit];
        if (s->m.rules->ruled)
            group_lists_add(&w->whole->lists, unit, g);
        start = enter_unit(w, unit, place, start);
    }
    weigh_members(w, place);
    for (uint32_t k = first; k < w->n_units; k++) {
        double bonus = (double)group_wide_bonus(s, &w->units[k], g);
        twice += (double)w->units[k].own - bonus;
        alone += group_wide_inner(s, &w->units[k]) + bonus;
    }
    w->inside[place] = twice / 2 + alone;
    tell(w, place);
    return start;
}

/* How many units and entries the groups have; the most that one may hold. */
static uint32_t measure(struct group_wide *w, uint32_t *entries)
{
    const struct group_members *members = w->whole->members;
    uint32_t units = 0;
    *entries = 0;
    w->seats = 0;
    for (uint32_t k = 0; k < w->groups; k++) {
        uint32_t g = w->group[k], most = w->s->m.max_size[g];
        for (uint32_t i = members->start[g]; i < members->start[g + 1]; i++, units++)
            *entries += w->s->start[members->unit[i] + 1] - w->s->start[members->unit[i]];
        w->seats = w->seats > most ? w->seats : most;
    }
    return units;
}

int group_wide_enter(struct group_wide *w, uint32_t number, const uint32_t *groups, uint32_t n_groups,
                     struct err *e)
{
    uint32_t entries, start = 0;
    w->group = groups;
    w->number = number;
    w->groups = n_groups;
    w->stride = stride_of(n_groups);
    uint32_t units = measure(w, &entries);
    /* No more than there are need a seat; while two change places a group has one more. */
    w->seats = (w->seats < units ? w->seats : units) + 1;
    if (!reserve_groups(w, n_groups) || !reserve_units(w, units, entries))
        return err_memory(e, "the sums of the groups");
    w->n_units = 0;
    w->moves = w->losses = 0;
    w->clock = 0;
    w->paired = false;
    memset(w->sum, 0, (size_t)w->s->columns * w->stride * sizeof *w->sum);
    memset(w->row, 0, (size_t)w->s->columns * n_groups * sizeof *w->row);
    for (uint32_t k = 0; k < n_groups; k++)
        start = enter_group(w, k, start);
    for (uint32_t k = n_groups; k < w->stride; k++) {
        w->factor[k] = w->draw_factor[k] = 0;
        w->draw_base[k] = NEVER;
    }
    return ERR_OK;
}

double group_wide_value(const struct group_wide *w)
{
    double value = 0;
    for (uint32_t k = 0; k < w->groups; k++)
        value += w->s->m.coefficient[w->load[k]] * w->inside[k];
    return value * w->s->m.scale;
}

static void gather(struct group_wide *w, uint32_t n, const uint32_t *column, const float *weight)
{
    struct group_gather gather = {.rows = w->sum,
                                  .weight = weight,
                                  .column = column,
                                  .sign = w->s->sign,
                                  .out = w->there,
                                  .n = n,
                                  .stride = w->stride,
                                  .count = w->stride};
    group_gather_rows(&gather);
}

/* In the group where it was, if that is one of the part's. */
static void add_bonus(struct group_wide *w, const struct group_wide_unit *unit)
{
    if (unit->home == GROUP_NONE)
        return;
    uint32_t place = w->whole->place[unit->home];
    if (place < w->groups && w->group[place] == unit->home)
        w->there[place] += group_wide_bonus(w->s, unit, unit->home);
}

void group_wide_look(struct group_wide *w, const struct group_wide_unit *unit)
{
    gather(w, unit->end - unit->start, w->column + unit->start, w->weight + unit->start);
    add_bonus(w, unit);
}

void group_wide_move(struct group_wide *w, uint32_t unit, uint32_t from, uint32_t to)
{
    const struct group_wide_unit *u = &w->units[unit];
    uint32_t *left = w->member + (size_t)from * w->seats, at = 0;
    if (w->s->m.rules->ruled) {
        group_lists_remove(&w->whole->lists, u->number, w->group[from]);
        group_lists_add(&w->whole->lists, u->number, w->group[to]);
    }
    while (left[at] != unit)
        at++;
    left[at] = left[--w->count[from]];
    w->member[(size_t)to * w->seats + w->count[to]++] = unit;
    w->whole->s->group[u->number] = w->group[to];
    carry_unit(w, u, from, -1);
    carry_unit(w, u, to, 1);
}

/* The first of the groups that still take somebody, by mean similarity to the members. */
static uint32_t nearest(struct group_wide *w, uint32_t unit)
{
    struct group_above above = {w->there, w->draw_factor, w->draw_base, NEVER / 2, w->stride};
    const struct group_sparse *s = w->s;
    uint32_t best = w->groups, from = s->start[unit];
    gather(w, s->start[unit + 1] - from, s->column + from, s->weight + from);
    add_bonus(w, &(struct group_wide_unit){.number = unit, .home = s->m.home[unit]});
    for (uint32_t k = group_scan_above(&above, 0); k < w->groups; k = group_scan_above(&above, k + 1)) {
        best = k;
        above.least = w->draw_factor[k] * w->there[k];
    }
    return best;
}

static void place(struct group_wide *w, uint32_t unit, uint32_t at, const uint32_t *aim)
{
    const struct group_sparse *s = w->s;
    uint32_t g = w->group[at], from = s->start[unit];
    w->whole->s->group[unit] = g;
    carry(w, s->start[unit + 1] - from, s->column + from, s->weight + from, at, 1);
    w->load[at]++;
    w->draw_factor[at] = 1.0F / (float)w->load[at];
    w->draw_base[at] = w->load[at] < aim[g] ? 0 : NEVER;
}

void group_wide_fill(struct group_wide *w, const uint32_t *waiting, uint32_t n, const uint32_t *aim)
{
    uint32_t placed = 0;
    for (uint32_t k = 0; k < w->groups; k++) {
        w->draw_factor[k] = w->load[k] > 0 ? 1.0F / (float)w->load[k] : 0;
        w->draw_base[k] = w->load[k] < aim[w->group[k]] ? 0 : NEVER;
        if (w->load[k] == 0 && placed < n)
            place(w, waiting[placed++], k, aim);
    }
    for (; placed < n; placed++)
        place(w, waiting[placed], nearest(w, waiting[placed]), aim);
}
