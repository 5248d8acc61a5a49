#include "regroup_fixture.h"

#include "regroup/digest.h"

struct variant {
    int today_later, severity, age_of_last;
    bool backwards, pinned, other_size;
    int64_t seed;
    int64_t published;
};

static void digest(struct variant v, char out[DIGEST_SIZE])
{
    struct inputs in;
    struct err e = ERR_INIT;
    fixture_open(&in, 4, 3);
    in.today += v.today_later;
    for (uint32_t i = 0; i < 4; i++) {
        uint32_t o = v.backwards ? 3 - i : i;
        fixture_report(&in, o, o % 3, o == 2 ? v.severity : 3, o == 3 ? v.age_of_last : 100);
    }
    fixture_seal(&in);
    if (v.pinned)
        fixture_pin(&in, RULE_APART, "o01 o02");
    if (v.other_size)
        in.settings.max_size = 13;
    in.base.run = v.published;
    assert_int_equal(digest_build(&in, v.seed, out, &e), ERR_OK);
    assert_int_equal(strlen(out), 32);
    assert_int_equal(strspn(out, "0123456789abcdef"), 32);
    fixture_free(&in);
}

static bool same(struct variant a, struct variant b)
{
    char one[DIGEST_SIZE], two[DIGEST_SIZE];
    digest(a, one);
    digest(b, two);
    return strcmp(one, two) == 0;
}

static const struct variant plain = {.severity = 4, .age_of_last = 50, .seed = 1};

static void is_a_function_of_what_was_read(void **state)
{
    (void)state;
    struct variant v = plain;
    assert_true(same(plain, v));
    v.backwards = true;
    assert_true(same(plain, v));
}

static void changes_with_everything_that_counts(void **state)
{
    (void)state;
    struct variant v = plain;
    v.severity = 5;
    assert_false(same(plain, v));
    v = plain;
    v.age_of_last = 51;
    assert_false(same(plain, v));
    v = plain;
    v.pinned = true;
    assert_false(same(plain, v));
    v = plain;
    v.other_size = true;
    assert_false(same(plain, v));
    v = plain;
    v.seed = 2;
    assert_false(same(plain, v));
}

/* Otherwise publishing a run, or a new day, would ask for another one at once. */
static void stays_when_a_run_is_published_or_a_day_goes_by(void **state)
{
    (void)state;
    struct variant v = plain;
    v.published = 17;
    assert_true(same(plain, v));
    v = plain;
    v.today_later = 1;
    assert_true(same(plain, v));
}

/* A report dated tomorrow does not age until then, so it gains on the others. */
static void changes_with_the_day_while_a_report_lies_ahead(void **state)
{
    (void)state;
    struct variant today = plain, tomorrow = plain;
    today.age_of_last = tomorrow.age_of_last = -2;
    tomorrow.today_later = 1;
    assert_false(same(today, tomorrow));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(is_a_function_of_what_was_read),
        cmocka_unit_test(changes_with_everything_that_counts),
        cmocka_unit_test(stays_when_a_run_is_published_or_a_day_goes_by),
        cmocka_unit_test(changes_with_the_day_while_a_report_lies_ahead),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
