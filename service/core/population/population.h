/* population.h - what a programme's grouping starts from: organizers, the catalogue of challenges, reports.
 *
 * Flat arrays, strings in one arena; filled row by row by whoever reads the database (worker: one COPY;
 * daemon: slices of asynchronous rows; `solve`: a file), then sealed and immutable.
 * Owner: whoever called population_init. Building: one thread; sealed: any number of readers. */
#ifndef PEERNET_CORE_POPULATION_H
#define PEERNET_CORE_POPULATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#define POPULATION_NONE UINT32_MAX

enum organizer_kind { KIND_MUNICIPAL, KIND_INDEPENDENT, KIND_REGIONAL, KIND_STATE, KIND_COUNT };

struct organizer {
    const char *id; /* organisation number: text, leading zeros kept; unique */
    const char *name;
    const char *municipality; /* code, "" when unknown */
    const char *county;       /* code, "" when unknown */
    const char *attributes;   /* JSON object of strings and arrays of strings, "{}" when none */
    double lat, lon;          /* degrees WGS84, NAN when unknown */
    int32_t pupils;           /* -1 when unknown */
    enum organizer_kind kind;
};

struct challenge {
    const char *code; /* unique */
    const char *label_sv, *label_en;
    uint32_t category; /* index into population.categories */
};

struct report {
    uint32_t organizer, challenge; /* indices */
    int32_t day;                   /* reported_on as days since 1970-01-01 */
    uint8_t severity;              /* 1-5 */
};

struct population {
    struct organizer *organizers; /* ordered by id (memcmp order) */
    struct challenge *challenges; /* ordered by code */
    const char **categories;      /* ordered */
    struct report *reports;       /* ordered by organizer, challenge, day ascending */
    uint32_t *report_start;       /* n_organizers + 1 offsets into reports */
    uint32_t n_organizers, n_challenges, n_categories;
    size_t n_reports;
    struct arena text;
    struct population_builder *builder; /* internal; NULL once sealed */
};

void population_init(struct population *p);
void population_free(struct population *p);

/* Organizers and challenges first, in any order, then population_index, then reports, then population_seal.
 * Strings are copied. Errors: ERR_MEMORY; ERR_INVALID for an id or code that came twice or a report whose
 * organizer or challenge is unknown (the text names it). */
int population_add_organizer(struct population *p, const struct organizer *o, struct err *e);
int population_add_challenge(struct population *p, const char *code, const char *category,
                             const char *label_sv, const char *label_en, struct err *e);
/* Sorts organizers and challenges; from here on indices are final. */
int population_index(struct population *p, struct err *e);
int population_add_report(struct population *p, const char *organizer_id, const char *challenge_code,
                          int severity, int32_t day, struct err *e);
int population_seal(struct population *p, struct err *e);
/* Of a sealed population: of each organizer's reports of a challenge only the latest stays. Not while others
 * read. */
void population_keep_latest(struct population *p);

/* Index by id or code; POPULATION_NONE when there is none. */
uint32_t population_find_organizer(const struct population *p, const char *id, size_t length);
uint32_t population_find_challenge(const struct population *p, const char *code, size_t length);

const char *organizer_kind_name(enum organizer_kind kind); /* "municipal", ... */
int organizer_kind_parse(const char *name);                /* -1 for anything else */

/* Great-circle distance in km (haversine); NAN where a place is unknown. */
double organizer_distance_km(const struct organizer *a, const struct organizer *b);

#endif
