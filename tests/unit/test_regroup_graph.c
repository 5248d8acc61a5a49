#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/population/population.h"
#include "regroup/graph.h"

/* Cliques of `size`, each tied to the next by one weak edge, and one row without any neighbour at the end. */
struct cliques {
    struct neighbour_graph g;
    size_t start[64];
    uint32_t row[1024];
    float similarity[1024];
};

static bool tied(uint32_t i, uint32_t k, uint32_t size)
{
    return i / size == k / size || (i + 1 == k && k % size == 0) || (k + 1 == i && i % size == 0);
}

static void cliques_make(struct cliques *c, uint32_t count, uint32_t size)
{
    uint32_t n = count * size;
    size_t used = 0;
    memset(c, 0, sizeof *c);
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < n; k++) {
            if (k == i || !tied(i, k, size))
                continue;
            c->row[used] = k;
            c->similarity[used++] = i / size == k / size ? 0.9f : 0.1f;
        }
        c->start[i + 1] = used;
    }
    c->start[n + 1] = used;
    c->g = (struct neighbour_graph){n + 1, c->start, c->row, c->similarity};
}

static void finds_cliques_and_leaves_out_who_is_alone(void **state)
{
    (void)state;
    struct cliques c;
    struct graph_communities found;
    struct err e = ERR_INIT;
    cliques_make(&c, 4, 5);
    assert_int_equal(graph_find_communities(&c.g, NULL, 1, 7, NULL, &found, &e), ERR_OK);
    assert_int_equal(found.n, 4);
    assert_true(found.modularity > 0.6);
    for (uint32_t i = 0; i < 20; i++)
        assert_int_equal(found.of[i], found.of[i / 5 * 5]);
    assert_int_equal(found.of[20], POPULATION_NONE);
    graph_communities_free(&found);
}

static void same_seed_same_communities(void **state)
{
    (void)state;
    struct cliques c;
    struct graph_communities a, b;
    struct err e = ERR_INIT;
    cliques_make(&c, 6, 4);
    assert_int_equal(graph_find_communities(&c.g, NULL, 2, 42, NULL, &a, &e), ERR_OK);
    assert_int_equal(graph_find_communities(&c.g, NULL, 2, 42, NULL, &b, &e), ERR_OK);
    assert_memory_equal(a.of, b.of, 25 * sizeof *a.of);
    graph_communities_free(&a);
    graph_communities_free(&b);
}

static void starts_from_any_labels(void **state)
{
    (void)state;
    struct cliques c;
    struct graph_communities found;
    struct err e = ERR_INIT;
    uint32_t start[21];
    cliques_make(&c, 4, 5);
    for (uint32_t i = 0; i < 20; i++)
        start[i] = 4000000000u - i / 5;
    start[3] = start[20] = POPULATION_NONE;
    assert_int_equal(graph_find_communities(&c.g, start, 1, 7, NULL, &found, &e), ERR_OK);
    assert_int_equal(found.n, 4);
    assert_int_equal(found.of[3], found.of[0]);
    graph_communities_free(&found);
}

static void igraph_errors_come_back_with_its_words(void **state)
{
    (void)state;
    struct cliques c;
    struct graph_communities found;
    struct err e = ERR_INIT;
    cliques_make(&c, 2, 4);
    c.row[c.start[0]] =
        99; /* an edge to a row that is not there: igraph makes it, and then finds the labels too few */
    assert_int_equal(graph_find_communities(&c.g, NULL, 1, 1, NULL, &found, &e), ERR_INTERNAL);
    assert_non_null(strstr(e.text, "finding communities: igraph: "));
    assert_non_null(strstr(e.text, "membership length"));
    assert_null(found.of);
    /* And the next call works: nothing was left behind. */
    cliques_make(&c, 2, 4);
    assert_int_equal(graph_find_communities(&c.g, NULL, 1, 1, NULL, &found, &e), ERR_OK);
    graph_communities_free(&found);
}

static void copes_with_nobody_and_with_no_edge(void **state)
{
    (void)state;
    struct cliques c;
    struct graph_communities found;
    struct err e = ERR_INIT;
    cliques_make(&c, 0, 1);
    assert_int_equal(graph_find_communities(&c.g, NULL, 1, 1, NULL, &found, &e), ERR_OK);
    assert_int_equal(found.n, 0);
    assert_int_equal(found.of[0], POPULATION_NONE);
    graph_communities_free(&found);
    c.g.n = 0;
    assert_int_equal(graph_find_communities(&c.g, NULL, 1, 1, NULL, &found, &e), ERR_OK);
    graph_communities_free(&found);
}

static bool always(void)
{
    return true;
}

static void stops_when_asked(void **state)
{
    (void)state;
    struct cliques c;
    struct graph_communities found;
    struct err e = ERR_INIT;
    cliques_make(&c, 4, 5);
    assert_int_equal(graph_find_communities(&c.g, NULL, 1, 7, always, &found, &e), ERR_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_cliques_and_leaves_out_who_is_alone),
        cmocka_unit_test(same_seed_same_communities),
        cmocka_unit_test(starts_from_any_labels),
        cmocka_unit_test(igraph_errors_come_back_with_its_words),
        cmocka_unit_test(copes_with_nobody_and_with_no_edge),
        cmocka_unit_test(stops_when_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
