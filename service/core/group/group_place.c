/* The question whether the rules can be met is one of packing and colouring, so it is answered by search:
 * depth first over the units that some rule or limit concerns, largest and most contested first; elements
 * without either are filler and only counted. Two that cannot share a group are seen at once; who is alone,
 * as soon as too few are left to keep everybody company; how far the centre is, only at the end. */
#include <stdlib.h>
#include <string.h>

#include "core/group/group_crew.h"

enum { TRIES_MOST = 2000000 }; /* placements tried before it gives up: about a second */

struct placing {
    const struct group_problem *p;
    const struct group_units *u;
    uint32_t *group;  /* unit -> group so far */
    uint32_t *load;   /* elements placed in each group */
    uint32_t *placed; /* ruled units placed in each group: groups with none are alike */
    uint32_t *order;  /* ruled units that are free to choose */
    uint32_t *next;   /* by depth: the group to try next */
    uint32_t n_order;
    struct group_lists members; /* ruled units placed */
    uint32_t *count;            /* by group; scratch */
    const bool *may_skip;       /* by unit; NULL: nobody */
    uint32_t skips;             /* how many more may be left out */
    uint64_t filler;            /* elements that no rule concerns */
    uint64_t waiting;           /* elements of ruled units not yet placed */
    uint64_t missing;           /* elements that groups still need for their least size */
};

static bool is_ruled(const struct group_units *u, uint32_t unit)
{
    if (u->fixed[unit] != GROUP_NONE || group_unit_size(u, unit) > 1 ||
        u->foe_start[unit + 1] > u->foe_start[unit])
        return true;
    return group_limiter_concerns(&u->limiter, u->element[u->start[unit]]);
}

static uint64_t shortage(const struct placing *s, uint32_t g)
{
    return s->load[g] < s->p->min_size[g] ? s->p->min_size[g] - s->load[g] : 0;
}

static bool meets_foe(const struct placing *s, uint32_t unit, uint32_t g)
{
    for (uint32_t i = s->u->foe_start[unit]; i < s->u->foe_start[unit + 1]; i++)
        if (s->group[s->u->foe[i]] == g)
            return true;
    if (!s->u->limiter.restricts)
        return false;
    for (uint32_t other = s->members.first[g]; other != GROUP_NONE; other = s->members.after[other])
        if (group_units_parted(s->u, unit, other))
            return true;
    return false;
}

static void put(struct placing *s, uint32_t unit, uint32_t g)
{
    uint32_t size = group_unit_size(s->u, unit);
    s->missing -= shortage(s, g);
    s->load[g] += size;
    s->missing += shortage(s, g);
    s->waiting -= size;
    s->placed[g]++;
    s->group[unit] = g;
    group_lists_add(&s->members, unit, g);
}

static void skip(struct placing *s, uint32_t unit)
{
    s->group[unit] = GROUP_OUT;
    s->waiting -= group_unit_size(s->u, unit);
    s->skips--;
}

static void take(struct placing *s, uint32_t unit)
{
    uint32_t size = group_unit_size(s->u, unit), g = s->group[unit];
    s->waiting += size;
    s->group[unit] = GROUP_NONE;
    if (g == GROUP_OUT) {
        s->skips++;
        return;
    }
    s->missing -= shortage(s, g);
    s->load[g] -= size;
    s->missing += shortage(s, g);
    s->placed[g]--;
    group_lists_remove(&s->members, unit, g);
}

static bool fits(const struct placing *s, uint32_t unit, uint32_t g)
{
    return s->load[g] + group_unit_size(s->u, unit) <= s->p->max_size[g] && !meets_foe(s, unit, g);
}

/* An untouched group like an earlier untouched one would only repeat what failed there. */
static bool repeats_earlier(const struct placing *s, uint32_t g)
{
    if (s->placed[g] > 0)
        return false;
    for (uint32_t h = g; h-- > 0;)
        if (s->placed[h] == 0)
            return s->p->min_size[h] == s->p->min_size[g] && s->p->max_size[h] == s->p->max_size[g];
    return false;
}

/* Kept units first: they have no choice. */
static bool put_fixed(struct placing *s)
{
    for (uint32_t unit = 0; unit < s->u->count; unit++) {
        if (s->u->fixed[unit] == GROUP_NONE)
            continue;
        if (!fits(s, unit, s->u->fixed[unit]))
            return false;
        put(s, unit, s->u->fixed[unit]);
    }
    return true;
}

/* Too few with the value are left for the groups where one has it alone. */
static bool lacks_company(const struct placing *s, const uint32_t *value, uint32_t wanted)
{
    uint32_t waiting = 0, alone = 0;
    memset(s->count, 0, s->p->n_groups * sizeof *s->count);
    for (uint32_t unit = 0; unit < s->u->count; unit++)
        for (uint32_t i = s->u->start[unit]; i < s->u->start[unit + 1]; i++) {
            if (value[s->u->element[i]] != wanted)
                continue;
            if (s->group[unit] < s->p->n_groups)
                s->count[s->group[unit]]++;
            else
                waiting += s->group[unit] == GROUP_NONE;
        }
    for (uint32_t g = 0; g < s->p->n_groups; g++)
        alone += s->count[g] == 1;
    return alone > waiting;
}

