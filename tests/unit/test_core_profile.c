/* profile: the model's numbers, computed by hand, and the same bits whatever the order of the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/similarity/profile.h"

#define TODAY 20000

struct row {
    const char *organizer, *challenge;
    int severity, days_ago;
};

static void add_organizer(struct population *p, const char *id, double lat, double lon)
{
    struct err e = ERR_INIT;
    struct organizer o = {.id = id, .name = id, .lat = lat, .lon = lon, .pupils = -1};
    assert_int_equal(population_add_organizer(p, &o, &e), 0);
}

/* Organizers 1 to 5; challenges a and b of category x, c of y, d of z. Stockholm, Gothenburg, no place, ...
 */
static void make(struct population *p, const struct row *rows, size_t n)
{
    struct err e = ERR_INIT;
    population_init(p);
    add_organizer(p, "1", 59.3293, 18.0686);
    add_organizer(p, "2", 57.7089, 11.9746);
    add_organizer(p, "3", NAN, NAN);
    add_organizer(p, "4", 59.3293, 18.0686);
    add_organizer(p, "5", NAN, NAN);
    static const char *const challenges[][2] = {{"a", "x"}, {"b", "x"}, {"c", "y"}, {"d", "z"}};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(population_add_challenge(p, challenges[i][0], challenges[i][1], "", "", &e), 0);
    assert_int_equal(population_index(p, &e), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(population_add_report(p, rows[i].organizer, rows[i].challenge, rows[i].severity,
                                               TODAY - rows[i].days_ago, &e),
                         0);
    assert_int_equal(population_seal(p, &e), 0);
}

static void build(const struct population *p, const struct settings *s, struct profiles *out)
{
    struct err e = ERR_INIT;
    assert_int_equal(profiles_build(p, s, TODAY, out, &e), 0);
}

static void assert_row(const struct profiles *p, uint32_t row, uint32_t n, const uint32_t *columns,
                       const double *raw)
{
    double square = 0;
    assert_int_equal(p->start[row + 1] - p->start[row], n);
    for (uint32_t i = 0; i < n; i++)
        square += raw[i] * raw[i];
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(p->column[p->start[row] + i], columns[i]);
        assert_true(fabs(p->weight[p->start[row] + i] - raw[i] / sqrt(square)) < 1e-6);
    }
}

static void weights_are_those_computed_by_hand(void **state)
{
    (void)state;
    /* Three report: df(a) = 2, df(b) = 1, df(c) = 2; idf = ln(1 + 3/df) = ln 2.5, ln 4, ln 2.5. */
    static const struct row rows[] = {
        {"1", "a", 5, 0},  {"1", "b", 2, 365}, {"1", "c", 1, 730},
        {"2", "a", 3, 10}, {"3", "c", 4, 0},   {"3", "c", 1, 365},
    };
    struct population p;
    struct settings s;
    struct profiles profiles;
    settings_default(&s);
    make(&p, rows, sizeof rows / sizeof rows[0]);
    build(&p, &s, &profiles);
    assert_int_equal(profiles.columns, 7);
    double a = 1.0 * log(2.5), b = 0.4 * 0.5 * log(4), c = 0.2 * 0.25 * log(2.5);
    assert_row(&profiles, 0, 5, (uint32_t[]){0, 1, 2, 4, 5}, (double[]){a, b, c, 0.3 * (a + b), 0.3 * c});
    assert_row(&profiles, 1, 2, (uint32_t[]){0, 4}, (double[]){1, 0.3});
    assert_row(&profiles, 2, 2, (uint32_t[]){2, 5}, (double[]){1, 0.3});
    assert_row(&profiles, 3, 0, NULL, NULL);
    double square = a * a + b * b + c * c + 0.09 * ((a + b) * (a + b) + c * c);
    double expected = (a + 0.09 * (a + b)) / sqrt(square) / sqrt(1.09);
    assert_true(fabs(profiles_similarity(&profiles, 0, 1) - expected) < 1e-6);
    assert_true(profiles_similarity(&profiles, 1, 2) == 0);
    assert_true(profiles_similarity(&profiles, 0, 3) == 0);
    assert_true(fabs(profiles_similarity(&profiles, 0, 0) - 1) < 1e-6);
    profiles_free(&profiles);
    population_free(&p);
}

