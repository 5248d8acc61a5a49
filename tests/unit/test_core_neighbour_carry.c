/* neighbour_carry: lists that begin with those of an earlier time are those that are found anew, to the bit,
 * whatever has changed, time after time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/similarity/neighbour_carry.h"

enum { MOST = 400 }; /* organizers, some of which are not there */

static uint64_t next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state >> 33;
}

static uint32_t below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((next(state) * n) >> 31);
}

/* What an organizer reports is a function of its seed; 0: it is not there. */
struct world {
    uint64_t seed[MOST];
    uint32_t challenges;
    double geography;
};

struct built {
    struct population population;
    struct profiles profiles;
    uint32_t id[MOST]; /* by row */
};

static void add_reports(struct population *p, const char *id, uint64_t seed, uint32_t challenges,
                        struct err *e)
{
    const uint32_t n = below(&seed, 5) == 0 ? 1 : below(&seed, 9);
    for (uint32_t i = 0; i < n; i++) {
        char code[16];
        uint32_t pick = below(&seed, challenges);
        pick = pick * pick / challenges; /* some are common */
        snprintf(code, sizeof code, "c%02u", pick);
        const int severity = 1 + (int)below(&seed, 5);
        assert_int_equal(population_add_report(p, id, code, severity, -(int32_t)below(&seed, 3) * 300, e), 0);
    }
}

static void build(const struct world *w, struct built *b)
{
    struct err e = ERR_INIT;
    char id[16], code[16], category[16];
    uint32_t n = 0;
    population_init(&b->population);
    for (uint32_t i = 0; i < MOST; i++) {
        uint64_t place = i;
        if (w->seed[i] == 0)
            continue;
        snprintf(id, sizeof id, "%06u", i);
        struct organizer o = {.id = id,
                              .name = id,
                              .municipality = "",
                              .county = "",
                              .attributes = "{}",
                              .lat = i % 5 == 0 ? (double)NAN : 55 + below(&place, 1400) / 100.0,
                              .lon = i % 5 == 0 ? (double)NAN : 11 + below(&place, 1300) / 100.0,
                              .pupils = -1};
        assert_int_equal(population_add_organizer(&b->population, &o, &e), 0);
        b->id[n++] = i;
    }
    for (uint32_t i = 0; i < w->challenges; i++) {
        snprintf(code, sizeof code, "c%02u", i);
        snprintf(category, sizeof category, "k%u", i / 5);
        assert_int_equal(population_add_challenge(&b->population, code, category, code, code, &e), 0);
    }
    assert_int_equal(population_index(&b->population, &e), 0);
    for (uint32_t i = 0; i < n; i++) {
        snprintf(id, sizeof id, "%06u", b->id[i]);
        add_reports(&b->population, id, w->seed[b->id[i]], w->challenges, &e);
    }
    assert_int_equal(population_seal(&b->population, &e), 0);
    struct settings s;
    settings_default(&s);
    s.geography = w->geography;
    assert_int_equal(profiles_build(&b->population, &s, 0, &b->profiles, &e), 0);
}

static void built_free(struct built *b)
{
    profiles_free(&b->profiles);
    population_free(&b->population);
}

/* Of what has changed: what an organizer reports, that it is there, that it is not. */
static void change(struct world *w, uint32_t times, uint64_t *chance)
{
    for (uint32_t i = 0; i < times; i++) {
        const uint32_t at = below(chance, MOST);
        w->seed[at] = below(chance, 4) == 0 ? 0 : next(chance) + 1;
    }
}

/* How far the profile has moved; INFINITY where it has other columns. */
static float moved(const struct profiles *a, uint32_t i, const struct profiles *b, uint32_t j)
{
    const uint32_t n = a->start[i + 1] - a->start[i];
    double square = 0;
    if (n != b->start[j + 1] - b->start[j])
        return INFINITY;
    for (uint32_t k = 0; k < n; k++) {
        const double apart = (double)a->weight[a->start[i] + k] - (double)b->weight[b->start[j] + k];
        if (a->column[a->start[i] + k] != b->column[b->start[j] + k])
            return INFINITY;
        square += apart * apart;
    }
    return (float)sqrt(square) * 1.0001F;
}

