#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/population/input.h"

static const struct input_column *column(enum input_table table, const char *name)
{
    const struct input_shape *shape = &input_shapes[table];
    for (int i = 0; i < shape->count; i++) {
        if (strcmp(shape->columns[i].name, name) == 0)
            return &shape->columns[i];
    }
    fail_msg("no column %s", name);
    return NULL;
}

/* "" when the value is allowed, else why not. */
static const char *why_not(enum input_table table, const char *name, const char *value)
{
    static char why[320];
    why[0] = '\0';
    bool allowed = input_value_check(column(table, name), value, "2025-06-30", why, sizeof why);
    assert_int_equal(allowed, why[0] == '\0');
    return why;
}

static void assert_allowed(enum input_table table, const char *name, const char *const *values)
{
    for (; *values != NULL; values++)
        assert_string_equal(why_not(table, name, *values), "");
}

static void assert_refused(enum input_table table, const char *name, const char *words,
                           const char *const *values)
{
    for (; *values != NULL; values++) {
        const char *why = why_not(table, name, *values);
        if (strstr(why, words) == NULL)
            fail_msg("%s \"%s\": \"%s\" says nothing of \"%s\"", name, *values, why, words);
    }
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void keys_keep_their_zeros_and_have_no_space_at_the_ends(void **state)
{
    (void)state;
    assert_allowed(INPUT_ORGANIZERS, "id", LIST("0012", "x", "SE 21-2000", "å"));
    assert_refused(INPUT_ORGANIZERS, "id", "must be given", LIST(""));
    assert_refused(INPUT_ORGANIZERS, "id", "space", LIST(" 1", "1 ", " "));
    assert_refused(INPUT_ORGANIZERS, "id", "control character (0x09)", LIST("1\t2"));
    assert_refused(INPUT_ORGANIZERS, "id", "control character (0x7F)", LIST("\x7F"));
}

static void lengths_count_characters(void **state)
{
    (void)state;
    char value[2 * 65 + 1] = "";
    for (int i = 0; i < 64; i++)
        strcat(value, "å");
    assert_string_equal(why_not(INPUT_ORGANIZERS, "id", value), "");
    strcat(value, "å");
    assert_string_equal(why_not(INPUT_ORGANIZERS, "id", value), "id is 65 characters long; the limit is 64");
}

static void kinds_are_four(void **state)
{
    (void)state;
    assert_allowed(INPUT_ORGANIZERS, "kind", LIST("municipal", "independent", "regional", "state"));
    assert_refused(INPUT_ORGANIZERS, "kind", "none of municipal, independent, regional, state",
                   LIST("Municipal", "kommunal", "municipal ", "m"));
}

static void decimals_are_digits_and_a_point(void **state)
{
    (void)state;
    assert_allowed(INPUT_ORGANIZERS, "lat", LIST("", "0", "-90", "90.0", "59.32932", "-0.00001"));
    assert_refused(INPUT_ORGANIZERS, "lat", "decimal number from -90 to 90",
                   LIST("91", "-90.01", "1e1", "0x10", "nan", "NaN", "inf", "+5", "5.", ".5", "1.2.3", " 5",
                        "5 ", "-", "1 000", "000000000000000000001"));
    assert_refused(INPUT_ORGANIZERS, "lon", "point, not a comma", LIST("17,5"));
}

static void whole_numbers_are_digits(void **state)
{
    (void)state;
    assert_allowed(INPUT_ORGANIZERS, "pupils", LIST("", "0", "2674", "2000000000"));
    assert_refused(INPUT_ORGANIZERS, "pupils", "whole number from 0 to 2000000000",
                   LIST("-1", "1e5", "3.0", "0x1F", "2000000001", "99999999999999999999999", "1 000", "12a"));
    assert_allowed(INPUT_REPORTS, "severity", LIST("1", "5"));
    assert_refused(INPUT_REPORTS, "severity", "from 1 to 5", LIST("0", "6", "high", "1.5"));
    assert_refused(INPUT_REPORTS, "severity", "must be given", LIST(""));
}

static void dates_exist_and_are_not_in_the_future(void **state)
{
    (void)state;
    assert_allowed(INPUT_REPORTS, "reported_on",
                   LIST("1900-01-01", "2024-02-29", "2000-02-29", "2025-06-30"));
    assert_refused(INPUT_REPORTS, "reported_on", "not a date as YYYY-MM-DD",
                   LIST("2025-02-29", "1900-02-29", "2025-04-31", "2025-13-01", "2025-00-10", "2025-01-00",
                        "1899-12-31", "2025-1-1", "20250101", "01/02/2025", "2025-01-01T00:00", "today",
                        "2025-0a-01"));
    assert_refused(INPUT_REPORTS, "reported_on", "in the future; the latest allowed is 2025-06-30",
                   LIST("2025-07-01", "9999-12-31"));
}

static void the_latest_date_is_tomorrow(void **state)
{
    (void)state;
    char latest[16];
    input_latest_date(latest);
    char why[320];
    assert_true(input_value_check(column(INPUT_REPORTS, "reported_on"), latest, latest, why, sizeof why));
}

static void notes_may_have_lines_but_not_too_many_characters(void **state)
{
    (void)state;
    assert_allowed(INPUT_REPORTS, "note", LIST("", "two\nlines\tand a tab ", "å"));
    char *value = malloc(10002);
    assert_non_null(value);
    memset(value, 'x', 10001);
    value[10001] = '\0';
    assert_string_equal(why_not(INPUT_REPORTS, "note", value),
                        "note is 10001 characters long; the limit is 10000");
    value[10000] = '\0';
    assert_string_equal(why_not(INPUT_REPORTS, "note", value), "");
    free(value);
}

static const char *attribute(const char *value)
{
    static char json[256];
    struct buf out;
    buf_init(&out, 0);
    input_attribute_json(&out, value);
    snprintf(json, sizeof json, "%s", buf_string(&out));
    buf_free(&out);
    return json;
}

static void an_attribute_with_a_semicolon_is_a_list(void **state)
{
    (void)state;
    assert_string_equal(attribute("large"), "\"large\"");
    assert_string_equal(attribute("a;b;c"), "[\"a\",\"b\",\"c\"]");
    assert_string_equal(attribute("a;"), "[\"a\"]");
    assert_string_equal(attribute("q\"\\\n"), "\"q\\\"\\\\\\u000a\"");
}

static void a_list_has_no_empty_item(void **state)
{
    (void)state;
    char why[320];
    assert_true(input_attribute_check("x", "a;b;", why, sizeof why));
    const char *wrong[] = {";", ";a", "a;;b", "a;;"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(input_attribute_check("x", wrong[i], why, sizeof why));
    assert_non_null(strstr(why, "attr.x \"a;;\" has an empty item"));
}

static void long_values_are_quoted_short_and_whole_characters_only(void **state)
{
    (void)state;
    char shown[200], small[24];
    assert_string_equal(input_quote("a\033[2Jb", shown, sizeof shown), "\"a?[2Jb\"");
    assert_string_equal(input_quote("ååååååååååååååååååååååååååååååååååååååååååååå", shown, sizeof shown),
                        "\"åååååååååååååååååååååååååååååååååååååååå...\"");
    for (size_t size = 12; size <= sizeof small; size++) {
        const char *cut =
            input_quote("\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80", small, size);
        assert_int_equal((strlen(cut) - strlen("\"...\"")) % 4, 0);
    }
}

static void numbers_that_are_no_text_have_the_same_bounds(void **state)
{
    (void)state;
    char why[320];
    assert_true(input_number_check(column(INPUT_ORGANIZERS, "lat"), -90, why, sizeof why));
    assert_false(input_number_check(column(INPUT_ORGANIZERS, "lat"), 90.5, why, sizeof why));
    assert_string_equal(why, "lat 90.5 is not a decimal number from -90 to 90");
    assert_true(input_number_check(column(INPUT_REPORTS, "severity"), 5, why, sizeof why));
    assert_false(input_number_check(column(INPUT_REPORTS, "severity"), 2.5, why, sizeof why));
    assert_string_equal(why, "severity 2.5 is not a whole number from 1 to 5");
}

static void a_place_is_whole_or_none(void **state)
{
    (void)state;
    char why[80];
    assert_true(input_place_check(true, true, why, sizeof why));
    assert_true(input_place_check(false, false, why, sizeof why));
    assert_false(input_place_check(true, false, why, sizeof why));
    assert_string_equal(why, "lon is empty but lat is given; both or none");
}

static void an_item_of_an_attribute_parts_nothing(void **state)
{
    (void)state;
    char why[320];
    assert_true(input_attribute_item_check("forms", "compulsory", why, sizeof why));
    assert_false(input_attribute_item_check("forms", "", why, sizeof why));
    assert_non_null(strstr(why, "attr.forms \"\" is empty"));
    assert_false(input_attribute_item_check("forms", "a;b", why, sizeof why));
    assert_non_null(strstr(why, "attr.forms \"a;b\" holds a ';'"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_that_are_no_text_have_the_same_bounds),
        cmocka_unit_test(a_place_is_whole_or_none),
        cmocka_unit_test(an_item_of_an_attribute_parts_nothing),
        cmocka_unit_test(keys_keep_their_zeros_and_have_no_space_at_the_ends),
        cmocka_unit_test(lengths_count_characters),
        cmocka_unit_test(kinds_are_four),
        cmocka_unit_test(decimals_are_digits_and_a_point),
        cmocka_unit_test(whole_numbers_are_digits),
        cmocka_unit_test(dates_exist_and_are_not_in_the_future),
        cmocka_unit_test(the_latest_date_is_tomorrow),
        cmocka_unit_test(notes_may_have_lines_but_not_too_many_characters),
        cmocka_unit_test(an_attribute_with_a_semicolon_is_a_list),
        cmocka_unit_test(a_list_has_no_empty_item),
        cmocka_unit_test(long_values_are_quoted_short_and_whole_characters_only),
    };
    return cmocka_run_group_tests_name("core/input", tests, NULL, NULL);
}
