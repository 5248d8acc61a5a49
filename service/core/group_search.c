#include "core/group_search.h"

#include <math.h>
#include <time.h>

#include "core/group_random.h"

enum { SCRAMBLE_MOVES = 6, CLOCK_EVERY = 8 };

struct searching {
    const struct group_problem *p;
    struct group_random random;
    double started;
    uint64_t effort;
};

static double cpu_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double share_used(const struct searching *search)
{
    double share = search->p->effort > 0 ? (double)search->effort / (double)search->p->effort : 0;
    if (search->p->cpu_seconds > 0) {
        double time = (cpu_now() - search->started) / search->p->cpu_seconds;
        share = time > share ? time : share;
    }
    return share < 1 ? share : 1;
}

/* A few random swaps: far enough to leave a hilltop, near enough to keep what is good. */
static void scramble(struct searching *search, struct group_state *s)
{
    for (int i = 0; i < SCRAMBLE_MOVES; i++) {
        uint32_t a = group_random_below(&search->random, s->m->units);
        uint32_t b = group_random_below(&search->random, s->m->units);
        if (group_may_swap(s, a, b))
            group_state_swap(s, a, b);
    }
}

int group_search(const struct group_problem *p, struct group_state *s, struct group_result *result,
                 struct err *e)
{
    struct searching search = {.p = p, .started = cpu_now()};
    struct group_state best;
    int rc = group_state_init(&best, s->m, e);
    if (rc)
        return rc;
    group_random_seed(&search.random, p->seed ^ 0x5eedu);
    group_state_copy(&best, s);
    double best_value = group_state_value(s);
    bool timed = p->cpu_seconds > 0 && s->m->units > 1;
    for (uint64_t round = 0; (s->m->units > 1 && p->effort > search.effort) || (timed && p->effort == 0); round++) {
        if (round % CLOCK_EVERY == 0) {
            double share = share_used(&search);
            if (share >= 1 || (p->progress && !p->progress(p->progress_context, best_value, share)))
                break;
        }
        scramble(&search, s);
        result->moves += group_descend(s);
        search.effort += s->m->units;
        if (group_state_value(s) >= best_value) {
            best_value = group_state_value(s);
            group_state_copy(&best, s);
        } else {
            group_state_copy(s, &best);
        }
    }
    group_state_copy(s, &best);
    result->effort = search.effort;
    group_state_free(&best);
    return ERR_OK;
}