static void categories_weigh_what_the_settings_say(void **state)
{
    (void)state;
    /* Category x holds a and b, y holds c, z holds d. With z at 0 organizer 4 reports nothing that counts:
     * three report, df(a) = 2, df(b) = 1, df(c) = 2, as in the test above; x weighs 2.5 times, y once. */
    static const struct row rows[] = {
        {"1", "a", 5, 0},  {"1", "b", 2, 365}, {"1", "c", 1, 730}, {"1", "d", 5, 0},
        {"2", "a", 3, 10}, {"3", "c", 4, 0},   {"4", "d", 5, 0},
    };
    struct population p;
    struct settings s;
    struct profiles profiles;
    struct err e = ERR_INIT;
    settings_default(&s);
    assert_int_equal(settings_set(&s, "category_weights", "{\"x\": 2.5, \"z\": 0}", &e), 0);
    make(&p, rows, sizeof rows / sizeof rows[0]);
    build(&p, &s, &profiles);
    double a = 2.5 * log(2.5), b = 2.5 * 0.4 * 0.5 * log(4), c = 0.2 * 0.25 * log(2.5);
    assert_row(&profiles, 0, 5, (uint32_t[]){0, 1, 2, 4, 5}, (double[]){a, b, c, 0.3 * (a + b), 0.3 * c});
    assert_row(&profiles, 1, 2, (uint32_t[]){0, 4},
               (double[]){1, 0.3}); /* of unit length, whatever the weight */
    assert_row(&profiles, 2, 2, (uint32_t[]){2, 5}, (double[]){1, 0.3});
    assert_row(&profiles, 3, 0, NULL, NULL);
    settings_free(&s);
    profiles_free(&profiles);
    population_free(&p);
}

static void the_latest_report_inside_the_window_counts_alone(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"1", "a", 1, 30},  {"1", "a", 5, 60},  {"1", "b", 5, 101},
        {"2", "b", 3, 100}, {"2", "c", 2, -50}, {"2", "d", 2, 0},
    };
    struct population p;
    struct settings s;
    struct profiles profiles;
    settings_default(&s);
    s.window_days = 100;
    s.half_life_days = 30;
    s.category_share = 0;
    make(&p, rows, sizeof rows / sizeof rows[0]);
    build(&p, &s, &profiles);
    assert_row(&profiles, 0, 1, (uint32_t[]){0}, (double[]){1});
    /* Of two who report, one each: the same idf. A date to come is of age 0, as today's. */
    double old = 0.6 * exp2(-100.0 / 30);
    assert_row(&profiles, 1, 3, (uint32_t[]){1, 2, 3}, (double[]){old, 0.4, 0.4});
    assert_int_equal(population_latest(&p, 0, 0, TODAY, 100)->severity, 1);
    assert_null(population_latest(&p, 0, 1, TODAY, 100));
    assert_int_equal(population_latest(&p, 0, 1, TODAY, 101)->severity, 5);
    assert_int_equal(population_latest(&p, 1, 2, TODAY, 1)->severity, 2);
    assert_null(population_latest(&p, 0, 3, TODAY, 36500));
    assert_null(population_latest(&p, 4, 0, TODAY, 36500));
    profiles_free(&profiles);
    population_free(&p);
}

