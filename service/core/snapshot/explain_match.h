/* explain_match.h - which published networks with room would suit an organizer, or a profile that nobody has
 * yet ("what if we reported this?"): the fit in each, what would be shared and a sentence why. A look at
 * every member of every network with room, so the fit is the one that a run would find. Only sizes are
 * looked at; rules and limits are for the next run to obey.
 *
 * Pure. Owner of the answer: whoever asked; match_free. Loop thread, as the snapshot that it reads. */
#ifndef PEERNET_CORE_EXPLAIN_MATCH_H
#define PEERNET_CORE_EXPLAIN_MATCH_H

#include "core/snapshot/snapshot.h"

#define MATCH_SHARED_MAX 8

struct match_report {
    uint32_t challenge; /* index */
    int severity;       /* 1-5; of today */
};

struct match_query {
    uint32_t organizer; /* gives the place, and the profile unless there are reports; or POPULATION_NONE */
    const struct match_report *reports; /* NULL: the organizer's own */
    size_t n_reports;
    size_t limit;
};

struct match_shared {
    uint32_t challenge, members; /* index; members that report it */
};

struct match_place {
    uint32_t network;                             /* index */
    uint32_t room;                                /* places left */
    double fit;                                   /* mean similarity to its members */
    struct match_shared shared[MATCH_SHARED_MAX]; /* what binds most first */
    uint32_t n_shared;
    const char *reason_sv, *reason_en;
};

struct match_answer {
    struct match_place *places; /* best fit first, ties by number; only fits above 0 */
    size_t n_places;
    uint32_t own_network;              /* of the organizer, never among the places; or POPULATION_NONE */
    double own_fit;                    /* there, of this profile */
    const char *reason_sv, *reason_en; /* a sentence in every case; static */
    struct arena memory;
};

/* ERR_MEMORY. */
int match_networks(const struct snapshot *s, const struct snapshot_programme *p, const struct match_query *q,
                   struct match_answer *out, struct err *e);
void match_free(struct match_answer *x);

/* May this organizer have a provisional place: new since the published run, or left out for want of reports
 * that it has now? */
bool match_is_newcomer(const struct snapshot_programme *p, uint32_t organizer);

#endif
