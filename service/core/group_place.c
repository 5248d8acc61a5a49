/* The question whether the rules can be met is one of packing and colouring, so it is answered by search:
 * depth first over the units that some rule concerns, largest and most contested first; elements without
 * rules are filler and only counted. */
#include <stdlib.h>
#include <string.h>

#include "core/group_units.h"

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
    uint64_t filler;  /* elements that no rule concerns */
    uint64_t waiting; /* elements of ruled units not yet placed */
    uint64_t missing; /* elements that groups still need for their least size */
};

static bool is_ruled(const struct group_units *u, uint32_t unit)
{
    return u->fixed[unit] != GROUP_NONE || group_unit_size(u, unit) > 1 ||
           u->foe_start[unit + 1] > u->foe_start[unit];
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
}

static void take(struct placing *s, uint32_t unit)
{
    uint32_t size = group_unit_size(s->u, unit), g = s->group[unit];
    s->missing -= shortage(s, g);
    s->load[g] -= size;
    s->missing += shortage(s, g);
    s->waiting += size;
    s->placed[g]--;
    s->group[unit] = GROUP_NONE;
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

static enum group_placement place_rest(struct placing *s)
{
    uint32_t depth = 0, tries = 0;
    if (s->missing > s->filler + s->waiting)
        return PLACEMENT_IMPOSSIBLE;
    if (s->n_order > 0)
        s->next[0] = 0;
    while (depth < s->n_order) {
        uint32_t unit = s->order[depth], g = s->next[depth];
        if (s->group[unit] != GROUP_NONE)
            take(s, unit);
        while (g < s->p->n_groups && (repeats_earlier(s, g) || !fits(s, unit, g)))
            g++;
        if (g == s->p->n_groups) {
            if (depth-- == 0)
                return PLACEMENT_IMPOSSIBLE;
            continue;
        }
        s->next[depth] = g + 1;
        put(s, unit, g);
        if (s->missing > s->filler + s->waiting)
            continue;
        if (++tries > TRIES_MOST)
            return PLACEMENT_UNKNOWN;
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

int group_units_place(const struct group_problem *p, const struct group_units *u, uint32_t *group,
                      enum group_placement *answer, struct err *e)
{
    struct placing s = {.p = p, .u = u, .group = group};
    s.load = calloc((size_t)p->n_groups + 1, sizeof *s.load);
    s.placed = calloc((size_t)p->n_groups + 1, sizeof *s.placed);
    s.order = malloc(((size_t)u->count + 1) * sizeof *s.order);
    s.next = malloc(((size_t)u->count + 1) * sizeof *s.next);
    int rc = ERR_OK;
    if (!s.load || !s.placed || !s.order || !s.next) {
        rc = err_memory(e, "placing the elements that rules concern");
    } else {
        order_units(&s);
        *answer = put_fixed(&s) ? place_rest(&s) : PLACEMENT_IMPOSSIBLE;
    }
    free(s.load);
    free(s.placed);
    free(s.order);
    free(s.next);
    return rc;
}
