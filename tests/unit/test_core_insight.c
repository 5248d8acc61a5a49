/* insight on populations made by hand: the numbers are counted by eye. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/date.h"
#include "core/insight/insight_challenges.h"
#include "core/insight/insight_hide.h"

static struct population population;
static struct settings settings;
static struct insight_challenges x;
static uint32_t made;
static int32_t today;

static int begin(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    made = 0;
    population_init(&population);
    settings_default(&settings);
    assert_true(date_parse("2026-03-14", &today));
    assert_int_equal(population_add_challenge(&population, "a", "x", "A", "A", &e), 0);
    assert_int_equal(population_add_challenge(&population, "b", "x", "B", "B", &e), 0);
    assert_int_equal(population_add_challenge(&population, "c", "y", "C", "C", &e), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    insight_challenges_free(&x);
    settings_free(&settings);
    population_free(&population);
    return 0;
}

/* `n` organizers; returns the number of the first. */
static uint32_t organizers(uint32_t n, enum organizer_kind kind, const char *county, int32_t pupils)
{
    struct err e = ERR_INIT;
    uint32_t first = made;
    for (uint32_t i = 0; i < n; i++) {
        char id[16];
        snprintf(id, sizeof id, "%05u", made++);
        struct organizer o = {.id = id,
                              .name = id,
                              .municipality = "",
                              .county = county,
                              .attributes = "{}",
                              .lat = NAN,
                              .lon = NAN,
                              .pupils = pupils,
                              .kind = kind};
        assert_int_equal(population_add_organizer(&population, &o, &e), 0);
    }
    return first;
}

static void report(uint32_t first, uint32_t n, const char *challenge, int severity, const char *date)
{
    struct err e = ERR_INIT;
    int32_t day;
    assert_true(date_parse(date, &day));
    for (uint32_t i = first; i < first + n; i++) {
        char id[16];
        snprintf(id, sizeof id, "%05u", i);
        if (population_add_report(&population, id, challenge, severity, day, &e))
            fail_msg("%s", e.text);
    }
}

static void ready(void)
{
    struct err e = ERR_INIT;
    assert_int_equal(population_index(&population, &e), 0);
}

static void build(enum insight_by by, uint32_t threshold)
{
    struct err e = ERR_INIT;
    insight_challenges_free(&x);
    if (population.builder != NULL)
        assert_int_equal(population_seal(&population, &e), 0);
    if (insight_challenges_build(&population, &settings, today, by, threshold, 10, &x, &e))
        fail_msg("%s", e.text);
}

static void assert_cell(const struct insight_cell *cell, int count, double share, double severity)
{
    assert_int_equal(cell->hidden, count < 0);
    assert_int_equal(cell->count, count < 0 ? 0 : count);
    if (count < 0)
        assert_true(isnan(cell->share) && isnan(cell->severity));
    else
        assert_true(fabs(cell->share - share) < 1e-9 && fabs(cell->severity - severity) < 1e-9);
}

static void how_common_and_how_severe_by_kind(void **state)
{
    uint32_t m = organizers(20, KIND_MUNICIPAL, "01", 500), i = organizers(30, KIND_INDEPENDENT, "12", 50);
    (void)state;
    organizers(9, KIND_STATE, "12", 5); /* report nothing, and are no base of a share */
    ready();
    report(m, 20, "b", 2, "2025-10-01");
    report(m, 10, "a", 5, "2025-10-01");
    report(m, 10, "a", 4, "2025-11-01"); /* the later one counts */
    report(i, 15, "a", 2, "2025-10-01");
    report(i + 15, 15, "b", 3, "2025-10-01");
    report(i, 30, "c", 3, "2020-10-01"); /* before the window */
    build(INSIGHT_KIND, 5);
    assert_int_equal(x.n_columns, 2);
    assert_string_equal(x.columns[0].key, "municipal");
    assert_string_equal(x.columns[1].key, "independent");
    assert_int_equal(x.columns[0].organizers, 20);
    assert_int_equal(x.all.organizers, 50);
    assert_int_equal(x.n_rows, 2); /* nobody reports c now */
    assert_int_equal(x.rows[0].challenge, 1);
    assert_cell(&x.rows[1].all, 25, 0.5, (10 * 4 + 15 * 2) / 25.0);
    assert_cell(&x.rows[1].cells[0], 10, 0.5, 4);
    /* All 20 municipal ones report b: of each it would be known. 35 of 50 minus the other group gives it
     * away, so that one is withheld too. */
    assert_cell(&x.rows[0].all, 35, 0.7, (20 * 2 + 15 * 3) / 35.0);
    assert_cell(&x.rows[0].cells[0], -1, 0, 0);
    assert_cell(&x.rows[0].cells[1], -1, 0, 0);
}

