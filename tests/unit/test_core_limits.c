/* limits: what is wrong with them by themselves is refused with its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "core/group/group.h"

static const double matrix[9];
static const uint32_t two[] = {1, 1}, most[] = {3, 3};

static void assert_refused(const struct group_limits *limits, int code, const char *text)
{
    struct group_problem p = {
        .n = 3, .matrix = matrix, .n_groups = 2, .min_size = two, .max_size = most, .limits = limits};
    struct group_result r;
    struct err e = ERR_INIT;
    assert_int_equal(group_solve(&p, &r, &e), code);
    if (strcmp(e.text, text) != 0)
        fail_msg("'%s' instead of '%s'", e.text, text);
}

static void limits_have_numbers_and_names(void **state)
{
    (void)state;
    struct group_attribute kinds[] = {{.name = "kind", .not_alone = true}, {.mix = 1}};
    struct group_set forms = {.name = "school forms"};
    struct group_limits l = {.attributes = kinds,
                             .n_attributes = 2,
                             .sets = &forms,
                             .n_sets = 1,
                             .places = {.centre_km = 80, .centre_name = "at most 80 km"}};
    assert_int_equal(group_limits_count(NULL), 0);
    assert_int_equal(group_limits_count(&l), 5);
    assert_string_equal(group_limits_name(&l, 0), "kind");
    assert_string_equal(group_limits_name(&l, 1), "nobody alone with a value");
    assert_string_equal(group_limits_name(&l, 2), "school forms");
    assert_string_equal(group_limits_name(&l, 3), "greatest distance of two members");
    assert_string_equal(group_limits_name(&l, 4), "at most 80 km");
    const bool restricts[] = {true, false, true, false, true};
    for (uint32_t k = 0; k < 5; k++)
        assert_int_equal(group_limits_restricts(&l, k), restricts[k]);
}

static void values_out_of_range_are_named(void **state)
{
    (void)state;
    const uint32_t value[] = {0, GROUP_NONE, 2};
    struct group_attribute kind = {.name = "kind", .value = value, .n_values = 2};
    struct group_limits l = {.attributes = &kind, .n_attributes = 1};
    assert_refused(&l, ERR_INVALID, "attribute 'kind': element 2 has value 2; there are 2");
    kind.n_values = 3;
    kind.mix = NAN;
    assert_refused(&l, ERR_INVALID, "the weight of attribute 'kind' is not a finite number");
    kind.mix = 0;
    kind.value = NULL;
    assert_refused(&l, ERR_INVALID, "attribute 'kind' has no values");
}

static void weights_of_nothing_are_refused(void **state)
{
    (void)state;
    uint32_t weight[] = {1, 0, 1};
    struct group_limits l = {.weight = weight};
    assert_refused(&l, ERR_INVALID, "element 1 takes 0 places; 1 is the least");
    weight[1] = UINT32_MAX;
    assert_refused(&l, ERR_LIMIT, "the elements take 4294967297 places in all; 2147483647 is the limit");
}

static void distances_need_places_on_earth(void **state)
{
    (void)state;
    double latitude[] = {59, NAN, 91}, longitude[] = {18, 18, 18};
    struct group_limits l = {.places = {.pair_km = -1}};
    assert_refused(&l, ERR_INVALID, "a greatest distance has to be 0 km (off) or more");
    l.places.pair_km = 10;
    assert_refused(&l, ERR_INVALID, "a greatest distance was given without the elements' places");
    l.places.latitude = latitude;
    l.places.longitude = longitude;
    assert_refused(&l, ERR_INVALID, "element 2: latitude 91, longitude 18 is no place on Earth");
}

/* Six elements in two groups of three, all alike but for the limits. */
static const double alike[36];
static const uint32_t three[] = {3, 3};

static struct group_problem six(const struct group_limits *limits)
{
    return (struct group_problem){
        .n = 6, .matrix = alike, .n_groups = 2, .min_size = three, .max_size = three, .limits = limits};
}

static void assert_clash(const struct group_problem *p, const char *text)
{
    struct group_result r;
    struct err e = ERR_INIT;
    assert_int_equal(group_solve(p, &r, &e), ERR_INVALID);
    if (strcmp(e.text, text) != 0)
        fail_msg("'%s' instead of '%s'", e.text, text);
}

static void who_is_the_only_one_of_a_kind_is_refused_by_the_limits_name(void **state)
{
    (void)state;
    const uint32_t value[] = {0, 1, 1, 1, 1, 1};
    struct group_attribute kind = {
        .name = "no municipality alone", .value = value, .n_values = 2, .not_alone = true};
    struct group_limits l = {.attributes = &kind, .n_attributes = 1};
    struct group_problem p = six(&l);
    assert_clash(&p, "6 elements in 2 groups of 3 to 3 cannot meet this limit: 'no municipality alone'");
}

