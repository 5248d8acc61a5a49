#include "core/group/group_crew.h"

#include <math.h>

/* Walks through the members that a group has after a change. */
struct crew {
    const struct group_lists *lists;
    const struct group_change *change;
    uint32_t listed, entered;
};

static bool is_among(const uint32_t *units, uint32_t count, uint32_t unit)
{
    for (uint32_t i = 0; i < count; i++)
        if (units[i] == unit)
            return true;
    return false;
}

static uint32_t next_member(struct crew *w)
{
    while (w->listed != GROUP_NONE) {
        uint32_t unit = w->listed;
        w->listed = w->lists->after[unit];
        if (!is_among(w->change->out, w->change->n_out, unit))
            return unit;
    }
    return w->entered < w->change->n_in ? w->change->in[w->entered++] : GROUP_NONE;
}

static uint32_t first_member(struct crew *w, const struct group_lists *l, const struct group_change *c)
{
    *w = (struct crew){l, c, l->first[c->group], 0};
    return next_member(w);
}

static bool limits_part(const struct group_units *u, uint32_t a, uint32_t b)
{
    for (uint32_t i = u->start[a]; i < u->start[a + 1]; i++)
        for (uint32_t j = u->start[b]; j < u->start[b + 1]; j++)
            if (group_limiter_parts(&u->limiter, u->element[i], u->element[j]) != GROUP_NONE)
                return true;
    return false;
}

static bool are_foes(const struct group_units *u, uint32_t a, uint32_t b)
{
    for (uint32_t i = u->foe_start[a]; i < u->foe_start[a + 1]; i++)
        if (u->foe[i] == b)
            return true;
    return false;
}

bool group_units_parted(const struct group_units *u, uint32_t a, uint32_t b)
{
    return are_foes(u, a, b) || limits_part(u, a, b);
}

bool group_units_share_value(const struct group_units *u, uint32_t a, uint32_t b)
{
    const struct group_limits *limits = u->limiter.limits;
    for (size_t k = 0; k < limits->n_attributes; k++) {
        const uint32_t *value = limits->attributes[k].value;
        for (uint32_t i = u->start[a]; u->limiter.on[k] && i < u->start[a + 1]; i++)
            for (uint32_t j = u->start[b]; j < u->start[b + 1]; j++)
                if (value[u->element[i]] != GROUP_NONE && value[u->element[i]] == value[u->element[j]])
                    return true;
    }
    return false;
}

static bool newcomers_fit(const struct group_units *u, const struct group_lists *l,
                          const struct group_change *c)
{
    struct crew w;
    for (uint32_t i = 0; i < c->n_in; i++)
        for (uint32_t other = first_member(&w, l, c); other != GROUP_NONE; other = next_member(&w))
            if (other != c->in[i] && limits_part(u, c->in[i], other))
                return false;
    return true;
}

/* How many elements of the crew have the value. */
static uint32_t count_value(const struct group_units *u, const struct group_lists *l,
                            const struct group_change *c, const uint32_t *value, uint32_t wanted)
{
    struct crew w;
    uint32_t count = 0;
    for (uint32_t unit = first_member(&w, l, c); unit != GROUP_NONE; unit = next_member(&w))
        for (uint32_t i = u->start[unit]; i < u->start[unit + 1]; i++)
            count += value[u->element[i]] == wanted;
    return count;
}

uint32_t group_crew_count(const struct group_units *u, const struct group_lists *l,
                          const struct group_change *c, size_t attribute, uint32_t value)
{
    return count_value(u, l, c, u->limiter.limits->attributes[attribute].value, value);
}

/* Whether one element alone has a value that the unit has. */
static bool leaves_alone(const struct group_units *u, const struct group_lists *l,
                         const struct group_change *c, uint32_t unit)
{
    const struct group_limits *limits = u->limiter.limits;
    for (size_t k = 0; k < limits->n_attributes; k++) {
        const uint32_t *value = limits->attributes[k].value;
        for (uint32_t i = u->start[unit]; u->limiter.on[k] && i < u->start[unit + 1]; i++)
            if (value[u->element[i]] != GROUP_NONE && count_value(u, l, c, value, value[u->element[i]]) == 1)
                return true;
    }
    return false;
}

static bool nobody_is_alone(const struct group_units *u, const struct group_lists *l,
                            const struct group_change *c)
{
    for (uint32_t i = 0; i < c->n_in; i++)
        if (leaves_alone(u, l, c, c->in[i]))
            return false;
    for (uint32_t i = 0; i < c->n_out; i++)
        if (leaves_alone(u, l, c, c->out[i]))
            return false;
    return true;
}

