/* neighbour_carry.h - the lists of all rows' neighbours, exact, out of those of an earlier time at which most
 * rows were the same or nearly so. Each row's old list is put in order anew; the rows that have changed ask
 * all others, who hear of them; and a row of which it is not certain then that its list is right asks too.
 * Certain it is by a bound: two profiles that have moved by x and y are at most x + y more similar than they
 * were, and who was not in a list was at most `beyond` similar.
 *
 * The result is that of neighbour_lists_build, to the bit, in the first k of each list; behind them lists may
 * be shorter. Pure; one calling thread, and threads of its own. */
#ifndef PEERNET_CORE_NEIGHBOUR_CARRY_H
#define PEERNET_CORE_NEIGHBOUR_CARRY_H

#include "core/similarity/neighbour.h"

/* What is known of the earlier time, by rows of the present profiles. Borrowed. */
struct neighbour_past {
    const size_t *start; /* n + 1 offsets into row */
    const uint32_t *row; /* who was listed; without those who have changed, who need not be told apart */
    const float *beyond; /* who else there was then, was at most so similar */
    const float
        *drift; /* how far its profile has moved since, at most; INFINITY: it is another one, or new */
};

/* `most` to a list, of which the first k are wanted. *asked: how many rows asked all others. ERR_LIMIT: more
 * than `changed_most` have changed, or the profiles are such as are not for this; nothing is built. */
int neighbour_lists_carry(const struct profiles *p, const struct neighbour_past *past, size_t k, size_t most,
                          uint32_t changed_most, uint32_t threads, struct neighbour_lists *out,
                          uint32_t *asked, struct err *e);

#endif
