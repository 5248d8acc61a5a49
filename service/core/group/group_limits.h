/* group_limits.h - what a grouping has to respect besides bounds and rules, and what counts besides
 * similarity: attributes of which nobody may be the only one in a group, or that are to be alike or to
 * differ, sets that members need to have something of in common, greatest distances, and places that an
 * element takes.
 *
 * Plain data, borrowed by the engine for a call; limits hold in every result. Each limit that can keep an
 * element out of a group has a number, for group_result.left_by, and a name: the words in which a person
 * wrote it, used when limits clash. Numbers: attributes first (whether or not they limit anything), then
 * sets, then pair_km, then centre_km. */
#ifndef PEERNET_CORE_GROUP_LIMITS_H
#define PEERNET_CORE_GROUP_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct group_attribute {
    const char *name;
    const uint32_t *value; /* n: the value's number, below n_values; GROUP_NONE = has none */
    uint32_t n_values;
    /* No element may be the only one with its value in its group, nor alone in a group. Who has no value is
     * never alone. Elements count, not the places that they take. */
    bool not_alone;
    /* Each pair of equal values in a group counts as so much more similarity (below 0: less). */
    double mix;
};

/* Two elements whose sets are not empty and have nothing in common never share a group. */
struct group_set {
    const char *name;
    const uint64_t *mask; /* n rows of `words`; element i's set is at mask + i * words */
    uint32_t words;
};

/* Great-circle distances on a sphere of radius 6371.0088 km. Who has no known place is not restricted, and
 * does not move the centre. */
struct group_places {
    const double *latitude, *longitude; /* n each, in degrees; NAN = unknown */
    double pair_km;                     /* greatest distance of two members; 0 = off */
    double centre_km; /* greatest distance of a member to the group's centre, the point of the sphere in the
                         direction of the sum of the members' unit vectors; 0 = off */
    const char *pair_name, *centre_name;
};

struct group_limits {
    const struct group_attribute *attributes;
    size_t n_attributes;
    const struct group_set *sets;
    size_t n_sets;
    struct group_places places;
    /* n: places that an element takes, 1 or more; NULL = 1 each. Sizes and bounds count places. Similarity
     * counts people: a pair counts weight times weight, and there is nothing inside one element. */
    const uint32_t *weight;
    /* Elements that no group can take within the limits are left out, as few as are found, instead of
     * refusing the whole. Whom a rule names is never left out. Least sizes still hold. */
    bool may_leave_out;
    /* Groups that cannot be filled within the limits are closed, as few as are found, instead of refusing the
     * whole: they end without members, whatever their least size. One is left open at least. */
    bool may_close;
};

struct group_problem;

/* The number of limits, those included that limit nothing: 0 for NULL. */
uint32_t group_limits_count(const struct group_limits *l);
/* A limit's name; its kind where it has none. */
const char *group_limits_name(const struct group_limits *l, uint32_t limit);
/* Whether it can keep an element out of a group: a not_alone, a set, a distance above 0. */
bool group_limits_restricts(const struct group_limits *l, uint32_t limit);
/* Places that element i takes. */
static inline uint32_t group_limits_weight(const struct group_limits *l, uint32_t i)
{
    return l && l->weight ? l->weight[i] : 1;
}
/* Places that all elements of the problem take. */
uint64_t group_limits_places(const struct group_problem *p);
/* What `mix` adds to the similarity of two elements; 0 without. */
double group_limits_mix(const struct group_limits *l, uint32_t a, uint32_t b);
/* The most that it adds to or takes from any pair. */
double group_limits_mix_most(const struct group_limits *l);

/* ERR_INVALID names what is wrong with the limits by themselves. */
int group_limits_check(const struct group_problem *p, struct err *e);

#endif
