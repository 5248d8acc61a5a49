/* explain.h - the reasons: why a network is one, why a member is in it, what else was near, in numbers and in
 * plain Swedish and English. Computed from the population, the profiles and a finished grouping. Owner:
 * whoever called explain_build; texts live in its arena. Immutable once built. */
#ifndef PEERNET_CORE_EXPLAIN_H
#define PEERNET_CORE_EXPLAIN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "core/population.h"
#include "core/profile.h"
#include "core/settings.h"

struct shared_challenge {
    uint32_t challenge; /* index */
    float share;        /* of the network's members that report it, 0-1 */
    float lift;         /* that share over its share among all who report anything */
};

struct network_reasons {
    uint32_t number; /* as people know it; unique within the run */
    uint32_t size;
    float cohesion;                    /* mean similarity over its pairs */
    const char *label_sv, *label_en;   /* short: a heading */
    const char *reason_sv, *reason_en; /* one or two sentences */
    struct shared_challenge *shared;   /* most telling first */
    uint32_t n_shared;
};

struct member_reasons {
    float fit;        /* mean similarity to the other members */
    uint32_t *shared; /* challenges that it shares with at least one other member, most shared first */
    uint32_t n_shared;
    uint32_t next_network; /* index of the next best network, or POPULATION_NONE */
    float next_fit;        /* the fit it would have there */
    const char *reason_sv, *reason_en;
};

enum unmatched_reason {
    UNMATCHED_NONE,
    UNMATCHED_NOTHING_REPORTED,
    UNMATCHED_NO_FIT,
    UNMATCHED_OVER_CAPACITY,
    UNMATCHED_CONSTRAINT,
    UNMATCHED_COUNT
};
const char *unmatched_reason_name(enum unmatched_reason reason); /* "nothing_reported", ... */
int unmatched_reason_parse(const char *name);
/* One plain sentence; `language` is "sv" or "en". Static text. */
const char *unmatched_reason_text(enum unmatched_reason reason, const char *language);

struct explanation {
    struct network_reasons *networks; /* n_networks, by index */
    uint32_t n_networks;
    struct member_reasons *members; /* one per organizer of the population; fit 0 where unmatched */
    uint32_t n_organizers;
    double mean_fit; /* of all members */
    struct arena memory;
};

/* `network`: one per organizer, index of its network or POPULATION_NONE; `numbers`: each network's number. */
int explain_build(const struct population *p, const struct profiles *profiles, const struct settings *s,
                  int32_t today, const uint32_t *network, const uint32_t *numbers, uint32_t n_networks,
                  struct explanation *out, struct err *e);
void explain_free(struct explanation *x);

#endif
