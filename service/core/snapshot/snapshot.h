/* snapshot.h - everything that the daemon answers reads from: the population with its search keys and, for
 * each programme, its published networks, who is where and why, its runs, and profiles for live questions.
 *
 * Immutable once built (snapshot_builder.h builds it): one state of the database, complete in itself. How old
 * it is is the daemon's to tell, since a snapshot that was found current again does not change. Owner: the
 * daemon, which frees it as soon as a newer one takes its place. A handler therefore encodes inside its
 * callback and keeps no pointer into it, or holds it. Loop thread only; a snapshot that nobody else has seen
 * yet may be built by any one thread. Strings are never NULL. */
#ifndef PEERNET_CORE_SNAPSHOT_H
#define PEERNET_CORE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "core/explain/explain.h"
#include "core/group/group.h"
#include "core/rules/limits.h"
#include "core/similarity/neighbour.h"
#include "core/population/population.h"
#include "core/similarity/profile.h"
#include "core/settings/settings.h"

struct snapshot_network {
    uint32_t number; /* as people know it */
    uint32_t size;   /* of member */
    float cohesion;
    const char *label_sv, *label_en, *reason_sv, *reason_en;
    const struct shared_challenge *shared; /* most telling first */
    uint32_t n_shared;
    const uint32_t *listed; /* the challenges of `shared` as the run counts them, of which some are gone
                               (POPULATION_NONE); NULL: none is, they are those of `shared` */
    uint32_t n_listed;
    struct network_link link; /* link.organizer POPULATION_NONE: there is none */
    const uint32_t *member;   /* organizer indices, best fit first */
    /* What people say of it; version 0: nothing. */
    const char *name, *note; /* "" = none */
    bool locked;             /* later runs leave its members as they are */
    uint64_t version;
    const char *changed_by, *locked_by;
};

/* Where an organizer is, one per organizer of the population. */
enum place_state {
    PLACE_UNPUBLISHED, /* the programme has no published networks yet */
    PLACE_NEW,         /* the organizer came after the published run */
    PLACE_UNMATCHED,   /* left out on purpose; `unmatched` and the reasons say why */
    PLACE_MEMBER
};
struct snapshot_place {
    enum place_state state : 8;
    enum unmatched_reason unmatched : 8;
    enum why_not why_not : 8; /* it is not in the next best network */
    bool waits;               /* unmatched: for a place, with `ahead` before it */
    uint16_t told;            /* how its sentence is put together (member_words.h) */
    uint32_t network;         /* index into networks; POPULATION_NONE unless a member */
    float fit;
    uint32_t n_shared;
    const uint32_t *shared; /* challenges shared with other members, most shared first */
    uint32_t next_network;  /* index of the next best network, or POPULATION_NONE */
    float next_fit;
    uint32_t closest; /* the member most similar to it, or POPULATION_NONE */
    float closest_similarity;
    uint32_t ahead;
    const struct why_facts *why;     /* of why_not; NULL: nothing */
    const struct place_texts *texts; /* NULL: of a member whose sentence is worded from all this */
};
struct place_texts {
    const char *last_report; /* unmatched: 2023-05-01, before the time that counts; "" = none */
    const char *reason_sv, *reason_en;
};

struct snapshot_run {
    uint64_t run;
    uint64_t base_run;  /* what was published when it read its inputs; 0 = nothing */
    uint32_t programme; /* index into snapshot.programmes */
    uint64_t inputs_version, effort;
    int64_t seed;
    const char *inputs_digest;
    const char *settings, *versions, *figures; /* JSON objects */
    const char *as_of;                         /* 2026-03-14 */
    const char *started_at, *finished_at;      /* 2026-03-14T06:00:00Z */
    const char *changed;  /* JSON: kinds of input that changed since it read them, [{"input", "changed_at"}];
                             "" = none */
    bool was_published;   /* some time, perhaps now */
    const char *rejected; /* JSON: {"who", "at", "why"}; "" = nobody has */
};
/* A proposal may be published; a stale run may not, since another one was published after it read its base,
 * or what it rests on has changed; nor may one that was rejected. */
enum run_state { RUN_PROPOSAL, RUN_PUBLISHED, RUN_STALE, RUN_REJECTED };

/* A rule that a person set. */
struct snapshot_pin {
    int64_t number;
    enum group_rule_type type;
    uint32_t network;          /* keep: in the network of this number; 0 = where each is */
    uint32_t n;                /* organizers */
    const char *const *id;     /* as they were named */
    const uint32_t *organizer; /* POPULATION_NONE: there is none of that id any more */
    const char *why, *made_by;
    const char *made_at; /* 2026-03-14T06:00:00Z */
    const char *until;   /* the last day on which it holds, "" = it has no end */
    int32_t until_day;   /* likewise; INT32_MAX */
    double cost;         /* of mean fit, when it was set; NAN = unknown */
};

