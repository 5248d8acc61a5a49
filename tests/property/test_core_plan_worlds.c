/* Plans of worlds drawn by chance: everybody is in one party, networks stay whole, no round asks for more
 * places than are free, nobody waits whom a lone office had room for, and the same world gives the same plan.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group_random.h"
#include "core/plan/plan.h"

enum { WORLDS = 300, MOST = 300, OFFICES = 5, TERMS = 4, REGIONS = 6, ROUNDS = 400 };

struct world {
    struct group_random random;
    struct plan_person person[MOST];
    struct plan_people people;
    struct plan_office office[OFFICES];
    uint32_t n_offices, places[OFFICES][TERMS];
    struct plan_settings settings;
    struct plan plan;
};

static uint32_t pick(struct world *w, uint32_t below)
{
    return group_random_below(&w->random, below);
}

static double share(struct world *w)
{
    return pick(w, 1001) / 1000.0;
}

static void draw_person(struct world *w, uint32_t i, uint32_t networks)
{
    bool known = pick(w, 20) > 0;
    w->person[i] = (struct plan_person){.organizer = i,
                                        .network = networks == 0 || pick(w, 4) == 0 ? POPULATION_NONE
                                                                                    : pick(w, networks),
                                        .kind = (enum organizer_kind)pick(w, KIND_COUNT),
                                        .size = pick(w, PLAN_SIZES),
                                        .region = pick(w, REGIONS),
                                        .lat = known ? 55 + 14 * share(w) : (double)NAN,
                                        .lon = 11 + 12 * share(w),
                                        .severity = share(w),
                                        .breadth = share(w),
                                        .waiting = share(w),
                                        .need = 10 * share(w),
                                        .before = pick(w, 5) == 0};
}

static void draw(struct world *w, uint64_t seed)
{
    group_random_seed(&w->random, seed);
    w->people = (struct plan_people){w->person, pick(w, MOST + 1), REGIONS};
    uint32_t networks = pick(w, w->people.n / 6 + 1);
    for (uint32_t i = 0; i < w->people.n; i++)
        draw_person(w, i, networks);
    w->n_offices = 1 + pick(w, OFFICES);
    for (uint32_t o = 0; o < w->n_offices; o++) {
        w->office[o] = (struct plan_office){"office", 55 + 14 * share(w), 11 + 12 * share(w), w->places[o],
                                            1 + pick(w, TERMS)};
        for (uint32_t t = 0; t < TERMS; t++)
            w->places[o][t] = pick(w, 5) == 0 ? 0 : pick(w, 40);
    }
    plan_settings_default(&w->settings);
    w->settings.unit = pick(w, 2) ? PLAN_ORGANIZERS : PLAN_DIALOGUES;
    w->settings.fairness = share(w);
    for (int k = 0; k < KIND_COUNT; k++)
        w->settings.accept[k] = pick(w, 3) == 0 ? 1 : share(w);
}

static uint32_t places_of(const struct world *w, uint32_t office, uint32_t term)
{
    uint32_t n = w->office[office].n_places;
    return w->places[office][term <= n ? term - 1 : n - 1];
}

static double accept_of(const struct world *w, const struct plan_party *p, uint32_t k)
{
    return w->settings.accept[w->person[w->plan.member[p->start + k]].kind];
}

/* Places that a party takes while it is asked, and after. */
static double asked(const struct world *w, const struct plan_party *p)
{
    return w->settings.unit == PLAN_DIALOGUES ? 1 : p->n;
}

static double accepted(const struct world *w, const struct plan_party *p)
{
    double sum = 0, none = 1;
    for (uint32_t k = 0; k < p->n; k++) {
        sum += accept_of(w, p, k);
        none *= 1 - accept_of(w, p, k);
    }
    return w->settings.unit == PLAN_DIALOGUES ? 1 - none : sum;
}

