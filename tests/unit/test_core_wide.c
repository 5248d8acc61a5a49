/* wide: many groups at once by their sums: a descent ends where no single move gains, what a walk takes a
 * grouping to be worth is what it is worth, and the search over it keeps its promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group_cut.h"
#include "core/group/group_random.h"
#include "core/group/group_regions.h"
#include "core/group/group_settle.h"

enum { UNITS_MOST = 1400, GROUPS_MOST = 160, COLUMNS = 40, ROW = 6 };

struct scene {
    struct group_random random;
    uint32_t n, groups;
    uint32_t start[UNITS_MOST + 1], column[UNITS_MOST * ROW], rows[UNITS_MOST], previous[UNITS_MOST];
    float weight[UNITS_MOST * ROW];
    uint32_t min_size[GROUPS_MOST], max_size[GROUPS_MOST], apart[2][2], kept[1];
    struct profiles profiles;
    struct group_rule rules[3];
    struct group_problem problem;
    struct group_settlement start_of;
    struct group_sparse s;
};

/* Half a dozen columns of one of eight themes each, of unit length. */
static void fill_row(struct scene *s, uint32_t row)
{
    uint32_t theme = group_random_below(&s->random, 8), at = s->start[row];
    float square = 0;
    for (uint32_t column = 0; column < COLUMNS && at < s->start[row] + ROW; column++) {
        uint32_t odds = column % 8 == theme ? 2 : 12;
        if (group_random_below(&s->random, odds) > 0 && column + ROW < COLUMNS)
            continue;
        s->column[at] = column;
        s->weight[at] = 0.2F + (float)group_random_below(&s->random, 100) / 100;
        square += s->weight[at] * s->weight[at];
        at++;
    }
    for (uint32_t k = s->start[row]; k < at; k++)
        s->weight[k] /= sqrtf(square);
    s->start[row + 1] = at;
}

static struct scene *scene_new(uint64_t seed, uint32_t n, uint32_t groups, enum objective objective)
{
    struct scene *s = calloc(1, sizeof *s);
    assert_non_null(s);
    group_random_seed(&s->random, seed);
    s->n = n;
    s->groups = groups;
    for (uint32_t i = 0; i < n; i++) {
        s->rows[i] = i;
        fill_row(s, i);
    }
    for (uint32_t g = 0; g < groups; g++) {
        s->min_size[g] = 4;
        s->max_size[g] = 12;
    }
    s->profiles = (struct profiles){
        .n = n, .columns = COLUMNS, .start = s->start, .column = s->column, .weight = s->weight};
    s->problem = (struct group_problem){.n = n,
                                        .profiles = &s->profiles,
                                        .rows = s->rows,
                                        .n_groups = groups,
                                        .min_size = s->min_size,
                                        .max_size = s->max_size,
                                        .objective = objective,
                                        .seed = seed};
    return s;
}

static void add_rules(struct scene *s)
{
    for (uint32_t r = 0; r < 2; r++) {
        s->apart[r][0] = 2 * r;
        s->apart[r][1] = 2 * r + 1;
        s->rules[r] = (struct group_rule){RULE_APART, s->apart[r], 2, "apart"};
    }
    s->kept[0] = 7;
    s->rules[2] = (struct group_rule){RULE_KEEP, s->kept, 1, "keep"};
    for (uint32_t i = 0; i < s->n; i++)
        s->previous[i] = i % s->groups;
    s->problem.rules = s->rules;
    s->problem.n_rules = 3;
    s->problem.previous = s->previous;
    s->problem.stability = 0.5;
}

static double similarity(const struct scene *s, uint32_t a, uint32_t b)
{
    return profiles_similarity(&s->profiles, a, b);
}

/* What a group of the given members, some left out (flag 1) and one added, is worth; as group_state_value. */
static double worth(const struct scene *s, uint32_t g, uint32_t without, uint32_t with)
{
    uint32_t member[UNITS_MOST], count = 0;
    double inside = 0;
    for (uint32_t i = 0; i < s->n; i++)
        if ((s->s.group[i] == g && i != without) || i == with)
            member[count++] = i;
    for (uint32_t a = 0; a < count; a++) {
        for (uint32_t b = 0; b < a; b++)
            inside += similarity(s, member[a], member[b]);
        if (s->s.m.home[member[a]] == g)
            inside += (double)s->s.m.bonus[member[a]] / s->s.m.scale;
    }
    return s->problem.objective == OBJECTIVE_SUM ? inside : count > 1 ? inside / (count - 1) : 0;
}

static double value_of(const struct scene *s)
{
    double value = 0;
    for (uint32_t g = 0; g < s->groups; g++)
        value += worth(s, g, GROUP_NONE, GROUP_NONE);
    return value;
}

