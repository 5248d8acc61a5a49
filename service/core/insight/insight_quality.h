/* insight_quality.h - how good a programme's networks are: fit, how much of what would be possible at most is
 * attained, who was left out and why, and how much each run changed.
 *
 * Counts of organizers below the threshold are withheld, as is what would give them away; that nobody moved,
 * or was left out, is told: it is about nobody.
 * Owner: the caller, between insight_quality_build and _free. Pure; any thread. */
#ifndef PEERNET_CORE_INSIGHT_QUALITY_H
#define PEERNET_CORE_INSIGHT_QUALITY_H

#include "core/insight/insight_coverage.h"

#define QUALITY_REASONS 4 /* why somebody was left out, as enum unmatched_reason without the first */

struct quality_run {
    const struct snapshot_run *run;
    double mean_fit;  /* NAN: its figures do not tell */
    int64_t networks; /* -1: likewise */
    struct coverage_figure organizers, matched, unmatched[QUALITY_REASONS];
    uint64_t base; /* that it is compared with; 0 = none, and no churn */
    struct coverage_figure stayed, moved, joined, left;
    double stayed_share; /* of the members of its base; NAN: not to be told */
};

struct insight_quality {
    bool published;
    struct coverage_figure members;
    double mean_fit, bound;   /* bound: of the mean fit, whatever the search; NAN without members */
    double lowest_fit[3];     /* below which a tenth, a quarter, a half of the members are; NAN: too few */
    struct quality_run *runs; /* newest first */
    uint32_t n_runs;
};

/* `runs`: at most so many. */
int insight_quality_build(const struct snapshot *s, const struct snapshot_programme *p, uint32_t threshold,
                          uint32_t runs, struct insight_quality *out, struct err *e);
void insight_quality_free(struct insight_quality *q);

#endif
