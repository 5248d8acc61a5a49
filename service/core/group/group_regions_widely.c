/* The schedule of a search by wide rounds (group_regions.h). */
#include <math.h>

#include "core/group/group_math.h"
#include "core/group/group_regions.h"

/* Losses a visit at which a cooling begins, and the share of that temperature at which it ends: losses are
 * about as the temperature, whatever the instance. */
static const double BEGINNING = 0.18, END = 0.22, END_OF_MANY = 0.18;
/* So many looks a unit make a longer cooling, to where less still moves. */
static const double LONG_VISITS = 2500;
/* Where to look for it first: so much of what a unit has on average. */
static const double GUESS = 0.05;
enum { GUESSES = 6, GUESS_PASSES = 2, PASSES = 4 };
/* Hot passes take longer than most of a cooling. So many visits a unit or more are planned by the time that a
 * few rounds at a temperature from its middle take. */
enum { PACED_VISITS = 300, PACED_ROUNDS = 2 };
static const double MIDDLE = 0.45;
/* From so many visits a unit on, regions are as good. */
enum { MANY_VISITS = 60000 };
/* Fewer visits a unit than this are not worth a cooling. */
static const double FEW_VISITS = 6;
/* A descent that has taken more of the time than this leaves too little for a cooling that gains anything. */
static const double LATE = 0.5;

static bool goes_on(struct group_regions *q)
{
    return group_plan_goes_on(q->plan, q->effort, q->best_value);
}

/* A pass at each guess until one is not far off: from a grouping in which nothing gains, every second move or
 * so is a loss, and the temperature is what tells how many. 0 where nothing ever moves. */
static int find_beginning(struct group_regions *q, double *temperature, struct err *e)
{
    double units = q->s->m.units, guess = GUESS * 2 * fabs(q->value) / q->s->m.scale / units;
    int rc = ERR_OK;
    *temperature = guess;
    for (int i = 0; i < GUESSES && !rc && guess > 0 && goes_on(q); i++) {
        rc = group_regions_wide(q, guess, guess, GUESS_PASSES, e);
        double losses = (double)q->losses / (GUESS_PASSES * units),
               wrong = BEGINNING / (losses + BEGINNING / 16);
        *temperature = guess * (wrong < 16 ? wrong : 16);
        if (i > 0 && wrong < 1.5 && wrong > 0.67)
            break;
        if (i == 0) /* the first is slower: it makes room */
            group_plan_pace(q->plan, q->effort);
        guess = *temperature;
    }
    return rc;
}

/* Cools geometrically, in rounds of few visits. */
static int cool(struct group_regions *q, double from, double to, double steps, struct err *e)
{
    double round = (PASSES + GROUP_WALK_VISITS) * q->s->m.units;
    uint64_t rounds = steps > round ? (uint64_t)(steps / round + 0.5) : 1;
    double passes = steps > round ? PASSES : floor(steps / q->s->m.units - GROUP_WALK_VISITS);
    double ratio = group_exp(group_log(to / from) / (double)rounds);
    int rc = ERR_OK;
    for (uint64_t i = 0; i < rounds && !rc && goes_on(q); i++) {
        rc = group_regions_wide(q, from, from * ratio, passes > 1 ? passes : 1, e);
        from *= ratio;
    }
    return rc;
}

int group_regions_cool_widely(struct group_regions *q, uint64_t *many, struct err *e)
{
    double few = FEW_VISITS * q->s->m.units, from;
    if (q->plan->limit - q->effort < (uint64_t)few || group_plan_used(q->plan) > LATE)
        return ERR_OK;
    group_plan_hold(q->plan, q->effort + (uint64_t)few);
    int rc = find_beginning(q, &from, e);
    if (rc || !goes_on(q) || !(from > 0))
        return rc;
    uint64_t most = (uint64_t)MANY_VISITS * q->s->m.units, paced = (uint64_t)PACED_VISITS * q->s->m.units;
    group_plan_settle(q->plan, q->effort, 0);
    if (q->plan->planned > paced) {
        group_plan_pace(q->plan, q->effort);
        for (int i = 0; i < PACED_ROUNDS && !rc; i++)
            rc = group_regions_wide(q, MIDDLE * from, MIDDLE * from, PASSES, e);
        if (rc || !goes_on(q))
            return rc;
        group_plan_settle(q->plan, q->effort, paced);
    }
    if (q->plan->planned > most) {
        *many = most;
        return ERR_OK;
    }
    double end = from * ((double)q->plan->planned < LONG_VISITS * q->s->m.units ? END : END_OF_MANY);
    rc = cool(q, from, end, (double)q->plan->planned - (double)q->effort, e);
    while (!rc && goes_on(q))
        rc = group_regions_wide(q, end, end, PASSES, e);
    return rc;
}
