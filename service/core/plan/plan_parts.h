/* plan_parts.h - what the files of plan.h share: parties with what they weigh, groups, offices' room.
 * Internal to core/plan*.c. Places are counted in thousandths, so that sums are exact. */
#ifndef PEERNET_CORE_PLAN_PARTS_H
#define PEERNET_CORE_PLAN_PARTS_H

#include "base/arena.h"
#include "core/plan/plan.h"

#define PLAN_PLACE 1000 /* thousandths */

/* How many of a party's members are of a group: a kind, a size or a region. */
struct plan_share {
    uint32_t group, n;
};

struct plan_candidate {
    const struct plan_share *share;
    uint32_t n_shares;
    uint32_t home;           /* office */
    int64_t asked, accepted; /* places that it takes while it is asked, and that it is expected to take */
    double score, met;       /* met: need of those expected to accept */
    double expected;         /* organizers that accept */
    bool before, waits;
};

struct plan_work {
    const struct plan_people *people;
    const struct plan_office *offices;
    uint32_t n_offices;
    const struct plan_settings *settings;
    struct plan *out;
    struct plan_candidate *candidate;  /* by party */
    uint32_t waiting;                  /* candidates that wait */
    uint32_t *group_all, *group_asked; /* organizers by group */
    double *lag;                       /* by group: how far it is behind */
    uint32_t n_groups, asked;          /* organizers asked so far */
    uint32_t *at_home;                 /* by office: candidates of its own that wait */
    int64_t *room, *declined;          /* by office, of the term and of the round */
    bool *closed;                      /* by office: nobody fits any more in this round */
    struct arena memory;
};

uint32_t plan_places(const struct plan_office *office, uint32_t term);      /* term: 1 ... */
double plan_km(const struct plan_work *w, uint32_t party, uint32_t office); /* NAN: unknown */
/* Makes the parties and candidates of `people`. */
int plan_parties(struct plan_work *w, struct err *e);
/* Gives each candidate its home; those for whom no office ever has room wait no more. */
int plan_homes(struct plan_work *w, struct err *e);

#endif
