#include "core/group/group_pairs.h"

uint32_t group_pair_mate(const struct group_units *u, const struct group_lists *l, uint32_t unit, uint32_t g,
                         struct group_random *random)
{
    uint32_t mate = GROUP_NONE, seen = 0;
    for (uint32_t other = l->first[g]; other != GROUP_NONE; other = l->after[other])
        if (other != unit && u->fixed[other] == GROUP_NONE && group_units_share_value(u, unit, other) &&
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

bool group_pair_allowed(const struct group_units *u, const struct group_lists *l,
                        const struct group_pair_move *m)
{
    const uint32_t leave[] = {m->unit, m->mate}, come[] = {m->partner, m->partner2};
    uint32_t coming = m->partner != GROUP_NONE ? 2 : 0;
    return group_crew_faults(u, l, &(struct group_change){m->to, coming, 2, come, leave}) == 0 &&
           group_crew_faults(u, l, &(struct group_change){m->from, 2, coming, leave, come}) == 0;
}
