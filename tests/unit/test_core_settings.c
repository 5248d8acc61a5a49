/* settings: one table; whatever is wrong is said at once, with what is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <locale.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/settings/settings.h"

static void defaults_are_those_of_the_table_and_pass_the_check(void **state)
{
    (void)state;
    struct settings s;
    struct err e = ERR_INIT;
    settings_default(&s);
    assert_int_equal(s.min_size, 5);
    assert_int_equal(s.target_size, 8);
    assert_int_equal(s.max_size, 12);
    assert_true(s.category_share == 0.3);
    assert_int_equal(s.effort, 2000000);
    assert_int_equal(s.objective, OBJECTIVE_MEAN);
    assert_int_equal(settings_check(&s, &e), 0);
    for (size_t i = 0; i < setting_count; i++) {
        assert_true(setting_defs[i].lowest <= setting_defs[i].highest);
        if (setting_defs[i].type <= SETTING_OBJECTIVE) {
            assert_true(setting_defs[i].lowest <= setting_defs[i].preset);
            assert_true(setting_defs[i].preset <= setting_defs[i].highest);
        }
        assert_true(strlen(setting_defs[i].sentence) > 10);
    }
}

static void json_changes_what_it_names(void **state)
{
    (void)state;
    struct settings s;
    struct err e = ERR_INIT;
    settings_default(&s);
    assert_int_equal(
        settings_apply_json(&s,
                            "{\"min_size\": 4, \"target_size\": 6.0, \"geography\": 1, \"objective\": "
                            "\"sum\", \"half_life_days\": 0.5e3}",
                            &e),
        0);
    assert_int_equal(s.min_size, 4);
    assert_int_equal(s.target_size, 6);
    assert_int_equal(s.max_size, 12);
    assert_true(s.geography == 1);
    assert_true(s.half_life_days == 500);
    assert_int_equal(s.objective, OBJECTIVE_SUM);
    assert_int_equal(settings_apply_json(&s, "{}", &e), 0);
    assert_int_equal(s.min_size, 4);
}

static void assert_refused(const char *json, const char *text)
{
    struct settings s, before;
    struct err e = ERR_INIT;
    settings_default(&s);
    before = s;
    assert_int_equal(settings_apply_json(&s, json, &e), ERR_INVALID);
    assert_string_equal(e.text, text);
    assert_memory_equal(&s, &before, sizeof s);
}

static void each_complaint_says_what_came_and_what_is_allowed(void **state)
{
    (void)state;
    assert_refused("{\"min_size\": 1}",
                   "setting \"min_size\" is 1; allowed is a whole number from 2 to 1000 (organizers)");
    assert_refused("{\"min_size\": 5.5}",
                   "setting \"min_size\" is 5.5; allowed is a whole number from 2 to 1000 (organizers)");
    assert_refused("{\"min_size\": \"5\"}",
                   "setting \"min_size\" is \"5\"; allowed is a whole number from 2 to 1000 (organizers)");
    assert_refused("{\"stability\": null}", "setting \"stability\" is null; allowed is a number from 0 to 1");
    assert_refused("{\"resolution\": 0}",
                   "setting \"resolution\" is 0; allowed is a number from 0.001 to 100");
    assert_refused("{\"objective\": \"best\"}",
                   "setting \"objective\" is \"best\"; allowed is \"mean\" or \"sum\"");
    assert_refused("{\"objective\": 0}", "setting \"objective\" is 0; allowed is \"mean\" or \"sum\"");
    assert_refused("{\"effort\": true}",
                   "setting \"effort\" is true; allowed is a whole number from 0 to 1000000000000 (steps)");
}

static void a_mistyped_name_gets_the_nearest_one(void **state)
{
    (void)state;
    assert_refused("{\"minsize\": 4}", "there is no setting \"minsize\"; did you mean \"min_size\"?");
    assert_refused("{\"geografy\": 1}", "there is no setting \"geografy\"; did you mean \"geography\"?");
    assert_refused("{\"taregt_size\": 6}",
                   "there is no setting \"taregt_size\"; did you mean \"target_size\"?");
    assert_refused("{\"Effort\": 6}", "there is no setting \"Effort\"; did you mean \"effort\"?");
}

static void a_name_like_none_gets_the_list(void **state)
{
    (void)state;
    struct settings s;
    struct err e = ERR_INIT;
    settings_default(&s);
    assert_int_equal(settings_apply_json(&s, "{\"colour\": \"red\"}", &e), ERR_INVALID);
    for (size_t i = 0; i < setting_count; i++)
        assert_non_null(strstr(e.text, setting_defs[i].name));
    char longer[200];
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(settings_set(&s, longer, "1", &e), ERR_INVALID);
}

static void all_that_is_wrong_is_said_at_once(void **state)
{
    (void)state;
    assert_refused("{\"min_size\": 0, \"networks\": -1, \"sise\": 3, \"geography\": 2}",
                   "setting \"min_size\" is 0; allowed is a whole number from 2 to 1000 (organizers); "
                   "setting \"networks\" "
                   "is -1; allowed is a whole number from 0 to 1000000 (networks); there is no setting "
                   "\"sise\"; setting "
                   "\"geography\" is 2; allowed is a number from 0 to 1");
}

static void sizes_have_to_be_in_order(void **state)
{
    (void)state;
    assert_refused("{\"min_size\": 10}",
                   "min_size <= target_size <= max_size does not hold: they are 10, 8 and 12");
    assert_refused("{\"max_size\": 7}",
                   "min_size <= target_size <= max_size does not hold: they are 5, 8 and 7");
}

static void objects_and_lists_come_out_in_order(void **state)
{
    (void)state;
    struct settings s, back;
    struct err e = ERR_INIT;
    settings_default(&s);
    assert_int_equal(
        settings_apply_json(
            &s,
            "{\"category_weights\": {\"språk\": 2, \"art\": 0.1, \"b\\\"c\": 0},"
            " \"scope\": {\"attributes\": {\"owner\": \"x\", \"forms\": [\"gy\", \"gr\", \"gy\"]},"
            " \"reported_since\": \"2025-01-31\", \"category\": \"art\", \"organizers\": [\"2\", \"1\"],"
            " \"kind\": [\"state\", \"municipal\"], \"county\": [\"12\", \"01\"],"
            " \"municipality\": [\"0114\"]}}",
            &e),
        0);
    assert_int_equal(s.category_weights->n, 3);
    assert_true(settings_number(s.category_weights, "art", 1) == 0.1);
    assert_true(settings_number(s.category_weights, "språk", 1) == 2);
    assert_true(settings_number(s.category_weights, "maths", 1) == 1);
    assert_int_equal(s.scope->kinds, 1u << 0 | 1u << 3);
    assert_int_equal(s.scope->since, 20119);
    assert_true(settings_names_has(s.scope->county, "12"));
    assert_false(settings_names_has(s.scope->county, "1"));
    assert_int_equal(s.scope->n_attributes, 2);
    assert_int_equal(s.scope->attributes[0].values->n, 2);
    char *json = settings_to_json(&s);
    assert_non_null(strstr(
        json, "\"category_weights\": {\"art\": 0.1, \"b\\\"c\": 0.0, \"språk\": 2.0}, \"scope\": "
              "{\"kind\": [\"municipal\", \"state\"], \"county\": [\"01\", \"12\"], \"municipality\": "
              "[\"0114\"], \"category\": [\"art\"], \"organizers\": [\"1\", \"2\"], \"reported_since\": "
              "\"2025-01-31\", \"attributes\": {\"forms\": [\"gr\", \"gy\"], \"owner\": [\"x\"]}}, "));
    settings_default(&back);
    assert_int_equal(settings_apply_json(&back, json, &e), 0);
    char *again = settings_to_json(&back);
    assert_string_equal(again, json);
    free(json);
    free(again);
    /* An object replaces the one that was there. */
    assert_int_equal(settings_apply_json(&back, "{\"category_weights\": {\"maths\": 3}, \"scope\": {}}", &e),
                     0);
    assert_int_equal(back.category_weights->n, 1);
    assert_null(back.scope);
    settings_free(&back);
    settings_free(&s);
    assert_null(s.category_weights);
    assert_int_equal(s.min_size, 5);
}

