/* group_dense.h - a grouping problem as a full matrix of integers between units, and a grouping of it with
 * the sum of each unit's weights to each group (the delta matrix), kept exact move by move.
 *
 * Similarities are scaled to integers, so that sums never drift and are the same on every machine; decimals
 * and integers come out exact. A group's value is coefficient[size] * (weights inside it + what its members
 * get for having been there before). Owner: whoever built it; states borrow the model. One thread per state.
 */
#ifndef PEERNET_CORE_GROUP_DENSE_H
#define PEERNET_CORE_GROUP_DENSE_H

#include "core/group/group_crew.h"

struct group_dense {
    uint32_t units, groups;
    uint32_t stride; /* units, rounded up: length of a row */
    int32_t *weight; /* units * stride; 0 on the diagonal and behind the units */
    int64_t *inner;  /* weight between the elements of each unit */
    uint32_t *size;  /* elements of each unit */
    bool single;     /* every unit is one element */
    const uint32_t *min_size, *max_size;
    uint32_t *home;      /* unit -> group where it gets its bonus, or GROUP_NONE */
    int32_t *bonus;      /* by unit: for being at home */
    double price;        /* of moving one element, as a similarity */
    double *coefficient; /* by group size, 0..greatest */
    enum objective objective;
    double scale;                    /* integer weight = similarity * scale */
    const struct group_units *rules; /* fixed units, foes, limits; borrowed */
};

int group_dense_build(const struct group_problem *p, const struct group_units *units, struct group_dense *out,
                      struct err *e);
/* All but the weights and the price of moving: for a problem whose matrix is never whole (group_sparse.h). */
int group_dense_outline(const struct group_problem *p, const struct group_units *units,
                        struct group_dense *out, struct err *e);
/* An element moves only where its sum of similarities grows by more than the price: a share of what members
 * of the previous groups have on average (scaled), rising without limit as stability nears 1. */
void group_dense_price(const struct group_problem *p, struct group_dense *m, double mean_at_home);
void group_dense_free(struct group_dense *m);

/* Similarity of two elements as the problem gives it. */
double group_similarity(const struct group_problem *p, uint32_t a, uint32_t b);

struct group_state {
    const struct group_dense *m;
    uint32_t *group; /* by unit; GROUP_NONE while not placed; `groups` for padding up to the stride */
    uint32_t *load;  /* elements in each group */
    int64_t *inside; /* value of each group before its coefficient */
    int32_t *sum;    /* groups * stride: weight of each unit to each group, its bonus there included */
    int32_t *own;    /* stride: each unit's weight to its own group */
    float *factor;   /* stride: the coefficient of each unit's group */
    /* By group, padded to a multiple of GROUP_LANES_MOST; for the mean. One more element whose weights to a
     * group with room are x changes the group's value by draw_factor * x + draw_base; far below zero without
     * room. */
    float *draw_factor, *draw_base;
    struct group_lists members; /* kept where limits are in force */
};

int group_state_init(struct group_state *s, const struct group_dense *m, struct err *e);
void group_state_free(struct group_state *s);
/* No unit placed. */
void group_state_clear(struct group_state *s);
/* Places all units as `group` says, computing everything anew. */
void group_state_set(struct group_state *s, const uint32_t *group);
/* What is maximised, in scaled units: the objective times scale (sum) or times scale * elements / 2 (mean),
 * bonuses included. */
double group_state_value(const struct group_state *s);

static inline int32_t group_sum(const struct group_state *s, uint32_t g, uint32_t unit)
{
    return s->sum[(size_t)g * s->m->stride + unit];
}
static inline int32_t group_weight(const struct group_dense *m, uint32_t a, uint32_t b)
{
    return m->weight[(size_t)a * m->stride + b];
}

/* Placing one by one leaves own and factor to group_state_settle, once all are placed. */
void group_state_place(struct group_state *s, uint32_t unit, uint32_t g);
void group_state_settle(struct group_state *s);
void group_state_insert(struct group_state *s, uint32_t unit, uint32_t g);
void group_state_swap(struct group_state *s, uint32_t a, uint32_t b);

/* What the value gains; meant for moves that the rules and bounds allow. */
double group_insert_gain(const struct group_state *s, uint32_t unit, uint32_t g);
double group_swap_gain(const struct group_state *s, uint32_t a, uint32_t b);

/* Whether bounds and rules allow it; limits are dearer to look at, so that a search asks for the gain first.
 */
bool group_may_insert(const struct group_state *s, uint32_t unit, uint32_t g);
bool group_may_swap(const struct group_state *s, uint32_t a, uint32_t b);
/* Whether limits allow it. */
bool group_insert_keeps_limits(const struct group_state *s, uint32_t unit, uint32_t g);
bool group_swap_keeps_limits(const struct group_state *s, uint32_t a, uint32_t b);

#endif
