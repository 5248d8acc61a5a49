#include "core/group/group_reach.h"

#include <stdlib.h>

enum { CANDIDATES = 256, ALIKE = 64, DEPTH = 64, TRIES = 4000 };

int group_reach_open(struct group_reach *r, const struct group_problem *p, const struct group_units *u,
                     struct err *e)
{
    *r = (struct group_reach){.p = p, .u = u};
    r->candidates = malloc((size_t)CANDIDATES * (DEPTH + 1) * sizeof *r->candidates);
    r->crew.first = malloc(sizeof *r->crew.first);
    r->crew.after = malloc(((size_t)u->count + 1) * sizeof *r->crew.after);
    r->crew.prior = malloc(((size_t)u->count + 1) * sizeof *r->crew.prior);
    if (r->candidates && r->crew.first && r->crew.after && r->crew.prior)
        return ERR_OK;
    group_reach_close(r);
    return err_memory(e, "looking for a group that can take each element");
}

void group_reach_close(struct group_reach *r)
{
    free(r->candidates);
    free(r->crew.first);
    free(r->crew.after);
    free(r->crew.prior);
    *r = (struct group_reach){0};
}

/* The least and the greatest size of the groups that the unit may be in. */
static void read_bounds(struct group_reach *r, uint32_t unit)
{
    uint32_t fixed = r->u->fixed[unit];
    r->low = UINT32_MAX;
    r->high = 0;
    for (uint32_t g = 0; g < r->p->n_groups; g++) {
        if (fixed != GROUP_NONE && g != fixed)
            continue;
        r->low = r->p->min_size[g] < r->low ? r->p->min_size[g] : r->low;
        r->high = r->p->max_size[g] > r->high ? r->p->max_size[g] : r->high;
    }
}

static void enter(struct group_reach *r, uint32_t unit)
{
    group_lists_add(&r->crew, unit, 0);
    r->places += group_unit_size(r->u, unit);
}

static void leave(struct group_reach *r, uint32_t unit)
{
    group_lists_remove(&r->crew, unit, 0);
    r->places -= group_unit_size(r->u, unit);
}

static bool may_join(const struct group_reach *r, uint32_t unit, uint32_t other)
{
    const struct group_units *u = r->u;
    bool elsewhere =
        u->fixed[unit] != GROUP_NONE && u->fixed[other] != GROUP_NONE && u->fixed[unit] != u->fixed[other];
    return other != unit && !elsewhere && r->places + group_unit_size(u, other) <= r->high &&
           !group_units_parted(u, unit, other);
}

/* Those with a value in common first, in case not all are looked at. */
static uint32_t list_candidates(struct group_reach *r, uint32_t unit)
{
    uint32_t count = 0;
    bool alike_first = r->u->limiter.counts_alone && r->u->count > CANDIDATES;
    r->truncated = false;
    for (uint32_t other = 0; alike_first && other < r->u->count && count < ALIKE; other++)
        if (group_units_share_value(r->u, unit, other) && may_join(r, unit, other))
            r->candidates[count++] = other;
    uint32_t alike = count;
    for (uint32_t other = 0; other < r->u->count; other++) {
        bool listed = false;
        for (uint32_t i = 0; i < alike && !listed; i++)
            listed = r->candidates[i] == other;
        if (listed || !may_join(r, unit, other))
            continue;
        if (count == CANDIDATES) {
            r->truncated = true;
            break;
        }
        r->candidates[count++] = other;
    }
    return count;
}

/* A value that one member has alone; its attribute, or n_attributes. */
static size_t find_alone(const struct group_reach *r, uint32_t *value)
{
    const struct group_units *u = r->u;
    const struct group_limits *limits = u->limiter.limits;
    const struct group_change none = {0};
    for (size_t k = 0; k < limits->n_attributes; k++)
        for (uint32_t unit = r->crew.first[0]; u->limiter.on[k] && unit != GROUP_NONE;
             unit = r->crew.after[unit])
            for (uint32_t i = u->start[unit]; i < u->start[unit + 1]; i++) {
                *value = limits->attributes[k].value[u->element[i]];
                if (*value != GROUP_NONE && group_crew_count(u, &r->crew, &none, k, *value) == 1)
                    return k;
            }
    return limits->n_attributes;
}

static bool unit_has(const struct group_units *u, uint32_t unit, size_t attribute, uint32_t value)
{
    for (uint32_t i = u->start[unit]; i < u->start[unit + 1]; i++)
        if (u->limiter.limits->attributes[attribute].value[u->element[i]] == value)
            return true;
    return false;
}

/* Those of the candidates behind `at` who may join the member as well. */
static uint32_t narrow(const struct group_reach *r, const uint32_t *from, uint32_t count, uint32_t member,
                       uint32_t *to)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        if (from[i] != GROUP_NONE && may_join(r, member, from[i]))
            to[kept++] = from[i];
    return kept;
}

static bool is_complete(const struct group_reach *r)
{
    return r->places >= r->low && r->places <= r->high && group_crew_keeps_limits(r->u, &r->crew, 0);
}

/* Whether the crew and some of the candidates make a group. Who was tried is not tried again further on. */
static bool extend(struct group_reach *r, uint32_t depth, uint32_t count)
{
    uint32_t *from = r->candidates + (size_t)depth * CANDIDATES, value = 0;
    uint64_t reachable = r->places;
    if (is_complete(r))
        return true;
    if (depth == DEPTH || r->tries-- == 0) {
        r->gave_up = true;
        return false;
    }
    for (uint32_t i = 0; i < count; i++)
        reachable += group_unit_size(r->u, from[i]);
    if (reachable < r->low)
        return false;
    size_t alone = r->u->limiter.counts_alone ? find_alone(r, &value) : SIZE_MAX;
    bool lacks = r->u->limiter.counts_alone && alone < r->u->limiter.limits->n_attributes;
    for (uint32_t i = 0; i < count && !r->gave_up; i++) {
        uint32_t unit = from[i];
        if (lacks && !unit_has(r->u, unit, alone, value))
            continue;
        from[i] = GROUP_NONE;
        enter(r, unit);
        bool found = extend(r, depth + 1, narrow(r, from, count, unit, from + CANDIDATES));
        leave(r, unit);
        if (found)
            return true;
    }
    return false;
}

bool group_reach_excludes(struct group_reach *r, uint32_t unit)
{
    r->crew.first[0] = GROUP_NONE;
    r->places = 0;
    r->tries = TRIES;
    r->gave_up = false;
    read_bounds(r, unit);
    enter(r, unit);
    bool found = r->places <= r->high && extend(r, 0, list_candidates(r, unit));
    return !found && !r->truncated && !r->gave_up;
}