static void very_old_reports_do_not_vanish(void **state)
{
    (void)state;
    static const struct row rows[] = {{"1", "a", 3, 30000}, {"2", "a", 3, 30000}, {"2", "b", 3, 30001}};
    struct population p;
    struct settings s;
    struct profiles profiles;
    settings_default(&s);
    s.window_days = 36500;
    s.half_life_days = 1; /* 2^-30000 is no double */
    s.category_share = 0;
    make(&p, rows, sizeof rows / sizeof rows[0]);
    build(&p, &s, &profiles);
    assert_row(&profiles, 0, 1, (uint32_t[]){0}, (double[]){1});
    assert_row(&profiles, 1, 2, (uint32_t[]){0, 1}, (double[]){log(2), 0.5 * log(3)});
    profiles_free(&profiles);
    population_free(&p);
}

static void distance_damps_similarity(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"1", "a", 3, 0}, {"2", "a", 3, 0}, {"3", "a", 3, 0}, {"4", "a", 3, 0}, {"5", "a", 3, 0}};
    struct population p;
    struct settings s;
    struct profiles profiles;
    settings_default(&s);
    s.geography = 0.4;
    s.distance_km = 250;
    make(&p, rows, sizeof rows / sizeof rows[0]);
    build(&p, &s, &profiles);
    double km = organizer_distance_km(&p.organizers[0], &p.organizers[1]);
    assert_true(fabs(profiles_similarity(&profiles, 0, 1) - (0.6 + 0.4 * exp(-km / 250))) < 1e-6);
    assert_true(fabs(profiles_similarity(&profiles, 0, 3) - 1) < 1e-6);
    assert_true(fabs(profiles_similarity(&profiles, 0, 2) - 0.6) <
                1e-6); /* an unknown place is far from all */
    assert_true(fabs(profiles_similarity(&profiles, 2, 4) - 0.6) < 1e-6);
    assert_true(profiles_similarity(&profiles, 0, 1) == profiles_similarity(&profiles, 1, 0));
    profiles_free(&profiles);
    population_free(&p);
}

static void the_order_of_rows_changes_no_bit(void **state)
{
    (void)state;
    struct row rows[60];
    static const char *const ids[] = {"1", "2", "3", "4", "5"}, *const codes[] = {"a", "b", "c", "d"};
    for (int i = 0; i < 60; i++)
        rows[i] = (struct row){ids[i * 7 % 5], codes[i * 3 % 4], 1 + i * 11 % 5, i * 37 % 1200};
    struct population p, turned;
    struct settings s;
    struct profiles one, other;
    settings_default(&s);
    s.geography = 0.5;
    make(&p, rows, 60);
    for (int i = 0; i < 30; i++) {
        struct row swapped = rows[i];
        rows[i] = rows[59 - i];
        rows[59 - i] = swapped;
    }
    make(&turned, rows, 60);
    build(&p, &s, &one);
    build(&turned, &s, &other);
    assert_memory_equal(one.start, other.start, 6 * sizeof *one.start);
    assert_true(one.start[5] > 20);
    assert_memory_equal(one.column, other.column, one.start[5] * sizeof *one.column);
    assert_memory_equal(one.weight, other.weight, one.start[5] * sizeof *one.weight);
    profiles_free(&one);
    profiles_free(&other);
    population_free(&p);
    population_free(&turned);
}

static void nobody_reporting_gives_empty_profiles(void **state)
{
    (void)state;
    struct population p;
    struct settings s;
    struct profiles profiles;
    settings_default(&s);
    make(&p, NULL, 0);
    build(&p, &s, &profiles);
    assert_int_equal(profiles.n, 5);
    assert_int_equal(profiles.start[5], 0);
    assert_true(profiles_similarity(&profiles, 0, 1) == 0);
    profiles_free(&profiles);
    population_free(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_are_those_computed_by_hand),
        cmocka_unit_test(categories_weigh_what_the_settings_say),
        cmocka_unit_test(the_latest_report_inside_the_window_counts_alone),
        cmocka_unit_test(very_old_reports_do_not_vanish),
        cmocka_unit_test(distance_damps_similarity),
        cmocka_unit_test(the_order_of_rows_changes_no_bit),
        cmocka_unit_test(nobody_reporting_gives_empty_profiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
