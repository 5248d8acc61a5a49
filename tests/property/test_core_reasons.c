/* explain on random worlds: every figure is what a look at all members, pairs and networks gives. */
#include "explain_world.h"

enum { MOST = 60, WORLDS = 400 };

static uint64_t random_state = 20;

static uint32_t below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((random_state >> 33) * n) >> 31);
}

static bool reports(const struct world *w, uint32_t organizer, uint32_t challenge)
{
    return population_latest(&w->population, organizer, challenge, 0, (int32_t)w->settings.window_days) !=
           NULL;
}

static double similarity(const struct world *w, uint32_t a, uint32_t b)
{
    return profiles_similarity(&w->profiles, a, b);
}

static double fit_in(const struct world *w, uint32_t organizer, uint32_t network)
{
    double sum = 0, n = 0;
    for (uint32_t o = 0; o < w->population.n_organizers; o++) {
        if (o == organizer || w->network[o] != network)
            continue;
        sum += similarity(w, organizer, o);
        n++;
    }
    return n > 0 ? sum / n : 0;
}

static void check_shares(const struct world *w, uint32_t network)
{
    const struct network_reasons *r = &w->x.networks[network];
    uint32_t listed = 0;
    for (uint32_t c = 0; c < w->population.n_challenges; c++) {
        double here = 0, all = 0, any = 0;
        for (uint32_t o = 0; o < w->population.n_organizers; o++) {
            here += w->network[o] == network && reports(w, o, c);
            all += reports(w, o, c);
            any += w->population.report_start[o] < w->population.report_start[o + 1];
        }
        for (uint32_t i = 0; i < r->n_shared; i++) {
            if (r->shared[i].challenge != c)
                continue;
            listed++;
            assert_true(fabs(r->shared[i].share - here / r->size) < 1e-6);
            assert_true(fabs(r->shared[i].lift - here / r->size / (all / any)) < 1e-5);
        }
    }
    assert_int_equal(listed, r->n_shared);
}

static void check_closest(const struct world *w, uint32_t organizer)
{
    const struct member_reasons *m = &w->x.members[organizer];
    double best = 0;
    for (uint32_t o = 0; o < w->population.n_organizers; o++)
        if (o != organizer && w->network[o] == w->network[organizer] && similarity(w, organizer, o) > best)
            best = similarity(w, organizer, o);
    assert_true((m->closest == POPULATION_NONE) == (best == 0));
    if (best > 0) {
        assert_int_equal(w->network[m->closest], w->network[organizer]);
        assert_true(fabs(m->closest_similarity - best) < 1e-6);
        assert_true(fabs(similarity(w, organizer, m->closest) - best) < 1e-6);
    }
}

static uint32_t common(const struct world *w, uint32_t a, uint32_t b, uint32_t but)
{
    uint32_t n = 0;
    for (uint32_t c = 0; c < w->population.n_challenges; c++)
        n += reports(w, a, c) && reports(w, b, c) && (but == POPULATION_NONE || !reports(w, but, c));
    return n;
}

/* By how much the link holds a and b together; 0 where that tells nothing. */
static double hold(const struct world *w, uint32_t link, uint32_t a, uint32_t b)
{
    double weaker = fmin(similarity(w, link, a), similarity(w, link, b)), gain = weaker - similarity(w, a, b);
    bool telling =
        common(w, a, b, POPULATION_NONE) <= 2 && common(w, link, a, b) > 0 && common(w, link, b, a) > 0;
    return telling ? gain : 0;
}

static uint32_t links;

static void check_link(const struct world *w, uint32_t network)
{
    const struct network_link *l = &w->x.networks[network].link;
    double best_fit = -1, best = 0;
    uint32_t link = POPULATION_NONE;
    for (uint32_t o = 0; o < w->population.n_organizers; o++) {
        if (w->network[o] != network || w->x.members[o].fit <= best_fit)
            continue;
        best_fit = w->x.members[o].fit;
        link = o;
    }
    for (uint32_t a = 0; a < w->population.n_organizers; a++)
        for (uint32_t b = 0; b < a; b++)
            if (a != link && b != link && w->network[a] == network && w->network[b] == network)
                best = fmax(best, hold(w, link, a, b));
    if (l->organizer == POPULATION_NONE) {
        assert_true(best < 0.15 + 1e-6);
        return;
    }
    links++;
    assert_int_equal(l->organizer, link);
    assert_true(best > 0.15 - 1e-6);
    assert_true(fabs(hold(w, link, l->side[0].organizer, l->side[1].organizer) - best) < 1e-6);
    assert_true(fabs(l->direct - similarity(w, l->side[0].organizer, l->side[1].organizer)) < 1e-6);
    assert_int_equal(l->n_common, common(w, l->side[0].organizer, l->side[1].organizer, POPULATION_NONE));
    for (int k = 0; k < 2; k++)
        for (uint32_t i = 0; i < l->side[k].n_shared; i++)
            assert_true(reports(w, link, l->side[k].shared[i]) &&
                        reports(w, l->side[k].organizer, l->side[k].shared[i]) &&
                        !reports(w, l->side[1 - k].organizer, l->side[k].shared[i]));
}

