/* explain_pair.h - two organizers beside each other: what they share and how much of their similarity each
 * part makes, what keeps them apart, in numbers and in plain Swedish and English. Pure.
 * Owner: whoever called pair_explain; everything lives in its arena. Any thread. */
#ifndef PEERNET_CORE_EXPLAIN_PAIR_H
#define PEERNET_CORE_EXPLAIN_PAIR_H

#include "base/arena.h"
#include "core/population/population.h"
#include "core/similarity/profile.h"
#include "core/settings/settings.h"

/* The first organizer is 0, the second 1. */
struct pair_challenge {
    uint32_t challenge;  /* index */
    uint8_t severity[2]; /* of the report that counts; 0 = none */
    float weight[2];     /* in the profile, which is of unit length */
    float share;         /* of the cosine: weight[0] * weight[1] / cosine; 0 where only one reports it */
};

struct pair_category {
    uint32_t category; /* index */
    float share;       /* of the cosine: what reporting in the same area adds */
};

struct pair_explanation {
    double similarity, damping;              /* damping: the factor of distance, 1 without geography */
    double distance_km;                      /* NAN where a place is unknown */
    struct pair_challenge *shared, *only[2]; /* heaviest first */
    uint32_t n_shared, n_only[2];
    struct pair_category *categories; /* heaviest first; all shares, of challenges and these, add up to 1 */
    uint32_t n_categories;
    const char *reason_sv, *reason_en;
    struct arena memory;
};

/* `settings` and `today` as the profiles were built with. ERR_MEMORY. */
int pair_explain(const struct population *p, const struct profiles *profiles, const struct settings *s,
                 int32_t today, uint32_t first, uint32_t second, struct pair_explanation *out, struct err *e);
void pair_free(struct pair_explanation *x);

#endif