static void each_fault_in_an_object_is_told_by_its_path(void **state)
{
    (void)state;
    assert_refused(
        "{\"category_weights\": 3}",
        "setting \"category_weights\" is 3; allowed is an object with a number from 0 to 10 for each "
        "category, such as {\"NAME\": 10}");
    assert_refused("{\"category_weights\": {\"a\": 11, \"b\": 1, \"c\": \"2\"}}",
                   "setting \"category_weights.a\" is 11; allowed is a number from 0 to 10; setting "
                   "\"category_weights.c\" is \"2\"; allowed is a number from 0 to 10");
    assert_refused("{\"category_weights\": {\" a\": 1}}",
                   "setting \"category_weights\" is \" a\"; allowed is for each category a name of 1 to 128 "
                   "characters, none of them a control character, no space at either end");
    assert_refused("{\"scope\": []}",
                   "setting \"scope\" is []; allowed is an object with kind, county, municipality, category, "
                   "organizers, reported_since and attributes");
    assert_refused("{\"scope\": {\"knd\": \"state\"}}",
                   "there is no key of \"scope\" named \"knd\"; did you mean \"kind\"?");
    assert_refused("{\"scope\": {\"colour\": \"red\"}}",
                   "there is no key of \"scope\" named \"colour\"; there are kind, county, municipality, "
                   "category, organizers, reported_since, attributes");
    assert_refused("{\"scope\": {\"kind\": \"municpal\"}}",
                   "there is no kind of organizer (scope.kind) \"municpal\"; did you mean \"municipal\"?");
    assert_refused(
        "{\"scope\": {\"kind\": []}}",
        "setting \"scope.kind\" is []; allowed is a list of 1 to 4 kinds of organizers: municipal, "
        "independent, regional, state");
    assert_refused(
        "{\"scope\": {\"county\": [\"01\", 2], \"reported_since\": \"2026-02-30\"}}",
        "setting \"scope.county[1]\" is 2; allowed is a name of 1 to 128 characters, none of them a "
        "control character, no space at either end; setting \"scope.reported_since\" is \"2026-02-30\"; "
        "allowed is a date as \"2026-08-31\"");
    assert_refused(
        "{\"scope\": {\"attributes\": {\"forms\": {}}}}",
        "setting \"scope.attributes.forms\" is {}; allowed is a list of 1 to 1000 values of the attribute");
    assert_refused(
        "{\"scope\": {\"attributes\": \"forms\"}}",
        "setting \"scope.attributes\" is \"forms\"; allowed is an object of 1 to 32 attributes with a list "
        "of values each, such as {\"forms\": [\"gr\"]}");
}

