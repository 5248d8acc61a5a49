#include "core/group/group_regions.h"

#include <stdlib.h>
#include <string.h>

#include "core/group/group_math.h"

/* So many units fill a region: their matrix fits the second cache, and the groups' sums a few registers. */
enum { REGION_UNITS = 224, GROUPS_LEAST = 4, LARGE_GROUP = 56 };
/* What a descent in the only part takes, in looks a unit. */
static const double WIDE_VISITS = 10;
/* Passes of such a descent, and how many of them are hasty. */
enum { PASSES_MOST = 100, HASTY = 3, PARTS_MANY = 4 };
/* At a temperature, sums of so many groups that the first cache holds most of them, and pairs of so many
 * units that the others do. */
enum { WALK_GROUPS = 96, WALK_UNITS = 1024 };

static uint32_t count_regions(const struct group_sparse *s)
{
    uint32_t units = s->m.units, groups = s->m.groups;
    uint32_t least = groups > 0 && units / groups > LARGE_GROUP ? 2 : GROUPS_LEAST;
    uint32_t by_units = units / REGION_UNITS, by_groups = groups / least;
    uint32_t count = by_units < by_groups ? by_units : by_groups;
    return count > 0 ? count : 1;
}

/* A part for every so many groups; where groups are large, looking at all members of some is too dear. */
static uint32_t count_parts(const struct group_sparse *s)
{
    uint32_t most = group_wide_most(s);
    return s->m.groups > 0 && s->m.units / s->m.groups > LARGE_GROUP ? 0 : (s->m.groups + most - 1) / most;
}

