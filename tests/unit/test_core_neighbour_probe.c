/* neighbour lists of which only some blocks were looked at: nearly the exact ones, and a function of the
 * data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/similarity/neighbour_join.h"

enum { ROWS = 6000, THEMES = 60, CHALLENGES = 150, K = 10 };

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((random_state >> 33) * n) >> 31);
}

struct world {
    struct population population;
    struct profiles profiles;
};

static void add(struct population *p, uint32_t organizer, uint32_t challenge, struct err *e)
{
    char id[16], code[16];
    snprintf(id, sizeof id, "%06u", organizer);
    snprintf(code, sizeof code, "c%03u", challenge);
    assert_int_equal(population_add_report(p, id, code, 1 + (int)random_below(5), 0, e), 0);
}

/* Organizers that lean to a theme each; one in fifty reports nothing. */
static void world_open(struct world *w)
{
    struct err e = ERR_INIT;
    char text[16];
    population_init(&w->population);
    for (uint32_t i = 0; i < ROWS; i++) {
        snprintf(text, sizeof text, "%06u", i);
        struct organizer o = {
            .id = text, .name = text, .municipality = "", .county = "", .attributes = "{}", .pupils = -1};
        assert_int_equal(population_add_organizer(&w->population, &o, &e), 0);
    }
    for (uint32_t c = 0; c < CHALLENGES; c++) {
        snprintf(text, sizeof text, "c%03u", c);
        assert_int_equal(
            population_add_challenge(&w->population, text, c % 2 == 0 ? "a" : "b", text, text, &e), 0);
    }
    assert_int_equal(population_index(&w->population, &e), 0);
    for (uint32_t i = 0; i < ROWS; i++) {
        const uint32_t theme = random_below(THEMES);
        for (uint32_t k = 0; k < 7 && i % 50 != 0; k++)
            add(&w->population, i, (theme * 7 + k * k) % CHALLENGES, &e);
        if (i % 50 != 0)
            add(&w->population, i, random_below(CHALLENGES), &e);
    }
    assert_int_equal(population_seal(&w->population, &e), 0);
    struct settings s;
    settings_default(&s);
    assert_int_equal(profiles_build(&w->population, &s, 0, &w->profiles, &e), 0);
}

static void world_close(struct world *w)
{
    profiles_free(&w->profiles);
    population_free(&w->population);
}

struct lists {
    struct neighbour *all;
    uint32_t *count;
};

static struct lists find(const struct world *w, uint32_t probes, uint32_t threads)
{
    struct err e = ERR_INIT;
    struct lists l = {calloc(ROWS * K + 1, sizeof *l.all), calloc(ROWS + 1, sizeof *l.count)};
    assert_true(l.all != NULL && l.count != NULL);
    assert_int_equal(neighbour_join(&w->profiles, K, probes, threads, l.all, l.count, &e), 0);
    return l;
}

static void lists_free(struct lists *l)
{
    free(l->all);
    free(l->count);
}

static void assert_same(const struct lists *a, const struct lists *b)
{
    assert_memory_equal(a->count, b->count, ROWS * sizeof *a->count);
    for (uint32_t row = 0; row < ROWS; row++)
        for (uint32_t i = 0; i < a->count[row]; i++) {
            assert_int_equal(a->all[row * K + i].row, b->all[row * K + i].row);
            assert_true(a->all[row * K + i].similarity == b->all[row * K + i].similarity);
        }
}

static void nearly_all_are_found(void **state)
{
    (void)state;
    struct world w;
    uint64_t all = 0, reached = 0;
    world_open(&w);
    struct lists exact = find(&w, 0, 1), some = find(&w, 4, 1);
    for (uint32_t row = 0; row < ROWS; row++) {
        const uint32_t n = exact.count[row];
        all += n;
        for (uint32_t i = 0; i < some.count[row]; i++)
            reached += n > 0 && some.all[row * K + i].similarity >= exact.all[row * K + n - 1].similarity;
    }
    assert_true((double)reached > 0.9 * (double)all);
    lists_free(&exact);
    lists_free(&some);
    world_close(&w);
}

static void what_is_found_is_listed_as_if_it_were_exact(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct lists some = find(&w, 4, 2);
    for (uint32_t row = 0; row < ROWS; row++)
        for (uint32_t i = 0; i < some.count[row]; i++) {
            const struct neighbour *n = &some.all[row * K + i];
            assert_int_not_equal(n->row, row);
            assert_true(n->similarity > 0 &&
                        n->similarity == (float)profiles_similarity(&w.profiles, row, n->row));
            if (i > 0) /* best first, of equals the lower row, none twice */
                assert_true(n[-1].similarity > n->similarity ||
                            (n[-1].similarity == n->similarity && n[-1].row < n->row));
        }
    lists_free(&some);
    world_close(&w);
}

static void threads_change_nothing(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct lists one = find(&w, 5, 1), several = find(&w, 5, 3);
    assert_same(&one, &several);
    lists_free(&one);
    lists_free(&several);
    world_close(&w);
}

static void as_many_probes_as_blocks_are_exact(void **state)
{
    (void)state;
    struct world w;
    world_open(&w);
    struct lists exact = find(&w, 0, 1), all = find(&w, ROWS, 2);
    assert_same(&exact, &all);
    lists_free(&exact);
    lists_free(&all);
    world_close(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nearly_all_are_found),
        cmocka_unit_test(what_is_found_is_listed_as_if_it_were_exact),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(as_many_probes_as_blocks_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
