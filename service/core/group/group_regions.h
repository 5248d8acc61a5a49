/* group_regions.h - the search over a sparse problem: round after round the groups are cut anew in regions
 * of like groups, each region is walked on its own at the round's temperatures, and what comes out is written
 * back (the neighbourhood decomposition of Lai, Hao and others for diverse grouping, 2021, with annealing
 * inside). The cut depends on the problem alone, and each region of each round has random numbers of its own,
 * so that the result does not depend on who walks which region when. Owner: whoever called
 * group_regions_init. The calling thread, and threads of its own while a round lasts. */
#ifndef PEERNET_CORE_GROUP_REGIONS_H
#define PEERNET_CORE_GROUP_REGIONS_H

#include <stdatomic.h>

#include "core/group/group_cut.h"
#include "core/group/group_plan.h"
#include "core/group/group_wide.h"
#include "base/thread_pool.h"

/* What it takes to make a region, and the pairs of a part for a walk, in visits a unit. */
#define GROUP_ROUND_VISITS 0.5
#define GROUP_WALK_VISITS 1.5

/* What came of a region in a round. */
struct group_outcome {
    double start, end, best; /* values */
    uint64_t moves, losses;
    int rc;
};

struct group_regions {
    const struct group_problem *p;
    struct group_sparse *s;
    struct group_cut cut;
    struct thread_pool *pool;
    struct group_region *region; /* by worker */
    struct group_wide *wide;     /* by worker */
    uint32_t workers;
    /* Of a round, of a descent in a wide one, of one at a temperature; no parts: there are no wide ones. */
    uint32_t regions, parts, walks;
    bool widely; /* this round is a wide one */
    bool cooled; /* there were rounds at a temperature */
    struct group_wide_whole whole;
    uint32_t *best, *found; /* by unit: the best grouping so far; the best of each region in this round */
    /* Of the grouping as it is, and of the best: from the first whole round on; until then from the first
     * grouping's. */
    double value, best_value;
    bool based;
    bool settled;    /* a descent has come to its end, and nothing has changed since */
    uint64_t effort; /* steps: looks of a unit at all partners in its region, and a little a round */
    uint64_t moves, rounds;
    uint64_t losses;         /* of the last wide round: moves that cost something */
    struct group_plan *plan; /* NULL: nothing ends a round */
    double from, to, visits; /* of the round: temperatures (0: descent until nothing gains); looks a unit */
    struct group_outcome *outcome; /* by region */
    uint64_t *nominal;             /* regions + 1: steps before each region of the round */
    atomic_uint next;
    atomic_bool stopped;
};

int group_regions_init(struct group_regions *q, const struct group_problem *p, struct group_sparse *s,
                       struct err *e);
void group_regions_free(struct group_regions *q);
/* Takes the grouping as it is as the best. */
void group_regions_mark(struct group_regions *q);
/* One round over all regions, or over the first of them where the plan ends. */
int group_regions_round(struct group_regions *q, double from, double to, double visits, struct err *e);
/* One wide round, over all parts or the first of them where the plan ends: passes of all units at the round's
 * temperatures, or descent (from = 0): to its end in the only part, one pass in several. Its best is how it
 * ends. */
int group_regions_wide(struct group_regions *q, double from, double to, double visits, struct err *e);
/* Spends the plan's budget on wide rounds; the grouping is left as they leave it. `many`: set where the plan
 * is settled for more steps than that, which are better spent on regions. */
int group_regions_cool_widely(struct group_regions *q, uint64_t *many, struct err *e);
/* Cuts, and enters the first region with worker 0 for a look at it; group_regions_close takes over what came
 * of it. */
int group_regions_open(struct group_regions *q, struct err *e);
void group_regions_close(struct group_regions *q);
/* From a first grouping to a better one, within the problem's budget; s->group ends as the best found. */
int group_regions_search(struct group_regions *q, uint64_t *effort, struct err *e);

#endif