/* After the unit has been placed or skipped. */
static bool is_dead_end(const struct placing *s, uint32_t unit)
{
    if (s->missing > s->filler + s->waiting)
        return true;
    if (!s->u->limiter.counts_alone)
        return false;
    const struct group_limits *limits = s->u->limiter.limits;
    for (size_t k = 0; k < limits->n_attributes; k++) {
        const uint32_t *value = limits->attributes[k].value;
        for (uint32_t i = s->u->start[unit]; s->u->limiter.on[k] && i < s->u->start[unit + 1]; i++)
            if (value[s->u->element[i]] != GROUP_NONE && lacks_company(s, value, value[s->u->element[i]]))
                return true;
    }
    return false;
}

static bool keeps_limits(const struct placing *s)
{
    for (uint32_t g = 0; s->u->limiter.restricts && g < s->p->n_groups; g++)
        if (!group_crew_keeps_limits(s->u, &s->members, g))
            return false;
    return true;
}

/* The next choice for a unit from `g` on: a group, n_groups for leaving it out, or n_groups + 1 for none. */
static uint32_t next_choice(const struct placing *s, uint32_t unit, uint32_t g)
{
    uint32_t groups = s->p->n_groups;
    while (g < groups && (repeats_earlier(s, g) || !fits(s, unit, g)))
        g++;
    return g == groups && (s->skips == 0 || !s->may_skip || !s->may_skip[unit]) ? groups + 1 : g;
}

static uint32_t tries_most(const struct placing *s)
{
    return s->u->limited ? (uint32_t)((uint64_t)TRIES_MOST * 16 / (16 + s->u->count)) : TRIES_MOST;
}

static enum group_placement place_rest(struct placing *s)
{
    uint32_t depth = 0, tries = 0, groups = s->p->n_groups, most = tries_most(s);
    if (s->missing > s->filler + s->waiting)
        return PLACEMENT_IMPOSSIBLE;
    if (s->n_order == 0)
        return keeps_limits(s) ? PLACEMENT_FOUND : PLACEMENT_IMPOSSIBLE;
    s->next[0] = 0;
    while (depth < s->n_order) {
        uint32_t unit = s->order[depth], g;
        if (s->group[unit] != GROUP_NONE)
            take(s, unit);
        g = next_choice(s, unit, s->next[depth]);
        if (g > groups) {
            if (depth-- == 0)
                return PLACEMENT_IMPOSSIBLE;
            continue;
        }
        s->next[depth] = g + 1;
        if (g == groups)
            skip(s, unit);
        else
            put(s, unit, g);
        if (is_dead_end(s, unit))
            continue;
        if (++tries > most)
            return PLACEMENT_UNKNOWN;
        if (depth + 1 == s->n_order && !keeps_limits(s))
            continue;
        if (++depth < s->n_order)
            s->next[depth] = 0;
    }
    return PLACEMENT_FOUND;
}

/* By size, then by foes: where choice is narrow, choose first. */
static int compare_units(const void *a_, const void *b_, void *units)
{
    const struct group_units *u = units;
    uint32_t a = *(const uint32_t *)a_, b = *(const uint32_t *)b_;
    uint32_t size_a = group_unit_size(u, a), size_b = group_unit_size(u, b);
    uint32_t foes_a = u->foe_start[a + 1] - u->foe_start[a], foes_b = u->foe_start[b + 1] - u->foe_start[b];
    if (size_a != size_b)
        return size_a > size_b ? -1 : 1;
    if (foes_a != foes_b)
        return foes_a > foes_b ? -1 : 1;
    return a < b ? -1 : a > b;
}

static void order_units(struct placing *s)
{
    for (uint32_t unit = 0; unit < s->u->count; unit++) {
        s->group[unit] = GROUP_NONE;
        if (!is_ruled(s->u, unit)) {
            s->filler++;
            continue;
        }
        s->waiting += group_unit_size(s->u, unit);
        if (s->u->fixed[unit] == GROUP_NONE)
            s->order[s->n_order++] = unit;
    }
    qsort_r(s->order, s->n_order, sizeof *s->order, compare_units, (void *)s->u);
    for (uint32_t g = 0; g < s->p->n_groups; g++)
        s->missing += s->p->min_size[g];
}

static int allocate(struct placing *s, struct err *e)
{
    size_t groups = (size_t)s->p->n_groups + 1, units = (size_t)s->u->count + 1;
    s->load = calloc(groups, sizeof *s->load);
    s->placed = calloc(groups, sizeof *s->placed);
    s->count = calloc(groups, sizeof *s->count);
    s->order = malloc(units * sizeof *s->order);
    s->next = malloc(units * sizeof *s->next);
    s->members.first = malloc(groups * sizeof *s->members.first);
    s->members.after = malloc(units * sizeof *s->members.after);
    s->members.prior = malloc(units * sizeof *s->members.prior);
    if (!s->load || !s->placed || !s->count || !s->order || !s->next || !s->members.first ||
        !s->members.after || !s->members.prior)
        return err_memory(e, "placing the elements that rules concern");
    for (uint32_t g = 0; g < s->p->n_groups; g++)
        s->members.first[g] = GROUP_NONE;
    return ERR_OK;
}

int group_units_place(const struct group_problem *p, const struct group_units *u, const bool *may_skip,
                      uint32_t skips, uint32_t *group, enum group_placement *answer, struct err *e)
{
    struct placing s = {.p = p, .u = u, .group = group, .may_skip = may_skip, .skips = skips};
    int rc = allocate(&s, e);
    if (!rc) {
        order_units(&s);
        *answer = put_fixed(&s) ? place_rest(&s) : PLACEMENT_IMPOSSIBLE;
    }
    free(s.load);
    free(s.placed);
    free(s.count);
    free(s.order);
    free(s.next);
    free(s.members.first);
    free(s.members.after);
    free(s.members.prior);
    return rc;
}