struct past {
    struct neighbour_past of;
    size_t start[MOST + 1];
    uint32_t row[MOST * 64];
    float beyond[MOST], drift[MOST];
};

/* `then`, by the rows of now. */
static void translate(struct past *past, const struct world *before, const struct built *then,
                      const struct neighbour_lists *lists, const struct world *after, const struct built *now)
{
    uint32_t row_now[MOST], row_then[MOST];
    size_t used = 0;
    memset(row_now, 0xff, sizeof row_now);
    memset(row_then, 0xff, sizeof row_then);
    for (uint32_t i = 0; i < then->profiles.n; i++)
        row_then[then->id[i]] = i;
    for (uint32_t i = 0; i < now->profiles.n; i++)
        if (before->seed[now->id[i]] == after->seed[now->id[i]])
            row_now[now->id[i]] = i;
    for (uint32_t i = 0; i < now->profiles.n; i++) {
        const uint32_t was = row_then[now->id[i]];
        past->start[i] = used;
        past->beyond[i] = 0;
        past->drift[i] = INFINITY;
        if (was == UINT32_MAX || row_now[now->id[i]] == UINT32_MAX)
            continue;
        past->beyond[i] = lists->beyond[was];
        past->drift[i] = moved(&then->profiles, was, &now->profiles, i);
        for (size_t k = lists->start[was]; k < lists->start[was + 1]; k++)
            if (row_now[then->id[lists->all[k].row]] != UINT32_MAX)
                past->row[used++] = row_now[then->id[lists->all[k].row]];
    }
    past->start[now->profiles.n] = used;
    past->of = (struct neighbour_past){past->start, past->row, past->beyond, past->drift};
}

static size_t first(const struct neighbour_lists *l, uint32_t row, size_t k)
{
    const size_t n = l->start[row + 1] - l->start[row];
    return n < k ? n : k;
}

static void assert_same_lists(const struct neighbour_lists *a, const struct neighbour_lists *b, size_t k)
{
    assert_int_equal(a->n, b->n);
    for (uint32_t row = 0; row < a->n; row++) {
        const size_t n = first(b, row, k);
        assert_int_equal(first(a, row, k), n);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(a->all[a->start[row] + i].row, b->all[b->start[row] + i].row);
            assert_true(a->all[a->start[row] + i].similarity == b->all[b->start[row] + i].similarity);
        }
    }
}

/* Nobody whom a list lacks is above what it says. */
static void assert_beyond_holds(const struct profiles *p, const struct neighbour_lists *l)
{
    for (uint32_t row = 0; row < l->n; row++)
        for (uint32_t other = 0; other < l->n; other++) {
            bool listed = other == row;
            for (size_t i = l->start[row]; i < l->start[row + 1]; i++)
                listed |= l->all[i].row == other;
            assert_true(listed || (float)profiles_similarity(p, row, other) <= l->beyond[row]);
        }
}

static void assert_same_graph(const struct neighbour_lists *l, const struct profiles *p, size_t k)
{
    struct err e = ERR_INIT;
    struct neighbour_graph a, b;
    assert_int_equal(neighbour_graph_of(l, k, &a, &e), 0);
    assert_int_equal(neighbour_graph_build(p, k, 0, 1, &b, &e), 0);
    assert_int_equal(a.start[a.n], b.start[b.n]);
    assert_memory_equal(a.start, b.start, (a.n + (size_t)1) * sizeof *a.start);
    assert_memory_equal(a.row, b.row, a.start[a.n] * sizeof *a.row);
    assert_memory_equal(a.similarity, b.similarity, a.start[a.n] * sizeof *a.similarity);
    neighbour_graph_free(&a);
    neighbour_graph_free(&b);
}

