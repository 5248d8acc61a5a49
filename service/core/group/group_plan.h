/* group_plan.h - budgets that can be told again: what a search does depends on the steps it is planned for,
 * so a search stopped by the clock must tell by its number of steps alone what it was planned for. Plans are
 * a fixed ladder of numbers, each half as large again as the last, and a search that was to take P steps
 * never ends at fewer than two thirds of P, unless before anything depended on P. One thread; the struct
 * belongs to the caller. */
#ifndef PEERNET_CORE_GROUP_PLAN_H
#define PEERNET_CORE_GROUP_PLAN_H

#include "core/group/group.h"

struct group_plan {
    const struct group_problem *p;
    double started;     /* CPU seconds */
    double paced;       /* CPU seconds, and */
    uint64_t paced_at;  /* steps, from which on the pace is measured */
    uint64_t asked;     /* most steps, by the problem */
    uint64_t limit;     /* steps at which the search ends */
    uint64_t planned;   /* 0 until group_plan_settle */
    uint64_t least;     /* steps below which a settled search does not end */
    uint64_t next_look; /* steps at which to look at the clock again */
    uint64_t look_every;
    bool stopped;
};

void group_plan_start(struct group_plan *plan, const struct group_problem *p);
/* The steps from here to group_plan_settle are typical: they tell how long a step takes. */
void group_plan_pace(struct group_plan *plan, uint64_t effort);
/* From here on the search may depend on plan->planned: chosen by the effort asked for, or by the time that
 * steps take. Where that has led to another kind of search, whose steps take another time, it may be settled
 * again: `above` are steps that are planned for in any case, those that led there. */
void group_plan_settle(struct group_plan *plan, uint64_t effort, uint64_t above);
/* The clock ends the search at no fewer steps: asked for fewer, it would not have come here. Until it is
 * settled. */
void group_plan_hold(struct group_plan *plan, uint64_t least);
/* The share of the time that has been used; 0 where there is no limit of time. */
double group_plan_used(const struct group_plan *plan);
/* False when the search has to end here. Cheap: the clock is looked at now and then only. */
bool group_plan_goes_on(struct group_plan *plan, uint64_t effort, double objective);

#endif
