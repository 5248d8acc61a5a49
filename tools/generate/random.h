/* random.h - one small generator per thing that is made (splitmix64: Steele, Lea, Flood, "Fast splittable
 * pseudorandom number generators", OOPSLA 2014), so that organizer 17 comes out the same whatever came before
 * it. Owner: the caller's stack. */
#ifndef PEERNET_GENERATE_RANDOM_H
#define PEERNET_GENERATE_RANDOM_H

#include <math.h>
#include <stdint.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    uint64_t z = (r->state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* A generator of its own for thing number `index` of a kind. */
static inline struct random random_for(uint64_t seed, uint64_t kind, uint64_t index)
{
    struct random r = {seed};
    r.state = random_next(&r) ^ (kind * 0xD1342543DE82EF95u);
    r.state = random_next(&r) ^ (index * 0x2545F4914F6CDD1Du);
    random_next(&r);
    return r;
}

/* 0 <= x < 1 */
static inline double random_real(struct random *r)
{
    return (double)(random_next(r) >> 11) * 0x1p-53;
}

/* 0 <= x < n; n > 0. The bias of the multiplication is below 2^-32 for every n used here. */
static inline uint32_t random_below(struct random *r, uint32_t n)
{
    return (uint32_t)(((random_next(r) >> 32) * n) >> 32);
}

/* Roughly normal, mean 0, variance 1: the sum of twelve uniform numbers less six. */
static inline double random_normal(struct random *r)
{
    double sum = -6;
    for (int i = 0; i < 12; i++)
        sum += random_real(r);
    return sum;
}

#endif
