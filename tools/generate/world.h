/* world.h - the population that peernet-generate makes, as a model that is sampled, not a list that is
 * stored.
 *
 * - Catalogue: C challenges, about eight to a category, named after subjects and aspects of school work.
 * - Themes: T; each draws 5 to 9 core challenges by popularity (Zipf, exponent 0.6), so that themes overlap.
 * - Organizers: 290 in 2,800 municipal (the first 290 in a municipality each), 1 % regional, 0.5 % state, the
 * rest independent, placed in real municipalities by their number of pupils. Each has a main theme (Zipf,
 * 0.5) and, one in three, a second.
 * - Reports: each core challenge of the main theme with probability 0.75, of the second with 0.3, noise
 * beside (mean 1, by popularity). Severity is the theme's, the organizer's and chance's. A share reports
 * nothing.
 * - Rounds: a year apart, each within sixty days. Between rounds a share (drift) takes up another main theme.
 *
 * Everything is a function of the seed and of the thing's own number: a larger population begins with the
 * smaller one. Owner: whoever called world_init; immutable after. */
#ifndef PEERNET_GENERATE_WORLD_H
#define PEERNET_GENERATE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define THEME_CORE_MOST 9
#define REPORTS_MOST 64 /* of one organizer in one round */

struct place {
    const char *municipality, *county, *name;
    double lat, lon;
    int32_t pupils;
};

struct theme {
    uint32_t core[THEME_CORE_MOST];
    uint32_t n_core;
    double severity; /* mean */
};

struct world_options {
    uint32_t organizers, challenges, themes, rounds;
    double drift;  /* 0-1: share that changes its main theme from round to round */
    double silent; /* 0-1: share that reports nothing */
    uint64_t seed;
    int32_t last_day; /* of the last round, days since 1970-01-01 */
};

struct world {
    struct world_options options;
    struct theme *themes;
    double *challenge_popularity; /* cumulative, last = 1 */
    double *theme_popularity;     /* cumulative, last = 1 */
    double *place_popularity;     /* cumulative, last = 1 */
};

struct made_organizer {
    char id[16];
    char name[128];
    const char *kind;
    const struct place *place;
    double lat, lon;
    int32_t pupils;
    const char *forms;
};

struct made_report {
    uint32_t challenge;
    int32_t day;
    uint8_t severity;
};

extern const struct place places[];
extern const size_t place_count;

/* false: out of memory. */
bool world_init(struct world *w, const struct world_options *options);
void world_free(struct world *w);

void world_organizer(const struct world *w, uint32_t index, struct made_organizer *out);
/* The reports of one organizer in one round (0 = the first), by challenge; returns how many. */
size_t world_reports(const struct world *w, uint32_t organizer, uint32_t round,
                     struct made_report out[REPORTS_MOST]);

/* Writes code, category and labels of a challenge. */
void world_challenge(const struct world *w, uint32_t index, char code[48], char category[48],
                     char label_sv[160], char label_en[160]);

#endif