/* A random grouping, in one part, and what the test wants of it. */
static void walk(struct scene *s, double temperature, void (*check)(struct scene *, struct group_wide *))
{
    struct group_wide_whole whole;
    struct group_wide w;
    struct group_cut cut;
    enum group_placement answer;
    assert_int_equal(group_settle(&s->problem, NULL, &s->start_of, &answer, NULL), ERR_OK);
    assert_int_equal(group_sparse_init(&s->s, &s->problem, &s->start_of.units, NULL), ERR_OK);
    for (uint32_t i = 0; i < s->n; i++)
        s->s.group[i] = i % s->groups;
    assert_int_equal(group_cut_init(&cut, &s->s, 1, NULL, NULL), ERR_OK);
    group_cut_groups(&cut, 1, 1);
    assert_int_equal(group_wide_whole_init(&whole, &s->s, &cut.members, NULL), ERR_OK);
    for (uint32_t k = 0; k < s->groups; k++)
        whole.place[cut.order[k]] = k;
    group_wide_init(&w, &whole);
    assert_int_equal(group_wide_enter(&w, 0, cut.order, s->groups, NULL), ERR_OK);
    if (temperature > 0) {
        assert_int_equal(group_wide_pair(&w, NULL), ERR_OK);
        group_wide_walk(&w, temperature, temperature / 2, 5, 3);
    } else
        group_wide_descend(&w, 3, 100);
    check(s, &w);
    group_wide_free(&w);
    group_wide_whole_free(&whole);
    group_cut_free(&cut);
    group_sparse_free(&s->s);
    group_settlement_free(&s->start_of);
    free(s);
}

static void check_value(struct scene *s, struct group_wide *w)
{
    double wanted = value_of(s);
    assert_true(w->moves > s->n / 2);
    assert_float_equal(group_wide_value(w) / s->s.m.scale, wanted, 1e-4 * wanted);
    if (s->problem.n_rules == 0)
        return;
    assert_int_equal(s->s.group[7], s->previous[7]);
    assert_int_not_equal(s->s.group[0], s->s.group[1]);
    assert_int_not_equal(s->s.group[2], s->s.group[3]);
}

static void check_sizes(const struct scene *s)
{
    uint32_t size[GROUPS_MOST] = {0};
    for (uint32_t i = 0; i < s->n; i++)
        size[s->s.group[i]]++;
    for (uint32_t g = 0; g < s->groups; g++)
        assert_in_range(size[g], s->min_size[g], s->max_size[g]);
}

static uint32_t size_of(const struct scene *s, uint32_t g)
{
    uint32_t size = 0;
    for (uint32_t i = 0; i < s->n; i++)
        size += s->s.group[i] == g;
    return size;
}

static void check_end(struct scene *s, struct group_wide *w)
{
    check_value(s, w);
    check_sizes(s);
    double now[GROUPS_MOST];
    for (uint32_t g = 0; g < s->groups; g++)
        now[g] = worth(s, g, GROUP_NONE, GROUP_NONE);
    for (uint32_t a = 0; a < s->n; a++) {
        uint32_t g = s->s.group[a];
        for (uint32_t b = 0; b < a; b++) {
            uint32_t h = s->s.group[b];
            double then = g == h ? 0 : worth(s, g, a, b) + worth(s, h, b, a);
            assert_true(g == h || then < now[g] + now[h] + 1e-3);
        }
        for (uint32_t h = 0; h < s->groups && size_of(s, g) > s->min_size[g]; h++)
            if (h != g && size_of(s, h) < s->max_size[h])
                assert_true(worth(s, g, a, GROUP_NONE) + worth(s, h, GROUP_NONE, a) < now[g] + now[h] + 1e-3);
    }
}

static void a_descent_ends_where_no_move_gains(void **state)
{
    (void)state;
    walk(scene_new(1, 100, 13, OBJECTIVE_MEAN), 0, check_end);
    walk(scene_new(2, 90, 10, OBJECTIVE_SUM), 0, check_end);
}

static void value_is_that_of_the_grouping(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct scene *s = scene_new(seed, 200, 24, seed % 2 ? OBJECTIVE_MEAN : OBJECTIVE_SUM);
        if (seed % 3 == 0)
            add_rules(s);
        walk(s, seed % 4 ? 0.1 : 0, check_value);
    }
}

static double solve(struct scene *s, uint64_t effort, uint32_t threads, uint32_t *group)
{
    struct group_result r;
    struct err e;
    s->problem.effort = effort;
    s->problem.threads = threads;
    assert_int_equal(group_solve(&s->problem, &r, &e), ERR_OK);
    memcpy(group, r.group, s->n * sizeof *group);
    double objective = r.objective;
    group_result_free(&r);
    return objective;
}

static void little_effort_never_gives_less_than_none(void **state)
{
    (void)state;
    static const uint64_t efforts[] = {1, 3000, 14000, 16000, 25000, 40000, 100000};
    uint32_t group[UNITS_MOST];
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct scene *s = scene_new(seed, 1300, 160, OBJECTIVE_MEAN);
        double least = solve(s, 0, 1, group);
        for (size_t i = 0; i < sizeof efforts / sizeof *efforts; i++)
            assert_true(solve(s, efforts[i], 1, group) >= least - 1e-9);
        free(s);
    }
}

static void threads_change_nothing(void **state)
{
    (void)state;
    uint32_t one[UNITS_MOST], three[UNITS_MOST];
    struct scene *s = scene_new(5, 1400, 160, OBJECTIVE_MEAN);
    double objective = solve(s, 60000, 1, one);
    assert_true(solve(s, 60000, 3, three) == objective);
    assert_memory_equal(one, three, s->n * sizeof *one);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_descent_ends_where_no_move_gains),
        cmocka_unit_test(value_is_that_of_the_grouping),
        cmocka_unit_test(little_effort_never_gives_less_than_none),
        cmocka_unit_test(threads_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
