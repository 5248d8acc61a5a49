#include "core/group/group_plan.h"

#include <time.h>

enum { SMALLEST = 1000, LOOK_FIRST = 64, LOOK_MOST = 100000 };

/* With threads of its own the search counts what all of them take. */
static double cpu_now(const struct group_problem *p)
{
    struct timespec t;
    clock_gettime(p->threads > 1 ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

void group_plan_start(struct group_plan *plan, const struct group_problem *p)
{
    bool timed = p->cpu_seconds > 0;
    *plan = (struct group_plan){.p = p, .look_every = LOOK_FIRST, .least = 1};
    plan->started = plan->paced = timed ? cpu_now(p) : 0;
    plan->asked = plan->limit = p->effort > 0 || !timed ? p->effort : UINT64_MAX;
}

void group_plan_pace(struct group_plan *plan, uint64_t effort)
{
    plan->paced = plan->p->cpu_seconds > 0 ? cpu_now(plan->p) : 0;
    plan->paced_at = effort;
}

static uint64_t rung_above(uint64_t rung)
{
    return rung + rung / 2;
}

/* The rung for exactly so many steps: the first that is not less. */
static uint64_t rung_for(uint64_t steps)
{
    uint64_t rung = SMALLEST;
    while (rung < steps && rung < UINT64_MAX / 2)
        rung = rung_above(rung);
    return rung;
}

/* The rung nearest to what the clock allows: then the clock ends the search well above two thirds of it, or
 * the search ends a little before the clock. */
static uint64_t rung_near(double steps)
{
    uint64_t rung = SMALLEST;
    while ((double)rung * 1.22 < steps && rung < UINT64_MAX / 2)
        rung = rung_above(rung);
    return rung;
}

void group_plan_settle(struct group_plan *plan, uint64_t effort, uint64_t above)
{
    plan->planned = rung_for(plan->asked);
    if (plan->p->cpu_seconds > 0) {
        double now = cpu_now(plan->p), took = now - plan->paced,
               left = plan->p->cpu_seconds - (now - plan->started);
        double steps = (double)effort;
        if (left > 0)
            steps += took > 0 ? (double)(effort - plan->paced_at) * (left / took) : (double)UINT64_MAX / 4;
        uint64_t timed = rung_near(steps), past = rung_for((effort > above ? effort : above) + 1);
        timed = timed > past ? timed : past; /* what is done cannot be planned away */
        plan->planned = timed < plan->planned ? timed : plan->planned;
    }
    plan->limit = plan->asked < plan->planned ? plan->asked : plan->planned;
    plan->least = plan->planned == SMALLEST ? 1 : plan->planned / 3 * 2 + 3;
}

void group_plan_hold(struct group_plan *plan, uint64_t least)
{
    plan->least = least;
}

double group_plan_used(const struct group_plan *plan)
{
    double seconds = plan->p->cpu_seconds;
    return seconds > 0 ? (cpu_now(plan->p) - plan->started) / seconds : 0;
}

static bool look(struct group_plan *plan, uint64_t effort, double objective)
{
    const struct group_problem *p = plan->p;
    double share = plan->limit < UINT64_MAX ? (double)effort / (double)plan->limit : 0;
    plan->next_look = effort + plan->look_every;
    if (p->cpu_seconds > 0) {
        double used = group_plan_used(plan);
        share = used > share ? used : share;
        if (used >= 1 && effort >= plan->least)
            return false;
        /* About a thousand looks in all. */
        double steps = used > 0 ? (double)effort / used / 1000 : 0;
        plan->look_every = steps > LOOK_FIRST ? (uint64_t)steps : LOOK_FIRST;
    } else {
        plan->look_every = plan->limit / 200 + LOOK_FIRST;
        /* However long the search: whoever wants to stop it is not kept waiting. */
        plan->look_every = plan->look_every < LOOK_MOST ? plan->look_every : LOOK_MOST;
    }
    return !p->progress || p->progress(p->progress_context, objective, share < 1 ? share : 1);
}

bool group_plan_goes_on(struct group_plan *plan, uint64_t effort, double objective)
{
    if (plan->stopped || effort >= plan->limit)
        return false;
    if (effort >= plan->next_look)
        plan->stopped = !look(plan, effort, objective);
    return !plan->stopped;
}