static uint32_t greatest(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

static int allocate(struct group_regions *q, struct err *e)
{
    size_t units = (size_t)q->s->m.units + 1, rounds = (size_t)greatest(q->regions, q->walks) + 2;
    q->region = calloc(q->workers, sizeof *q->region);
    q->wide = calloc(q->workers, sizeof *q->wide);
    q->best = malloc(units * sizeof *q->best);
    q->found = malloc(units * sizeof *q->found);
    q->outcome = calloc(rounds, sizeof *q->outcome);
    q->nominal = calloc(rounds, sizeof *q->nominal);
    bool all = q->region && q->wide && q->best && q->found && q->outcome && q->nominal;
    return all ? ERR_OK : err_memory(e, "the regions of the search");
}

int group_regions_init(struct group_regions *q, const struct group_problem *p, struct group_sparse *s,
                       struct err *e)
{
    *q = (struct group_regions){.p = p, .s = s, .workers = 1};
    q->regions = count_regions(s);
    q->parts = count_parts(s);
    q->walks = greatest(q->parts, (s->m.groups + WALK_GROUPS / 2) / WALK_GROUPS);
    q->walks = q->parts > 0 ? greatest(q->walks, s->m.units / WALK_UNITS) : q->walks;
    uint32_t most = greatest(q->regions, q->walks);
    if (p->threads > 1)
        q->workers = p->threads < most ? p->threads : most;
    int rc = thread_pool_open(&q->pool, q->workers, e);
    rc = rc ? rc : group_cut_init(&q->cut, s, most, q->pool, e);
    rc = rc ? rc : group_wide_whole_init(&q->whole, s, &q->cut.members, e);
    rc = rc ? rc : allocate(q, e);
    for (uint32_t i = 0; i < q->workers && !rc; i++)
        group_wide_init(&q->wide[i], &q->whole);
    if (rc)
        group_regions_free(q);
    return rc;
}

void group_regions_free(struct group_regions *q)
{
    thread_pool_close(q->pool);
    for (uint32_t i = 0; q->region && i < q->workers; i++)
        group_region_free(&q->region[i]);
    for (uint32_t i = 0; q->wide && i < q->workers; i++)
        group_wide_free(&q->wide[i]);
    free(q->region);
    free(q->wide);
    free(q->best);
    free(q->found);
    free(q->outcome);
    free(q->nominal);
    group_wide_whole_free(&q->whole);
    group_cut_free(&q->cut);
    *q = (struct group_regions){0};
}

void group_regions_mark(struct group_regions *q)
{
    memcpy(q->best, q->s->group, q->s->m.units * sizeof *q->best);
    q->best_value = q->value;
}

/* Numbers that have nothing to do with each other, out of ones that do. */
static uint64_t mix(uint64_t seed, uint64_t round, uint64_t region)
{
    uint64_t z = seed * 0x9e3779b97f4a7c15u + round * 0xbf58476d1ce4e5b9u + region * 0x94d049bb133111ebu + 1;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* The round's temperatures, a level a visit of each unit. */
static void cool(struct group_walk *w, double from, double to, double visits)
{
    double steps = visits * w->visit_steps * w->units, temperature = from;
    uint32_t levels = visits < 1 ? 1 : (uint32_t)visits;
    double ratio = levels > 1 ? group_exp(group_log(to / from) / levels) : 1;
    for (uint32_t level = 0; level < levels; level++) {
        w->heat(w, temperature);
        uint64_t end = (uint64_t)(steps * (level + 1) / levels);
        while (w->effort < end)
            w->visit(w);
        temperature *= ratio;
    }
}

static int enter(struct group_regions *q, struct group_region *r, uint32_t number, struct err *e)
{
    const struct group_cut *c = &q->cut;
    int rc = group_region_extract(r, q->s, number, &c->members, c->order + c->start[number],
                                  c->start[number + 1] - c->start[number], e);
    if (rc)
        return rc;
    group_region_enter(r, mix(q->p->seed, q->rounds, number));
    q->outcome[number].start = r->a.walk.value;
    return ERR_OK;
}

static void leave(struct group_regions *q, const struct group_region *r, uint32_t number)
{
    struct group_outcome *o = &q->outcome[number];
    o->end = group_state_value(&r->s);
    o->best = r->a.walk.best_value;
    o->moves = r->a.walk.moves;
    for (uint32_t k = 0; k < r->m.units; k++) {
        q->s->group[r->unit[k]] = r->group[r->s.group[k]];
        q->found[r->unit[k]] = r->group[r->a.best[k]];
    }
}

static void walk(struct group_regions *q, struct group_region *r, uint32_t number)
{
    struct err e = ERR_INIT;
    q->outcome[number].rc = enter(q, r, number, &e);
    if (q->outcome[number].rc)
        return;
    if (q->from > 0)
        cool(&r->a.walk, q->from, q->to, q->visits);
    else
        group_walk_descend(&r->a.walk);
    leave(q, r, number);
}

/* In many parts there is always another cut to find what a hasty look has missed, but after a cooling little
 * is left to gain, and that little is wanted. In a few parts only the first grouping is rough enough. */
static uint32_t hasty_passes(const struct group_regions *q)
{
    if (q->parts < 2)
        return HASTY;
    return q->parts >= PARTS_MANY ? !q->cooled : q->rounds == 1;
}

/* The only part is descended in to the end. One of several is looked at once: what is left to gain in it is
 * found as soon after the next cut, with what that brings together. */
static void walk_wide(struct group_regions *q, struct group_wide *w, uint32_t number)
{
    struct err e = ERR_INIT;
    const struct group_cut *c = &q->cut;
    struct group_outcome *o = &q->outcome[number];
    o->rc =
        group_wide_enter(w, number, c->order + c->start[number], c->start[number + 1] - c->start[number], &e);
    if (o->rc)
        return;
    o->start = group_wide_value(w);
    if (q->from > 0)
        o->rc = group_wide_pair(w, &e);
    if (o->rc)
        return;
    if (q->from > 0)
        group_wide_walk(w, q->from, q->to, (uint32_t)q->visits, mix(q->p->seed, q->rounds, number));
    else
        group_wide_descend(w, hasty_passes(q), q->parts > 1 ? 1 : PASSES_MOST);
    o->end = o->best = group_wide_value(w);
    o->moves = w->moves;
    o->losses = w->losses;
    for (uint32_t k = c->start[number]; k < c->start[number + 1]; k++)
        for (uint32_t i = c->members.start[c->order[k]]; i < c->members.start[c->order[k] + 1]; i++)
            q->found[c->members.unit[i]] = q->s->group[c->members.unit[i]];
}

static void work(void *context, uint32_t worker)
{
    struct group_regions *q = context;
    for (;;) {
        uint32_t at = atomic_load(&q->next);
        /* Only the calling thread looks at the clock and reports. What is walked is always the first regions:
         * their number can be told by the steps. */
        if (worker == 0 && q->plan && at < q->cut.regions &&
            !group_plan_goes_on(q->plan, q->nominal[at], q->best_value))
            atomic_store(&q->stopped, true);
        if (atomic_load(&q->stopped))
            return;
        at = atomic_fetch_add(&q->next, 1);
        if (at >= q->cut.regions || (q->plan && q->nominal[at] >= q->plan->limit))
            return;
        if (q->widely)
            walk_wide(q, &q->wide[worker], at);
        else
            walk(q, &q->region[worker], at);
    }
}

static uint32_t units_of(const struct group_cut *c, uint32_t region)
{
    uint32_t units = 0;
    for (uint32_t k = c->start[region]; k < c->start[region + 1]; k++)
        units += c->members.start[c->order[k] + 1] - c->members.start[c->order[k]];
    return units;
}

/* What a region is meant to take, not what it took: so it is known before. */
static void count_nominal(struct group_regions *q)
{
    double visits = q->visits + (q->widely && q->from > 0 ? GROUP_WALK_VISITS : GROUP_ROUND_VISITS);
    q->nominal[0] = q->effort;
    for (uint32_t r = 0; r < q->cut.regions; r++)
        q->nominal[r + 1] = q->nominal[r] + 1 + (uint64_t)(visits * units_of(&q->cut, r));
}

/* The best of each region together are a grouping too, and none so far had a better value. */
static int take_outcomes(struct group_regions *q, uint32_t done, struct err *e)
{
    double start = 0, end = 0, best = 0;
    q->losses = 0;
    for (uint32_t r = 0; r < done; r++) {
        if (q->outcome[r].rc)
            return err_memory(e, "a region of the search");
        start += q->outcome[r].start;
        end += q->outcome[r].end;
        best += q->outcome[r].best;
        q->moves += q->outcome[r].moves;
        q->losses += q->widely ? q->outcome[r].losses : 0;
    }
    if (done == q->cut.regions && !q->based) {
        q->best_value += start - q->value;
        q->value = start;
        q->based = true;
    }
    best = q->value + (best - start);
    q->value += end - start;
    if (!(best > q->best_value))
        return ERR_OK;
    q->best_value = best;
    for (uint32_t unit = 0; unit < q->s->m.units; unit++)
        q->best[unit] = q->cut.members.region[unit] < done ? q->found[unit] : q->s->group[unit];
    return ERR_OK;
}

static void find_places(struct group_regions *q)
{
    const struct group_cut *c = &q->cut;
    for (uint32_t r = 0; r < c->regions; r++)
        for (uint32_t k = c->start[r]; k < c->start[r + 1]; k++)
            q->whole.place[c->order[k]] = k - c->start[r];
}

static int run_round(struct group_regions *q, uint32_t regions, struct err *e)
{
    q->settled = false;
    q->cooled |= q->from > 0;
    group_cut_groups(&q->cut, regions, mix(q->p->seed, ++q->rounds, UINT32_MAX));
    count_nominal(q);
    find_places(q);
    atomic_store(&q->next, 0);
    atomic_store(&q->stopped, false);
    thread_pool_run(q->pool, work, q);
    uint32_t done = atomic_load(&q->next);
    done = done < q->cut.regions ? done : q->cut.regions;
    while (q->plan && done > 0 && q->nominal[done - 1] >= q->plan->limit)
        done--;
    q->effort = q->nominal[done];
    return take_outcomes(q, done, e);
}

int group_regions_round(struct group_regions *q, double from, double to, double visits, struct err *e)
{
    q->from = from;
    q->to = to;
    q->visits = visits;
    q->widely = false;
    return run_round(q, q->regions, e);
}

int group_regions_wide(struct group_regions *q, double from, double to, double visits, struct err *e)
{
    q->from = from;
    q->to = to;
    q->visits = from > 0 ? visits : q->parts > 1 ? 1 : WIDE_VISITS;
    q->widely = true;
    return run_round(q, from > 0 ? q->walks : q->parts, e);
}

int group_regions_open(struct group_regions *q, struct err *e)
{
    group_cut_groups(&q->cut, q->regions, mix(q->p->seed, ++q->rounds, UINT32_MAX));
    return enter(q, &q->region[0], 0, e);
}

void group_regions_close(struct group_regions *q)
{
    q->outcome[0].rc = ERR_OK;
    leave(q, &q->region[0], 0);
    take_outcomes(q, 1, NULL);
}
