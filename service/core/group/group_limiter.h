/* group_limiter.h - the limits in force, made ready for asking about them often: points on the unit sphere,
 * greatest distances as squared chords. Owner: whoever called group_limiter_open. While nobody changes it any
 * number of threads may ask. */
#ifndef PEERNET_CORE_GROUP_LIMITER_H
#define PEERNET_CORE_GROUP_LIMITER_H

#include "core/group/group.h"

struct group_point {
    double x, y, z; /* NAN where the place is unknown */
};

struct group_limiter {
    const struct group_limits *limits; /* borrowed */
    bool *on;                          /* by limit: in force, and able to keep an element out */
    bool restricts;                    /* any is on */
    bool counts_alone;                 /* an attribute is on */
    struct group_point *point;         /* by element; NULL while no distance is on */
    double pair_most, centre_most;     /* squared chords; above 4 where off */
    double spread_most;                /* two members, each within centre_km of one point */
    uint32_t pair_limit, centre_limit; /* their numbers */
};

/* `in_force` by limit; NULL = all. */
int group_limiter_open(struct group_limiter *r, const struct group_problem *p, const bool *in_force,
                       struct err *e);
void group_limiter_close(struct group_limiter *r);

/* Takes a limit out of force or back in: only while nobody else asks. */
void group_limiter_set(struct group_limiter *r, uint32_t limit, bool on);

/* The limit that keeps two elements from sharing any group, GROUP_NONE if they may. */
uint32_t group_limiter_parts(const struct group_limiter *r, uint32_t a, uint32_t b);
/* Whether some limit can concern the element. */
bool group_limiter_concerns(const struct group_limiter *r, uint32_t element);

#endif
