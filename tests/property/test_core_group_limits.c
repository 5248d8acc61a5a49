/* Limits against brute force on thousands of small problems: what is feasible, the best of it, the smallest
 * clash, the fewest left out; and on larger ones that every limit holds in every result of both engines. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/group/group_bound.h"
#include "core/group/group_settle.h"
#include "core/group/group_cut.h"
#include "limits_world.h"

enum { CASES = 10000, SMALL = 9 };

/* Goes to the next of all groupings, GROUP_NONE included where elements may be left out; false after the
 * last. */
static bool next_grouping(const struct world *w, uint32_t *group)
{
    uint32_t at = 0, first = w->limits.may_leave_out ? GROUP_NONE : 0;
    while (at < w->n && ++group[at] == w->groups)
        group[at++] = first;
    return at < w->n;
}

struct best {
    bool any;
    double objective;
    uint32_t left;
};

static bool is_named(const struct world *w, uint32_t element, uint64_t parts)
{
    for (size_t r = 0; r < w->problem.n_rules; r++)
        for (uint32_t k = 0; (parts >> r & 1) && k < w->rules[r].n_members; k++)
            if (w->rules[r].members[k] == element)
                return true;
    return false;
}

static uint32_t count_left(const struct world *w, const uint32_t *group, uint64_t parts, bool *allowed)
{
    uint32_t left = 0;
    for (uint32_t i = 0; i < w->n; i++)
        if (group[i] == GROUP_NONE) {
            left++;
            *allowed &= !is_named(w, i, parts);
        }
    return left;
}

/* `only_whether`: stops at the first. */
static struct best brute_force(const struct world *w, uint64_t parts, bool only_whether)
{
    uint32_t group[SMALL] = {0};
    struct best best = {.left = UINT32_MAX};
    for (uint32_t i = 0; i < w->n; i++)
        group[i] = w->limits.may_leave_out ? GROUP_NONE : 0;
    do {
        bool allowed = true;
        uint32_t left = count_left(w, group, parts, &allowed);
        if (!allowed || left > best.left || !world_allows(w, parts, group))
            continue;
        double value = world_objective(w, group, true, w->problem.objective);
        if (!best.any || left < best.left || value > best.objective)
            best.objective = value;
        best.left = left;
        best.any = true;
    } while (!(only_whether && best.any) && next_grouping(w, group));
    return best;
}

/* Nobody is left out for want of room: whatever the limits, the elements with their places have to fit. */
static bool can_be_met(struct world *w, uint64_t parts)
{
    bool leaving = w->limits.may_leave_out, closing = w->limits.may_close, limited = false, fits = true;
    w->limits.may_leave_out = w->limits.may_close = false;
    if (leaving && w->limits.weight)
        fits = brute_force(w, parts & (((uint64_t)1 << w->problem.n_rules) - 1), true).any;
    w->limits.may_leave_out = leaving;
    for (uint32_t k = 0; k < group_limits_count(&w->limits); k++)
        limited |= (parts >> (w->problem.n_rules + k) & 1) && group_limits_restricts(&w->limits, k);
    w->limits.may_close = closing && limited;
    fits = fits && world_has_room(w) && brute_force(w, parts, true).any;
    w->limits.may_close = closing;
    return fits;
}

static const char *part_name(const struct world *w, uint32_t k)
{
    return k < w->problem.n_rules ? w->rules[k].name
                                  : group_limits_name(&w->limits, k - (uint32_t)w->problem.n_rules);
}

