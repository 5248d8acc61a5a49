/* The engine against brute force on thousands of small problems of every kind, and its promises on larger
 * ones: everyone in one group, bounds and rules kept, the same steps the same groups. */
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

enum { CASES = 10000, SMALL = 7, RULES = 4, LARGE = 90 };

struct world {
    struct group_random random;
    uint32_t n, groups;
    double matrix[LARGE * LARGE];
    uint32_t min_size[LARGE], max_size[LARGE], previous[LARGE];
    struct group_rule rules[RULES];
    uint32_t members[RULES][4];
    struct group_problem problem;
};

static uint32_t pick(struct world *w, uint32_t below)
{
    return group_random_below(&w->random, below);
}

static void fill_matrix(struct world *w)
{
    for (uint32_t i = 0; i < w->n; i++)
        for (uint32_t j = 0; j < i; j++) {
            double similarity = (double)pick(w, 101) - (pick(w, 4) == 0 ? 40 : 0);
            w->matrix[i * w->n + j] = w->matrix[j * w->n + i] = similarity;
        }
    for (uint32_t i = 0; i < w->n; i++)
        w->matrix[i * w->n + i] = 0;
}

static void fill_bounds(struct world *w, uint32_t least, uint32_t most)
{
    for (uint32_t g = 0; g < w->groups; g++) {
        w->min_size[g] = least + pick(w, 2);
        w->max_size[g] = w->min_size[g] + pick(w, most);
    }
}

static void fill_rules(struct world *w, size_t count)
{
    static const char *const names[] = {"first rule", "second rule", "third rule", "fourth rule"};
    for (uint32_t i = 0; i < w->n; i++)
        w->previous[i] = pick(w, 4) == 0 ? GROUP_NONE : pick(w, w->groups);
    for (size_t r = 0; r < count; r++) {
        uint32_t size = 2 + pick(w, 2);
        for (uint32_t k = 0; k < size; k++)
            w->members[r][k] = (pick(w, w->n / size) * size + k) % w->n;
        w->rules[r] = (struct group_rule){(enum group_rule_type)pick(w, 3), w->members[r], size, names[r]};
    }
    w->problem.rules = w->rules;
    w->problem.n_rules = count;
    w->problem.previous = w->previous;
}

static void build(struct world *w, uint64_t seed, bool small)
{
    group_random_seed(&w->random, seed);
    w->n = small ? 1 + pick(w, SMALL) : 40 + pick(w, LARGE - 40);
    w->groups = small ? 1 + pick(w, 3) : 4 + pick(w, 6);
    w->problem = (struct group_problem){.n = w->n,
                                        .matrix = w->matrix,
                                        .n_groups = w->groups,
                                        .min_size = w->min_size,
                                        .max_size = w->max_size,
                                        .objective = pick(w, 2) ? OBJECTIVE_SUM : OBJECTIVE_MEAN,
                                        .seed = seed,
                                        .effort = small ? 2000 : 20000};
    fill_matrix(w);
    fill_bounds(w, small ? pick(w, 3) : w->n / w->groups / 2, small ? 4 : w->n);
    fill_rules(w, pick(w, RULES + 1));
}

static bool rule_holds(const struct world *w, const struct group_rule *rule, const uint32_t *group)
{
    for (uint32_t i = 0; i < rule->n_members; i++) {
        uint32_t a = rule->members[i];
        if (rule->type == RULE_KEEP && w->previous[a] < w->groups && group[a] != w->previous[a])
            return false;
        for (uint32_t j = 0; j < i && rule->type != RULE_KEEP; j++) {
            uint32_t b = rule->members[j];
            if (a != b && (group[a] == group[b]) != (rule->type == RULE_TOGETHER))
                return false;
        }
    }
    return true;
}

static bool is_allowed(const struct world *w, const uint32_t *group)
{
    uint32_t size[LARGE] = {0};
    for (uint32_t i = 0; i < w->n; i++) {
        if (group[i] >= w->groups)
            return false;
        size[group[i]]++;
    }
    for (uint32_t g = 0; g < w->groups; g++)
        if (size[g] < w->min_size[g] || size[g] > w->max_size[g])
            return false;
    for (size_t r = 0; r < w->problem.n_rules; r++)
        if (!rule_holds(w, &w->rules[r], group))
            return false;
    return true;
}

static double objective(const struct world *w, const uint32_t *group)
{
    double inside[LARGE] = {0}, total = 0;
    uint32_t size[LARGE] = {0};
    for (uint32_t i = 0; i < w->n; i++) {
        size[group[i]]++;
        for (uint32_t j = 0; j < i; j++)
            inside[group[i]] += group[i] == group[j] ? w->matrix[i * w->n + j] : 0;
    }
    for (uint32_t g = 0; g < w->groups; g++) {
        if (w->problem.objective == OBJECTIVE_SUM)
            total += inside[g];
        else if (size[g] > 1)
            total += 2 * inside[g] / (size[g] - 1) / w->n;
    }
    return total;
}

/* The best of all groupings that are allowed; false when there is none. */
static bool brute_force(const struct world *w, double *best)
{
    uint32_t group[SMALL] = {0}, at;
    bool any = false;
    do {
        if (is_allowed(w, group)) {
            double value = objective(w, group);
            *best = !any || value > *best ? value : *best;
            any = true;
        }
        for (at = 0; at < w->n && ++group[at] == w->groups; at++)
            group[at] = 0;
    } while (at < w->n);
    return any;
}

