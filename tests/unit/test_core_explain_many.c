/* explain, where there are thousands of networks: the next best one comes from the neighbour graph. */
#include "explain_world.h"

enum { MANY = 2100, PAIR = 2 };

/* Two organizers in a network that report nearly the same; and forty that report only the same are in one. */
static void make_many(struct world *w)
{
    static char reports[MANY * PAIR][8];
    static struct member members[MANY * PAIR];
    uint64_t state = 5;
    for (uint32_t i = 0; i < MANY * PAIR; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t mask = i % PAIR == 0 ? (uint32_t)(state >> 40) % 127 + 1 : 0, n = 0;
        for (uint32_t c = 0; c < 7 && i % PAIR == 0; c++)
            if ((mask >> c & 1) != 0 && n < 3)
                reports[i][n++] = (char)('a' + c);
        if (i % PAIR == 1)
            snprintf(reports[i], sizeof reports[i], "%sh1", reports[i - 1]);
        if (i < 40)
            snprintf(reports[i], sizeof reports[i], "h");
        members[i] = (struct member){reports[i], i < 40 ? 0 : i / PAIR, KIND_MUNICIPAL, "", 0, NULL};
    }
    make(w, catalogue, sizeof catalogue / sizeof catalogue[0], members, MANY * PAIR, MANY, 0);
}

static double mean_similarity(const struct world *w, uint32_t organizer, uint32_t network)
{
    double sum = 0, n = 0;
    for (uint32_t i = 0; i < MANY * PAIR; i++) {
        if (w->network[i] != network || i == organizer)
            continue;
        sum += profiles_similarity(&w->profiles, organizer, i);
        n++;
    }
    return sum / n;
}

static void next_of_thousands_of_networks_comes_from_the_graph(void **state)
{
    (void)state;
    static float exact[MANY * PAIR];
    struct err e = ERR_INIT;
    struct neighbour_graph graph;
    struct world w;
    double all = 0, all_exact = 0;
    make_many(&w);
    for (uint32_t i = 0; i < MANY * PAIR; i++)
        exact[i] = w.x.members[i].next_fit;
    assert_int_equal(neighbour_graph_build(&w.profiles, 15, 0, 1, &graph, &e), 0);
    w.task.graph = &graph;
    explain_again(&w);
    for (uint32_t i = 0; i < MANY * PAIR; i++) {
        const struct member_reasons *m = &w.x.members[i];
        assert_int_equal(m->next_network == POPULATION_NONE, exact[i] == 0);
        assert_int_not_equal(m->next_network, w.network[i]);
        assert_true(m->next_fit <= exact[i] + 1e-6f);
        all += m->next_fit;
        all_exact += exact[i];
        if (i % 50 == 0 && m->next_network != POPULATION_NONE)
            assert_true(fabs(m->next_fit - mean_similarity(&w, i, m->next_network)) < 1e-6);
    }
    assert_true(exact[0] > 0 && w.x.members[0].next_fit > 0); /* none of its neighbours is elsewhere */
    assert_true(all > 0.9 * all_exact);
    neighbour_graph_free(&graph);
    destroy(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(next_of_thousands_of_networks_comes_from_the_graph),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
