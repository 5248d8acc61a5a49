/* explain.h - the reasons: why a network is one, why a member is in it, what else was near, in numbers and in
 * plain Swedish and English. Computed from the population, the profiles and a finished grouping. Owner:
 * whoever called explain_build; texts live in its arena. Immutable once built. */
#ifndef PEERNET_CORE_EXPLAIN_H
#define PEERNET_CORE_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "core/explain/explain_unmatched.h"
#include "core/group/group.h"
#include "core/similarity/neighbour.h"
#include "core/population/population.h"
#include "core/similarity/profile.h"
#include "core/settings/settings.h"

struct shared_challenge {
    uint32_t challenge; /* index */
    float share;        /* of the network's members that report it, 0-1 */
    float lift;         /* that share over its share among all who report anything */
};

#define LINK_MEMBERS 128 /* in larger networks pairs are not looked at one by one */
#define LINK_TOLD 2      /* challenges told of a link's side */

/* The member whose mean similarity to the others is greatest, where it holds two others together that are
 * much more similar to it than to each other. */
struct network_link {
    uint32_t organizer; /* POPULATION_NONE: nobody, or it tells nothing; then the rest is empty */
    struct link_side {
        uint32_t organizer;
        float similarity;           /* to the link */
        uint32_t shared[LINK_TOLD]; /* challenges that it shares with the link and not with the other side,
                                       the rarest of them */
        uint32_t n_shared;
    } side[2];
    float direct;               /* similarity of the two sides */
    uint32_t common[LINK_TOLD]; /* all challenges that the two share */
    uint32_t n_common;
};

struct network_reasons {
    uint32_t number; /* as people know it; unique within the run */
    uint32_t size;
    float cohesion;                    /* mean similarity over its pairs */
    const char *label_sv, *label_en;   /* short: a heading */
    const char *reason_sv, *reason_en; /* one or two sentences */
    struct shared_challenge *shared;   /* most telling first */
    uint32_t n_shared;
    struct network_link link;
};

/* Why an organizer is not in the network where it would fit best, or next best. */
enum why_not {
    WHY_NOT_NONE,         /* there is no such network */
    WHY_NOT_BEST_HERE,    /* it fits at least as well where it is */
    WHY_NOT_PINNED,       /* a rule of a person's keeps it where it is, or together with a member there */
    WHY_NOT_APART,        /* a rule of a person's keeps it apart from a member of the other */
    WHY_NOT_LIMIT,        /* a limit that the settings set forbids one of the two networks as it would be */
    WHY_NOT_FULL,         /* the other has as many members as are allowed */
    WHY_NOT_TOO_SMALL,    /* its own would have fewer than are allowed */
    WHY_NOT_LEAST_FIT,    /* somebody would fall below the least fit */
    WHY_NOT_COSTS_OTHERS, /* what is maximised would not grow: the others lose what it gains, or more */
    WHY_NOT_STABILITY,    /* what is maximised would grow by less than a move has to bring */
    WHY_NOT_UNKNOWN,      /* none of these: the search did not find the move */
    WHY_NOT_COUNT
};
const char *why_not_name(enum why_not why); /* "best_here", ...; "" for none */
int why_not_parse(const char *name);

/* What belongs to a why not, to say it in words. */
struct why_facts {
    float figure;  /* costs_others: what the others would lose, as a sum of fits, NAN where it is the sum of
                      all  similarities that counts; least_fit: the least fit */
    uint32_t with; /* pinned, apart: the other organizer whom the rule concerns; POPULATION_NONE = nobody */
    int64_t pin;   /* likewise its number; 0: it is the lock of a network */
};

struct member_reasons { /* of every organizer; those in no network have a reason and perhaps a next network */
    float fit;          /* mean similarity to the other members */
    uint32_t *shared;   /* challenges that it shares with at least one other member, most shared first */
    uint32_t n_shared;
    uint32_t closest; /* the member most similar to it, of equals the first; POPULATION_NONE in
                         networks of more than LINK_MEMBERS, and where nobody is similar */
    float closest_similarity;
    bool closest_alone;    /* by so much that it can be said */
    uint32_t next_network; /* index of the next best network, or POPULATION_NONE */
    float next_fit;        /* the fit it would have there */
    enum why_not why_not;
    struct why_facts why;
    uint16_t told; /* of a member: how its sentence is put together (member_words.h) */
    const char *reason_sv,
        *reason_en; /* of who is in no network; a member's is worded when somebody asks, "" here */
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

/* What is known of an organizer that was left out. */
struct left_out {
    enum unmatched_reason reason;
    int32_t last_day;  /* of its latest report, as days since 1970-01-01, when that counts no more;
                          LEFT_OUT_NEVER = it never reported */
    uint32_t ahead;    /* over capacity, constraint: how many wait before it */
    uint32_t waited;   /* published runs in a row in which it found no room, this one included; 0 = it does
                          not wait */
    const char *since; /* the day of the first of them, as 2026-08-31; NULL where it does not wait */
    const struct unmatched_facts *limit; /* constraint: the limit that left it out; NULL = sizes did */
    uint32_t candidates; /* over capacity, constraint: organizers that could be placed, of whom some were left
                            over */
    bool disregarded;    /* nothing reported: it has reports, but the scope or the weights count none */
};
#define LEFT_OUT_NEVER INT32_MIN

struct explanation {
    struct network_reasons *networks; /* n_networks, by index */
    uint32_t n_networks;
    struct member_reasons *members; /* one per organizer of the population; fit 0 where unmatched */
    uint32_t n_organizers;
    double mean_fit;        /* of all members */
    uint32_t *member_start; /* n_networks + 1 offsets into member */
    uint32_t *member;       /* organizers, ascending within their network */
    struct arena memory;
};

/* A rule that a person set, by organizers of the population. */
struct explain_rule {
    enum group_rule_type type;
    int64_t number; /* by which people know it; 0: it is the lock of a network */
    const uint32_t *members;
    uint32_t n_members;
};

/* What is explained. What is NULL or 0 from `left_out` on is not known, and then nothing is said of it. */
struct explain_task {
    const struct population *population;
    const struct profiles *profiles;
    const struct settings *settings;
    int32_t today;
    const uint32_t *network; /* one per organizer: index of its network or POPULATION_NONE */
    const uint32_t *numbers; /* each network's number */
    uint32_t n_networks;
    const struct left_out *left_out; /* one per organizer; read for those in no network */
    const uint32_t
        *home; /* one per organizer: index of the network that it was in before, or POPULATION_NONE */
    double moving_price; /* what leaving that had to bring, as a sum of similarities (group.h) */
    const struct explain_rule *rules;
    size_t n_rules;
    const uint32_t *seats; /* one per organizer: what it takes of a network's size; NULL = one each */
    /* Whether these organizers may be a network within the limits that the settings set, sizes aside; NULL =
     * there are no limits. */
    bool (*may_be_network)(const void *limits, const uint32_t *organizers, uint32_t n);
    const void *limits;
    /* Of the organizers; where there are thousands of networks, the next best ones are looked for by it. */
    const struct neighbour_graph *graph;
    uint32_t threads; /* the explanation does not depend on it; 0 = one */
};

int explain_build(const struct explain_task *task, struct explanation *out, struct err *e);
/* The sentence about an organizer, appended. `p`: the task's; `network`: index of its network,
 * POPULATION_NONE = none. */
void explain_say(struct buf *out, const struct explanation *x, const struct population *p, uint32_t organizer,
                 uint32_t network, bool english);
void explain_free(struct explanation *x);

#endif
