#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "regroup/assignment.h"

enum { SIDE = 6 };

struct case_ {
    uint32_t n_left, n_right;
    int64_t weight[SIDE][SIDE]; /* 0 = no pair */
};

static int64_t solve(const struct case_ *c, uint32_t *match)
{
    size_t start[SIDE + 1] = {0};
    uint32_t right[SIDE * SIDE];
    int64_t weight[SIDE * SIDE];
    size_t n = 0;
    for (uint32_t i = 0; i < c->n_left; i++) {
        for (uint32_t k = 0; k < c->n_right; k++) {
            if (c->weight[i][k] == 0)
                continue;
            right[n] = k;
            weight[n++] = c->weight[i][k];
        }
        start[i + 1] = n;
    }
    struct assignment_problem p = {c->n_left, c->n_right, start, right, weight};
    struct err e = ERR_INIT;
    assert_int_equal(assignment_solve(&p, match, &e), ERR_OK);
    int64_t total = 0;
    bool taken[SIDE] = {false};
    for (uint32_t i = 0; i < c->n_left; i++) {
        if (match[i] == ASSIGNMENT_NONE)
            continue;
        assert_true(match[i] < c->n_right);
        assert_false(taken[match[i]]);
        assert_true(c->weight[i][match[i]] > 0);
        taken[match[i]] = true;
        total += c->weight[i][match[i]];
    }
    return total;
}

static int64_t best(const struct case_ *c, uint32_t left, unsigned taken)
{
    if (left == c->n_left)
        return 0;
    int64_t most = best(c, left + 1, taken);
    for (uint32_t k = 0; k < c->n_right; k++) {
        if (c->weight[left][k] == 0 || (taken & 1u << k))
            continue;
        int64_t total = c->weight[left][k] + best(c, left + 1, taken | 1u << k);
        most = total > most ? total : most;
    }
    return most;
}

static void equals_brute_force_on_random_cases(void **state)
{
    (void)state;
    uint32_t chance = 1;
    for (int round = 0; round < 3000; round++) {
        struct case_ c = {0};
        chance = chance * 1664525u + 1013904223u;
        c.n_left = chance >> 16 & 7;
        c.n_left = c.n_left > SIDE ? SIDE : c.n_left;
        c.n_right = chance >> 20 & 7;
        c.n_right = c.n_right > SIDE ? SIDE : c.n_right;
        for (uint32_t i = 0; i < c.n_left; i++) {
            for (uint32_t k = 0; k < c.n_right; k++) {
                chance = chance * 1664525u + 1013904223u;
                c.weight[i][k] = (chance >> 16) % 3 == 0 ? 0 : chance >> 20 & 15;
            }
        }
        uint32_t match[SIDE];
        assert_int_equal(solve(&c, match), best(&c, 0, 0));
    }
}

static void gives_up_a_pair_for_a_better_whole(void **state)
{
    (void)state;
    struct case_ c = {2, 2, {{10, 9}, {8, 0}}};
    uint32_t match[SIDE];
    assert_int_equal(solve(&c, match), 17);
    assert_int_equal(match[0], 1);
    assert_int_equal(match[1], 0);
}

static void leaves_alone_who_has_no_pair(void **state)
{
    (void)state;
    struct case_ c = {3, 1, {{2}, {5}, {0}}};
    uint32_t match[SIDE];
    assert_int_equal(solve(&c, match), 5);
    assert_int_equal(match[0], ASSIGNMENT_NONE);
    assert_int_equal(match[1], 0);
    assert_int_equal(match[2], ASSIGNMENT_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_brute_force_on_random_cases),
        cmocka_unit_test(gives_up_a_pair_for_a_better_whole),
        cmocka_unit_test(leaves_alone_who_has_no_pair),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