/* The mean fit of all, times their number, were `organizer` in `network`. */
static double all_fits(struct world *w, uint32_t organizer, uint32_t network)
{
    uint32_t own = w->network[organizer];
    double sum = 0;
    w->network[organizer] = network;
    for (uint32_t o = 0; o < w->population.n_organizers; o++)
        if (w->network[o] != POPULATION_NONE)
            sum += fit_in(w, o, w->network[o]);
    w->network[organizer] = own;
    return sum;
}

static uint32_t causes[WHY_NOT_COUNT];

static void check_next(struct world *w, uint32_t organizer, uint32_t n_networks)
{
    const struct member_reasons *m = &w->x.members[organizer];
    double best = 0;
    for (uint32_t network = 0; network < n_networks; network++)
        if (network != w->network[organizer])
            best = fmax(best, fit_in(w, organizer, network));
    causes[m->why_not]++;
    assert_true((m->next_network == POPULATION_NONE) == (best == 0));
    assert_true((m->why_not == WHY_NOT_NONE) == (best == 0));
    if (best == 0)
        return;
    assert_true(fabs(m->next_fit - best) < 1e-6 && fabs(fit_in(w, organizer, m->next_network) - best) < 1e-6);
    if (w->network[organizer] == POPULATION_NONE)
        return;
    double gain = all_fits(w, organizer, m->next_network) - all_fits(w, organizer, w->network[organizer]);
    if (m->why_not == WHY_NOT_BEST_HERE)
        assert_true(best <= m->fit + 1e-6);
    else
        assert_true(best > m->fit - 1e-6);
    if (m->why_not == WHY_NOT_FULL)
        assert_true(w->x.networks[m->next_network].size >= w->settings.max_size);
    if (m->why_not == WHY_NOT_TOO_SMALL)
        assert_true(w->x.networks[w->network[organizer]].size <= w->settings.min_size);
    if (m->why_not == WHY_NOT_COSTS_OTHERS)
        assert_true(gain < 2e-5);
    if (m->why_not == WHY_NOT_UNKNOWN)
        assert_true(gain > 0);
}

static void every_figure_is_what_a_look_at_all_gives(void **state)
{
    (void)state;
    static char told[MOST][9];
    static struct left_out left_out[MOST];
    struct member members[MOST];
    for (int i = 0; i < MOST; i++)
        left_out[i] = (struct left_out){.reason = UNMATCHED_NO_FIT, .last_day = LEFT_OUT_NEVER};
    for (int round = 0; round < WORLDS; round++) {
        struct world w;
        const uint32_t networks = 2 + below(6), n = networks * 3 + below(MOST - 21);
        for (uint32_t i = 0; i < n; i++) {
            size_t used = 0;
            for (char c = 'a'; c <= 'h'; c++)
                if (below(4) == 0)
                    told[i][used++] = c;
            told[i][used] = '\0';
            uint32_t network = i < networks * 2 || below(8) > 0 ? i % networks : POPULATION_NONE;
            members[i] = (struct member){told[i], network, KIND_MUNICIPAL, "", 0, NULL};
        }
        make(&w, catalogue, 8, members, n, networks, round % 4 == 0 ? 0.5 : 0);
        w.settings.max_size = 4 + (int64_t)below(12);
        w.settings.min_size = 2 + (int64_t)below(3);
        w.task.left_out = left_out;
        explain_again(&w);
        for (uint32_t network = 0; network < networks; network++) {
            check_shares(&w, network);
            check_link(&w, network);
        }
        for (uint32_t o = 0; o < n; o++) {
            check_next(&w, o, networks);
            if (w.network[o] != POPULATION_NONE)
                check_closest(&w, o);
        }
        destroy(&w);
    }
    assert_true(links > 20); /* else nothing was tried */
    assert_true(causes[WHY_NOT_FULL] > 20 && causes[WHY_NOT_TOO_SMALL] > 20 &&
                causes[WHY_NOT_COSTS_OTHERS] > 20 && causes[WHY_NOT_BEST_HERE] > 20 &&
                causes[WHY_NOT_UNKNOWN] > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_figure_is_what_a_look_at_all_gives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
