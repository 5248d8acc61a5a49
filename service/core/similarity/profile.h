/* profile.h - organizers' profiles: weighted, L2-normalised sparse vectors over challenges and categories, in
 * compressed rows. DESIGN: severity/5, halved every half-life of its age, times idf = ln(1 + N/df); a
 * challenge gives `category_share` of its weight to its category as well. N counts the organizers with any
 * report that counts, df those that report the challenge. Times the weight that the settings give the
 * challenge's category; reports of a category that weighs 0, or outside the settings' scope, do not count at
 * all.
 *
 * Column c < n_challenges is challenge c; column n_challenges + k is category k.
 * Owner: whoever called profiles_build. Immutable once built: any number of readers. */
#ifndef PEERNET_CORE_PROFILE_H
#define PEERNET_CORE_PROFILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/population/population.h"
#include "core/settings/settings.h"

struct profile_place { /* a point on the unit sphere */
    double x, y, z;
};

struct profiles {
    uint32_t n;                  /* rows: one per organizer of the population, empty where nothing counts */
    uint32_t columns;            /* n_challenges + n_categories */
    uint32_t *start;             /* n + 1 offsets */
    uint32_t *column;            /* ascending within a row */
    float *weight;               /* unit length per row that is not empty */
    struct profile_place *place; /* by row, NAN where unknown; NULL when geography is off */
    double geography, distance_km;
    double *rarity; /* by challenge: idf times the weight of its category; what nobody reports counts as
                       reported by one; 0 where the settings leave it out */
    double category_share;
};

/* `today`: days since 1970-01-01; ages are counted to it, later reports are of age 0. */
int profiles_build(const struct population *p, const struct settings *s, int32_t today, struct profiles *out,
                   struct err *e);
void profiles_free(struct profiles *p);
size_t profiles_bytes(const struct profiles *p); /* memory of its arrays */

/* Similarity 0-1 of two rows: cosine, times (1-w) + w*exp(-d/d0) with geography w on (unknown place: d =
 * infinite). */
double profiles_similarity(const struct profiles *p, uint32_t a, uint32_t b);
/* Its two factors. The cosine adds products by ascending column in double: the same bits in either direction.
 */
double profiles_cosine(const struct profiles *p, uint32_t a, uint32_t b);
double profiles_damping(const struct profiles *p, uint32_t a, uint32_t b);

/* The profile of reports that nobody has made ("what if"), one report of today after the other into `profile`
 * (columns long, 0 at first), then scaled to unit length: what profiles_build makes of the same reports when
 * they change nobody else's rarity. */
void profiles_imagine_report(const struct profiles *p, const struct population *population,
                             uint32_t challenge, int severity, double *profile);
void profiles_imagine_end(const struct profiles *p, double *profile);

/* The latest report of an organizer for a challenge inside the window, or NULL. */
const struct report *population_latest(const struct population *p, uint32_t organizer, uint32_t challenge,
                                       int32_t today, int32_t window_days);

#endif