static void fewer_than_the_threshold_are_withheld_with_one_more(void **state)
{
    uint32_t a = organizers(40, KIND_MUNICIPAL, "01", 500), b = organizers(40, KIND_INDEPENDENT, "12", 50),
             c = organizers(40, KIND_REGIONAL, "14", 50);
    (void)state;
    ready();
    report(0, 120, "c", 3, "2025-10-01"); /* a base of 120 */
    report(a, 4, "a", 3, "2025-10-01");
    report(b, 9, "a", 3, "2025-10-01");
    report(c, 30, "a", 3, "2025-10-01");
    build(INSIGHT_KIND, 5);
    const struct insight_row *row = &x.rows[0];
    assert_int_equal(row->challenge, 0); /* c, which all report, is withheld and comes last */
    assert_int_equal(row->all.count, 43);
    assert_cell(&row->cells[0], -1, 0, 0);
    assert_cell(&row->cells[1], -1, 0, 0); /* the cheapest that hides the 4 */
    assert_int_equal(row->cells[2].count, 30);
    assert_true(x.rows[1].all.hidden);
    build(INSIGHT_KIND, 3);
    assert_int_equal(x.rows[0].cells[0].count, 4);
    assert_int_equal(x.rows[0].cells[1].count, 9);
}

static void a_small_group_is_withheld_whole(void **state)
{
    uint32_t a = organizers(40, KIND_MUNICIPAL, "01", 500), b = organizers(3, KIND_STATE, "12", 50);
    (void)state;
    organizers(20, KIND_INDEPENDENT, "14", 50);
    ready();
    report(0, 63, "a", 3, "2025-10-01");
    report(a, 30, "b", 3, "2025-10-01");
    report(b, 3, "b", 3, "2025-10-01");
    report(b + 3, 9, "b", 3, "2025-10-01");
    build(INSIGHT_KIND, 5);
    assert_int_equal(x.n_columns, 3);
    assert_true(x.columns[2].hidden);
    assert_int_equal(x.columns[2].organizers, 0);
    assert_true(x.columns[1].hidden); /* or 63 - 40 - 20 is 3 */
    assert_false(x.columns[0].hidden);
    assert_true(x.rows[0].cells[1].hidden && x.rows[0].cells[2].hidden);
    assert_int_equal(x.rows[0].cells[0].count, 30);
    assert_int_equal(x.rows[0].all.count, 42);
    assert_true(x.withheld >= 4);
}

static void too_few_for_anything(void **state)
{
    organizers(4, KIND_MUNICIPAL, "01", 500);
    (void)state;
    ready();
    report(0, 4, "a", 3, "2025-10-01");
    build(INSIGHT_COUNTY, 5);
    assert_true(x.all.hidden && x.columns[0].hidden && x.rows[0].all.hidden && x.rows[0].cells[0].hidden);
    assert_int_equal(x.n_pairs, 0);
}

static void rounds_are_school_years_and_tell_a_trend(void **state)
{
    organizers(60, KIND_MUNICIPAL, "01", 500);
    (void)state;
    ready();
    report(0, 60, "c", 1, "2024-06-30"); /* 2023/24 */
    report(0, 60, "c", 1, "2024-07-01"); /* 2024/25 */
    report(0, 20, "a", 2, "2024-12-31");
    report(0, 10, "a", 4, "2025-02-28"); /* the latest of the round counts */
    report(0, 60, "c", 1, "2025-07-01"); /* 2025/26 */
    report(0, 35, "a", 4, "2026-01-31");
    report(0, 35, "b", 1, "2026-01-31");
    build(INSIGHT_ROUND, 5);
    assert_int_equal(x.n_columns, 3);
    assert_string_equal(x.columns[0].key, "2023/24");
    assert_string_equal(x.columns[2].key, "2025/26");
    assert_int_equal(x.columns[1].organizers, 60);
    const struct insight_row *row = &x.rows[0];
    assert_int_equal(row->challenge, 0);
    assert_cell(&row->cells[1], 20, 20 / 60.0, 3);
    assert_cell(&row->cells[2], 35, 35 / 60.0, 4);
    assert_true(fabs(row->share_change - 15 / 60.0) < 1e-9);
    assert_true(fabs(row->severity_change - 1) < 1e-9);
    assert_true(isnan(x.rows[1].share_change)); /* b was reported by nobody in the year before: withheld */
}

