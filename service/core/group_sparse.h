/* group_sparse.h - a grouping problem as sparse rows, and a walk through its groupings: without geography a
 * similarity is a dot product, so a unit's similarity to a whole group is the dot product of its row with the
 * group's sum, and nothing grows with the number of pairs. Sums are kept column by column, a lane a group, so
 * that a unit meets all groups in one pass over its few columns. Owner: whoever called group_sparse_init. One
 * thread. */
#ifndef PEERNET_CORE_GROUP_SPARSE_H
#define PEERNET_CORE_GROUP_SPARSE_H

#include "core/group_random.h"
#include "core/group_crew.h"
#include "core/group_walk.h"

enum { GROUP_NOISE = 4096 };

struct group_sparse {
    struct group_walk walk;
    const struct group_problem *p;
    const struct group_units *rules;
    struct group_random random;
    double temperature;
    uint32_t columns, stride; /* stride: groups, rounded up: length of a row of sums */
    uint32_t *start, *column; /* rows of units; behind the profiles' columns one for each value that mixes */
    float *weight;
    float *sign; /* by column: -1 where having it in common counts against a pair */
    bool signs_differ;
    float *square;       /* by unit: its row with itself */
    double *inner;       /* by unit: similarities between its elements */
    uint32_t *home;      /* by unit: group where it gets its bonus, or GROUP_NONE */
    float *bonus;        /* by unit */
    double price;        /* of moving one element */
    double *coefficient; /* by group size; see group_dense.h */
    float *factor;       /* by group: the coefficient of its size now */

    uint32_t *group, *load;          /* by unit; by group */
    double *inside;                  /* by group: similarities and bonuses inside it */
    float *own;                      /* by unit: similarity to the others of its group, bonus included */
    uint32_t *first, *after, *prior; /* members of each group as linked lists */
    float *sums;                     /* columns * stride: sum of the rows of each group's members */
    float *by_group;                 /* groups * columns: the same, for looking at one group */
    float *noise;                    /* logarithms of uniform numbers */
    uint32_t at;                     /* the next of them */

    float *expanded; /* by column: the row of the unit visited, else zero */
    float *there;    /* by group: its similarity to the unit visited */
    uint32_t next;
    uint32_t *best; /* group of each unit in the best grouping so far; while `at_best`, that is group[] */
    bool at_best;
};

int group_sparse_init(struct group_sparse *s, const struct group_problem *p, const struct group_units *units,
                      struct err *e);
void group_sparse_free(struct group_sparse *s);
/* A first grouping; `placed` is what group_check found. */
int group_sparse_build(struct group_sparse *s, const uint32_t *placed, struct err *e);
/* Construction and search; `group` receives the group of each unit. */
int group_sparse_solve(const struct group_problem *p, const struct group_units *units, const uint32_t *placed,
                       uint32_t *group, struct group_result *result, struct err *e);

/* Between the files of the walk. */
void group_sparse_put(struct group_sparse *s, uint32_t unit, uint32_t g);
void group_sparse_take(struct group_sparse *s, uint32_t unit);
/* own and inside of a group, from its sums. */
void group_sparse_refresh(struct group_sparse *s, uint32_t g);
/* Everything afresh from group[]: no rounding stays. */
void group_sparse_settle(struct group_sparse *s);
/* A unit's similarity to a group that it is not in, its bonus there included. */
float group_sparse_towards(const struct group_sparse *s, uint32_t unit, uint32_t g);
/* The same to all groups, into s->there. */
void group_sparse_look(struct group_sparse *s, uint32_t unit);
double group_sparse_value(const struct group_sparse *s);
/* The grouping as it is becomes the best; before it changes for the worse, group_sparse_save keeps it. */
void group_sparse_mark(struct group_sparse *s);
void group_sparse_save(struct group_sparse *s);
/* Moves the unit visited with another of its group that keeps it company (group_pairs.h), if that gains more
 * than the threshold. */
bool group_sparse_move_pair(struct group_sparse *s, uint32_t unit, double threshold, double *gain);
void group_sparse_walk(struct group_sparse *s); /* fills s->walk */

#endif
