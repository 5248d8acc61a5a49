/* The sizes by dynamic programming, group after group: the most pairs for each
 * number of elements so far. */
#include "core/group/group_resize.h"

#include <stdlib.h>

enum { STEPS_MOST = 20000000 };

/* `reached` (elements + 1): the most pairs of the groups so far, -1 where
 * impossible; `size` receives what the group has then. From the top down, so
 * that what is read is as it was. */
static void add_group(uint32_t least, uint32_t most, uint32_t elements, int64_t *reached, uint16_t *size)
{
    for (uint32_t k = elements + 1; k-- > 0;) {
        int64_t best = -1;
        for (uint32_t s = least; s <= most && s <= k; s++) {
            int64_t pairs = reached[k - s] < 0 ? -1 : reached[k - s] + (int64_t)s * (s - 1) / 2;
            if (pairs > best) {
                best = pairs;
                size[k] = (uint16_t)s;
            }
        }
        reached[k] = best;
    }
}

static int64_t most_pairs(const struct group_dense *m, uint32_t elements, uint32_t *target)
{
    size_t row = (size_t)elements + 1;
    int64_t *reached = malloc(row * sizeof *reached), pairs = -1;
    uint16_t *size = calloc(row * m->groups, sizeof *size);
    if (reached && size) {
        for (size_t k = 0; k < row; k++)
            reached[k] = k == 0 ? 0 : -1;
        for (uint32_t g = 0; g < m->groups; g++)
            add_group(m->min_size[g], m->max_size[g], elements, reached, size + g * row);
        pairs = reached[elements];
        for (uint32_t g = m->groups, left = elements; pairs >= 0 && g-- > 0; left -= target[g])
            target[g] = size[g * row + left];
    }
    free(reached);
    free(size);
    return pairs;
}

static int64_t pairs_now(const struct group_state *s)
{
    int64_t pairs = 0;
    for (uint32_t g = 0; g < s->m->groups; g++)
        pairs += (int64_t)s->load[g] * ((int64_t)s->load[g] - 1) / 2;
    return pairs;
}

/* The element of a group that is too large that loses least in one that is too
 * small. */
static bool move_one(struct group_state *s, const uint32_t *target)
{
    uint32_t unit = GROUP_NONE, to = 0;
    double most = 0;
    for (uint32_t k = 0; k < s->m->units; k++) {
        if (s->load[s->group[k]] <= target[s->group[k]])
            continue;
        for (uint32_t h = 0; h < s->m->groups; h++) {
            if (s->load[h] >= target[h] || !group_may_insert(s, k, h) || !group_insert_keeps_limits(s, k, h))
                continue;
            double gain = group_insert_gain(s, k, h);
            if (unit == GROUP_NONE || gain > most) {
                unit = k;
                to = h;
                most = gain;
            }
        }
    }
    if (unit != GROUP_NONE)
        group_state_insert(s, unit, to);
    return unit != GROUP_NONE;
}

static bool is_quick(const struct group_dense *m)
{
    uint32_t range = 1;
    for (uint32_t g = 0; g < m->groups; g++)
        if (m->max_size[g] - m->min_size[g] >= range)
            range = m->max_size[g] - m->min_size[g] + 1;
    return m->units <= UINT16_MAX && (double)m->units * m->groups * range < STEPS_MOST;
}

uint32_t group_resize(struct group_state *s)
{
    const struct group_dense *m = s->m;
    uint32_t moved = 0;
    if (m->objective != OBJECTIVE_SUM || !m->single || !is_quick(m))
        return 0;
    uint32_t *target = malloc(((size_t)m->groups + 1) * sizeof *target);
    if (target && most_pairs(m, m->units, target) > pairs_now(s))
        while (move_one(s, target))
            moved++;
    free(target);
    return moved;
}