static void lists_and_names_are_refused_with_what_is_allowed(void **state)
{
    (void)state;
    assert_refused(
        "{\"not_alone\": {\"kind\": 1}}",
        "setting \"not_alone\" is {\"kind\":1}; allowed is a list of at most 8 names of attributes");
    assert_refused("{\"not_alone\": [\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\", \"h\", \"i\"]}",
                   "setting \"not_alone\" is [\"a\",\"b\",\"c\",\"d\",\"e\",\"f\",\"g\",\"h\",\"i\"]; "
                   "allowed is a list of at "
                   "most 8 names of attributes");
    assert_refused(
        "{\"not_alone\": [\"kind\", \"a\\nb\"]}",
        "setting \"not_alone[1]\" is \"a\\nb\"; allowed is a name of 1 to 128 characters, none of them a "
        "control character, no space at either end");
    assert_refused("{\"in_common\": [\"forms\"]}",
                   "setting \"in_common\" is [\"forms\"]; allowed is the name of an attribute, or null");
    assert_refused("{\"seats\": 3}", "setting \"seats\" is 3; allowed is the name of an attribute, or null");
    assert_refused("{\"mix\": {\"kind\": -1.5}}",
                   "setting \"mix.kind\" is -1.5; allowed is a number from -1 to 1");
    assert_refused("{\"distance_most_km\": -1}",
                   "setting \"distance_most_km\" is -1; allowed is a number from 0 to 2000 (km)");
}

