/* group_pairs.h - moves of two units at once: where nobody may be alone with a value, two
 * that keep each other company can only leave together, and without that a search would freeze. Two units of
 * one group go to another, alone or in exchange for two of theirs. Owner: nobody; one thread a state. */
#ifndef PEERNET_CORE_GROUP_PAIRS_H
#define PEERNET_CORE_GROUP_PAIRS_H

#include "core/group/group_crew.h"
#include "core/group/group_random.h"

struct group_pair_move {
    uint32_t unit, mate;        /* leave `from` for `to` */
    uint32_t partner, partner2; /* come back in turn, of the same sizes; GROUP_NONE = nobody does */
    uint32_t from, to;
};

/* A random other member of the unit's group that has a limiting value in common with it and may move;
 * GROUP_NONE if there is none. */
uint32_t group_pair_mate(const struct group_units *u, const struct group_lists *l, uint32_t unit, uint32_t g,
                         struct group_random *random);
/* Two members of the group, not fixed, of the sizes of unit and mate: those with the highest `score`; false
 * if there are none. */
bool group_pair_partners(const struct group_units *u, const struct group_lists *l, struct group_pair_move *m,
                         double (*score)(const void *context, const struct group_pair_move *m, uint32_t unit),
                         const void *context);
/* Whether rules and limits allow it; bounds are the caller's. */
bool group_pair_allowed(const struct group_units *u, const struct group_lists *l,
                        const struct group_pair_move *m);

#endif
