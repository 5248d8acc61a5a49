/* group_wide.h - many groups at once, as many as a region's matrix could never hold, with the sum of each
 * group's rows: a unit's similarity to every group is one pass over these. For the first grouping, and for
 * descent: a partner for a swap is looked for only where the unit gains by itself; in a swap that gains one
 * of the two does, if no similarity is negative. Between units of equal size nothing that gains is missed.
 * Owner: whoever called group_wide_init; group_wide_free gives back what it has grown to. One thread at a
 * time; parts that share no group are independent. */
#ifndef PEERNET_CORE_GROUP_WIDE_H
#define PEERNET_CORE_GROUP_WIDE_H

#include "core/group/group_random.h"
#include "core/group/group_region.h"

/* Groups that changed last; of more, a unit looks at all groups. */
enum { GROUP_WIDE_RECENT = 32 };
/* A power of two. */
enum { GROUP_WIDE_NOISE = 2048 };

/* What the parts share: each writes what is of its own groups and units. */
struct group_wide_whole {
    struct group_sparse *s;
    const struct group_members *members; /* as they were when the part was entered */
    struct group_lists lists;            /* as they are, where rules are in force */
    uint32_t *place;                     /* by group: its place in its part */
    float *noise;                        /* group_walk_noise */
};

/* A unit of the part. What a visit reads of one lies together, and those that were in a group when the part
 * was entered lie beside each other. */
struct group_wide_unit {
    uint32_t number;     /* of the whole */
    uint32_t start, end; /* its row, in the part's columns and weights */
    uint32_t size;       /* 0: it is fixed, and never moves */
    uint32_t home;       /* the group where it gets its bonus */
    uint32_t looked;     /* when it has looked for a move last */
    float own;           /* similarity to the others of its group, bonus included */
    float square;
};

struct group_wide {
    struct group_wide_whole *whole;
    const struct group_sparse *s;
    const uint32_t *group; /* the part's groups, by place */
    uint32_t number, groups, stride;
    struct group_wide_unit *units; /* in the order of visits */
    uint32_t n_units;
    uint32_t *column; /* the units' rows */
    float *weight;
    uint32_t *member, *count; /* by place: its units, from place * seats on, and how many */
    uint32_t seats;
    float *sum;    /* columns * stride: of the members' rows, by place */
    float *row;    /* groups * columns: the same, with the columns' signs */
    float *there;  /* by place: similarity of the unit visited, its bonus included */
    float *unit;   /* by column: the row of the unit visited, with signs; 0 between visits */
    float *factor; /* by place: coefficient of its size */
    /* One more element whose similarities to a group with room are x changes its value by draw_factor * x +
     * draw_base; far below zero without room. */
    float *draw_factor, *draw_base;
    double *inside; /* by place: its value before the coefficient */
    uint32_t *load; /* by place: elements */
    /* Time is counted in changes of a group: what has not changed since a unit looked at it in vain is not
     * looked at again. */
    uint32_t clock;
    uint32_t *changed;                  /* by place: when */
    uint32_t recent[GROUP_WIDE_RECENT]; /* places, by time modulo their number */
    uint32_t groups_most, units_most, entries_most;
    size_t members_most;
    uint64_t moves, losses; /* losses: moves at a temperature that cost something */
    double temperature;     /* 0: descent */
    struct group_random random;
    /* For walks at a temperature: similarities of all pairs of units, and of each unit to each group, its
     * bonus there included; rows of `lanes`, by unit and by place. */
    float *pair, *near;
    float *spread; /* the units' rows by column, rows of `lanes` */
    float *lift;   /* half of what a swap may lose, at random; GROUP_WIDE_NOISE and some, repeating */
    uint32_t lanes;
    size_t pairs_most, nears_most, spread_most, lift_most;
    bool paired; /* they are up to date, and `row` and `own` are not */
};

int group_wide_whole_init(struct group_wide_whole *whole, struct group_sparse *s,
                          const struct group_members *members, struct err *e);
void group_wide_whole_free(struct group_wide_whole *whole);
/* So many groups are a part: their sums fit the second cache with a usual catalogue's columns. */
uint32_t group_wide_most(const struct group_sparse *s);

void group_wide_init(struct group_wide *w, struct group_wide_whole *whole);
void group_wide_free(struct group_wide *w);
/* The groups with all their members; whole->place knows where. */
int group_wide_enter(struct group_wide *w, uint32_t number, const uint32_t *groups, uint32_t n_groups,
                     struct err *e);
/* Places units of one element that are in no group, each where it is most similar to the members, as long as
 * a group has fewer than it aims at (by group of the whole); untouched groups get one each first. */
void group_wide_fill(struct group_wide *w, const uint32_t *waiting, uint32_t n, const uint32_t *aim);
/* Passes of all units, in the order of groups, until nothing gains or there were so many; the whole's groups
 * follow. In the first, hasty ones a unit looks only where it gains much: what is left for later is little.
 */
void group_wide_descend(struct group_wide *w, uint32_t hasty, uint32_t passes);
/* Fills in what a walk needs of pairs; descents have to follow another group_wide_enter. */
int group_wide_pair(struct group_wide *w, struct err *e);
/* So many passes of all units at falling temperatures (annealing): each makes the first move, from a random
 * place on, whose gain is above a random threshold; inserts first, then swaps, with a threshold for each
 * group. Follows group_wide_pair. */
void group_wide_walk(struct group_wide *w, double from, double to, uint32_t passes, uint64_t seed);
/* As group_state_value. */
double group_wide_value(const struct group_wide *w);

/* Whether rules and limits allow that unit a goes from group g to h and b, or GROUP_NONE, the other way. */
bool group_wide_may_move(const struct group_wide *w, uint32_t a, uint32_t g, uint32_t b, uint32_t h);
/* For the descent. Fills `there` for all groups. */
void group_wide_look(struct group_wide *w, const struct group_wide_unit *unit);
/* A unit, by its number in the part, goes from one place to another, whose values and sizes are then told;
 * group_wide_settle follows for both. */
void group_wide_move(struct group_wide *w, uint32_t unit, uint32_t from, uint32_t to);
void group_wide_settle(struct group_wide *w, uint32_t place);

/* A unit's row times a vector by column, in two sums: what one needs the other need not wait for. */
static inline float group_wide_dot(const struct group_wide *w, const struct group_wide_unit *unit,
                                   const float *vector)
{
    const uint32_t *column = w->column;
    const float *weight = w->weight;
    uint32_t k = unit->start, end = unit->end;
    float a = 0, b = 0;
    for (; k + 1 < end; k += 2) {
        a += weight[k] * vector[column[k]];
        b += weight[k + 1] * vector[column[k + 1]];
    }
    if (k < end)
        a += weight[k] * vector[column[k]];
    return a + b;
}

/* What a unit gets for being in the group where it was. */
static inline float group_wide_bonus(const struct group_sparse *s, const struct group_wide_unit *unit,
                                     uint32_t g)
{
    return unit->home == g ? (float)((double)s->m.bonus[unit->number] / s->m.scale) : 0;
}
/* The similarities between its elements. */
static inline double group_wide_inner(const struct group_sparse *s, const struct group_wide_unit *unit)
{
    return s->m.single ? 0 : (double)s->m.inner[unit->number] / s->m.scale;
}

#endif