static void check_small(struct world *w, uint64_t seed, int *feasible)
{
    double best = 0, bound = 0;
    struct group_result r;
    struct err e = ERR_INIT;
    build(w, seed, true);
    bool any = brute_force(w, &best);
    int code = group_solve(&w->problem, &r, &e);
    if (!any) {
        if (code != ERR_INVALID)
            fail_msg("seed %llu cannot be met, but the engine says %d %s", (unsigned long long)seed, code,
                     e.text);
        return;
    }
    if (code != ERR_OK)
        fail_msg("seed %llu can be met, but the engine says %s", (unsigned long long)seed, e.text);
    if (!is_allowed(w, r.group))
        fail_msg("seed %llu: bounds or rules are broken", (unsigned long long)seed);
    assert_float_equal(r.objective, objective(w, r.group), 1e-9);
    if (!r.proven || r.objective < best - 1e-9)
        fail_msg("seed %llu: %.9f found, %.9f is best", (unsigned long long)seed, r.objective, best);
    assert_int_equal(group_bound(&w->problem, &bound, &e), ERR_OK);
    if (bound < best - 1e-9)
        fail_msg("seed %llu: bound %.9f is below %.9f", (unsigned long long)seed, bound, best);
    group_result_free(&r);
    (*feasible)++;
}

static void ten_thousand_small_cases_agree_with_brute_force(void **state)
{
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    int feasible = 0;
    assert_non_null(w);
    for (uint64_t seed = 1; seed <= CASES; seed++)
        check_small(w, seed, &feasible);
    /* Both kinds have to be there in numbers. */
    assert_in_range(feasible, CASES / 5, CASES - CASES / 5);
    free(w);
}

/* Without proof: what the search alone finds in a few steps. */
static void search_alone_finds_nearly_every_optimum(void **state)
{
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    int optimal = 0, feasible = 0;
    assert_non_null(w);
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        double best;
        struct group_result r;
        build(w, seed, true);
        w->problem.stability = 1e-12; /* a price too small to matter, which leaves the proof out */
        if (!brute_force(w, &best))
            continue;
        assert_int_equal(group_solve(&w->problem, &r, NULL), ERR_OK);
        assert_false(r.proven);
        optimal += r.objective > best - 1e-9;
        feasible++;
        group_result_free(&r);
    }
    if (optimal * 100 < feasible * 97)
        fail_msg("%d of %d optimal", optimal, feasible);
    free(w);
}

static void larger_cases_keep_bounds_and_rules(void **state)
{
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    int feasible = 0;
    assert_non_null(w);
    for (uint64_t seed = 1; seed <= 300; seed++) {
        struct group_result r;
        struct err e = ERR_INIT;
        double bound;
        build(w, seed, false);
        w->problem.stability = pick(w, 5) * 0.25;
        int code = group_solve(&w->problem, &r, &e);
        if (code == ERR_INVALID)
            continue;
        assert_int_equal(code, ERR_OK);
        assert_true(is_allowed(w, r.group));
        assert_int_equal(group_bound(&w->problem, &bound, &e), ERR_OK);
        assert_true(r.objective <= bound + 1e-9);
        feasible++;
        group_result_free(&r);
    }
    assert_true(feasible > 50);
    free(w);
}

static void same_seed_and_effort_give_same_groups(void **state)
{
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct group_result a, b;
        build(w, seed, false);
        w->problem.n_rules = 0;
        w->problem.previous = NULL;
        if (group_solve(&w->problem, &a, NULL) != ERR_OK)
            continue;
        assert_int_equal(group_solve(&w->problem, &b, NULL), ERR_OK);
        assert_memory_equal(a.group, b.group, w->n * sizeof *a.group);
        assert_true(a.objective == b.objective && a.effort == b.effort && a.moves == b.moves);
        group_result_free(&a);
        group_result_free(&b);
    }
    free(w);
}

static void effort_of_a_timed_search_brings_it_back(void **state)
{
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    int compared = 0;
    assert_non_null(w);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct group_result timed, again;
        build(w, seed, false);
        w->problem.effort = 0;
        w->problem.cpu_seconds = 0.001 * (double)(1 + seed % 20);
        if (group_solve(&w->problem, &timed, NULL) != ERR_OK)
            continue;
        w->problem.cpu_seconds = 0;
        w->problem.effort = timed.effort;
        assert_int_equal(group_solve(&w->problem, &again, NULL), ERR_OK);
        assert_memory_equal(timed.group, again.group, w->n * sizeof *again.group);
        assert_true(timed.effort == again.effort && timed.moves == again.moves);
        group_result_free(&timed);
        group_result_free(&again);
        compared++;
    }
    assert_true(compared > 5);
    free(w);
}

static void more_effort_is_never_much_worse(void **state)
{
    (void)state;
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct group_result descent, search;
        build(w, seed, false);
        w->problem.effort = 0;
        if (group_solve(&w->problem, &descent, NULL) != ERR_OK)
            continue;
        w->problem.effort = 50000;
        assert_int_equal(group_solve(&w->problem, &search, NULL), ERR_OK);
        assert_true(search.objective >= descent.objective - 1e-9);
        group_result_free(&descent);
        group_result_free(&search);
    }
    free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_small_cases_agree_with_brute_force),
        cmocka_unit_test(search_alone_finds_nearly_every_optimum),
        cmocka_unit_test(larger_cases_keep_bounds_and_rules),
        cmocka_unit_test(same_seed_and_effort_give_same_groups),
        cmocka_unit_test(effort_of_a_timed_search_brings_it_back),
        cmocka_unit_test(more_effort_is_never_much_worse),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
