/* insight_coverage.h - how many organizers are in a network, and why the others are not: by kind, county or
 * size, with what must not be told withheld.
 *
 * Each organizer that takes part is in exactly one state. A count below the threshold is withheld, and so is
 * whatever would give it away, sums of rows and columns included (insight_hide.h); what is withheld of all
 * organizers is so by whatever they are grouped. A state in which nobody is at all is left out.
 * Owner: the caller, between insight_coverage_build and _free. Pure; any thread. */
#ifndef PEERNET_CORE_INSIGHT_COVERAGE_H
#define PEERNET_CORE_INSIGHT_COVERAGE_H

#include "core/insight/insight_counts.h"
#include "core/snapshot/snapshot.h"

enum coverage_state {
    COVERAGE_IN_NETWORK,
    COVERAGE_NEVER_REPORTED,
    COVERAGE_NOTHING_COUNTS, /* it has reported, but nothing that counts now */
    COVERAGE_NO_FIT,
    COVERAGE_OVER_CAPACITY,
    COVERAGE_CONSTRAINT,
    COVERAGE_NOT_PLACED, /* it reports, and came or began after the published run, or there is none */
    COVERAGE_OTHER,      /* of several of these, of which some are few; then these are not told apart */
    COVERAGE_COUNT
};
const char *coverage_state_name(enum coverage_state state); /* "in_network", "never_reported", ... */

struct coverage_figure {
    bool hidden;
    uint32_t count; /* 0 where hidden */
};

struct insight_coverage {
    enum insight_by by;
    uint32_t threshold;
    uint32_t n_states;
    enum coverage_state states[COVERAGE_COUNT];             /* those in which anybody is */
    struct coverage_figure organizers, all[COVERAGE_COUNT]; /* all by place in `states` */
    uint32_t n_rows;
    char (*keys)[INSIGHT_KEY];       /* by row */
    struct coverage_figure *sums;    /* by row */
    struct coverage_figure *figures; /* [row * n_states + state] */
    uint32_t withheld;
};

/* `by`: all (no rows), kind, county or size. */
int insight_coverage_build(const struct snapshot *s, const struct snapshot_programme *p, enum insight_by by,
                           uint32_t threshold, struct insight_coverage *out, struct err *e);
void insight_coverage_free(struct insight_coverage *c);

#endif
