/* carry.h - what a large programme's run keeps for the next one, so that this costs what has changed: who was
 * most similar to whom. Where most organizers report what they did then, their neighbours are found by
 * putting the old lists in order (core/similarity/neighbour_carry.h), which gives what finding all anew
 * gives; and where the networks in force are those that the same run formed, and are still near to what a
 * whole search left, the next search only descends from them.
 *
 * Kept are a fingerprint of each organizer and of what it reports, how rare each challenge was, and each
 * list, in bytes. Owner: as each function says. One thread, but for the threads of neighbour_carry. */
#ifndef PEERNET_REGROUP_CARRY_H
#define PEERNET_REGROUP_CARRY_H

#include "base/buf.h"
#include "core/similarity/neighbour.h"
#include "core/similarity/profile.h"
#include "regroup/inputs.h"

/* Is the programme one whose runs keep something, and are neighbours exact in it? */
bool carry_suits(const struct inputs *in);
/* The lists of neighbours, of in->settings.neighbours each and some more behind them, by either way; the
 * caller frees them. */
int carry_find(const struct inputs *in, const struct profiles *p, uint32_t threads,
               struct neighbour_lists *out, struct carried *carried, struct err *e);
/* Appends what the next run is to begin with. */
void carry_keep(const struct inputs *in, const struct profiles *p, const struct neighbour_lists *lists,
                const struct carried *carried, double mean_fit, struct buf *out);

#endif
