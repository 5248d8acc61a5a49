/* group_random.h - the random numbers of the grouping engine: xoshiro256**, the same on every machine.
 * Owner: whoever declared the struct; one per search. */
#ifndef PEERNET_CORE_GROUP_RANDOM_H
#define PEERNET_CORE_GROUP_RANDOM_H

#include <stdint.h>

struct group_random {
    uint64_t state[4];
};

/* SplitMix64: spreads a seed that may be 0 or small over the whole state. */
static inline void group_random_seed(struct group_random *r, uint64_t seed)
{
    for (int i = 0; i < 4; i++) {
        seed += 0x9e3779b97f4a7c15u;
        uint64_t z = seed;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        r->state[i] = z ^ (z >> 31);
    }
}

static inline uint64_t group_random_next(struct group_random *r)
{
    uint64_t *s = r->state;
    uint64_t multiplied = s[1] * 5;
    uint64_t result = ((multiplied << 7) | (multiplied >> 57)) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = (s[3] << 45) | (s[3] >> 19);
    return result;
}

/* Uniform in 0..below-1; below > 0. The bias, under below / 2^32, does not matter to a search. */
static inline uint32_t group_random_below(struct group_random *r, uint32_t below)
{
    return (uint32_t)(((group_random_next(r) >> 32) * below) >> 32);
}

#endif