static void sizes_go_from_small_to_large(void **state)
{
    static const int32_t pupils[] = {-1, 99, 100, 499, 500, 2000, 10000};
    static const char *const keys[] = {"unknown", "0-99", "100-499", "500-1999", "2000-9999", "10000-"};
    (void)state;
    for (size_t i = 0; i < sizeof pupils / sizeof pupils[0]; i++)
        organizers(10, KIND_MUNICIPAL, "", pupils[i]);
    ready();
    report(0, 70, "a", 3, "2025-10-01");
    build(INSIGHT_SIZE, 5);
    assert_int_equal(x.n_columns, 6);
    for (uint32_t i = 0; i < 6; i++)
        assert_string_equal(x.columns[i].key, keys[i]);
    assert_int_equal(x.columns[2].organizers, 20);
    build(INSIGHT_COUNTY, 5);
    assert_string_equal(x.columns[0].key, "unknown");
}

static void what_goes_together_by_lift(void **state)
{
    organizers(100, KIND_MUNICIPAL, "01", 500);
    (void)state;
    ready();
    report(0, 40, "a", 3, "2025-10-01");
    report(0, 30, "b", 3, "2025-10-01");
    report(90, 10, "b", 3, "2025-10-01");
    report(36, 60, "c", 3, "2025-10-01"); /* with a: 4, too few to be told */
    report(96, 4, "c", 3, "2025-10-01");
    build(INSIGHT_ALL, 5);
    assert_int_equal(x.all.organizers, 100);
    assert_int_equal(x.n_columns, 0);
    assert_int_equal(x.n_pairs, 2);
    assert_int_equal(x.pairs[0].a, 0);
    assert_int_equal(x.pairs[0].b, 1);
    assert_int_equal(x.pairs[0].both, 30);
    assert_true(fabs(x.pairs[0].lift - 30 * 100 / (40.0 * 40)) < 1e-9);
    assert_int_equal(x.pairs[1].a, 1); /* b and c: 10 */
    assert_true(fabs(x.pairs[1].lift - 10 * 100 / (40.0 * 64)) < 1e-9);
    build(INSIGHT_ALL, 11); /* of a, ten are without b */
    assert_int_equal(x.n_pairs, 0);
}

static void the_scope_decides_who_is_counted(void **state)
{
    struct err e = ERR_INIT;
    organizers(20, KIND_MUNICIPAL, "01", 500);
    organizers(20, KIND_INDEPENDENT, "01", 500);
    (void)state;
    ready();
    report(0, 30, "a", 3, "2025-10-01");
    report(0, 40, "c", 3, "2025-10-01");
    assert_int_equal(
        settings_apply_json(&settings, "{\"scope\": {\"kind\": \"independent\", \"category\": \"x\"}}", &e),
        0);
    build(INSIGHT_KIND, 5);
    assert_int_equal(x.n_columns, 1);
    assert_int_equal(x.all.organizers, 10); /* what they report of category y does not count */
    assert_int_equal(x.n_rows, 1);
}

static void more_groups_than_a_table_has_are_refused(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    for (int i = 0; i <= INSIGHT_GROUPS; i++) {
        char county[8];
        snprintf(county, sizeof county, "%d", i);
        organizers(1, KIND_MUNICIPAL, county, 500);
    }
    ready();
    assert_int_equal(population_seal(&population, &e), 0);
    assert_int_equal(insight_challenges_build(&population, &settings, today, INSIGHT_COUNTY, 5, 0, &x, &e),
                     ERR_LIMIT);
    assert_string_equal(e.text, "by county: there are more than 100 groups; at most so many are told apart");
    insight_challenges_free(&x);
    assert_int_equal(insight_challenges_build(&population, &settings, today, INSIGHT_KIND, 5, 0, &x, &e), 0);
}

static void bounds_that_a_reader_knows_count_too(void **state)
{
    struct err e = ERR_INIT;
    bool met;
    /* 3 of 20 and 50 of 50 are 53: had the first none, the second would have more than it is. */
    struct hide_edge edges[] = {{1, 0, 3, 20, 0, false, false, 0, 0},
                                {1, 0, 50, 50, 0, false, false, 0, 0},
                                {0, 1, 53, HIDE_ANY, 0, true, false, 0, 0}};
    (void)state;
    hide_small(&edges[0], 5);
    assert_int_equal(hide_protect(edges, 3, 2, &met, &e), 0);
    assert_false(met);
    edges[2].fixed = false;
    assert_int_equal(hide_protect(edges, 3, 2, &met, &e), 0);
    assert_true(met && edges[2].hidden);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(how_common_and_how_severe_by_kind),
        TEST(fewer_than_the_threshold_are_withheld_with_one_more),
        TEST(a_small_group_is_withheld_whole),
        TEST(too_few_for_anything),
        TEST(rounds_are_school_years_and_tell_a_trend),
        TEST(sizes_go_from_small_to_large),
        TEST(what_goes_together_by_lift),
        TEST(the_scope_decides_who_is_counted),
        TEST(more_groups_than_a_table_has_are_refused),
        TEST(bounds_that_a_reader_knows_count_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
