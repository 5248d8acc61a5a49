/* neighbour_parts.h - what the graph of all rows asks of the search for one. Only neighbour*.c include it. */
#ifndef PEERNET_CORE_NEIGHBOUR_PARTS_H
#define PEERNET_CORE_NEIGHBOUR_PARTS_H

#include "core/similarity/neighbour.h"

/* As neighbours_of, with the same answer, faster when `hints` (other rows, none twice) are near. */
size_t neighbours_from_hints(const struct neighbour_index *index, struct neighbour_scratch *scratch,
                             uint32_t row, const uint32_t *hints, size_t n_hints, size_t k,
                             struct neighbour *out);

#endif
