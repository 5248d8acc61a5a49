/* The search by regions on populations too large for a full matrix: bounds, rules and the past are kept, the
 * number of threads changes nothing, and the effort of a timed search brings it back. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group.h"
#include "core/group/group_bound.h"
#include "core/group/group_random.h"

enum { N_MOST = 2600, COLUMNS = 70, ENTRIES = 9, THEMES = 25, RULES = 12 };

struct world {
    struct group_random random;
    struct profiles profiles;
    uint32_t start[N_MOST + 1], column[N_MOST * ENTRIES], rows[N_MOST], previous[N_MOST];
    float weight[N_MOST * ENTRIES];
    uint32_t min_size[N_MOST], max_size[N_MOST], members[RULES][3];
    struct group_rule rules[RULES];
    struct group_problem problem;
};

static uint32_t pick(struct world *w, uint32_t below)
{
    return group_random_below(&w->random, below);
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* A row of a theme, with noise. */
static void fill_row(struct world *w, uint32_t row)
{
    uint32_t theme = pick(w, THEMES), *column = w->column + w->start[row], n = 0;
    float *weight = w->weight + w->start[row], square = 0;
    for (uint32_t tries = 0; tries < 14 && n < ENTRIES; tries++) {
        uint32_t drawn = pick(w, 5) ? (theme * 11 + pick(w, 8)) % COLUMNS : pick(w, COLUMNS);
        bool there = false;
        for (uint32_t k = 0; k < n; k++)
            there |= column[k] == drawn;
        if (!there)
            column[n++] = drawn;
    }
    qsort(column, n, sizeof *column, ascending);
    for (uint32_t k = 0; k < n; k++) {
        weight[k] = (float)(1 + pick(w, 5));
        square += weight[k] * weight[k];
    }
    for (uint32_t k = 0; k < n; k++)
        weight[k] /= sqrtf(square);
    w->start[row + 1] = w->start[row] + n;
}

static void build(struct world *w, uint64_t seed, uint32_t n, uint32_t groups)
{
    group_random_seed(&w->random, seed);
    for (uint32_t row = 0; row < n; row++) {
        fill_row(w, row);
        w->rows[row] = row;
        w->previous[row] = pick(w, 5) == 0 ? GROUP_NONE : pick(w, groups);
    }
    w->profiles = (struct profiles){
        .n = n, .columns = COLUMNS, .start = w->start, .column = w->column, .weight = w->weight};
    for (uint32_t g = 0; g < groups; g++) {
        w->min_size[g] = n / groups - 3 + pick(w, 3);
        w->max_size[g] = n / groups + 1 + pick(w, 4);
    }
    w->problem = (struct group_problem){.n = n,
                                        .profiles = &w->profiles,
                                        .rows = w->rows,
                                        .n_groups = groups,
                                        .min_size = w->min_size,
                                        .max_size = w->max_size,
                                        .objective = pick(w, 2) ? OBJECTIVE_SUM : OBJECTIVE_MEAN,
                                        .seed = seed,
                                        .effort = 30000};
}

static void add_rules(struct world *w)
{
    for (uint32_t r = 0; r < RULES; r++) {
        for (uint32_t k = 0; k < 3; k++)
            w->members[r][k] = 3 * (pick(w, w->problem.n / RULES / 3) * RULES + r) + k;
        w->rules[r] = (struct group_rule){(enum group_rule_type)(r % 3), w->members[r], 3, "a rule"};
        for (uint32_t k = 0; k < 3 && r % 3 == RULE_KEEP; k++)
            w->previous[w->members[r][k]] = r;
    }
    w->problem.rules = w->rules;
    w->problem.n_rules = RULES;
    w->problem.previous = w->previous;
}

static void check_allowed(const struct world *w, const uint32_t *group)
{
    uint32_t size[N_MOST] = {0};
    for (uint32_t i = 0; i < w->problem.n; i++) {
        assert_in_range(group[i], 0, w->problem.n_groups - 1);
        size[group[i]]++;
    }
    for (uint32_t g = 0; g < w->problem.n_groups; g++)
        assert_in_range(size[g], w->min_size[g], w->max_size[g]);
    for (size_t r = 0; r < w->problem.n_rules; r++)
        for (uint32_t k = 0; k < 3; k++) {
            uint32_t a = w->members[r][k], b = w->members[r][(k + 1) % 3];
            if (w->rules[r].type == RULE_KEEP)
                assert_int_equal(group[a], w->previous[a]);
            else
                assert_int_equal(group[a] == group[b], w->rules[r].type == RULE_TOGETHER);
        }
}

static struct group_result solve(struct world *w, uint32_t threads)
{
    struct group_result r;
    struct err e = ERR_INIT;
    w->problem.threads = threads;
    if (group_solve(&w->problem, &r, &e) != ERR_OK)
        fail_msg("seed %llu: %s", (unsigned long long)w->problem.seed, e.text);
    check_allowed(w, r.group);
    return r;
}