static void lists_and_names_are_set_by_flags_too(void **state)
{
    (void)state;
    static const char *const flags[][2] = {{"not_alone", "kind,county"},
                                           {"in_common", "forms"},
                                           {"seats", "\"people\""},
                                           {"mix", "{\"county\": -0.5}"}};
    struct settings s;
    struct err e = ERR_INIT;
    settings_default(&s);
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        assert_int_equal(settings_set(&s, flags[i][0], flags[i][1], &e), 0);
    assert_int_equal(s.not_alone->n, 2);
    assert_string_equal(s.not_alone->at[0], "county");
    assert_string_equal(s.in_common, "forms");
    assert_string_equal(s.seats, "people");
    assert_true(settings_number(s.mix, "county", 0) == -0.5);
    char *json = settings_to_json(&s);
    assert_non_null(
        strstr(json, "\"not_alone\": [\"county\", \"kind\"], \"mix\": {\"county\": -0.5}, \"in_common\": "
                     "\"forms\", \"distance_most_km\": 0.0, \"centre_most_km\": 0.0, \"seats\": \"people\""));
    free(json);
    assert_int_equal(settings_set(&s, "not_alone", "[\"kind\"]", &e), 0);
    assert_int_equal(s.not_alone->n, 1);
    assert_int_equal(settings_set(&s, "not_alone", "kind,,county", &e), ERR_INVALID);
    assert_int_equal(s.not_alone->n, 1);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(settings_set(&s,
                                      i == 0   ? "not_alone"
                                      : i == 1 ? "in_common"
                                               : "seats",
                                      i == 2 ? "null" : "", &e),
                         0);
    assert_true(s.not_alone == NULL && s.in_common == NULL && s.seats == NULL);
    settings_free(&s);
}

static void what_came_is_never_cut_within_a_letter(void **state)
{
    (void)state;
    struct settings s;
    struct err e = ERR_INIT;
    settings_default(&s);
    for (size_t spaces = 0; spaces < 2; spaces++) {
        char json[200] = "{\"category_weights\": {\"";
        for (size_t i = 0; i < 30 + spaces; i++)
            strcat(json, i < spaces ? "a" : "å");
        strcat(json, "\": -1}}");
        assert_int_equal(settings_apply_json(&s, json, &e), ERR_INVALID);
        const char *dots = strstr(e.text, "...\" is -1");
        assert_non_null(dots);
        assert_true((unsigned char)dots[-1] == 0xa5); /* the end of an å */
    }
}

static void networks_fit_into_the_capacity(void **state)
{
    (void)state;
    assert_refused("{\"networks\": 5, \"capacity\": 4}",
                   "networks <= capacity does not hold: they are 5 and 4");
    assert_refused(
        "{\"max_size\": 7, \"networks\": 5, \"capacity\": 4}",
        "min_size <= target_size <= max_size does not hold: they are 5, 8 and 7; networks <= capacity does "
        "not hold: they are 5 and 4");
}

static void what_is_not_an_object_is_refused(void **state)
{
    (void)state;
    struct settings s;
    struct err e = ERR_INIT;
    settings_default(&s);
    assert_int_equal(settings_apply_json(&s, "[1]", &e), ERR_INVALID);
    assert_string_equal(e.text, "the settings have to be a JSON object such as {\"min_size\": 5}, not [1]");
    assert_int_equal(settings_apply_json(&s, "{\"min_size\": 4,", &e), ERR_INVALID);
    assert_non_null(strstr(e.text, "line 1, column 15"));
    assert_int_equal(settings_apply_json(&s, "", &e), ERR_INVALID);
    assert_int_equal(settings_apply_json(&s, "{\"min_size\": 4, \"min_size\": 5}", &e), ERR_INVALID);
    assert_non_null(strstr(e.text, "duplicate"));
}

