#include "core/group_pairs.h"

static bool share_limiting_value(const struct group_units *u, uint32_t a, uint32_t b)
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

uint32_t group_pair_mate(const struct group_units *u, const struct group_lists *l, uint32_t unit, uint32_t g,
                         struct group_random *random)
{
    uint32_t mate = GROUP_NONE, seen = 0;
    for (uint32_t other = l->first[g]; other != GROUP_NONE; other = l->after[other])
        if (other != unit && u->fixed[other] == GROUP_NONE && share_limiting_value(u, unit, other) &&
            group_random_below(random, ++seen) == 0)
            mate = other;
    return mate;
}

bool group_pair_partners(const struct group_units *u, const struct group_lists *l, struct group_pair_move *m,
                         double (*score)(const void *context, const struct group_pair_move *m, uint32_t unit),
                         const void *context)
{
    uint32_t size = group_unit_size(u, m->unit), size2 = group_unit_size(u, m->mate);
    double best = 0, best2 = 0;
    m->partner = m->partner2 = GROUP_NONE;
    for (uint32_t other = l->first[m->to]; other != GROUP_NONE; other = l->after[other]) {
        if (u->fixed[other] != GROUP_NONE)
            continue;
        double gain = score(context, m, other);
        if (group_unit_size(u, other) == size && (m->partner == GROUP_NONE || gain > best)) {
            if (size == size2) { /* the best so far becomes the second best */
                m->partner2 = m->partner;
                best2 = best;
            }
            m->partner = other;
            best = gain;
        } else if (group_unit_size(u, other) == size2 && (m->partner2 == GROUP_NONE || gain > best2)) {
            m->partner2 = other;
            best2 = gain;
        }
    }
    return m->partner != GROUP_NONE && m->partner2 != GROUP_NONE;
}

static bool fits(const struct group_problem *p, const uint32_t *load, const struct group_pair_move *m,
                 uint32_t size)
{
    return m->partner != GROUP_NONE ||
           (load[m->from] >= p->min_size[m->from] + size && load[m->to] + size <= p->max_size[m->to]);
}

bool group_pair_allowed(const struct group_problem *p, const struct group_units *u,
                        const struct group_lists *l, const uint32_t *load, const struct group_pair_move *m)
{
    const uint32_t leave[] = {m->unit, m->mate}, come[] = {m->partner, m->partner2};
    uint32_t coming = m->partner != GROUP_NONE ? 2 : 0;
    if (!fits(p, load, m, group_unit_size(u, m->unit) + group_unit_size(u, m->mate)))
        return false;
    return group_crew_faults(u, l, &(struct group_change){m->to, coming, 2, come, leave}) == 0 &&
           group_crew_faults(u, l, &(struct group_change){m->from, 2, coming, leave, come}) == 0;
}