static void check_everybody_once(const struct world *w)
{
    uint32_t seen[MOST] = {0}, never = 0;
    for (uint32_t i = 0; i < w->plan.n_parties; i++) {
        const struct plan_party *p = &w->plan.party[i];
        assert_true(p->n > 0 && (p->n == 1 || p->network != POPULATION_NONE));
        for (uint32_t k = 0; k < p->n; k++) {
            uint32_t who = w->plan.member[p->start + k];
            assert_int_equal(w->person[who].network, p->network);
            seen[who]++;
        }
        for (uint32_t j = 0; j < i && p->network != POPULATION_NONE; j++)
            assert_int_not_equal(w->plan.party[j].network, p->network);
        never += p->term == 0 ? p->n : 0;
    }
    for (uint32_t i = 0; i < w->people.n; i++)
        assert_int_equal(seen[i], 1);
    assert_int_equal(never, w->plan.never);
}

/* Round by round: what is asked for is free. */
static void check_office(const struct world *w, uint32_t office, uint32_t term)
{
    double ask[ROUNDS] = {0}, take[ROUNDS] = {0}, free = places_of(w, office, term);
    uint32_t invited = 0, in_line = 0;
    for (uint32_t i = 0; i < w->plan.n_parties; i++) {
        const struct plan_party *p = &w->plan.party[i];
        if (p->term != term || p->office != office)
            continue;
        assert_in_range(p->round, 1, ROUNDS - 1);
        ask[p->round] += asked(w, p);
        take[p->round] += accepted(w, p);
        *(p->round == 1 ? &invited : &in_line) += p->n;
    }
    for (uint32_t r = 1; r < ROUNDS; r++) {
        assert_true(ask[r] <= free + 1e-6 + MOST * 0.0005); /* shares are taken in thousandths */
        free -= take[r];
    }
    const struct plan_count *count = &w->plan.term[term - 1].office[office];
    assert_int_equal(count->places, places_of(w, office, term));
    assert_int_equal(count->invited, invited);
    assert_int_equal(count->in_line, in_line);
    /* A lone office leaves nobody waiting for whom there is room. */
    for (uint32_t i = 0; w->n_offices == 1 && i < w->plan.n_parties; i++)
        if (w->plan.party[i].term == 0 || w->plan.party[i].term > term)
            assert_true(asked(w, &w->plan.party[i]) > free - 1e-6 - MOST * 0.0005);
}

static void check_figures(const struct world *w)
{
    double reach = 0, left = 1;
    for (uint32_t t = 0; t < w->plan.n_terms; t++) {
        assert_true(w->plan.term[t].reach >= reach && w->plan.term[t].need_left <= left + 1e-9);
        reach = w->plan.term[t].reach;
        left = w->plan.term[t].need_left;
    }
    if (w->plan.never == 0 && w->people.n > 0)
        assert_float_equal(reach, 1, 1e-9);
}

static void plans_keep_their_promises(void **state)
{
    static struct world w, again;
    struct err e = ERR_INIT;
    (void)state;
    for (uint64_t seed = 1; seed <= WORLDS; seed++) {
        draw(&w, seed);
        draw(&again, seed);
        assert_int_equal(plan_make(&w.people, w.office, w.n_offices, &w.settings, &w.plan, &e), 0);
        assert_int_equal(
            plan_make(&again.people, again.office, again.n_offices, &again.settings, &again.plan, &e), 0);
        check_everybody_once(&w);
        for (uint32_t t = 1; t <= w.plan.n_terms; t++)
            for (uint32_t o = 0; o < w.n_offices; o++)
                check_office(&w, o, t);
        check_figures(&w);
        assert_int_equal(again.plan.n_parties, w.plan.n_parties);
        for (uint32_t i = 0; i < w.plan.n_parties; i++) {
            assert_int_equal(again.plan.party[i].start, w.plan.party[i].start);
            assert_int_equal(again.plan.party[i].term, w.plan.party[i].term);
            assert_int_equal(again.plan.party[i].office, w.plan.party[i].office);
        }
        plan_free(&w.plan);
        plan_free(&again.plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(plans_keep_their_promises)};
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