/* What is named cannot be met, and each of it is needed for that. */
static void check_clash(struct world *w, const char *text, uint64_t seed)
{
    uint64_t named = 0;
    char quoted[64];
    if (strstr(text, "too few") || strstr(text, "too many"))
        return;
    for (uint32_t k = 0; k < world_parts(w); k++) {
        snprintf(quoted, sizeof quoted, "'%s'", part_name(w, k));
        named |= (uint64_t)(strstr(text, quoted) != NULL) << k;
    }
    if (can_be_met(w, named))
        fail_msg("seed %llu: can be met: %s", (unsigned long long)seed, text);
    for (uint32_t k = 0; k < world_parts(w); k++)
        if ((named >> k & 1) && !can_be_met(w, named & ~((uint64_t)1 << k)))
            fail_msg("seed %llu: %s is not needed: %s", (unsigned long long)seed, part_name(w, k), text);
}

static void check_found(struct world *w, const struct group_result *r, struct best best, uint64_t seed)
{
    double bound;
    uint32_t left = 0;
    for (uint32_t i = 0; i < w->n; i++) {
        left += r->group[i] == GROUP_NONE;
        if ((r->group[i] == GROUP_NONE) != (r->left_by[i] != GROUP_NONE))
            fail_msg("seed %llu: element %u has a reason and a group, or neither", (unsigned long long)seed,
                     i);
        if (r->left_by[i] != GROUP_NONE && !group_limits_restricts(&w->limits, r->left_by[i]))
            fail_msg("seed %llu: element %u was left out for nothing", (unsigned long long)seed, i);
    }
    if (!world_allows(w, UINT64_MAX, r->group))
        fail_msg("seed %llu: a limit is broken", (unsigned long long)seed);
    if (left != r->n_left || left != best.left)
        fail_msg("seed %llu: %u (%u) left out, %u would do", (unsigned long long)seed, left, r->n_left,
                 best.left);
    assert_float_equal(r->objective, world_objective(w, r->group, true, w->problem.objective), 1e-6);
    assert_float_equal(r->mean_fit, world_objective(w, r->group, false, OBJECTIVE_MEAN), 1e-6);
    if (left == 0 && (!r->proven || r->objective < best.objective - 1e-6))
        fail_msg("seed %llu: %.9f found, %.9f is best", (unsigned long long)seed, r->objective,
                 best.objective);
    assert_int_equal(group_bound(&w->problem, &bound, NULL), ERR_OK);
    if (left == 0 && bound < best.objective - 1e-6)
        fail_msg("seed %llu: bound %.9f is below %.9f", (unsigned long long)seed, bound, best.objective);
}

static void build_small(struct world *w, uint64_t seed, bool may_leave_out)
{
    struct group_random r;
    group_random_seed(&r, seed + 1000000);
    uint32_t most = may_leave_out ? 6 : group_random_below(&r, 60) == 0 ? SMALL : 7;
    world_build(w, seed, 1 + group_random_below(&r, most), 1 + group_random_below(&r, 3),
                group_random_below(&r, 3), 1 + group_random_below(&r, 3), group_random_below(&r, 2));
    w->limits.may_leave_out = may_leave_out;
    w->problem.exact_nodes = 1000000;
    w->problem.effort = 1000;
}

static bool check_small(struct world *w, uint64_t seed, bool may_leave_out)
{
    struct group_result r;
    struct err e = ERR_INIT;
    build_small(w, seed, may_leave_out);
    struct best best = {0};
    if (can_be_met(w, UINT64_MAX))
        best = brute_force(w, UINT64_MAX, false);
    int code = group_solve(&w->problem, &r, &e);
    if (code != (best.any ? ERR_OK : ERR_INVALID))
        fail_msg("seed %llu %s be met, but the engine says %d %s", (unsigned long long)seed,
                 best.any ? "can" : "cannot", code, e.text);
    if (best.any)
        check_found(w, &r, best, seed);
    else
        check_clash(w, e.text, seed);
    group_result_free(&r);
    return best.any;
}

static struct world *world_new(void)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    return w;
}

static void world_end(struct world *w)
{
    free(w->matrix);
    free(w);
}

