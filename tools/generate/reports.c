/* What an organizer reports. Its number of challenges is geometric; which they are is drawn from its themes,
 * or anywhere, and stays from round to round but for what drifts. */
#include <stdlib.h>

#include "generate/random.h"
#include "generate/world.h"

#define SECOND_THEME (1.0 / 3)
#define OTHERS_MEAN 0.75 /* challenges of those who are not municipal, to those of the municipal */
#define OTHERS_SEVERITY 0.75
#define SHARED 0.3  /* of the variance of severity: between organizers, */
#define LASTING 0.5 /* between an organizer's challenges, the same in all rounds; the rest is the round's */
#define BURDEN 0.3  /* who reports many challenges reports them as more severe */
#define BURDEN_MOST 0.9
#define MISSES_MOST 200 /* then the themes have no more to give */

struct leaning {
    uint32_t main, second; /* second = UINT32_MAX: none */
    uint32_t moves;        /* to other themes so far */
    uint32_t count;        /* challenges reported in a round */
    double severity;
    bool silent;
};

static uint32_t count_for(const struct world *w, bool municipal, struct random *r)
{
    double mean = w->options.reports * (municipal ? 1 : OTHERS_MEAN);
    uint32_t most = w->options.challenges - w->options.challenges / 12, count = 1;
    most = most < REPORTS_MOST ? most : REPORTS_MOST;
    while (count < most && random_real(r) * mean > 1)
        count++;
    return count;
}

static double burden(const struct world *w, uint32_t count)
{
    double above = BURDEN * ((double)count / w->options.reports - 1);
    return above < BURDEN_MOST ? above : BURDEN_MOST;
}

/* What an organizer struggles with in a round: drift between rounds is a walk from the first round on. */
static struct leaning leaning_in(const struct world *w, uint32_t organizer, uint32_t round)
{
    struct random r = random_for(w->options.seed, FOR_LEANING, organizer);
    struct leaning l = {.second = UINT32_MAX};
    bool municipal = world_is_municipal(organizer);
    l.silent = random_real(&r) < w->options.silent;
    l.severity = sqrt(SHARED) * random_normal(&r) + (municipal ? 0 : OTHERS_SEVERITY);
    l.main = world_draw(w->theme_popularity, w->options.themes, &r);
    if (random_real(&r) < SECOND_THEME)
        l.second = world_draw(w->theme_popularity, w->options.themes, &r);
    l.count = count_for(w, municipal, &r);
    l.severity += burden(w, l.count);
    for (uint32_t i = 0; i < round; i++) {
        bool moves = random_real(&r) < w->options.drift;
        uint32_t theme = world_draw(w->theme_popularity, w->options.themes, &r);
        if (!moves)
            continue;
        l.main = theme;
        l.moves++;
    }
    return l;
}

/* What an organizer may still report of its themes: a further theme comes in when those are used up. */
struct pool {
    uint32_t challenges[REPORTS_MOST + 3 * THEME_CORE_MOST];
    uint32_t n;
};

static void pool_add(struct pool *p, const struct theme *t)
{
    for (uint32_t i = 0; i < t->n_core && p->n < sizeof p->challenges / sizeof p->challenges[0]; i++)
        p->challenges[p->n++] = t->core[i];
}

static uint32_t pick(const struct world *w, struct pool *p, struct random *r)
{
    if (random_real(r) < w->options.noise)
        return world_popular(w, r);
    while (p->n == 0)
        pool_add(p, &w->themes[world_draw(w->theme_popularity, w->options.themes, r)]);
    uint32_t at = random_below(r, p->n), challenge = p->challenges[at];
    p->challenges[at] = p->challenges[--p->n];
    return challenge;
}

static bool reported(const struct made_report *out, size_t n, uint32_t challenge)
{
    for (size_t i = 0; i < n; i++)
        if (out[i].challenge == challenge)
            return true;
    return false;
}

static uint32_t pick_new(const struct world *w, struct pool *p, const struct made_report *out, size_t n,
                         struct random *r)
{
    for (uint32_t misses = 0;; misses++) {
        uint32_t challenge = misses < MISSES_MOST ? pick(w, p, r) : world_popular(w, r);
        if (!reported(out, n, challenge))
            return challenge;
    }
}

/* Steps that cut a normal variable into the shares of severities seen among real municipalities. */
static uint8_t severity_of(double x)
{
    return (uint8_t)(1 + (x > -0.45) + (x > 0.15) + (x > 0.80) + (x > 1.45));
}

static int by_challenge(const void *a, const void *b)
{
    const struct made_report *x = a, *y = b;
    return x->challenge < y->challenge ? -1 : x->challenge > y->challenge;
}

size_t world_reports(const struct world *w, uint32_t organizer, uint32_t round,
                     struct made_report out[REPORTS_MOST])
{
    struct leaning l = leaning_in(w, organizer, round);
    struct random lasting = random_for(w->options.seed, FOR_CHALLENGES + 64 * (uint64_t)l.moves, organizer);
    struct random now = random_for(w->options.seed, FOR_REPORTS + 64 * (uint64_t)round, organizer);
    struct pool pool = {.n = 0};
    int32_t day = w->options.last_day - 365 * (int32_t)(w->options.rounds - 1 - round) -
                  (int32_t)random_below(&now, 60);
    if (l.silent)
        return 0;
    pool_add(&pool, &w->themes[l.main]);
    if (l.second != UINT32_MAX)
        pool_add(&pool, &w->themes[l.second]);
    for (size_t n = 0; n < l.count; n++) {
        uint32_t challenge = pick_new(w, &pool, out, n, &lasting);
        double severity = l.severity + sqrt(LASTING) * random_normal(&lasting) +
                          sqrt(1 - SHARED - LASTING) * random_normal(&now);
        bool drifts = round > 0 && random_real(&now) < w->options.drift;
        if (drifts)
            challenge = pick_new(w, &pool, out, n, &now);
        out[n] = (struct made_report){challenge, day, severity_of(severity)};
    }
    qsort(out, l.count, sizeof *out, by_challenge);
    return l.count;
}
