#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/population/population.h"
#include "regroup/coarse.h"
#include "regroup/graph.h"

enum { COUNT = 300, SIZE = 5, NODES = COUNT * SIZE };

/* Cliques in a ring, each tied to the next by one weak edge. */
struct ring {
    struct neighbour_graph g;
    size_t start[NODES + 1];
    uint32_t row[NODES * (SIZE + 1)];
    float similarity[NODES * (SIZE + 1)];
};

static void add(struct ring *r, size_t *used, uint32_t row, float similarity)
{
    r->row[*used] = row;
    r->similarity[(*used)++] = similarity;
}

static struct ring *ring_make(void)
{
    struct ring *r = calloc(1, sizeof *r);
    size_t used = 0;
    assert_non_null(r);
    for (uint32_t i = 0; i < NODES; i++) {
        if (i % SIZE == 0)
            add(r, &used, (i + NODES - 1) % NODES, 0.1f);
        for (uint32_t k = i / SIZE * SIZE; k < i / SIZE * SIZE + SIZE; k++)
            if (k != i)
                add(r, &used, k, 0.9f);
        if (i % SIZE == SIZE - 1)
            add(r, &used, (i + 1) % NODES, 0.1f);
        r->start[i + 1] = used;
    }
    r->g = (struct neighbour_graph){NODES, r->start, r->row, r->similarity};
    return r;
}

static double total_of(const struct ring *r)
{
    double total = 0;
    for (size_t k = 0; k < r->start[NODES]; k++)
        total += (double)r->similarity[k];
    return total;
}

static void bunches_hold_who_is_tied_closely(void **state)
{
    (void)state;
    struct ring *r = ring_make();
    struct coarse c;
    struct err e = ERR_INIT;
    assert_int_equal(coarse_build(&c, &r->g, NULL, 20, &e), ERR_OK);
    assert_int_equal(c.n, COUNT);
    for (uint32_t i = 0; i < NODES; i++)
        assert_int_equal(c.of[i], i / SIZE);
    for (uint32_t b = 0; b < c.n; b++)
        assert_int_equal(c.first[b], b * SIZE);
    coarse_free(&c);
    free(r);
}

static void what_ties_nodes_ties_their_bunches(void **state)
{
    (void)state;
    struct ring *r = ring_make();
    struct coarse c;
    struct err e = ERR_INIT;
    double strength = 0;
    assert_int_equal(coarse_build(&c, &r->g, NULL, 20, &e), ERR_OK);
    for (uint32_t b = 0; b < c.n; b++) {
        assert_int_equal(c.start[b + 1] - c.start[b], 2);
        assert_true(fabs(c.weight[c.start[b]] - 0.1) < 1e-6);
        strength += c.strength[b];
    }
    assert_true(fabs(strength - total_of(r)) < 1e-3);
    coarse_free(&c);
    free(r);
}

static void bunches_part_labels(void **state)
{
    (void)state;
    struct ring *r = ring_make();
    struct coarse c;
    struct err e = ERR_INIT;
    uint32_t *label = malloc(NODES * sizeof *label);
    assert_non_null(label);
    for (uint32_t i = 0; i < NODES; i++)
        label[i] = i % 3 == 0 ? POPULATION_NONE : 7;
    assert_int_equal(coarse_build(&c, &r->g, label, 1, &e), ERR_OK);
    for (uint32_t i = 0; i < NODES; i++)
        assert_int_equal(label[i], label[c.first[c.of[i]]]);
    coarse_free(&c);
    free(label);
    free(r);
}

static void many_are_parted_as_few_are(void **state)
{
    (void)state;
    struct ring *r = ring_make();
    struct graph_communities found;
    struct err e = ERR_INIT;
    const double resolution = 20, share = (COUNT * SIZE * (SIZE - 1) * 0.9) / total_of(r);
    assert_int_equal(graph_find_communities(&r->g, NULL, resolution, 7, NULL, &found, &e), ERR_OK);
    assert_int_equal(found.n, COUNT);
    for (uint32_t i = 0; i < NODES; i++)
        assert_int_equal(found.of[i], found.of[i / SIZE * SIZE]);
    assert_true(fabs(found.modularity - (share - resolution / COUNT)) < 1e-6);
    graph_communities_free(&found);
    free(r);
}

/* A community that everybody began in is left again: bunches keep its members together, single nodes do not.
 */
static void a_bad_start_is_mended(void **state)
{
    (void)state;
    struct ring *r = ring_make();
    struct graph_communities found;
    struct err e = ERR_INIT;
    uint32_t *start = malloc(NODES * sizeof *start);
    assert_non_null(start);
    for (uint32_t i = 0; i < NODES; i++)
        start[i] = (i + 1) / SIZE % COUNT; /* the last of each clique is taken to be in the next */
    assert_int_equal(graph_find_communities(&r->g, start, 20, 7, NULL, &found, &e), ERR_OK);
    for (uint32_t i = 0; i < NODES; i++)
        assert_int_equal(found.of[i], found.of[i / SIZE * SIZE]);
    graph_communities_free(&found);
    free(start);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bunches_hold_who_is_tied_closely),
        cmocka_unit_test(what_ties_nodes_ties_their_bunches),
        cmocka_unit_test(bunches_part_labels),
        cmocka_unit_test(many_are_parted_as_few_are),
        cmocka_unit_test(a_bad_start_is_mended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
