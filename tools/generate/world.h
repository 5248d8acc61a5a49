/* world.h - the population that peernet-generate makes, as a model that is sampled, not a list that is
 * stored.
 *
 * - Catalogue: C challenges, two or three to a category, named after subjects and aspects of school work.
 * - Themes: T; each has 5 to 9 core challenges, half of them beside another of the same category, the rest by
 * popularity (Zipf, exponent 0.3), so that themes overlap.
 * - Organizers: 290 in 2,800 municipal (the first 290 in a municipality each), 1 % regional, 0.5 % state, the
 *   rest independent, placed in real municipalities by their number of pupils. Each has a main theme (Zipf,
 *   0.5) and, one in three, a second.
 * - Reports: their number is geometric, with fewer for those who are not municipal. A share (noise) of them
 *   is any challenge, by popularity; the rest come from the core of the themes, and from further themes when
 *   those are used up. Severity is the organizer's, the kind's, the challenge's and chance's. A share reports
 *   nothing.
 * - Rounds: a year apart, each within sixty days. From one to the next a share (drift) of the organizers
 * takes up another main theme, and of the others' challenges the same share changes.
 *
 * What the numbers are measured on is in README.md of this folder.
 *
 * Everything is a function of the seed and of the thing's own number: a larger population begins with the
 * smaller one. Owner: whoever called world_init; immutable after. */
#ifndef PEERNET_GENERATE_WORLD_H
#define PEERNET_GENERATE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "generate/random.h"

#define THEME_CORE_LEAST 5
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
};

struct world_options {
    uint32_t organizers, challenges, themes, rounds;
    double reports; /* mean number of challenges of a municipal organizer that reports any */
    double noise;   /* 0-1: share of reports that follow no theme */
    double drift;   /* 0-1: share that changes from round to round */
    double silent;  /* 0-1: share that reports nothing */
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

bool world_is_municipal(uint32_t organizer);
void world_organizer(const struct world *w, uint32_t index, struct made_organizer *out);
/* The reports of one organizer in one round (0 = the first), by challenge; returns how many. */
size_t world_reports(const struct world *w, uint32_t organizer, uint32_t round,
                     struct made_report out[REPORTS_MOST]);

/* For the model's own files: the first index whose cumulative share exceeds a random number; a challenge by
 * popularity. */
enum random_kind { FOR_THEME = 1, FOR_ORGANIZER, FOR_LEANING, FOR_REPORTS = 1000, FOR_CHALLENGES = 5000 };
uint32_t world_draw(const double *cumulative, uint32_t n, struct random *r);
uint32_t world_popular(const struct world *w, struct random *r);

/* The challenges of one's category: so many from `first` on, of which the catalogue may lack the last. */
void world_category(uint32_t challenge, uint32_t *first, uint32_t *size);
/* Writes code, category and labels of a challenge. */
void world_challenge(const struct world *w, uint32_t index, char code[48], char category[48],
                     char label_sv[160], char label_en[160]);

#endif
