/* neighbour: the pruned search gives what a look at every pair gives, to the bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/similarity/neighbour.h"

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((random_state >> 33) * n) >> 31);
}

/* Organizers with random reports of a random catalogue; a share of them alike, so that there are ties. */
struct world {
    struct population population;
    struct profiles profiles;
    struct neighbour_index *index;
};

static void add_organizer(struct population *p, uint32_t i, struct err *e)
{
    char id[16];
    snprintf(id, sizeof id, "%06u", i);
    bool known = random_below(5) > 0;
    struct organizer o = {.id = id,
                          .name = id,
                          .municipality = "",
                          .county = "",
                          .attributes = "{}",
                          .lat = known ? 55 + random_below(1400) / 100.0 : NAN,
                          .lon = known ? 11 + random_below(1300) / 100.0 : NAN,
                          .pupils = -1};
    assert_int_equal(population_add_organizer(p, &o, e), 0);
}

static void add_reports(struct population *p, uint32_t organizer, uint32_t challenges, struct err *e)
{
    char id[16], code[16];
    snprintf(id, sizeof id, "%06u", organizer);
    uint32_t n = random_below(4) == 0 ? 1 : random_below(9);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t pick = random_below(challenges);
        pick = pick * pick / challenges; /* some are common */
        snprintf(code, sizeof code, "c%u", pick);
        int severity = n == 1 ? 3 : 1 + (int)random_below(5);
        assert_int_equal(population_add_report(p, id, code, severity, -(int32_t)random_below(3) * 300, e), 0);
    }
}

static void make_world(struct world *w, uint64_t seed, uint32_t n, uint32_t challenges, double geography)
{
    struct err e = ERR_INIT;
    char code[16], category[16];
    random_state = seed;
    population_init(&w->population);
    for (uint32_t i = 0; i < n; i++)
        add_organizer(&w->population, i, &e);
    for (uint32_t i = 0; i < challenges; i++) {
        snprintf(code, sizeof code, "c%u", i);
        snprintf(category, sizeof category, "k%u", i / 5);
        assert_int_equal(population_add_challenge(&w->population, code, category, code, code, &e), 0);
    }
    assert_int_equal(population_index(&w->population, &e), 0);
    for (uint32_t i = 0; i < n; i++)
        add_reports(&w->population, i, challenges, &e);
    assert_int_equal(population_seal(&w->population, &e), 0);
    struct settings s;
    settings_default(&s);
    s.geography = geography;
    assert_int_equal(profiles_build(&w->population, &s, 0, &w->profiles, &e), 0);
    assert_int_equal(neighbour_index_build(&w->profiles, &w->index, &e), 0);
}

static void free_world(struct world *w)
{
    neighbour_index_free(w->index);
    profiles_free(&w->profiles);
    population_free(&w->population);
}

static int neighbour_compare(const void *a, const void *b)
{
    const struct neighbour *x = a, *y = b;
    if (x->similarity != y->similarity)
        return x->similarity > y->similarity ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static size_t brute_force(const struct profiles *p, uint32_t row, size_t k, struct neighbour *all)
{
    size_t n = 0;
    for (uint32_t other = 0; other < p->n; other++) {
        float similarity = (float)profiles_similarity(p, row, other);
        if (other != row && similarity > 0)
            all[n++] = (struct neighbour){other, similarity};
    }
    qsort(all, n, sizeof *all, neighbour_compare);
    return n < k ? n : k;
}

static void assert_same_as_brute_force(uint64_t seed, uint32_t n, uint32_t challenges, double geography,
                                       size_t k)
{
    struct world w;
    make_world(&w, seed, n, challenges, geography);
    struct neighbour_scratch *scratch = neighbour_scratch_new(w.index);
    struct neighbour *expected = malloc((n + 1) * sizeof *expected), *found = malloc((k + 1) * sizeof *found);
    size_t total = 0;
    for (uint32_t row = 0; row < n; row++) {
        size_t n_expected = brute_force(&w.profiles, row, k, expected);
        size_t n_found = neighbours_of(w.index, scratch, row, k, found);
        assert_int_equal(n_found, n_expected);
        for (size_t i = 0; i < n_found; i++) {
            assert_int_equal(found[i].row, expected[i].row);
            assert_true(found[i].similarity == expected[i].similarity);
        }
        total += n_found;
    }
    assert_true(k == 0 || n < 2 || total > 0);
    free(expected);
    free(found);
    neighbour_scratch_free(scratch);
    free_world(&w);
}

static void search_agrees_with_every_pair(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        assert_same_as_brute_force(seed, 300, 25, 0, 15);
        assert_same_as_brute_force(seed, 300, 120, 0, 15);
        assert_same_as_brute_force(seed, 200, 4, 0, 7);
    }
}

static void search_agrees_with_every_pair_where_distance_weighs(void **state)
{
    (void)state;
    for (uint64_t seed = 11; seed <= 16; seed++) {
        assert_same_as_brute_force(seed, 300, 25, 0.4, 15);
        assert_same_as_brute_force(seed, 300, 60, 1, 5);
    }
}