/* 0 and 1 are the only ones of their kind; a pin keeps them apart. */
static void a_rule_and_a_limit_that_clash_are_named_together_and_no_others(void **state)
{
    (void)state;
    const uint32_t value[] = {0, 0, GROUP_NONE, GROUP_NONE, GROUP_NONE, GROUP_NONE}, apart[] = {0, 1},
                   together[] = {2, 3};
    const uint64_t mask[] = {1, 1, 1, 1, 1, 1};
    struct group_attribute kind = {
        .name = "no municipality alone", .value = value, .n_values = 2, .not_alone = true};
    struct group_set forms = {"school forms in common", mask, 1};
    struct group_rule rules[] = {{RULE_TOGETHER, together, 2, "pin 1"}, {RULE_APART, apart, 2, "pin 2"}};
    struct group_limits l = {.attributes = &kind, .n_attributes = 1, .sets = &forms, .n_sets = 1};
    struct group_problem p = six(&l);
    p.rules = rules;
    p.n_rules = 2;
    assert_clash(&p, "6 elements in 2 groups of 3 to 3 cannot meet these together: 'pin 2', "
                     "'no municipality alone'");
}

static void elements_of_several_places_that_fit_nowhere_are_refused(void **state)
{
    (void)state;
    const uint32_t weight[] = {2, 2, 2}, most_three[] = {3, 3};
    struct group_limits l = {.weight = weight};
    struct group_problem p = {
        .n = 3, .matrix = matrix, .n_groups = 2, .min_size = two, .max_size = most_three, .limits = &l};
    assert_clash(&p, "3 elements that take 6 places in 2 groups of 1 to 3: no way to fill them");
}

/* Element 5 lies in the far north; the others are neighbours. */
static void who_is_too_far_away_is_left_out_with_the_limits_number(void **state)
{
    (void)state;
    const double latitude[] = {59, 59.1, 59.2, 59.3, NAN, 68}, longitude[] = {18, 18, 18, 18, 18, 18};
    const uint32_t least[] = {2, 2}, four[] = {4, 4};
    struct group_limits l = {.places = {.latitude = latitude,
                                        .longitude = longitude,
                                        .pair_km = 100,
                                        .pair_name = "at most 100 km",
                                        .centre_km = 900}};
    struct group_problem p = six(&l);
    struct group_result r;
    struct err e = ERR_INIT;
    p.min_size = least;
    p.max_size = four;
    /* With the element that lies nowhere known, two make a group. */
    assert_int_equal(group_solve(&p, &r, &e), ERR_OK);
    assert_int_equal(r.group[4], r.group[5]);
    group_result_free(&r);
    p.min_size = three;
    assert_clash(&p, "6 elements in 2 groups of 3 to 4 cannot meet this limit: 'at most 100 km'");
    p.min_size = least;
    const uint32_t apart[] = {4, 5};
    struct group_rule rule = {RULE_APART, apart, 2, "pin 1"};
    p.rules = &rule;
    p.n_rules = 1;
    l.may_leave_out = true; /* but 5 is named by the rule */
    assert_clash(&p,
                 "6 elements in 2 groups of 2 to 4 cannot meet these together: 'pin 1', 'at most 100 km'");
    double known[] = {59, 59.1, 59.2, 59.3, 59.4, 68};
    l.places.latitude = known;
    p.n_rules = 0;
    assert_int_equal(group_solve(&p, &r, &e), ERR_OK);
    assert_int_equal(r.n_left, 1);
    assert_int_equal(r.group[5], GROUP_NONE);
    assert_int_equal(r.left_by[5], 0);
    assert_int_equal(r.left_by[4], GROUP_NONE);
    group_result_free(&r);
}

/* 0 and 1 are the only ones of their kind and began among those from 2 on, 8 and 9 among those from 10 on.
 * Both pairs would rather change places, which no move of one alone may do. */
static void two_of_a_kind_move_together(void **state)
{
    (void)state;
    double similar[256] = {0};
    uint32_t value[16], previous[16];
    const uint32_t eight[] = {8, 8};
    for (uint32_t i = 0; i < 16; i++) {
        value[i] = i < 2 ? 0 : GROUP_NONE;
        previous[i] = i / 8;
        for (uint32_t j = 0; j < 16; j++) {
            bool first = (i >= 2 && i < 10), with = (j >= 2 && j < 10);
            similar[i * 16 + j] = i != j && first == with;
        }
    }
    struct group_attribute kind = {.name = "kind", .value = value, .n_values = 1, .not_alone = true};
    struct group_limits l = {.attributes = &kind, .n_attributes = 1};
    struct group_problem p = {.n = 16,
                              .matrix = similar,
                              .n_groups = 2,
                              .min_size = eight,
                              .max_size = eight,
                              .previous = previous,
                              .limits = &l};
    struct group_result r;
    struct err e = ERR_INIT;
    assert_int_equal(group_solve(&p, &r, &e), ERR_OK); /* descent only */
    assert_float_equal(r.objective, 1, 1e-9);
    assert_int_equal(r.group[0], r.group[1]);
    assert_int_equal(r.group[0], r.group[15]);
    group_result_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_have_numbers_and_names),
        cmocka_unit_test(values_out_of_range_are_named),
        cmocka_unit_test(weights_of_nothing_are_refused),
        cmocka_unit_test(distances_need_places_on_earth),
        cmocka_unit_test(who_is_the_only_one_of_a_kind_is_refused_by_the_limits_name),
        cmocka_unit_test(a_rule_and_a_limit_that_clash_are_named_together_and_no_others),
        cmocka_unit_test(elements_of_several_places_that_fit_nowhere_are_refused),
        cmocka_unit_test(two_of_a_kind_move_together),
        cmocka_unit_test(who_is_too_far_away_is_left_out_with_the_limits_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
