/* resize: groups that may have several sizes get those that hold the most pairs, which no walk of small steps
 * finds from any other good choice. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/group/group.h"
#include "core/group/group_random.h"

enum { N = 120, GROUPS = 10 };

/* 13 10 15 10 16 8 15 10 8 15 hold 704 pairs; 14 10 10 10 16 8 15 14 8 15, from which every small step is a
 * loss, 703. */
static const uint32_t min_size[GROUPS] = {12, 10, 10, 10, 9, 8, 11, 10, 8, 10};
static const uint32_t max_size[GROUPS] = {14, 12, 15, 14, 16, 14, 15, 14, 15, 15};

static double solve(const double *matrix, uint64_t seed, const struct group_rule *rules, size_t n_rules)
{
    struct group_problem p = {.n = N,
                              .matrix = matrix,
                              .n_groups = GROUPS,
                              .min_size = min_size,
                              .max_size = max_size,
                              .objective = OBJECTIVE_SUM,
                              .rules = rules,
                              .n_rules = n_rules,
                              .seed = seed,
                              .effort = 500000};
    struct group_result r;
    struct err e = ERR_INIT;
    assert_int_equal(group_solve(&p, &r, &e), 0);
    uint32_t size[GROUPS] = {0};
    for (uint32_t i = 0; i < N; i++)
        size[r.group[i]]++;
    for (uint32_t g = 0; g < GROUPS; g++)
        assert_in_range(size[g], min_size[g], max_size[g]);
    double objective = r.objective;
    group_result_free(&r);
    return objective;
}

/* A pair more is worth more than all the differences. */
static double *nearly_equal(void)
{
    struct group_random random;
    double *matrix = calloc((size_t)N * N, sizeof *matrix);
    assert_non_null(matrix);
    group_random_seed(&random, 1);
    for (uint32_t i = 0; i < N; i++)
        for (uint32_t j = 0; j < i; j++)
            matrix[i * N + j] = matrix[j * N + i] = 10000 + group_random_below(&random, 3);
    return matrix;
}

static void the_most_pairs_are_found(void **state)
{
    (void)state;
    double *matrix = nearly_equal();
    for (uint64_t seed = 1; seed <= 12; seed++)
        assert_true(solve(matrix, seed, NULL, 0) >= 704 * 10000);
    free(matrix);
}

static void rules_hold_while_sizes_change(void **state)
{
    (void)state;
    double *matrix = nearly_equal();
    uint32_t apart[GROUPS];
    for (uint32_t i = 0; i < GROUPS; i++)
        apart[i] = i;
    struct group_rule rule = {.type = RULE_APART, .members = apart, .n_members = GROUPS, .name = "apart"};
    for (uint64_t seed = 1; seed <= 4; seed++)
        assert_true(solve(matrix, seed, &rule, 1) >= 704 * 10000);
    free(matrix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_pairs_are_found),
        cmocka_unit_test(rules_hold_while_sizes_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
