#include <math.h>

#include "core/group_search.h"

/* Gains below this share of the value are rounding, not gains: they could go round in circles. */
static const double NOTHING = 1e-12;

struct best_move {
    double gain;
    uint32_t other; /* unit to swap with, or group to go to */
    bool swap;
};

static void try_inserts(const struct group_state *s, uint32_t unit, struct best_move *best)
{
    for (uint32_t g = 0; g < s->m->groups; g++) {
        if (!group_may_insert(s, unit, g))
            continue;
        double gain = group_insert_gain(s, unit, g);
        if (gain > best->gain)
            *best = (struct best_move){gain, g, false};
    }
}

static void try_swaps(const struct group_state *s, uint32_t unit, struct best_move *best)
{
    for (uint32_t other = 0; other < s->m->units; other++) {
        if (s->group[other] == s->group[unit])
            continue;
        double gain = group_swap_gain(s, unit, other);
        if (gain > best->gain && group_may_swap(s, unit, other))
            *best = (struct best_move){gain, other, true};
    }
}

uint64_t group_descend(struct group_state *s)
{
    uint64_t moves = 0;
    double least = NOTHING * (1 + fabs(group_state_value(s)));
    uint32_t idle = 0;
    for (uint32_t unit = 0; idle < s->m->units; unit = unit + 1 < s->m->units ? unit + 1 : 0) {
        struct best_move best = {least, GROUP_NONE, false};
        try_inserts(s, unit, &best);
        try_swaps(s, unit, &best);
        idle++;
        if (best.other == GROUP_NONE)
            continue;
        if (best.swap)
            group_state_swap(s, unit, best.other);
        else
            group_state_insert(s, unit, best.other);
        moves++;
        idle = 0;
    }
    return moves;
}