static void ten_thousand_small_cases_agree_with_brute_force(void **state)
{
    (void)state;
    struct world *w = world_new();
    int feasible = 0;
    for (uint64_t seed = 1; seed <= CASES; seed++)
        feasible += check_small(w, seed, false);
    assert_in_range(feasible, CASES / 8, CASES - CASES / 8);
    world_end(w);
}

static void nobody_is_left_out_without_need(void **state)
{
    (void)state;
    struct world *w = world_new();
    int feasible = 0;
    for (uint64_t seed = 1; seed <= CASES / 10; seed++)
        feasible += check_small(w, seed, true);
    assert_in_range(feasible, CASES / 80, CASES / 10 - CASES / 80);
    world_end(w);
}

static uint32_t count_closed(const struct world *w, const uint32_t *group)
{
    uint32_t closed = 0;
    for (uint32_t g = 0; g < w->groups; g++) {
        bool empty = true;
        for (uint32_t i = 0; i < w->n; i++)
            empty &= group[i] != g;
        closed += empty;
    }
    return closed;
}

/* Of all groupings: the fewest groups closed, then the fewest elements left out. */
static void fewest(const struct world *w, uint32_t *closed, uint32_t *left)
{
    uint32_t group[SMALL] = {0};
    *closed = *left = UINT32_MAX;
    for (uint32_t i = 0; i < w->n; i++)
        group[i] = w->limits.may_leave_out ? GROUP_NONE : 0;
    do {
        bool allowed = true;
        uint32_t out = count_left(w, group, UINT64_MAX, &allowed), empty = count_closed(w, group);
        if (!allowed || empty > *closed || (empty == *closed && out >= *left) ||
            !world_allows(w, UINT64_MAX, group))
            continue;
        *closed = empty;
        *left = out;
    } while (next_grouping(w, group));
}

/* Groups alike, as those of a run are, and elements for all of them. */
static bool build_closing(struct world *w, uint64_t seed)
{
    struct group_random r;
    uint32_t restricts = 0;
    group_random_seed(&r, seed + 2000000);
    uint32_t groups = 1 + group_random_below(&r, 3), least = 1 + group_random_below(&r, 3);
    world_build(w, seed, groups * least + group_random_below(&r, 3), groups, least, 1, false);
    for (uint32_t g = 0; g < groups; g++) {
        w->min_size[g] = least;
        w->max_size[g] = least + 2;
    }
    for (uint32_t k = 0; k < group_limits_count(&w->limits); k++)
        restricts += group_limits_restricts(&w->limits, k);
    w->limits.may_leave_out = group_random_below(&r, 4) > 0;
    w->limits.may_close = true;
    w->problem.effort = 1000;
    return restricts > 0 && w->n <= 7;
}

static bool check_closing(struct world *w, uint64_t seed)
{
    struct group_result r;
    struct err e = ERR_INIT;
    uint32_t closed, left;
    int code = group_solve(&w->problem, &r, &e);
    if (code == ERR_LIMIT)
        fail_msg("seed %llu: neither networks nor a clash: %s", (unsigned long long)seed, e.text);
    if ((code == ERR_OK) != can_be_met(w, UINT64_MAX))
        fail_msg("seed %llu: %s", (unsigned long long)seed, code == ERR_OK ? "cannot be met" : e.text);
    if (code != ERR_OK) {
        check_clash(w, e.text, seed);
        return false;
    }
    fewest(w, &closed, &left);
    if (!world_allows(w, UINT64_MAX, r.group) || r.n_closed != count_closed(w, r.group))
        fail_msg("seed %llu: a limit is broken", (unsigned long long)seed);
    if (r.n_closed != closed || r.n_left != left)
        fail_msg("seed %llu: %u closed, %u left out; %u and %u would do", (unsigned long long)seed,
                 r.n_closed, r.n_left, closed, left);
    assert_float_equal(r.objective, world_objective(w, r.group, true, w->problem.objective), 1e-6);
    group_result_free(&r);
    return closed > 0;
}