static void flags_set_one_at_a_time(void **state)
{
    (void)state;
    struct settings s;
    struct err e = ERR_INIT;
    settings_default(&s);
    assert_int_equal(settings_set(&s, "min_size", "3", &e), 0);
    assert_int_equal(s.min_size, 3);
    assert_int_equal(settings_set(&s, "category_share", "0.25", &e), 0);
    assert_true(s.category_share == 0.25);
    assert_int_equal(settings_set(&s, "objective", "sum", &e), 0);
    assert_int_equal(s.objective, OBJECTIVE_SUM);
    assert_int_equal(settings_set(&s, "min_size", "", &e), ERR_INVALID);
    assert_string_equal(
        e.text, "setting \"min_size\" is empty; allowed is a whole number from 2 to 1000 (organizers)");
    assert_int_equal(settings_set(&s, "min_size", "4x", &e), ERR_INVALID);
    assert_int_equal(settings_set(&s, "min_size", "\"4\"", &e), ERR_INVALID);
    assert_int_equal(settings_set(&s, "minsize", "4", &e), ERR_INVALID);
    assert_string_equal(e.text, "there is no setting \"minsize\"; did you mean \"min_size\"?");
    assert_int_equal(s.min_size, 3);
    assert_int_equal(settings_set(&s, "category_weights", "{\"a\": 2}", &e), 0);
    assert_int_equal(settings_set(&s, "category_weights", "{\"a\": 2, \"a\": 3}", &e), ERR_INVALID);
    assert_string_equal(e.text,
                        "setting \"category_weights\" is {\"a\": 2, \"a\": 3}; allowed is an object with a "
                        "number from 0 to 10 for each category, such as {\"NAME\": 10}");
    assert_true(settings_number(s.category_weights, "a", 1) == 2);
    settings_free(&s);
    s.min_size = 3;
    s.geography = NAN;
    s.target_size = 2;
    assert_int_equal(settings_check(&s, &e), ERR_INVALID);
    assert_string_equal(
        e.text, "setting \"geography\" is nan; allowed is a number from 0 to 1; min_size <= target_size "
                "<= max_size does not hold: they are 3, 2 and 12");
}

static void json_is_canonical_and_reads_back(void **state)
{
    (void)state;
    struct settings s, back;
    struct err e = ERR_INIT;
    settings_default(&s);
    char *json = settings_to_json(&s);
    assert_string_equal(json,
                        "{\"window_days\": 1095, \"half_life_days\": 365.0, \"category_share\": 0.3, "
                        "\"category_weights\": {}, \"scope\": {}, \"geography\": 0.0, "
                        "\"distance_km\": 100.0, \"neighbours\": 15, \"probes\": 64, \"carry_from\": 20000, "
                        "\"resolution\": 1.0, \"min_size\": 5, "
                        "\"target_size\": 8, \"max_size\": 12, \"networks\": 0, \"capacity\": 0, "
                        "\"not_alone\": [], \"mix\": {}, \"in_common\": null, \"distance_most_km\": 0.0, "
                        "\"centre_most_km\": 0.0, \"seats\": null, \"objective\": \"mean\", "
                        "\"stability\": 0.5, \"min_fit\": 0.0, \"effort\": 2000000}");
    free(json);
    s.category_share = 0.1 + 0.2; /* needs all seventeen digits */
    s.resolution = 1.0 / 3;
    s.objective = OBJECTIVE_SUM;
    s.effort = 1000000000000;
    json = settings_to_json(&s);
    settings_default(&back);
    assert_int_equal(settings_apply_json(&back, json, &e), 0);
    assert_memory_equal(&s, &back, sizeof s);
    free(json);
}

static void the_locale_changes_nothing(void **state)
{
    (void)state;
    static const char *const comma[] = {"sv_SE.UTF-8", "de_DE.UTF-8", "sv_SE.utf8", "fr_FR.UTF-8"};
    for (size_t i = 0; i < sizeof comma / sizeof comma[0] && setlocale(LC_ALL, comma[i]) == NULL; i++)
        continue; /* where none is installed this runs in the plain locale */
    json_is_canonical_and_reads_back(state);
    flags_set_one_at_a_time(state);
    each_complaint_says_what_came_and_what_is_allowed(state);
    setlocale(LC_ALL, "C");
}

