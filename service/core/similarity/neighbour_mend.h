/* neighbour_mend.h - finds most of what probing (neighbour_probe.h) missed: whoever is listed lists back who
 * lists it, and then what is near to a row's neighbours is looked at for the row (a step of NN-descent: Dong,
 * Moses, Li, 2011, which from lists as good as these is nearly all that there is to do). Only neighbour*.c
 * include it. */
#ifndef PEERNET_CORE_NEIGHBOUR_MEND_H
#define PEERNET_CORE_NEIGHBOUR_MEND_H

#include "core/similarity/neighbour.h"
#include "core/similarity/neighbour_blocks.h"

/* Lists as neighbour_join gives them, which stay so: better ones take their places. The result does not
 * depend on `threads`. */
int neighbour_mend(const struct neighbour_blocks *b, size_t k, uint32_t threads, struct neighbour *all,
                   uint32_t *count, struct err *e);

#endif
