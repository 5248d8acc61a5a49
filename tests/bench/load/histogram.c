#include "load/histogram.h"

#include <math.h>

/* Values below HISTOGRAM_STEPS have a bucket each; above, the highest bit says which power, the six bits
 * behind it which step. */
static uint32_t bucket_of(uint64_t value)
{
    if (value < HISTOGRAM_STEPS)
        return (uint32_t)value;
    uint32_t shift = 63u - (uint32_t)__builtin_clzll(value) - 6u;
    uint32_t bucket = (shift + 1) * HISTOGRAM_STEPS + (uint32_t)((value >> shift) - HISTOGRAM_STEPS);
    uint32_t last = HISTOGRAM_POWERS * HISTOGRAM_STEPS - 1;
    return bucket < last ? bucket : last;
}

static uint64_t bucket_end(uint32_t bucket)
{
    if (bucket < HISTOGRAM_STEPS)
        return bucket;
    uint32_t shift = bucket / HISTOGRAM_STEPS - 1;
    return (((uint64_t)HISTOGRAM_STEPS + bucket % HISTOGRAM_STEPS + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, uint64_t nanoseconds)
{
    h->count[bucket_of(nanoseconds)]++;
    h->n++;
    if (nanoseconds > h->largest)
        h->largest = nanoseconds;
}

uint64_t histogram_quantile(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)ceil(share * (double)h->n), passed = 0;
    for (uint32_t b = 0; b < HISTOGRAM_POWERS * HISTOGRAM_STEPS && h->n > 0; b++) {
        passed += h->count[b];
        if (passed >= wanted && passed > 0)
            return bucket_end(b) < h->largest ? bucket_end(b) : h->largest;
    }
    return 0;
}