static void no_group_is_closed_without_need(void **state)
{
    (void)state;
    struct world *w = world_new();
    int closed = 0;
    for (uint64_t seed = 1; seed <= CASES / 5 * 2; seed++)
        closed += build_closing(w, seed) && check_closing(w, seed);
    if (closed < CASES / 100)
        fail_msg("groups were closed in only %d cases", closed);
    world_end(w);
}

/* Places as thin as a sparse county's, limits as tight as they come: where some group could be formed, some
 * are, all limits hold, and who is out has a reason. */
static void tight_distances_end_in_groups(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct group_result r;
        struct err e = ERR_INIT;
        world_build(w, seed + 700, 100 + (uint32_t)(seed * 97 % 900), 1, 5, 6, true);
        w->groups = w->problem.n_groups = w->n / 8;
        for (uint32_t g = 0; g < w->groups; g++) {
            w->min_size[g] = 5;
            w->max_size[g] = 12;
        }
        w->problem.n_rules = 0;
        w->problem.previous = NULL;
        w->limits.weight = NULL;
        w->limits.n_sets = w->limits.n_attributes = 0;
        w->limits.places.pair_km = seed % 2 ? 15 + pick(w, 60) : 0;
        w->limits.places.centre_km = seed % 2 ? 0 : 10 + pick(w, 40);
        w->limits.may_leave_out = w->limits.may_close = true;
        w->problem.effort = 2000;
        if (group_solve(&w->problem, &r, &e) != ERR_OK)
            fail_msg("seed %llu: %s", (unsigned long long)seed, e.text);
        if (!world_allows(w, UINT64_MAX, r.group) || r.n_closed != count_closed(w, r.group))
            fail_msg("seed %llu: a limit is broken", (unsigned long long)seed);
        for (uint32_t i = 0; i < w->n; i++)
            if ((r.group[i] == GROUP_NONE) != (r.left_by[i] != GROUP_NONE))
                fail_msg("seed %llu: element %u is out without a reason", (unsigned long long)seed, i);
        group_result_free(&r);
    }
    world_end(w);
}

/* The sparse engine as it would take a larger problem. */
static void solve_sparse(struct world *w, uint64_t seed)
{
    struct group_settlement start;
    struct group_result r = {0};
    enum group_placement answer;
    uint32_t unit_group[W_MOST], group[W_MOST];
    assert_int_equal(group_settle(&w->problem, NULL, &start, &answer, NULL), ERR_OK);
    assert_int_equal(answer, PLACEMENT_FOUND);
    assert_int_equal(group_sparse_solve(&w->problem, &start.units, start.placed, unit_group, &r, NULL),
                     ERR_OK);
    for (uint32_t i = 0; i < w->n; i++)
        group[i] = start.units.unit_of[i] == GROUP_NONE ? GROUP_NONE : unit_group[start.units.unit_of[i]];
    if (!world_allows(w, UINT64_MAX, group))
        fail_msg("seed %llu: a limit is broken by the sparse search", (unsigned long long)seed);
    group_settlement_free(&start);
}

/* All groups as one region. */
static double region_value(struct group_sparse *s)
{
    struct group_region region = {0};
    struct group_cut cut;
    assert_int_equal(group_cut_init(&cut, s, 1, NULL, NULL), ERR_OK);
    group_cut_groups(&cut, 1, 1);
    assert_int_equal(group_region_extract(&region, s, 0, &cut.members, cut.order, s->m.groups, NULL), ERR_OK);
    group_region_enter(&region, 1);
    double value = group_state_value(&region.s) / s->m.scale;
    group_region_free(&region);
    group_cut_free(&cut);
    return value;
}

