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

/* What wide rounds do not do: units of different size, two at once where nobody may be alone, and pairs that
 * are the better apart. */
static bool leaves_something(const struct group_regions *q)
{
    const struct group_sparse *s = q->s;
    bool parts_like = false;
    for (uint32_t column = q->p->profiles->columns; column < s->columns; column++)
        parts_like |= s->sign[column] < 0;
    return q->parts == 0 || !s->m.single || s->m.rules->limiter.counts_alone || parts_like;
}

static bool gains(const struct group_regions *q, double before)
{
    return q->value - before > LITTLE * fabs(q->value);
}

/* Progress is told during a descent too; who then wants to stop the search is heard after it. */
static void report(struct group_regions *q, struct group_plan *plan)
{
    if (plan)
        group_plan_goes_on(plan, q->effort, q->best_value);
}

/* Round after round until little is gained: what one cut parts, the next may bring together. Where there is
 * only one part, a wide round is the whole descent. `most` rounds are by regions, if those find more. The
 * plan ends none: a budget that is too small for the first descent gives as much as none. */
static int descend(struct group_regions *q, int most, struct err *e)
{
    struct group_plan *plan = q->plan;
    double before = q->value;
    int rc = ERR_OK, wide = q->parts > 1 ? DESCENTS_MOST : (int)q->parts;
    q->plan = NULL;
    for (int i = 0; i < wide && !rc && (i < 1 || gains(q, before)); i++) {
        before = q->value;
        rc = group_regions_wide(q, 0, 0, 0, e);
        report(q, plan);
    }
    most = leaves_something(q) ? most : 0;
    for (int i = 0; i < most && !rc && (i < 2 || gains(q, before)); i++) {
        before = q->value;
        rc = group_regions_round(q, 0, 0, 1, e);
        report(q, plan);
    }
    q->plan = plan;
    q->settled = true;
    return rc;
}

/* By regions; more steps than `above`. */
static int spend(struct group_regions *q, uint64_t above, int *last, struct err *e)
{
    struct range r;
    int rc = explore(q, &r, e);
    if (rc || !goes_on(q) || !(r.frozen > 0))
        return rc;
    group_plan_settle(q->plan, q->effort, above);
    if ((double)q->plan->planned > FEW_VISITS * q->s->m.units)
        *last = LAST_DESCENTS;
    double planned = (double)q->plan->planned, visits = planned / q->s->m.units;
    double share = visits < MANY_VISITS ? 1 : 0.4, cold = COLD * r.frozen;
    rc = cool(q, beginning(&r, visits), cold, share * planned - (double)q->effort, e);
    while (!rc && goes_on(q))
        rc = share < 1 ? cool(q, r.soft, cold, (1 - share) * planned / CYCLES, e)
                       : group_regions_round(q, cold, cold, VISITS, e);
    return rc;
}

/* A descent comes first: the first grouping is a rough one, and where the past has its price, much of the
 * value is near it. Wide rounds end at a temperature: what the last descent makes of what they leave may be
 * the best; from all others the search goes back to the best. */
static int search(struct group_regions *q, int *last, struct err *e)
{
    uint64_t many = 0;
    int rc = descend(q, DESCENTS_MOST, e);
    if (rc || !goes_on(q))
        return rc;
    if (!leaves_something(q)) {
        rc = group_regions_cool_widely(q, &many, e);
        if (rc || many == 0)
            return rc;
    }
    rc = spend(q, many, last, e);
    if (q->settled)
        return rc;
    memcpy(q->s->group, q->best, q->s->m.units * sizeof *q->best);
    q->value = q->best_value;
    q->settled = false;
    return rc;
}

int group_regions_search(struct group_regions *q, uint64_t *effort, struct err *e)
{
    const struct group_problem *p = q->p;
    struct group_plan plan;
    int rc = ERR_OK, last = DESCENTS_MOST;
    *effort = 0;
    group_regions_mark(q);
    if (q->s->m.groups < 2 || q->s->m.units < 2)
        return ERR_OK;
    if (p->effort > 0 || p->cpu_seconds > 0) {
        group_plan_start(&plan, p);
        q->plan = &plan;
        rc = search(q, &last, e);
        /* The last region may have gone a little beyond the limit; the limit brings the search back here. */
        *effort = q->effort < plan.limit ? q->effort : plan.limit;
        q->plan = NULL;
    }
    rc = rc || q->settled ? rc : descend(q, last, e);
    memcpy(q->s->group, q->best, q->s->m.units * sizeof *q->best);
    return rc;
}
