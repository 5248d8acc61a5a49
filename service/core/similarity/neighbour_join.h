/* neighbour_join.h - all rows' k nearest neighbours at once, exact, by blocks of rows (neighbour_blocks.h).
 * Only neighbour*.c include it. */
#ifndef PEERNET_CORE_NEIGHBOUR_JOIN_H
#define PEERNET_CORE_NEIGHBOUR_JOIN_H

#include <stdbool.h>

#include "core/similarity/neighbour.h"
#include "core/similarity/neighbour_blocks.h"

/* Blocks have room for every column of every row: so they are for catalogues of some hundred columns. */
bool neighbour_join_suits(const struct profiles *p);

/* The list of row i, best first, begins at all[i * k] and has count[i] entries: what neighbours_of gives.
 * Threads beside the caller's work along; the result does not depend on their number. `probes`: so many
 * blocks are looked through for each row, chosen by their means, and some neighbours may be missed; 0 =
 * exact. */
int neighbour_join(const struct profiles *p, size_t k, uint32_t probes, uint32_t threads,
                   struct neighbour *all, uint32_t *count, struct err *e);

/* Somebody who asked is as similar to a row as that wants to hear of. */
struct neighbour_offer {
    uint32_t to; /* row */
    struct neighbour from;
};

/* Rows that ask, and what others are to hear of them. */
struct neighbour_some {
    const uint32_t *place; /* who asks, ascending */
    uint32_t n;
    const float *least;   /* by place: similarities below need not be found; NULL: all are to be */
    const float *welcome; /* by place: from this similarity on it is told who asked; above 1: never; NULL:
                             nobody is told */
    struct neighbour_offer *offers; /* come out, in no order; the caller's to free */
    size_t n_offers;
};

/* As neighbour_join, exact, of some rows only; what `all` and `count` have of others stays. */
int neighbour_join_some(const struct neighbour_blocks *b, struct neighbour_some *some, size_t k,
                        uint32_t threads, struct neighbour *all, uint32_t *count, struct err *e);

#endif
