/* neighbour_join.h - all rows' k nearest neighbours at once, exact, by blocks of rows (neighbour_blocks.h).
 * Only neighbour*.c include it. */
#ifndef PEERNET_CORE_NEIGHBOUR_JOIN_H
#define PEERNET_CORE_NEIGHBOUR_JOIN_H

#include <stdbool.h>

#include "core/similarity/neighbour.h"

/* Blocks have room for every column of every row: so they are for catalogues of some hundred columns. */
bool neighbour_join_suits(const struct profiles *p);

/* The list of row i, best first, begins at all[i * k] and has count[i] entries: what neighbours_of gives.
 * Threads beside the caller's work along; the result does not depend on their number. `probes`: so many
 * blocks are looked through for each row, chosen by their means, and some neighbours may be missed; 0 =
 * exact. */
int neighbour_join(const struct profiles *p, size_t k, uint32_t probes, uint32_t threads,
                   struct neighbour *all, uint32_t *count, struct err *e);

#endif