/* Rounds of changes, each begun with the lists of the one before it. */
static void assert_carried(uint64_t seed, uint32_t challenges, double geography, size_t k, size_t spare,
                           uint32_t changes)
{
    struct err e = ERR_INIT;
    struct world w = {.challenges = challenges, .geography = geography}, before;
    struct built then, now;
    struct neighbour_lists lists, carried, again, whole;
    struct past *past = malloc(sizeof *past);
    uint32_t asked, asked_again;
    for (uint32_t i = 0; i < MOST; i++)
        w.seed[i] = below(&seed, 10) == 0 ? 0 : next(&seed) + 1;
    build(&w, &then);
    assert_int_equal(neighbour_lists_build(&then.profiles, k + spare, 0, 2, &lists, &e), 0);
    const int rounds = 4;
    for (int round = 0; round < rounds; round++) {
        before = w;
        change(&w, changes, &seed);
        build(&w, &now);
        translate(past, &before, &then, &lists, &w, &now);
        assert_int_equal(neighbour_lists_carry(&now.profiles, &past->of, k, k + spare, UINT32_MAX, 1,
                                               &carried, &asked, &e),
                         0);
        assert_int_equal(neighbour_lists_carry(&now.profiles, &past->of, k, k + spare, UINT32_MAX, 3, &again,
                                               &asked_again, &e),
                         0);
        assert_int_equal(neighbour_lists_build(&now.profiles, k + spare, 0, 1, &whole, &e), 0);
        assert_same_lists(&carried, &whole, k);
        assert_same_lists(&carried, &again, k + spare);
        assert_int_equal(asked, asked_again);
        if (round == rounds - 1) /* what was wrong before is carried on, and this looks at every pair */
            assert_beyond_holds(&now.profiles, &carried);
        assert_same_graph(&carried, &now.profiles, k);
        neighbour_lists_free(&lists);
        neighbour_lists_free(&again);
        neighbour_lists_free(&whole);
        built_free(&then);
        lists = carried;
        then = now;
    }
    neighbour_lists_free(&lists);
    built_free(&then);
    free(past);
}

static void carried_lists_are_those_found_anew(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        assert_carried(seed, 25, 0, 15, 8, 4);
        assert_carried(seed, 60, 0, 5, 3, 20);
        assert_carried(seed, 10, 0, 7, 0, 1);
        assert_carried(seed, 40, 0, 10, 20, 0);
    }
}

static void carried_lists_are_those_found_anew_where_distance_weighs(void **state)
{
    (void)state;
    for (uint64_t seed = 11; seed <= 13; seed++) {
        assert_carried(seed, 25, 0.4, 15, 8, 4);
        assert_carried(seed, 60, 0.9, 6, 4, 10);
    }
}

static void what_is_the_same_need_not_ask(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct world w = {.challenges = 60};
    struct built b;
    struct neighbour_lists lists, carried;
    struct past *past = malloc(sizeof *past);
    uint64_t seed = 7;
    uint32_t asked;
    for (uint32_t i = 0; i < MOST; i++)
        w.seed[i] = next(&seed) + 1;
    build(&w, &b);
    assert_int_equal(neighbour_lists_build(&b.profiles, 23, 0, 1, &lists, &e), 0);
    translate(past, &w, &b, &lists, &w, &b);
    assert_int_equal(
        neighbour_lists_carry(&b.profiles, &past->of, 15, 23, UINT32_MAX, 1, &carried, &asked, &e), 0);
    assert_true(asked < MOST / 4); /* but those with more equals than a list has room for */
    neighbour_lists_free(&carried);
    /* So many are too many. */
    for (uint32_t i = 0; i < 10; i++)
        past->drift[i * 20] = INFINITY;
    assert_int_equal(neighbour_lists_carry(&b.profiles, &past->of, 15, 23, 5, 1, &carried, &asked, &e),
                     ERR_LIMIT);
    neighbour_lists_free(&lists);
    built_free(&b);
    free(past);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carried_lists_are_those_found_anew),
        cmocka_unit_test(carried_lists_are_those_found_anew_where_distance_weighs),
        cmocka_unit_test(what_is_the_same_need_not_ask),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