static struct group_point centre_of(const struct group_units *u, const struct group_lists *l,
                                    const struct group_change *c)
{
    struct group_point sum = {0, 0, 0};
    struct crew w;
    for (uint32_t unit = first_member(&w, l, c); unit != GROUP_NONE; unit = next_member(&w))
        for (uint32_t i = u->start[unit]; i < u->start[unit + 1]; i++) {
            const struct group_point *at = &u->limiter.point[u->element[i]];
            if (isnan(at->x))
                continue;
            sum = (struct group_point){sum.x + at->x, sum.y + at->y, sum.z + at->z};
        }
    double length = sqrt(sum.x * sum.x + sum.y * sum.y + sum.z * sum.z);
    return (struct group_point){sum.x / length, sum.y / length, sum.z / length};
}

/* Elements beyond the greatest distance; all, where they are so far apart that there is no centre. */
static uint32_t count_far(const struct group_units *u, const struct group_lists *l,
                          const struct group_change *c)
{
    if (u->limiter.centre_most > 4)
        return 0;
    struct group_point centre = centre_of(u, l, c);
    struct crew w;
    uint32_t far = 0;
    for (uint32_t unit = first_member(&w, l, c); unit != GROUP_NONE; unit = next_member(&w))
        for (uint32_t i = u->start[unit]; i < u->start[unit + 1]; i++) {
            const struct group_point *at = &u->limiter.point[u->element[i]];
            double x = at->x - centre.x, y = at->y - centre.y, z = at->z - centre.z;
            far += !isnan(at->x) && !(x * x + y * y + z * z <= u->limiter.centre_most);
        }
    return far;
}

bool group_crew_allows(const struct group_units *u, const struct group_lists *l, const struct group_change *c)
{
    return newcomers_fit(u, l, c) && (!u->limiter.counts_alone || nobody_is_alone(u, l, c)) &&
           count_far(u, l, c) == 0;
}

bool group_crew_allows_move(const struct group_units *u, const struct group_lists *l, uint32_t a, uint32_t g,
                            uint32_t b, uint32_t h)
{
    uint32_t back = b != GROUP_NONE;
    if (!u->limiter.restricts)
        return true;
    return group_crew_allows(u, l, &(struct group_change){h, back, 1, &b, &a}) &&
           group_crew_allows(u, l, &(struct group_change){g, 1, back, &a, &b});
}

static uint32_t count_parted(const struct group_units *u, const struct group_lists *l,
                             const struct group_change *c)
{
    struct crew outer, inner;
    uint32_t parted = 0;
    for (uint32_t a = first_member(&outer, l, c); a != GROUP_NONE; a = next_member(&outer)) {
        inner = outer;
        for (uint32_t b = next_member(&inner); b != GROUP_NONE; b = next_member(&inner))
            parted += group_units_parted(u, a, b);
    }
    return parted;
}

/* Pairs of the unit with the listed members, but for those among `but`. */
static uint32_t count_parted_from(const struct group_units *u, const struct group_lists *l, uint32_t g,
                                  uint32_t unit, const uint32_t *but, uint32_t n_but)
{
    uint32_t parted = 0;
    for (uint32_t other = l->first[g]; other != GROUP_NONE; other = l->after[other])
        if (!is_among(but, n_but, other))
            parted += group_units_parted(u, unit, other);
    return parted;
}

/* The same as count_parted, from what is remembered of the group as it is: only who goes and comes is looked
 * at. */
static uint32_t update_parted(const struct group_units *u, const struct group_lists *l,
                              const struct group_change *c)
{
    uint32_t parted = l->parted[c->group];
    if (parted == GROUP_NONE)
        parted = l->parted[c->group] = count_parted(u, l, &(struct group_change){.group = c->group});
    for (uint32_t i = 0; i < c->n_out && parted > 0; i++)
        parted -= count_parted_from(u, l, c->group, c->out[i], c->out, i + 1);
    for (uint32_t i = 0; i < c->n_in; i++) {
        parted += count_parted_from(u, l, c->group, c->in[i], c->out, c->n_out);
        for (uint32_t k = 0; k < i; k++)
            parted += group_units_parted(u, c->in[k], c->in[i]);
    }
    return parted;
}

static uint32_t count_alone(const struct group_units *u, const struct group_lists *l,
                            const struct group_change *c)
{
    const struct group_limits *limits = u->limiter.limits;
    struct crew w;
    uint32_t alone = 0;
    for (size_t k = 0; limits && k < limits->n_attributes; k++) {
        const uint32_t *value = limits->attributes[k].value;
        if (!u->limiter.on[k])
            continue;
        for (uint32_t unit = first_member(&w, l, c); unit != GROUP_NONE; unit = next_member(&w))
            for (uint32_t i = u->start[unit]; i < u->start[unit + 1]; i++)
                alone += value[u->element[i]] != GROUP_NONE &&
                         count_value(u, l, c, value, value[u->element[i]]) == 1;
    }
    return alone;
}

uint32_t group_crew_faults(const struct group_units *u, const struct group_lists *l,
                           const struct group_change *c)
{
    uint32_t parted = l->parted ? update_parted(u, l, c) : count_parted(u, l, c);
    return parted + count_alone(u, l, c) + count_far(u, l, c);
}