/* What the sparse engine takes a grouping to be worth. */
static void check_sparse_value(struct world *w, const uint32_t *group)
{
    struct group_units units;
    struct group_sparse s;
    bool clash;
    double places = 0;
    w->problem.stability = 0; /* no price of moving in the value */
    assert_int_equal(group_units_build(&w->problem, &(struct group_scope){NULL, NULL}, &units, &clash, NULL),
                     ERR_OK);
    assert_int_equal(group_sparse_init(&s, &w->problem, &units, NULL), ERR_OK);
    for (uint32_t i = 0; i < w->n; i++) {
        s.group[units.unit_of[i]] = group[i];
        places += world_weight(w, i);
    }
    double value = region_value(&s);
    value = w->problem.objective == OBJECTIVE_SUM ? value : 2 * value / places;
    double wanted = world_objective(w, group, true, w->problem.objective);
    assert_float_equal(value, wanted, 1e-4 * (1 + fabs(wanted)));
    group_sparse_free(&s);
    group_units_free(&units);
}

static bool check_larger(struct world *w, uint64_t seed)
{
    struct group_result r;
    struct err e = ERR_INIT;
    uint32_t n = 20 + (uint32_t)(seed * 37 % 280);
    world_build(w, seed, n, n / 8, 3, 9, true);
    w->limits.may_leave_out = pick(w, 2);
    w->limits.weight = pick(w, 2) ? w->limits.weight : NULL;
    for (uint32_t g = 0; w->limits.weight && g < w->groups; g++)
        w->max_size[g] += 8;
    w->problem.effort = 5000;
    w->problem.stability = pick(w, 3) * 0.25;
    int code = group_solve(&w->problem, &r, &e);
    if (code != ERR_OK)
        return false;
    if (!world_allows(w, UINT64_MAX, r.group))
        fail_msg("seed %llu: a limit is broken", (unsigned long long)seed);
    for (uint32_t i = 0; i < w->n; i++)
        if (r.group[i] == GROUP_NONE && (r.left_by[i] == GROUP_NONE || is_named(w, i, UINT64_MAX)))
            fail_msg("seed %llu: element %u may not be left out", (unsigned long long)seed, i);
    assert_float_equal(r.objective, world_objective(w, r.group, true, w->problem.objective),
                       1e-6 * (1 + fabs(r.objective)));
    if (w->problem.profiles) {
        solve_sparse(w, seed);
        if (r.n_left == 0)
            check_sparse_value(w, r.group);
    }
    group_result_free(&r);
    return true;
}

static void larger_cases_keep_every_limit_in_both_engines(void **state)
{
    (void)state;
    struct world *w = world_new();
    int feasible = 0;
    for (uint64_t seed = 1; seed <= 60; seed++)
        feasible += check_larger(w, seed);
    if (feasible < 35)
        fail_msg("only %d of 60 larger cases were solved", feasible);
    world_end(w);
}

static void same_seed_and_effort_give_same_groups(void **state)
{
    (void)state;
    struct world *w = world_new();
    for (uint64_t seed = 201; seed <= 208; seed++) {
        struct group_result a, b;
        world_build(w, seed, 100, 12, 3, 9, true);
        w->limits.may_leave_out = true;
        w->problem.effort = 5000;
        if (group_solve(&w->problem, &a, NULL) != ERR_OK)
            continue;
        assert_int_equal(group_solve(&w->problem, &b, NULL), ERR_OK);
        assert_memory_equal(a.group, b.group, w->n * sizeof *a.group);
        assert_true(a.objective == b.objective && a.effort == b.effort && a.moves == b.moves);
        group_result_free(&a);
        group_result_free(&b);
    }
    world_end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ten_thousand_small_cases_agree_with_brute_force),
        cmocka_unit_test(nobody_is_left_out_without_need),
        cmocka_unit_test(no_group_is_closed_without_need),
        cmocka_unit_test(tight_distances_end_in_groups),
        cmocka_unit_test(larger_cases_keep_every_limit_in_both_engines),
        cmocka_unit_test(same_seed_and_effort_give_same_groups),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
