#include <math.h>
#include <string.h>

#include "core/group/group_math.h"
#include "core/group/group_regions.h"

enum { STAGES_MOST = 80, DESCENTS_MOST = 30, LAST_DESCENTS = 2, CYCLES = 4 };
/* Of the exploration: where it begins, as a share of the mean gain of random moves; its steps; where a
 * cooling ends, as a share of where it froze. */
static const double BEGINNING = 0.25, STAGE_RATIO = 0.7, COLD = 0.8;
/* Of a round: looks a unit, and what it takes beside them. */
static const double VISITS = 1.5;
/* A descent ends when a round gains less than this share of the value. */
static const double LITTLE = 1e-3;
/* Looks a unit in all: up to which a search is hardly more than its descent, and from which on there are
 * several coolings. */
static const double FEW_VISITS = 10, MANY_VISITS = 1000;

/* Temperatures at which about every unit moves once a look, and almost none. */
struct range {
    double soft, frozen;
};

static bool goes_on(struct group_regions *q)
{
    return group_plan_goes_on(q->plan, q->effort, q->best_value);
}

/* A quick cooling of one region, one visit a unit at each temperature, shows where the instance melts and
 * freezes. */
static int explore(struct group_regions *q, struct range *range, struct err *e)
{
    int rc = group_regions_open(q, e);
    if (rc)
        return rc;
    struct group_walk *w = &q->region[0].a.walk;
    double temperature = BEGINNING * w->hottest(w), moved = w->melted;
    uint64_t before = q->effort;
    bool paced = false;
    *range = (struct range){temperature, temperature};
    for (int stage = 0; stage < STAGES_MOST && moved > w->frozen && temperature > 0 && goes_on(q); stage++) {
        uint64_t losses = w->losses;
        double looks = w->looks;
        w->heat(w, temperature);
        for (uint32_t k = 0; k < w->units; k++)
            w->visit(w);
        q->effort = before + 1 + (uint64_t)((double)w->effort / w->visit_steps);
        moved = 2 * (double)(w->losses - losses) / (w->looks - looks + 1.0 / w->units);
        range->soft = moved > w->soft ? temperature : range->soft;
        if (moved < w->soft && !paced) {
            group_plan_pace(q->plan, q->effort);
            paced = true;
        }
        range->frozen = temperature;
        temperature *= STAGE_RATIO;
    }
    group_regions_close(q);
    return ERR_OK;
}

/* Cools geometrically over so many steps, in rounds of few visits: it is the cutting anew that lets units
 * find their way. */
static int cool(struct group_regions *q, double from, double to, double steps, struct err *e)
{
    double per_unit = steps / q->s->m.units;
    uint64_t rounds = (uint64_t)(per_unit / (VISITS + GROUP_ROUND_VISITS) + 0.5);
    rounds = rounds < 1 ? 1 : rounds;
    double visits = per_unit / (double)rounds - GROUP_ROUND_VISITS;
    double ratio = group_exp(group_log(to / from) / (double)rounds);
    int rc = ERR_OK;
    for (uint64_t i = 0; i < rounds && !rc && goes_on(q); i++) {
        rc = group_regions_round(q, from, from * ratio, visits > 0.5 ? visits : 0.5, e);
        from *= ratio;
    }
    return rc;
}

/* Few looks are better spent near the end of a cooling: the first grouping is not that bad. */
static double beginning(const struct range *r, double visits)
{
    double share = visits < 30 ? 0.3 : visits < 150 ? 0.75 : 1.3;
    return r->frozen * group_exp(share * group_log(r->soft / r->frozen));
}

/* Round after round until little is gained: what one cut parts, the next may bring together. */
static int descend(struct group_regions *q, int most, struct err *e)
{
    double before = q->value;
    int rc = ERR_OK;
    for (int i = 0; i < most && !rc && (!q->plan || goes_on(q)) &&
                    (i < 2 || q->value - before > LITTLE * fabs(q->value));
         i++) {
        before = q->value;
        rc = group_regions_round(q, 0, 0, 1, e);
    }
    return rc;
}

/* Where the past has its price, much of the value is near the first grouping: a descent comes first. */
static int spend(struct group_regions *q, bool *cooled, struct err *e)
{
    struct range r;
    bool priced = q->p->previous && q->p->stability > 0;
    int rc = priced ? descend(q, DESCENTS_MOST, e) : ERR_OK;
    rc = rc ? rc : explore(q, &r, e);
    if (rc || !goes_on(q) || !(r.frozen > 0))
        return rc;
    group_plan_settle(q->plan, q->effort);
    *cooled = (double)q->plan->planned > FEW_VISITS * q->s->m.units;
    double planned = (double)q->plan->planned, visits = planned / q->s->m.units;
    double share = visits < MANY_VISITS ? 1 : 0.4, cold = COLD * r.frozen;
    rc = cool(q, beginning(&r, visits), cold, share * planned - (double)q->effort, e);
    while (!rc && goes_on(q))
        rc = share < 1 ? cool(q, r.soft, cold, (1 - share) * planned / CYCLES, e)
                       : group_regions_round(q, cold, cold, VISITS, e);
    return rc;
}

int group_regions_search(struct group_regions *q, uint64_t *effort, struct err *e)
{
    const struct group_problem *p = q->p;
    struct group_plan plan;
    bool cooled = false;
    int rc = ERR_OK;
    *effort = 0;
    group_regions_mark(q);
    if (q->s->m.groups < 2 || q->s->m.units < 2)
        return ERR_OK;
    if (p->effort > 0 || p->cpu_seconds > 0) {
        group_plan_start(&plan, p);
        q->plan = &plan;
        rc = spend(q, &cooled, e);
        /* The last region may have gone a little beyond the limit; the limit brings the search back here. */
        *effort = q->effort < plan.limit ? q->effort : plan.limit;
        q->plan = NULL;
        memcpy(q->s->group, q->best, q->s->m.units * sizeof *q->best);
        q->value = q->best_value;
    }
    rc = rc ? rc : descend(q, cooled ? LAST_DESCENTS : DESCENTS_MOST, e);
    memcpy(q->s->group, q->best, q->s->m.units * sizeof *q->best);
    return rc;
}
