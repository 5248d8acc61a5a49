#include "core/group/group_walk.h"

#include "core/group/group_math.h"
#include "core/group/group_plan.h"
#include "core/group/group_random.h"

enum { STAGES_MOST = 80, LEVELS_MOST = 256, LEVEL_LEAST = 64 };

/* Temperatures by how many moves a unit would make if it looked at every partner once. */
struct range {
    double hottest; /* everything moves, sizes too */
    double melted;  /* several moves a unit */
    double soft;    /* about one */
    double frozen;  /* almost none */
};
static const double STAGE_RATIO = 0.8;

struct searching {
    struct group_walk *walk;
    struct group_plan plan;
    struct range range;
};

static bool goes_on(struct searching *q)
{
    return group_plan_goes_on(&q->plan, q->walk->effort, q->walk->best_value);
}

/* Cools geometrically over so many steps. */
static void cool(struct searching *q, double from, double to, double steps)
{
    struct group_walk *w = q->walk;
    double levels = steps / ((double)w->units / 2 + LEVEL_LEAST);
    levels = levels > LEVELS_MOST ? LEVELS_MOST : levels < 1 ? 1 : levels;
    uint32_t count = (uint32_t)levels;
    double ratio = count > 1 ? group_exp(group_log(to / from) / (count - 1)) : 1, temperature = from;
    double start = (double)w->effort;
    for (uint32_t level = 0; level < count; level++) {
        w->heat(w, temperature);
        uint64_t end = (uint64_t)(start + steps * (level + 1) / count);
        while (w->effort < end && goes_on(q))
            w->visit(w);
        temperature *= ratio;
    }
}

/* A first quick cooling, one visit a unit at each temperature, shows where the instance melts and freezes. */
static void explore(struct searching *q)
{
    struct group_walk *w = q->walk;
    double temperature = w->hottest(w), moved = w->melted;
    bool paced = false;
    q->range = (struct range){temperature, temperature, temperature, temperature};
    for (int stage = 0; stage < STAGES_MOST && moved > w->frozen && temperature > 0 && goes_on(q); stage++) {
        uint64_t losses = w->losses;
        double looks = w->looks;
        w->heat(w, temperature);
        for (uint32_t k = 0; k < w->units && goes_on(q); k++)
            w->visit(w);
        moved = 2 * (double)(w->losses - losses) / (w->looks - looks + 1.0 / w->units);
        q->range.melted = moved > w->melted ? temperature : q->range.melted;
        q->range.soft = moved > w->soft ? temperature : q->range.soft;
        if (moved < w->soft && !paced) {
            group_plan_pace(&q->plan, w->effort);
            paced = true;
        }
        q->range.frozen = temperature;
        temperature *= STAGE_RATIO;
    }
}

/* Few visits: one long cooling is worth more than several short ones. */
static double first_share(const struct searching *q)
{
    return (double)q->plan.planned / (q->walk->visit_steps * q->walk->units) < 10000 ? 0.55 : 0.3;
}

/* With other sizes, from where groups melt; back to the best unless that is better. */
static void try_sizes(struct searching *q, double steps)
{
    double best = q->walk->best_value;
    cool(q, q->range.melted, q->range.frozen, steps);
    if (!(q->walk->best_value > best))
        q->walk->rewind(q->walk);
}

static void anneal(struct searching *q)
{
    const struct range *r = &q->range;
    double planned = (double)q->plan.planned, share = first_share(q);
    double left = planned - (double)q->walk->effort;
    if (r->hottest > 1.5 * r->melted)
        cool(q, r->hottest, r->melted, 0.25 * share * left);
    cool(q, r->melted, r->frozen, share * planned - (double)q->walk->effort);
    double steps = (1 - share) * planned / (share > 0.5 ? 3 : 10);
    if (goes_on(q) && q->walk->resize && q->walk->resize(q->walk))
        try_sizes(q, steps);
    while (goes_on(q))
        cool(q, r->soft, r->frozen, steps);
}

void group_walk_count(struct group_walk *w, double gain, double temperature)
{
    w->moves++;
    w->value += gain;
    w->losses += gain < -1e-3 * temperature;
}

void group_walk_noise(float *noise, uint32_t count)
{
    struct group_random r;
    group_random_seed(&r, 1);
    for (uint32_t i = 0; i < count; i++)
        noise[i] = (float)group_log((i + 0.5) / count);
    for (uint32_t i = count; i > 1; i--) {
        uint32_t j = group_random_below(&r, i);
        float swapped = noise[i - 1];
        noise[i - 1] = noise[j];
        noise[j] = swapped;
    }
}

void group_walk_descend(struct group_walk *w)
{
    w->heat(w, 0);
    for (uint32_t idle = 0; idle < w->units;)
        idle = w->visit(w) ? 0 : idle + 1;
}

/* The budget counts from the first descent on, and ends it no earlier than no budget would: so little is not
 * worse than none. */
static void descend_first(struct searching *q)
{
    struct group_walk *w = q->walk;
    w->heat(w, 0);
    for (uint32_t idle = 0; idle < w->units;) {
        idle = w->visit(w) ? 0 : idle + 1;
        goes_on(q);
    }
}

void group_walk_search(struct group_walk *w, const struct group_problem *p, uint64_t *effort)
{
    struct searching q = {.walk = w};
    *effort = 0;
    if ((p->effort == 0 && !(p->cpu_seconds > 0)) || w->units < 2 || w->groups < 2) {
        group_walk_descend(w);
        return;
    }
    group_plan_start(&q.plan, p);
    w->effort = 0;
    descend_first(&q);
    if (goes_on(&q))
        explore(&q);
    if (goes_on(&q)) {
        group_plan_settle(&q.plan, w->effort, 0);
        anneal(&q);
    }
    /* The last visit may have gone a little beyond the limit; the limit is what brings the search back here.
     */
    *effort = w->effort < q.plan.limit ? w->effort : q.plan.limit;
}
