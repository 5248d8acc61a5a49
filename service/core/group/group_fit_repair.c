/* Min-conflicts with a tabu list: a unit of a group with faults goes where, with or without a partner coming
 * back, the fewest faults are left; for a while it may not return, so that the search leaves the hollows it
 * has found. */
#include <stdlib.h>
#include <string.h>

#include "core/group/group_fit_parts.h"

enum { NEAREST = 6, OTHERS = 64, TENURE = 6 };

struct move {
    uint32_t unit, partner, to; /* partner: GROUP_NONE for a move alone */
    int64_t gain;               /* faults fewer */
};

struct repairing {
    struct fitting *f;
    uint64_t *tabu; /* by unit: it may not move before this step */
    uint32_t *best;
    uint64_t least, step;
};

static uint32_t beyond_bounds(const struct fitting *f, uint32_t g, uint32_t load)
{
    uint32_t low = f->p->min_size[g], high = f->p->max_size[g];
    return load < low ? low - load : load > high ? load - high : 0;
}

/* Faults of a group after a change, sizes out of bounds counted place by place. */
static uint32_t cost_of(struct fitting *f, const struct group_change *c)
{
    uint32_t load = f->load[c->group];
    for (uint32_t i = 0; i < c->n_out; i++)
        load -= group_unit_size(f->u, c->out[i]);
    for (uint32_t i = 0; i < c->n_in; i++)
        load += group_unit_size(f->u, c->in[i]);
    f->work += 1 + load / 8;
    return group_crew_faults(f->u, &f->members, c) + beyond_bounds(f, c->group, load);
}

void group_fitting_refresh(struct fitting *f, uint32_t g)
{
    f->total -= f->cost[g];
    f->cost[g] = cost_of(f, &(struct group_change){.group = g});
    f->total += f->cost[g];
}

static int64_t gain_of(struct fitting *f, uint32_t unit, uint32_t partner, uint32_t to)
{
    uint32_t from = f->group[unit], back = partner != GROUP_NONE;
    int64_t before = (int64_t)f->cost[from] + f->cost[to];
    return before - cost_of(f, &(struct group_change){from, 1, back, &unit, &partner}) -
           cost_of(f, &(struct group_change){to, back, 1, &partner, &unit});
}

/* Equal gains: each has the same chance. */
static void consider(struct repairing *r, struct move *best, uint32_t *equals, uint32_t unit,
                     uint32_t partner, uint32_t to)
{
    struct fitting *f = r->f;
    int64_t gain = gain_of(f, unit, partner, to);
    bool tabu = r->tabu[unit] > r->step || (partner != GROUP_NONE && r->tabu[partner] > r->step);
    if (tabu && (int64_t)f->total - gain >= (int64_t)r->least)
        return;
    if (best->unit == GROUP_NONE || gain > best->gain)
        *equals = 0;
    else if (gain < best->gain)
        return;
    if (group_random_below(&f->random, ++*equals) == 0)
        *best = (struct move){unit, partner, to, gain};
}

/* The groups that the unit alone would fit best, best first. */
static uint32_t nearest_groups(struct fitting *f, uint32_t unit, uint32_t *near)
{
    uint32_t count = 0, cost[NEAREST], first = group_random_below(&f->random, f->p->n_groups);
    for (uint32_t k = 0; k < f->p->n_groups; k++) {
        uint32_t g = (first + k) % f->p->n_groups;
        if (g == f->group[unit])
            continue;
        const struct group_change with = {.group = g, .n_in = 1, .in = &unit};
        uint32_t faults = group_crew_faults(f->u, &f->members, &with), at;
        int64_t more = (int64_t)faults - f->cost[g];
        faults = more > 0 ? (uint32_t)more : 0;
        f->work += 2;
        if (count == NEAREST && faults >= cost[NEAREST - 1])
            continue;
        at = count < NEAREST ? count++ : NEAREST - 1;
        for (; at > 0 && cost[at - 1] > faults; at--) {
            cost[at] = cost[at - 1];
            near[at] = near[at - 1];
        }
        cost[at] = faults;
        near[at] = g;
    }
    return count;
}

/* A group with faults, each as likely as its share of them. */
static uint32_t faulty_group(struct fitting *f)
{
    uint64_t at = group_random_next(&f->random) % f->total;
    uint32_t g = 0;
    for (; at >= f->cost[g]; g++)
        at -= f->cost[g];
    return g;
}

