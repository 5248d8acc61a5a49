/* group_anneal.h - the walk of the dense search: units visited in turn, each taking the first insert or swap
 * whose gain is above a random threshold of the temperature (Metropolis' rule, with many candidates compared
 * at once). At temperature 0 it is descent. Owner: whoever called group_anneal_init; borrows the state. One
 * thread. */
#ifndef PEERNET_CORE_GROUP_ANNEAL_H
#define PEERNET_CORE_GROUP_ANNEAL_H

#include "core/group/group_dense.h"
#include "core/group/group_kernel.h"
#include "core/group/group_random.h"
#include "core/group/group_walk.h"

struct group_anneal {
    struct group_walk walk;
    struct group_state *s;
    struct group_random random;
    double temperature;
    float *noise;           /* logarithms of uniform numbers, in random order; NOISE and some, repeating */
    int32_t *threshold;     /* noise times temperature, for whole gains */
    float *threshold_value; /* the same for values with coefficients */
    int32_t *there;         /* by group, of the unit visited; see group_kernel.h */
    float *there_value;
    float *there_draw; /* by group: what it gains from the unit */
    uint32_t *most;    /* by group: greatest size */
    struct group_room room;
    struct group_scan scan;
    double look;      /* one partner looked at, as a share of all */
    uint32_t *picked; /* units of a compound move */
    uint32_t next;    /* unit to visit */
    uint32_t *best;   /* group of each unit in the best grouping so far */
};

int group_anneal_init(struct group_anneal *a, struct group_state *s, uint64_t seed, struct err *e);
void group_anneal_free(struct group_anneal *a);
/* Another state of the same model, which has no more units and groups than at the time of group_anneal_init:
 * as after group_anneal_init, but that the temperature is yet to be set. */
void group_anneal_restart(struct group_anneal *a, uint64_t seed);

/* Moves the unit with another of its group that keeps it company (group_pairs.h), if that gains more than the
 * threshold. */
bool group_anneal_move_pair(struct group_anneal *a, uint32_t unit, double threshold, double *gain);

/* Takes the state as it is as the best, or goes back to the best. */
void group_anneal_mark(struct group_anneal *a);
void group_anneal_return(struct group_anneal *a);

#endif