static void search_gives_all_there_are_when_k_is_large_and_none_for_zero(void **state)
{
    (void)state;
    assert_same_as_brute_force(21, 60, 10, 0, 60);
    assert_same_as_brute_force(22, 60, 10, 0.5, 1000);
    assert_same_as_brute_force(23, 60, 10, 0, 1);
    assert_same_as_brute_force(24, 60, 10, 0, 0);
    assert_same_as_brute_force(25, 1, 3, 0, 5);
}

static void ties_go_to_the_lower_row(void **state)
{
    (void)state;
    struct world w;
    make_world(&w, 31, 400, 3, 0); /* three challenges: many profiles are equal */
    struct neighbour_scratch *scratch = neighbour_scratch_new(w.index);
    struct neighbour found[20];
    size_t ties = 0;
    for (uint32_t row = 0; row < 400; row++) {
        size_t n = neighbours_of(w.index, scratch, row, 20, found);
        for (size_t i = 1; i < n; i++) {
            assert_true(found[i - 1].similarity >= found[i].similarity);
            if (found[i - 1].similarity == found[i].similarity) {
                assert_true(found[i - 1].row < found[i].row);
                ties++;
            }
        }
    }
    assert_true(ties > 1000);
    neighbour_scratch_free(scratch);
    free_world(&w);
}

static bool lists(const struct neighbour *list, size_t n, uint32_t row)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].row == row)
            return true;
    return false;
}

/* The graph, against the list of each row by itself. */
static void assert_graph_of_lists(uint64_t seed, uint32_t n, uint32_t challenges, double geography, size_t k,
                                  uint32_t threads)
{
    struct world w;
    struct err e = ERR_INIT;
    struct neighbour_graph g;
    size_t edges = 0;
    make_world(&w, seed, n, challenges, geography);
    struct neighbour *list = malloc((n * k + 1) * sizeof *list);
    size_t *n_list = malloc((n + (size_t)1) * sizeof *n_list);
    struct neighbour_scratch *scratch = neighbour_scratch_new(w.index);
    assert_int_equal(neighbour_graph_build(&w.profiles, k, 0, threads, &g, &e), 0);
    for (uint32_t row = 0; row < n; row++)
        n_list[row] = neighbours_of(w.index, scratch, row, k, list + row * k);
    assert_int_equal(g.n, n);
    for (uint32_t row = 0; row < n; row++) {
        size_t at = g.start[row];
        for (uint32_t other = 0; other < n; other++) {
            if (!lists(list + row * k, n_list[row], other) && !lists(list + other * k, n_list[other], row))
                continue;
            assert_true(at < g.start[row + 1]);
            assert_int_equal(g.row[at], other);
            assert_true(g.similarity[at] == (float)profiles_similarity(&w.profiles, row, other));
            at++;
            edges++;
        }
        assert_int_equal(at, g.start[row + 1]);
    }
    assert_true(edges > n);
    assert_int_equal(g.start[n], edges);
    neighbour_scratch_free(scratch);
    free(list);
    free(n_list);
    neighbour_graph_free(&g);
    free_world(&w);
}

static void graph_has_an_edge_where_either_end_lists_the_other(void **state)
{
    (void)state;
    assert_graph_of_lists(41, 150, 30, 0.3, 6, 1);
    assert_graph_of_lists(42, 900, 60, 0, 15, 1);
    assert_graph_of_lists(43, 700, 3, 0, 10, 2);    /* many profiles are equal */
    assert_graph_of_lists(44, 40, 20, 0, 200, 3);   /* all there are */
    assert_graph_of_lists(45, 400, 1500, 0, 15, 2); /* too many columns for blocks */
}

static void graph_of_several_regions_is_the_same_with_any_number_of_threads(void **state)
{
    (void)state;
    assert_graph_of_lists(46, 5500, 120, 0, 15, 3); /* of which 64 times 64 are a region */
    assert_graph_of_lists(47, 5500, 120, 0.5, 5, 1);
}

static void graph_of_nobody_is_empty(void **state)
{
    (void)state;
    struct world w;
    struct err e = ERR_INIT;
    struct neighbour_graph g;
    make_world(&w, 51, 0, 2, 0);
    assert_int_equal(neighbour_graph_build(&w.profiles, 15, 0, 2, &g, &e), 0);
    assert_int_equal(g.n, 0);
    assert_int_equal(g.start[0], 0);
    neighbour_graph_free(&g);
    free_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(search_agrees_with_every_pair),
        cmocka_unit_test(search_agrees_with_every_pair_where_distance_weighs),
        cmocka_unit_test(search_gives_all_there_are_when_k_is_large_and_none_for_zero),
        cmocka_unit_test(ties_go_to_the_lower_row),
        cmocka_unit_test(graph_has_an_edge_where_either_end_lists_the_other),
        cmocka_unit_test(graph_of_several_regions_is_the_same_with_any_number_of_threads),
        cmocka_unit_test(graph_of_nobody_is_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