/* A member that may move, preferably one without which the group has fewer faults. */
static uint32_t faulty_member(struct fitting *f, uint32_t g)
{
    uint32_t chosen = GROUP_NONE, equals = 0;
    uint32_t least = UINT32_MAX;
    bool any = group_random_below(&f->random, 4) == 0;
    for (uint32_t unit = f->members.first[g]; unit != GROUP_NONE; unit = f->members.after[unit]) {
        if (f->u->fixed[unit] != GROUP_NONE)
            continue;
        uint32_t left = any ? 0 : cost_of(f, &(struct group_change){.group = g, .n_out = 1, .out = &unit});
        if (left > least)
            continue;
        equals = left < least ? 0 : equals;
        least = left;
        if (group_random_below(&f->random, ++equals) == 0)
            chosen = unit;
    }
    return chosen;
}

static void consider_leaving(struct repairing *r, struct move *best, uint32_t *equals, uint32_t unit)
{
    struct fitting *f = r->f;
    uint32_t near[NEAREST], count = nearest_groups(f, unit, near);
    for (uint32_t k = 0; k < count; k++) {
        consider(r, best, equals, unit, GROUP_NONE, near[k]);
        for (uint32_t other = f->members.first[near[k]]; other != GROUP_NONE; other = f->members.after[other])
            if (f->u->fixed[other] == GROUP_NONE)
                consider(r, best, equals, unit, other, near[k]);
    }
}

/* Somebody from elsewhere, for a group that is too small or where somebody is alone. */
static void consider_coming(struct repairing *r, struct move *best, uint32_t *equals, uint32_t g)
{
    struct fitting *f = r->f;
    uint32_t count = f->u->count < OTHERS ? f->u->count : OTHERS;
    uint32_t first = group_random_below(&f->random, f->u->count);
    for (uint32_t k = 0; k < count; k++) {
        uint32_t unit = count < OTHERS ? k : group_random_below(&f->random, f->u->count);
        unit = k == 0 ? first : unit;
        if (f->group[unit] != g && f->group[unit] != GROUP_NONE && f->u->fixed[unit] == GROUP_NONE)
            consider(r, best, equals, unit, GROUP_NONE, g);
    }
}

static void make_move(struct repairing *r, const struct move *m)
{
    struct fitting *f = r->f;
    uint32_t from = f->group[m->unit];
    group_fitting_take(f, m->unit);
    if (m->partner != GROUP_NONE) {
        group_fitting_take(f, m->partner);
        group_fitting_put(f, m->partner, from);
        r->tabu[m->partner] = r->step + 1 + group_random_below(&f->random, TENURE);
    }
    group_fitting_put(f, m->unit, m->to);
    r->tabu[m->unit] = r->step + 1 + group_random_below(&f->random, TENURE);
    group_fitting_refresh(f, from);
    group_fitting_refresh(f, m->to);
    if (f->total < r->least) {
        r->least = f->total;
        memcpy(r->best, f->group, f->u->count * sizeof *r->best);
    }
}

static void step(struct repairing *r)
{
    struct fitting *f = r->f;
    struct move best = {.unit = GROUP_NONE};
    uint32_t equals = 0, g = faulty_group(f), unit = faulty_member(f, g);
    r->step++;
    f->work++;
    if (unit != GROUP_NONE)
        consider_leaving(r, &best, &equals, unit);
    consider_coming(r, &best, &equals, g);
    if (best.unit != GROUP_NONE)
        make_move(r, &best);
}

int group_fitting_repair(struct fitting *f, uint64_t patience, struct err *e)
{
    struct repairing r = {.f = f};
    r.tabu = calloc((size_t)f->u->count + 1, sizeof *r.tabu);
    r.best = malloc(((size_t)f->u->count + 1) * sizeof *r.best);
    int rc = r.tabu && r.best ? ERR_OK : err_memory(e, "placing the elements under limits");
    if (!rc) {
        for (uint32_t g = 0; g < f->p->n_groups; g++)
            group_fitting_refresh(f, g);
        r.least = f->total;
        memcpy(r.best, f->group, f->u->count * sizeof *r.best);
        f->work = 0;
        while (f->total > 0 && f->work < patience && f->u->count > 0)
            step(&r);
        group_fitting_restore(f, r.best);
    }
    free(r.tabu);
    free(r.best);
    return rc;
}
