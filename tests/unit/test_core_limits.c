/* limits: what is wrong with them by themselves is refused with its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>

#include <cmocka.h>

#include "core/group.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_have_numbers_and_names),
        cmocka_unit_test(values_out_of_range_are_named),
        cmocka_unit_test(weights_of_nothing_are_refused),
        cmocka_unit_test(distances_need_places_on_earth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
