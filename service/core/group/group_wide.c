#include "core/group/group_wide.h"

#include <stdlib.h>
#include <string.h>

#include "core/group/group_kernel.h"

static const float NEVER = -1e30F;
enum { GROUPS_MOST = 512, GROUPS_LEAST = 16, SUMS_MOST = 1 << 21 };

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
}

void group_wide_free(struct group_wide *w)
{
    free_arrays(w);
    free(w->looked);
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
    if (!w->sum || !w->row || !w->there || !w->unit || !w->factor || !w->draw_factor || !w->draw_base ||
        !w->inside || !w->load || !w->changed)
        return false;
    w->groups_most = groups;
    return true;
}

static bool reserve_units(struct group_wide *w, uint32_t units)
{
    if (units <= w->units_most && w->looked)
        return true;
    free(w->looked);
    w->looked = malloc(((size_t)units + 1) * sizeof *w->looked);
    w->units_most = w->looked ? units : 0;
    return w->looked != NULL;
}

/* Adds a unit's row to the sums of a group, or takes it away. */
static void carry(struct group_wide *w, uint32_t unit, uint32_t place, float sign)
{
    const struct group_sparse *s = w->s;
    float *sum = w->sum + place, *row = w->row + (size_t)place * s->columns;
    for (uint32_t k = s->start[unit]; k < s->start[unit + 1]; k++) {
        uint32_t column = s->column[k];
        float weight = sign * s->weight[k];
        sum[(size_t)column * w->stride] += weight;
        row[column] += s->sign[column] * weight;
    }
}

void group_wide_settle(struct group_wide *w, uint32_t place)
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

static void enter_group(struct group_wide *w, uint32_t place)
{
    const struct group_sparse *s = w->s;
    const struct group_members *members = w->whole->members;
    uint32_t g = w->group[place], first = members->start[g], end = members->start[g + 1];
    const float *row = w->row + (size_t)place * s->columns;
    double twice = 0, alone = 0;
    w->load[place] = 0;
    w->whole->lists.first[g] = GROUP_NONE;
    for (uint32_t i = first; i < end; i++) {
        w->load[place] += s->m.size[members->unit[i]];
        group_lists_add(&w->whole->lists, members->unit[i], g);
        carry(w, members->unit[i], place, 1);
    }
    for (uint32_t i = first; i < end; i++) {
        uint32_t unit = members->unit[i];
        twice += (double)(group_sparse_dot(s, unit, row) - s->square[unit]);
        alone += group_wide_inner(s, unit) + (double)group_wide_bonus(s, unit, g);
    }
    w->inside[place] = twice / 2 + alone;
    group_wide_settle(w, place);
}

int group_wide_enter(struct group_wide *w, uint32_t number, const uint32_t *groups, uint32_t n_groups,
                     struct err *e)
{
    const struct group_members *members = w->whole->members;
    uint32_t units = 0;
    for (uint32_t k = 0; k < n_groups; k++)
        units += members->start[groups[k] + 1] - members->start[groups[k]];
    if (!reserve_groups(w, n_groups) || !reserve_units(w, units))
        return err_memory(e, "the sums of the groups");
    w->group = groups;
    w->number = number;
    w->groups = n_groups;
    w->stride = stride_of(n_groups);
    w->moves = w->losses = 0;
    w->clock = 0;
    memset(w->looked, 0, units * sizeof *w->looked);
    memset(w->sum, 0, (size_t)w->s->columns * w->stride * sizeof *w->sum);
    memset(w->row, 0, (size_t)w->s->columns * n_groups * sizeof *w->row);
    for (uint32_t k = 0; k < n_groups; k++)
        enter_group(w, k);
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

void group_wide_look(struct group_wide *w, uint32_t unit)
{
    const struct group_sparse *s = w->s;
    uint32_t from = s->start[unit], home = s->m.home[unit];
    struct group_gather gather = {.rows = w->sum,
                                  .weight = s->weight + from,
                                  .column = s->column + from,
                                  .sign = s->sign,
                                  .out = w->there,
                                  .n = s->start[unit + 1] - from,
                                  .stride = w->stride,
                                  .count = w->stride};
    group_gather_rows(&gather);
    if (home == GROUP_NONE)
        return;
    uint32_t place = w->whole->place[home];
    if (place < w->groups && w->group[place] == home)
        w->there[place] += group_wide_bonus(s, unit, home);
}

void group_wide_move(struct group_wide *w, uint32_t unit, uint32_t from, uint32_t to)
{
    group_lists_remove(&w->whole->lists, unit, w->group[from]);
    group_lists_add(&w->whole->lists, unit, w->group[to]);
    w->whole->s->group[unit] = w->group[to];
    carry(w, unit, from, -1);
    carry(w, unit, to, 1);
}

/* The first of the groups that still take somebody, by mean similarity to the members. */
static uint32_t nearest(struct group_wide *w, uint32_t unit)
{
    struct group_above above = {w->there, w->draw_factor, w->draw_base, NEVER / 2, w->stride};
    uint32_t best = w->groups;
    group_wide_look(w, unit);
    for (uint32_t k = group_scan_above(&above, 0); k < w->groups; k = group_scan_above(&above, k + 1)) {
        best = k;
        above.least = w->draw_factor[k] * w->there[k];
    }
    return best;
}

static void place(struct group_wide *w, uint32_t unit, uint32_t at, const uint32_t *aim)
{
    uint32_t g = w->group[at];
    group_lists_add(&w->whole->lists, unit, g);
    w->whole->s->group[unit] = g;
    carry(w, unit, at, 1);
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
