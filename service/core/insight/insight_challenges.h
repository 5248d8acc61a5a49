/* insight_challenges.h - how common and how severe challenges are, by kind, county, size or round, what
 * changed from the last round but one to the last, and which challenges go together; with what must not be
 * told withheld.
 *
 * Told of a challenge is how many report it, out of those in the group that report anything. Withheld is a
 * count where fewer than `threshold` organizers report it or fewer than that do not, and whatever would give
 * such a count away (insight_hide.h); a group of fewer is withheld whole. What is withheld of all organizers
 * is so by whatever they are grouped, and then in every group, so that no table completes another in that.
 * Owner: the caller, between insight_challenges_build and _free. Pure; any thread. */
#ifndef PEERNET_CORE_INSIGHT_CHALLENGES_H
#define PEERNET_CORE_INSIGHT_CHALLENGES_H

#include "core/insight/insight_counts.h"

struct insight_cell {
    bool hidden;
    uint32_t count;  /* 0 where hidden */
    double share;    /* of those that report anything; NAN where hidden, and of nobody */
    double severity; /* mean; likewise */
};

struct insight_row {
    uint32_t challenge;
    struct insight_cell all;
    struct insight_cell *cells;           /* by column */
    double share_change, severity_change; /* rounds: from the last but one to the last; NAN: not to be told */
};

struct insight_column {
    char key[INSIGHT_KEY];
    bool hidden;
    uint32_t organizers; /* that report anything; 0 where hidden */
};

struct insight_pair {
    uint32_t a, b; /* challenges, a < b */
    uint32_t both; /* organizers */
    double lift;   /* by how much more often than if they had nothing to do with each other */
};

struct insight_challenges {
    enum insight_by by;
    uint32_t threshold;
    struct insight_column all; /* key "" */
    struct insight_column *columns;
    struct insight_row *rows;   /* most common first; withheld ones last, in the order of the catalogue */
    struct insight_pair *pairs; /* highest lift first */
    uint32_t n_columns, n_rows, n_pairs;
    uint32_t withheld;          /* counts, of those in the table */
    struct insight_cell *cells; /* of all rows */
};

/* `pairs`: at most so many. Challenges that nobody reports are no rows. */
int insight_challenges_build(const struct population *p, const struct settings *s, int32_t today,
                             enum insight_by by, uint32_t threshold, uint32_t pairs,
                             struct insight_challenges *out, struct err *e);
void insight_challenges_free(struct insight_challenges *c);

#endif
