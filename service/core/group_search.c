#include "core/group_search.h"

#include "core/group_anneal.h"
#include "core/group_math.h"
#include "core/group_plan.h"

enum { STAGES_MOST = 80, LEVELS_MOST = 256, LEVEL_LEAST = 64 };

/* Temperatures by how many moves a unit would make if it looked at every partner once. */
struct range {
    double hottest; /* everything moves, sizes too */
    double melted;  /* several moves a unit */
    double soft;    /* about one */
    double frozen;  /* almost none */
};
static const double MELTED = 4, SOFT = 1, FROZEN = 0.04, STAGE_RATIO = 0.85;

struct searching {
    struct group_anneal anneal;
    struct group_plan plan;
    struct range range;
};

static bool goes_on(struct searching *q)
{
    return group_plan_goes_on(&q->plan, q->anneal.effort, q->anneal.best_value);
}

/* Cools geometrically over so many steps. */
static void cool(struct searching *q, double from, double to, double steps)
{
    struct group_anneal *a = &q->anneal;
    double levels = steps / ((double)a->s->m->units / 2 + LEVEL_LEAST);
    levels = levels > LEVELS_MOST ? LEVELS_MOST : levels < 1 ? 1 : levels;
    uint32_t count = (uint32_t)levels;
    double ratio = count > 1 ? group_exp(group_log(to / from) / (count - 1)) : 1, temperature = from;
    double start = (double)a->effort;
    for (uint32_t level = 0; level < count; level++, temperature *= ratio) {
        group_anneal_heat(a, temperature);
        uint64_t end = (uint64_t)(start + steps * (level + 1) / count);
        while (a->effort < end && goes_on(q))
            group_anneal_visit(a);
    }
}

/* A first quick cooling, one visit a unit at each temperature, shows where the instance melts and freezes. */
static void explore(struct searching *q)
{
    struct group_anneal *a = &q->anneal;
    double temperature = group_anneal_hottest(a), moved = MELTED;
    q->range = (struct range){temperature, temperature, temperature, temperature};
    for (int stage = 0; stage < STAGES_MOST && moved > FROZEN && temperature > 0 && goes_on(q); stage++) {
        uint64_t moves = a->moves, compared = a->compared;
        group_anneal_heat(a, temperature);
        for (uint32_t k = 0; k < a->s->m->units && goes_on(q); k++)
            group_anneal_visit(a);
        compared = a->compared - compared;
        moved = (double)(a->moves - moves) * a->s->m->units / (double)(compared + 1);
        q->range.melted = moved > MELTED ? temperature : q->range.melted;
        q->range.soft = moved > SOFT ? temperature : q->range.soft;
        q->range.frozen = temperature;
        temperature *= STAGE_RATIO;
    }
}

/* Few visits: one long cooling is worth more than several short ones. */
static double first_share(const struct searching *q)
{
    const struct group_dense *m = q->anneal.s->m;
    double visit = 1 + (double)m->stride / 64 + (double)m->groups / 64;
    return (double)q->plan.planned / (visit * m->units) < 10000 ? 0.55 : 0.3;
}

static void anneal(struct searching *q)
{
    const struct range *r = &q->range;
    double planned = (double)q->plan.planned, share = first_share(q);
    double left = planned - (double)q->anneal.effort;
    if (r->hottest > 1.5 * r->melted)
        cool(q, r->hottest, r->melted, 0.1 * share * left);
    cool(q, r->melted, r->frozen, share * planned - (double)q->anneal.effort);
    double cycles = share > 0.5 ? 3 : 10;
    while (goes_on(q))
        cool(q, r->soft, r->frozen, (1 - share) * planned / cycles);
}

static bool is_searchable(const struct group_problem *p, const struct group_state *s)
{
    return (p->effort > 0 || p->cpu_seconds > 0) && s->m->units > 1 && s->m->groups > 1;
}

int group_search(const struct group_problem *p, struct group_state *s, struct group_result *result,
                 struct err *e)
{
    struct searching q;
    group_plan_start(&q.plan, p);
    int rc = group_anneal_init(&q.anneal, s, p->seed, e);
    if (rc)
        return rc;
    group_anneal_descend(&q.anneal);
    group_anneal_mark(&q.anneal);
    if (is_searchable(p, s)) {
        explore(&q);
        if (goes_on(&q)) {
            group_plan_settle(&q.plan, q.anneal.effort);
            anneal(&q);
        }
        result->effort = q.anneal.effort;
        group_anneal_return(&q.anneal);
        group_anneal_descend(&q.anneal);
    }
    result->moves = q.anneal.moves;
    group_anneal_free(&q.anneal);
    return ERR_OK;
}