static void assert_same(const struct world *w, struct group_result *a, struct group_result *b)
{
    assert_memory_equal(a->group, b->group, w->problem.n * sizeof *a->group);
    assert_true(a->effort == b->effort && a->moves == b->moves && a->objective == b->objective);
    group_result_free(b);
}

static void bounds_and_rules_hold_and_the_bound_is_above(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint32_t n = 1300 + pick(w, 1300);
        build(w, seed, n, n / (5 + pick(w, 6)));
        if (seed % 4 != 0)
            add_rules(w);
        w->problem.stability = (double)(seed % 5) * 0.25;
        w->problem.effort = seed % 3 == 0 ? 0 : 1000 * seed * seed;
        struct group_result r = solve(w, 1);
        double bound;
        assert_int_equal(group_bound(&w->problem, &bound, NULL), ERR_OK);
        assert_true(r.objective > 0 && r.objective <= bound + 1e-9);
        group_result_free(&r);
    }
}

static void threads_change_nothing(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        build(w, seed, 1500 + 80 * (uint32_t)seed, 180);
        if (seed % 2 == 0)
            add_rules(w);
        w->problem.stability = seed % 4 == 0 ? 0.5 : 0;
        w->problem.effort = seed == 1 ? 0 : 777 * seed * seed;
        struct group_result one = solve(w, 1);
        for (uint32_t threads = 2; threads <= 8; threads += threads == 3 ? 5 : 1) {
            struct group_result many = solve(w, threads);
            assert_same(w, &one, &many);
        }
        group_result_free(&one);
    }
}

static void effort_of_a_timed_search_brings_it_back(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 1; seed <= 16; seed++) {
        build(w, seed, 1400, 170);
        w->problem.effort = 0;
        w->problem.cpu_seconds = 0.0015 * (double)(seed * seed);
        struct group_result timed = solve(w, 1 + seed % 2);
        w->problem.cpu_seconds = 0;
        w->problem.effort = timed.effort;
        struct group_result again = solve(w, 1);
        assert_same(w, &timed, &again);
        again = solve(w, 3);
        assert_same(w, &timed, &again);
        group_result_free(&timed);
    }
}

static bool stop_soon(void *context, double objective, double share)
{
    int *calls = context;
    assert_true(objective > -INFINITY && share >= 0 && share <= 1);
    return ++*calls < 5;
}

static void progress_can_stop_it(void **state)
{
    struct world *w = *state;
    int calls = 0;
    build(w, 1, 2000, 250);
    w->problem.effort = UINT64_MAX / 4;
    w->problem.progress = stop_soon;
    w->problem.progress_context = &calls;
    struct group_result r = solve(w, 2);
    assert_int_equal(calls, 5);
    group_result_free(&r);
}

static void more_effort_is_never_much_worse(void **state)
{
    struct world *w = *state;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        double last = 0;
        build(w, seed, 1600, 200);
        for (uint64_t effort = 0; effort <= 400000; effort = effort ? effort * 100 : 1000) {
            w->problem.effort = effort;
            struct group_result r = solve(w, 1);
            if (r.objective < last * 0.985)
                fail_msg("seed %llu effort %llu: %.6f after %.6f", (unsigned long long)seed,
                         (unsigned long long)effort, r.objective, last);
            last = r.objective;
            group_result_free(&r);
        }
    }
}

/* At full stability whoever was in a group that has room for it stays there. */
static void the_past_is_kept_as_far_as_asked(void **state)
{
    struct world *w = *state;
    uint32_t kept[3] = {0};
    for (int k = 0; k < 3; k++) {
        build(w, 9, 2000, 250);
        w->problem.previous = w->previous;
        for (uint32_t i = 0; i < w->problem.n; i++)
            w->previous[i] = i < 1800 ? i % 250 : GROUP_NONE;
        w->problem.objective = OBJECTIVE_SUM;
        w->problem.stability = k == 1 ? 0.99 : 0.5 * k;
        struct group_result r = solve(w, 1);
        for (uint32_t i = 0; i < w->problem.n; i++)
            kept[k] += r.group[i] == w->previous[i];
        group_result_free(&r);
    }
    assert_true(kept[0] < 100);
    assert_in_range(kept[1], 1000, 1799);
    assert_int_equal(kept[2], 1800);
}

static int make(void **state)
{
    *state = calloc(1, sizeof(struct world));
    return *state ? 0 : -1;
}

static int drop(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_and_rules_hold_and_the_bound_is_above),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(effort_of_a_timed_search_brings_it_back),
        cmocka_unit_test(progress_can_stop_it),
        cmocka_unit_test(more_effort_is_never_much_worse),
        cmocka_unit_test(the_past_is_kept_as_far_as_asked),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