struct snapshot_programme {
    const char *name, *title_sv, *title_en;
    const char *settings_json;  /* as the programme keeps them: differences from the defaults */
    const char *settings_fault; /* why these settings cannot be used; "" when they can */
    struct settings settings;   /* checked; the defaults where they cannot be used */
    struct profiles profiles;
    struct neighbour_index *index;
    struct neighbour_scratch *scratch;
    uint32_t n_challenges; /* columns below it are challenges, the others categories */
    uint32_t *reporters;   /* by challenge: organizers whose report of it counts */

    const char *document; /* JSON: the programme as people keep it; "" = nobody knows */
    uint64_t revision;
    bool archived;    /* its networks stay, and it is run no more */
    int64_t next_due; /* by its schedule, in seconds since 1970-01-01; 0 = never */

    uint64_t published_run;            /* 0 = nothing is published */
    const char *published_at;          /* 2026-03-14T06:00:00Z, "" = nothing is published */
    struct snapshot_network *networks; /* by number */
    uint32_t n_networks;
    struct snapshot_place *places; /* n_organizers of the population */
    uint32_t *unmatched;           /* organizers left out on purpose, by index */
    uint32_t n_unmatched;
    double mean_fit; /* over all members of the published networks */

    const struct snapshot_run *
        *runs; /* newest first; the newest that fit the daemon's limit, and the published one */
    uint32_t n_runs;
    uint64_t runs_total; /* in the database */

    struct snapshot_pin *pins; /* by number, those past their end too */
    uint32_t n_pins;
    bool *contacted;      /* by organizer: was invited by a plan some time; NULL: nobody was */
    struct limits limits; /* that the settings set to networks */
};

/* What an agency offers, and which challenges it answers. */
struct snapshot_activity {
    const char *code, *title_sv, *title_en;
    const uint32_t *challenge; /* indices */
    uint32_t n;
};

struct snapshot {
    uint64_t serial; /* its own, of all that this process built; 1 and up */
    struct population population;
    const char **keys; /* one per organizer: name, id and municipality, folded (fold.h), a line each */
    uint32_t *by_name; /* organizers ordered by key */
    struct snapshot_programme *programmes; /* ordered by name */
    uint32_t n_programmes;
    struct snapshot_run *runs; /* of all programmes, newest first */
    uint32_t n_runs;
    struct snapshot_activity *activities; /* by code */
    uint32_t n_activities;
    uint64_t inputs_version, results_version; /* of peernet.state when it was read */
    int32_t today;  /* days since 1970-01-01 (UTC) to which the ages of reports were counted */
    uint32_t holds; /* by others than its owner */
    struct arena memory;
};

/* Also ends a hold: the memory goes with the last of owner and holders. NULL is allowed. A large one (20,000
 * organizers on) is given back by a thread of its own, which nobody waits for, after this has returned. */
void snapshot_free(struct snapshot *s);
/* It stays until snapshot_free of what this returns, also when its owner frees it before: for who reads on
 * after its turn, also by another thread. Holds begin and end on the loop's; what finds neighbours
 * (snapshot_similar) is the loop's alone. */
struct snapshot *snapshot_hold(const struct snapshot *s);

/* Memory that it takes (snapshot_bytes.c): its arrays and arenas, as they are used. Quick. */
size_t snapshot_bytes(const struct snapshot *s);

/* POPULATION_NONE when there is none. */
uint32_t snapshot_find_organizer(const struct snapshot *s, const char *id, size_t length);
const struct snapshot_programme *snapshot_find_programme(const struct snapshot *s, const char *name,
                                                         size_t length);
const struct snapshot_network *snapshot_find_network(const struct snapshot_programme *p, uint64_t number);
const struct snapshot_run *snapshot_find_run(const struct snapshot *s, uint64_t run);
enum run_state snapshot_run_state(const struct snapshot *s, const struct snapshot_run *run);
/* Now or some time. */
bool snapshot_run_was_published(const struct snapshot *s, const struct snapshot_run *run);
const char *run_state_name(enum run_state state);     /* "proposal", "published", "stale", "rejected" */
const char *place_state_name(enum place_state state); /* "unpublished", "new", "unmatched", "member" */

/* Organizers whose name, id or municipality holds every word of `text`, best first: the id itself, then names
 * that are, begin with, have a word that begins with, or hold the text; ties by name. Letter case and accents
 * do not matter. Writes at most `max` indices and returns how many; *total = how many there are in all. */
size_t snapshot_search(const struct snapshot *s, const char *text, size_t length, uint32_t *out, size_t max,
                       size_t *total);

/* The sentence about an organizer in this programme, in every state, appended. */
void snapshot_say_reason(const struct snapshot *s, const struct snapshot_programme *p, uint32_t organizer,
                         bool english, struct buf *out);

/* The at most k organizers most similar to one by this programme's settings, best first; how many. */
size_t snapshot_similar(const struct snapshot_programme *p, uint32_t organizer, size_t k,
                        struct neighbour *out);

/* Challenges that count for both organizers in this programme, those that bind them most first. At most
 * `max`. */
size_t snapshot_shared(const struct snapshot_programme *p, uint32_t a, uint32_t b, uint32_t *out, size_t max);

#endif
