/* histogram.h - how many times took how long, in nanoseconds: buckets of equal width within each power of
 * two, so that any quantile is right to 1/64 of its value from 1 ns to an hour, in 20 KiB (the layout that
 * HdrHistogram made known). Owner: the caller. One thread. */
#ifndef PEERNET_BENCH_HISTOGRAM_H
#define PEERNET_BENCH_HISTOGRAM_H

#include <stdint.h>

#define HISTOGRAM_STEPS 64u /* buckets of a power of two */
#define HISTOGRAM_POWERS 42u

struct histogram {
    uint64_t count[HISTOGRAM_POWERS * HISTOGRAM_STEPS];
    uint64_t n, largest;
};

void histogram_add(struct histogram *h, uint64_t nanoseconds);
/* The time that `share` (0 to 1) of all did not exceed, rounded up to its bucket's end; 0 when there is none.
 */
uint64_t histogram_quantile(const struct histogram *h, double share);

#endif