static void say_number(char *out, size_t size, double value)
{
    snprintf(out, size, "%.15g", value);
}

/* A row of the table in service/core/README.md. */
static void table_row(const struct setting_def *d, char *out, size_t size)
{
    char lowest[32], highest[32], preset[32];
    say_number(lowest, sizeof lowest, d->lowest);
    say_number(highest, sizeof highest, d->highest);
    say_number(preset, sizeof preset, d->preset);
    if (d->type == SETTING_NUMBERS)
        snprintf(out, size, "| `%s` | object: %s to %s to %s | {} | %s |\n", d->name, d->unit, lowest,
                 highest, d->sentence);
    else if (d->type == SETTING_NAMES)
        snprintf(out, size, "| `%s` | list of at most %s %s | [] | %s |\n", d->name, highest, d->unit,
                 d->sentence);
    else if (d->type == SETTING_NAME)
        snprintf(out, size, "| `%s` | %s | null | %s |\n", d->name, d->unit, d->sentence);
    else if (d->type == SETTING_SCOPE)
        snprintf(out, size, "| `%s` | object, see below | {} | %s |\n", d->name, d->sentence);
    else if (d->type == SETTING_OBJECTIVE)
        snprintf(out, size, "| `%s` | mean, sum | mean | %s |\n", d->name, d->sentence);
    else
        snprintf(out, size, "| `%s` | %s to %s%s%s%s | %s | %s |\n", d->name, lowest, highest,
                 d->unit[0] != '\0' ? " " : "", d->unit, d->type == SETTING_INT ? ", whole" : "", preset,
                 d->sentence);
}

static char *read_readme(void)
{
    char path[4096];
    snprintf(path, sizeof path, "%s", __FILE__);
    char *tests = strstr(path, "tests/unit/");
    assert_non_null(tests);
    snprintf(tests, sizeof path - (size_t)(tests - path), "service/core/README.md");
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 100000);
    assert_non_null(text);
    assert_true(fread(text, 1, 99999, file) > 1000);
    fclose(file);
    return text;
}

static void the_readme_has_the_table_as_it_is(void **state)
{
    (void)state;
    char row[1000], *readme = read_readme();
    const char *at = strstr(readme, "| setting |");
    assert_non_null(at);
    for (size_t i = 0; i < setting_count; i++) {
        table_row(&setting_defs[i], row, sizeof row);
        const char *found = strstr(at, row);
        if (found == NULL)
            print_error("service/core/README.md lacks, or has out of order: %s", row);
        assert_non_null(found);
        at = found;
    }
    const char *end = strchr(at, '\n') + 1;
    assert_true(end[0] != '|'); /* no setting that is gone */
    free(readme);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_table_and_pass_the_check),
        cmocka_unit_test(json_changes_what_it_names),
        cmocka_unit_test(each_complaint_says_what_came_and_what_is_allowed),
        cmocka_unit_test(a_mistyped_name_gets_the_nearest_one),
        cmocka_unit_test(a_name_like_none_gets_the_list),
        cmocka_unit_test(all_that_is_wrong_is_said_at_once),
        cmocka_unit_test(sizes_have_to_be_in_order),
        cmocka_unit_test(objects_and_lists_come_out_in_order),
        cmocka_unit_test(each_fault_in_an_object_is_told_by_its_path),
        cmocka_unit_test(lists_and_names_are_refused_with_what_is_allowed),
        cmocka_unit_test(lists_and_names_are_set_by_flags_too),
        cmocka_unit_test(what_came_is_never_cut_within_a_letter),
        cmocka_unit_test(networks_fit_into_the_capacity),
        cmocka_unit_test(what_is_not_an_object_is_refused),
        cmocka_unit_test(flags_set_one_at_a_time),
        cmocka_unit_test(json_is_canonical_and_reads_back),
        cmocka_unit_test(the_locale_changes_nothing),
        cmocka_unit_test(the_readme_has_the_table_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
