/* group_walk.h - what the schedule of a search needs of a walk through groupings, whichever way similarities
 * are kept: temperature, one visit at a time, and what has happened so far. Owner: the struct that holds it
 * as its first member. One thread. */
#ifndef PEERNET_CORE_GROUP_WALK_H
#define PEERNET_CORE_GROUP_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/group/group.h"

struct group_walk {
    void (*heat)(struct group_walk *w, double temperature);
    bool (*visit)(struct group_walk *w);     /* the next unit; true when something moved */
    double (*hottest)(struct group_walk *w); /* a temperature at which everything moves */
    /* To sizes that visits hardly find from these; false when there are none. NULL: never any. */
    bool (*resize)(struct group_walk *w);
    void (*rewind)(struct group_walk *w); /* back to the best grouping; NULL where resize is */
    uint32_t units, groups;
    double visit_steps; /* steps of a visit that finds nothing */
    uint64_t effort;    /* steps: work done, the same on every machine */
    uint64_t moves;
    uint64_t losses; /* moves that cost something: neutral ones, between equals, never freeze */
    double looks;    /* visits, those that ended early counted in part */
    /* Twice the losses a look, where the walk is about to melt, half molten, and frozen. */
    double melted, soft, frozen;
    double value, best_value;
};

/* Counts a move of that gain. */
void group_walk_count(struct group_walk *w, double gain, double temperature);
/* Logarithms of uniform numbers in random order: quantiles rather than draws, so that no temperature is
 * luckier than another. The order is part of the program. */
void group_walk_noise(float *noise, uint32_t count);
/* Visits at temperature 0 until no single move gains. */
void group_walk_descend(struct group_walk *w);
/* Descends, and spends the budget of the problem, if it has one, on better groupings; `effort` receives the
 * steps done. The walk has seen its best, from where a descent is to follow: with a budget too small for the
 * first one the result is not worse than with none. */
void group_walk_search(struct group_walk *w, const struct group_problem *p, uint64_t *effort);

#endif
