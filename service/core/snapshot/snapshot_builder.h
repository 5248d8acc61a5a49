/* snapshot_builder.h - a snapshot in the making, filled row by row by whoever reads the database, in this
 * order:
 *
 *   programmes; organizers and challenges (population.h), population_index; reports; runs; pins; then of each
 * programme's published run its networks, and after them its members and unmatched; at last snapshot_build.
 *
 * Strings are copied. What rows name but the population does not hold (an organizer or a challenge that is
 * gone) is left out, never an error: the rest is still worth answering from. Owner: whoever called
 * snapshot_builder_new. One thread at a time; nobody else sees it. */
#ifndef PEERNET_CORE_SNAPSHOT_BUILDER_H
#define PEERNET_CORE_SNAPSHOT_BUILDER_H

#include "core/snapshot/snapshot.h"

struct snapshot_builder;

/* Stands between the codes of a list, which hold no control characters. */
#define SNAPSHOT_BETWEEN "\x1f"

/* `today`: days since 1970-01-01, to which reports' ages are counted. */
int snapshot_builder_new(int32_t today, struct snapshot_builder **out, struct err *e);
void snapshot_builder_free(struct snapshot_builder *b); /* NULL is allowed */

/* The population to fill; the builder's. */
struct population *snapshot_builder_population(struct snapshot_builder *b);
void snapshot_builder_versions(struct snapshot_builder *b, uint64_t inputs, uint64_t results);

struct snapshot_programme_row {
    const char *name, *title_sv, *title_en, *settings;
    uint64_t published_run; /* 0 = none */
    const char *published_at;
    uint64_t runs_total;
    const char *document; /* JSON, as clients see it; NULL or "" = {} */
    uint64_t revision;
    bool archived;
    int64_t next_due; /* 0 = never */
};
int snapshot_add_programme(struct snapshot_builder *b, const struct snapshot_programme_row *row,
                           struct err *e);

/* run->programme is ignored: `programme` names it. */
int snapshot_add_run(struct snapshot_builder *b, const char *programme, const struct snapshot_run *run,
                     struct err *e);

struct snapshot_network_row {
    const char *programme;
    uint32_t number;
    float cohesion;
    const char *label_sv, *label_en, *reason_sv, *reason_en;
    const char *shared; /* JSON: [{"challenge": code, "share": 0-1, "lift": x}] */
    const char *link;   /* JSON as networks.link has it; NULL or "" = none */
};
int snapshot_add_network(struct snapshot_builder *b, const struct snapshot_network_row *row, struct err *e);

struct snapshot_member_row {
    const char *programme, *organizer;
    uint32_t network;
    float fit;
    const char *shared; /* codes, SNAPSHOT_BETWEEN between two; NULL or "": `places` has them */
    const char *places; /* their places in the network's shared, from 0, as four hexadecimal digits each; NULL
                           or "" = none */
    uint16_t told;      /* member_words.h */
    uint32_t next_network; /* 0 = none */
    float next_fit;
    const char *next_why;            /* NULL or "" = none */
    float next_figure;               /* of next_why, NAN = none */
    int64_t next_pin;                /* likewise, 0 = none */
    const char *next_with, *closest; /* NULL or "" = none */
    float closest_similarity;
    const char *reason_sv, *reason_en; /* NULL: to be worded from the rest, which a run knew that was written
                                          without sentences */
};
int snapshot_add_member(struct snapshot_builder *b, const struct snapshot_member_row *row, struct err *e);

struct snapshot_unmatched_row {
    const char *programme, *organizer, *reason, *reason_sv, *reason_en;
    uint32_t next_network; /* 0 = none */
    float next_fit;
    const char *next_why, *last_report; /* NULL or "" = none */
    bool waits;
    uint32_t ahead;
};
int snapshot_add_unmatched(struct snapshot_builder *b, const struct snapshot_unmatched_row *row,
                           struct err *e);

/* After the challenges, by code. */
struct snapshot_activity_row {
    const char *code, *title_sv, *title_en;
    const char *challenges; /* codes, SNAPSHOT_BETWEEN between two */
};
int snapshot_add_activity(struct snapshot_builder *b, const struct snapshot_activity_row *row, struct err *e);

/* After the networks; of one that is not published it is left out. */
struct snapshot_note_row {
    const char *programme;
    uint32_t network;
    const char *name, *note, *changed_by, *locked_by;
    bool locked;
    uint64_t version;
};
int snapshot_add_note(struct snapshot_builder *b, const struct snapshot_note_row *row, struct err *e);

struct snapshot_pin_row {
    const char *programme;
    int64_t number;
    const char *rule;                            /* together, apart, keep */
    const char *organizers;                      /* JSON: [id, ...] */
    uint32_t network;                            /* 0 = none */
    const char *why, *made_by, *made_at, *until; /* NULL or "" = none */
    double cost;                                 /* NAN = unknown */
};
int snapshot_add_pin(struct snapshot_builder *b, const struct snapshot_pin_row *row, struct err *e);

/* After the organizers: was invited. */
int snapshot_add_contact(struct snapshot_builder *b, const char *programme, const char *organizer,
                         struct err *e);

/* Seals the population, computes keys, profiles and lists. Takes as long as sorting and profiling take, so a
 * daemon calls it off its loop. The builder is used up, also when it fails: only snapshot_builder_free may
 * follow. */
int snapshot_build(struct snapshot_builder *b, struct snapshot **out, struct err *e);

#endif
