/* plan.h - who is invited when, by offices that have places for so many a term.
 *
 * A party is a network, which is invited whole, or an organizer that is in none. Each belongs to the nearest
 * office with room: offices share the parties in proportion to their places over as many terms as it takes to
 * invite all, and who would travel furthest otherwise is given its nearest office first. An office that has
 * invited all of its own takes others' parties. Every term each office fills its places by turns with the
 * party that comes first: those that were never invited before those that were, then by need (severity and
 * breadth of what is reported), time of waiting, and how far the kinds, sizes and regions of its members lag
 * behind their part of all. A place that is declined goes to the next in line in the same term: a round of
 * invitations never takes more places than are free, reckoning with the share of those asked before that
 * accept. Whoever does not fit this term waits with its expected one.
 *
 * The same input gives the same plan. Time: parties squared times members; 2,800 organizers take some tens of
 * milliseconds. Pure; any thread. Owner: the caller, of input and result; plan_free ends the latter. */
#ifndef PEERNET_CORE_PLAN_H
#define PEERNET_CORE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/population/population.h"

#define PLAN_TERMS_MOST 200        /* are looked ahead */
#define PLAN_OFFICES_MOST 100      /* of one plan */
#define PLAN_PLACES_MOST 1000000   /* of an office in a term */
#define PLAN_ORGANIZERS_MOST 20000 /* who can be planned for at once */
#define PLAN_SIZES 5               /* classes of organizers by their pupils, the last of unknown size */

/* What a place of an office is for. */
enum plan_unit {
    PLAN_ORGANIZERS, /* one organizer */
    PLAN_DIALOGUES   /* one meeting: with a network, or with an organizer that is in none */
};

struct plan_office {
    const char *name;
    double lat, lon;        /* degrees WGS84 */
    const uint32_t *places; /* term by term; the last number goes on */
    uint32_t n_places;      /* 1 or more */
};

struct plan_settings {
    enum plan_unit unit;
    double accept[KIND_COUNT];                   /* 0-1: the share of those asked that accept */
    double severity, breadth, waiting, fairness; /* 0 or more: how much each weighs */
};
void plan_settings_default(struct plan_settings *s);

struct plan_person {
    uint32_t organizer; /* the caller's name for it */
    uint32_t network;   /* likewise, of its network; POPULATION_NONE: it is in none */
    enum organizer_kind kind;
    uint32_t size;                     /* below PLAN_SIZES */
    uint32_t region;                   /* below plan_people.regions */
    double lat, lon;                   /* NAN when unknown */
    double severity, breadth, waiting; /* 0-1 */
    double need;                       /* 0 or more */
    bool before;                       /* was invited some time before this plan */
};
struct plan_people {
    struct plan_person *person;
    uint32_t n, regions;
};

struct plan_party {
    uint32_t start, n; /* plan.member[start] ... */
    uint32_t network;  /* POPULATION_NONE: one organizer */
    uint32_t term;     /* 1 ...; 0 = never: no office has room for it in all terms looked at */
    uint32_t office;   /* that invites it; unless term is 0 */
    uint32_t round;    /* 1: asked as the term begins; 2 ...: for places that others declined */
    double need;       /* of its members */
    double km;         /* to the office, mean of its members; NAN when unknown */
};

/* Of an office, or of all, in a term. */
struct plan_count {
    uint32_t places;
    uint32_t invited;   /* organizers asked as the term begins */
    uint32_t in_line;   /* organizers asked for declined places */
    uint32_t dialogues; /* parties asked */
    double expected;    /* organizers that accept */
};
struct plan_term {
    struct plan_count all;
    const struct plan_count *office;
    uint32_t kinds[KIND_COUNT]; /* organizers asked in this term */
    double reach;               /* share of all organizers that were asked, this term's included */
    double need_left;           /* share of all need whose organizers were not asked, or declined */
};

struct plan {
    struct plan_party *party; /* by term (never last), office, round, then need of a member, most first */
    uint32_t n_parties;
    uint32_t *member; /* indices into plan_people.person */
    struct plan_term *term;
    uint32_t n_terms;          /* until nobody more can be invited */
    uint32_t never;            /* organizers that never are */
    struct plan_count *counts; /* internal, of the offices */
};

/* ERR_MEMORY; ERR_INVALID: no offices, or more people than PLAN_ORGANIZERS_MOST. */
int plan_make(const struct plan_people *people, const struct plan_office *offices, uint32_t n_offices,
              const struct plan_settings *settings, struct plan *out, struct err *e);
void plan_free(struct plan *p); /* of what plan_make left, also after a failure */

/* Spreads `total` over the offices in proportion to their first terms' places (evenly where those are all
 * 0): parts[n_offices], whose sum is `total`. */
void plan_spread(const struct plan_office *offices, uint32_t n_offices, uint32_t total, uint32_t *parts);

uint32_t plan_size_of(int32_t pupils); /* the class; pupils < 0: unknown */

#endif
