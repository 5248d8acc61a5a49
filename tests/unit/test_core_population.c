/* population: rows in any order become sorted arrays; what cannot be is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/population/population.h"

static struct organizer organizer(const char *id)
{
    return (struct organizer){
        .id = id, .name = "Name", .lat = NAN, .lon = NAN, .pupils = -1, .kind = KIND_MUNICIPAL};
}

static void add(struct population *p, const char *id)
{
    struct err e = ERR_INIT;
    struct organizer o = organizer(id);
    assert_int_equal(population_add_organizer(p, &o, &e), 0);
}

static void add_challenge(struct population *p, const char *code, const char *category)
{
    struct err e = ERR_INIT;
    assert_int_equal(population_add_challenge(p, code, category, "etikett", "label", &e), 0);
}

static void report(struct population *p, const char *id, const char *code, int severity, int32_t day)
{
    struct err e = ERR_INIT;
    assert_int_equal(population_add_report(p, id, code, severity, day, &e), 0);
}

static void rows_come_sorted_whatever_their_order(void **state)
{
    (void)state;
    struct population p;
    struct err e = ERR_INIT;
    population_init(&p);
    add(&p, "0200");
    add_challenge(&p, "b", "zoo");
    add(&p, "0100");
    add_challenge(&p, "a", "art");
    add(&p, "02");
    assert_int_equal(population_index(&p, &e), 0);
    report(&p, "0200", "b", 3, 20);
    report(&p, "02", "a", 1, 5);
    report(&p, "0200", "a", 5, 7);
    report(&p, "0200", "b", 4, 10);
    assert_int_equal(population_seal(&p, &e), 0);
    assert_null(p.builder);
    assert_string_equal(p.organizers[0].id, "0100");
    assert_string_equal(p.organizers[1].id, "02");
    assert_string_equal(p.organizers[2].id, "0200");
    assert_string_equal(p.organizers[2].attributes, "{}");
    assert_string_equal(p.organizers[2].county, "");
    assert_string_equal(p.categories[0], "art");
    assert_int_equal(p.challenges[1].category, 1);
    static const uint32_t start[] = {0, 0, 1, 4};
    assert_memory_equal(p.report_start, start, sizeof start);
    assert_int_equal(p.reports[1].challenge, 0);
    assert_int_equal(p.reports[2].day, 10);
    assert_int_equal(p.reports[3].day, 20);
    assert_int_equal(p.reports[3].severity, 3);
    population_free(&p);
}

static void ids_are_found_with_and_without_a_seal(void **state)
{
    (void)state;
    struct population p;
    struct err e = ERR_INIT;
    char id[16];
    population_init(&p);
    assert_int_equal(population_find_organizer(&p, "x", 1), POPULATION_NONE);
    for (int i = 999; i >= 0; i--) {
        snprintf(id, sizeof id, "%04d", i * 7 % 1000);
        add(&p, id);
        add_challenge(&p, id, i % 2 ? "odd" : "even");
    }
    assert_int_equal(population_index(&p, &e), 0);
    for (int sealed = 0; sealed < 2; sealed++) {
        for (uint32_t i = 0; i < 1000; i++) {
            snprintf(id, sizeof id, "%04ux", i); /* the length ends it */
            assert_int_equal(population_find_organizer(&p, id, 4), i);
            assert_int_equal(population_find_challenge(&p, id, 4), i);
            assert_int_equal(population_find_organizer(&p, id, 5), POPULATION_NONE);
            assert_int_equal(population_find_organizer(&p, id, 3), POPULATION_NONE);
        }
        assert_int_equal(population_find_organizer(&p, "0001\0", 5), POPULATION_NONE);
        assert_int_equal(population_find_challenge(&p, "", 0), POPULATION_NONE);
        if (!sealed)
            assert_int_equal(population_seal(&p, &e), 0);
    }
    population_free(&p);
}

static void what_came_twice_or_is_unknown_is_named(void **state)
{
    (void)state;
    struct population p;
    struct err e = ERR_INIT;
    struct organizer twice = organizer("0123"), nameless = organizer("");
    population_init(&p);
    add(&p, "0123");
    add_challenge(&p, "mat", "science");
    assert_int_equal(population_add_organizer(&p, &twice, &e), ERR_INVALID);
    assert_string_equal(e.text, "organizer 0123 came twice");
    assert_int_equal(population_add_organizer(&p, &nameless, &e), ERR_INVALID);
    assert_int_equal(population_add_challenge(&p, "mat", "arts", "", "", &e), ERR_INVALID);
    assert_string_equal(e.text, "challenge mat came twice");
    assert_int_equal(population_add_challenge(&p, "bio", "", "", "", &e), ERR_INVALID);
    assert_string_equal(e.text, "challenge bio: it has no category");
    assert_int_equal(population_index(&p, &e), 0);
    assert_int_equal(population_add_report(&p, "9", "mat", 3, 0, &e), ERR_INVALID);
    assert_string_equal(e.text, "a report of organizer 9, who is unknown (challenge mat)");
    assert_int_equal(population_add_report(&p, "0123", "fys", 3, 0, &e), ERR_INVALID);
    assert_string_equal(e.text, "a report of challenge fys, which is unknown (organizer 0123)");
    assert_int_equal(population_add_report(&p, "0123", "mat", 6, 0, &e), ERR_INVALID);
    assert_string_equal(e.text, "report of organizer 0123, challenge mat: severity 6; allowed is 1 to 5");
    assert_int_equal(population_seal(&p, &e), 0);
    assert_int_equal(p.n_organizers, 1);
    assert_int_equal(p.n_challenges, 1);
    assert_int_equal(p.n_reports, 0);
    population_free(&p);
}

static void places_that_are_none_are_refused(void **state)
{
    (void)state;
    struct population p;
    struct err e = ERR_INIT;
    struct organizer half = organizer("1"), off = organizer("2"), odd = organizer("3");
    population_init(&p);
    half.lat = 59;
    assert_int_equal(population_add_organizer(&p, &half, &e), ERR_INVALID);
    assert_string_equal(e.text, "organizer 1: lat and lon have to be given both or neither");
    off.lat = 91;
    off.lon = 18;
    assert_int_equal(population_add_organizer(&p, &off, &e), ERR_INVALID);
    odd.kind = KIND_COUNT;
    assert_int_equal(population_add_organizer(&p, &odd, &e), ERR_INVALID);
    assert_int_equal(p.n_organizers, 0);
    population_free(&p);
}

static void steps_out_of_order_are_refused(void **state)
{
    (void)state;
    struct population p;
    struct err e = ERR_INIT;
    struct organizer late = organizer("2");
    population_init(&p);
    add(&p, "1");
    assert_int_equal(population_add_report(&p, "1", "a", 1, 0, &e), ERR_INTERNAL);
    assert_int_equal(population_seal(&p, &e), ERR_INTERNAL);
    assert_int_equal(population_index(&p, &e), 0);
    assert_int_equal(population_add_organizer(&p, &late, &e), ERR_INTERNAL);
    assert_int_equal(population_seal(&p, &e), 0);
    assert_int_equal(population_seal(&p, &e), ERR_INTERNAL);
    assert_int_equal(population_add_organizer(&p, &late, NULL), ERR_INTERNAL);
    population_free(&p);
}

static void of_two_reports_of_one_day_the_more_severe_is_last(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    for (int turned = 0; turned < 2; turned++) {
        struct population p;
        population_init(&p);
        add(&p, "1");
        add_challenge(&p, "a", "k");
        assert_int_equal(population_index(&p, &e), 0);
        report(&p, "1", "a", turned ? 5 : 2, 100);
        report(&p, "1", "a", turned ? 2 : 5, 100);
        assert_int_equal(population_seal(&p, &e), 0);
        assert_int_equal(p.reports[1].severity, 5);
        population_free(&p);
    }
}

static void of_a_challenge_the_latest_can_be_kept_alone(void **state)
{
    (void)state;
    struct population p;
    struct err e = ERR_INIT;
    population_init(&p);
    add(&p, "1");
    add(&p, "2");
    add(&p, "3");
    add_challenge(&p, "a", "x");
    add_challenge(&p, "b", "x");
    assert_int_equal(population_index(&p, &e), 0);
    report(&p, "3", "a", 1, 7);
    for (int32_t day = 40; day > 0; day--) { /* more than are sorted by hand */
        report(&p, "1", "b", day % 5 + 1, day);
        report(&p, "1", "a", 1, 50 - day);
    }
    report(&p, "3", "a", 2, 9);
    assert_int_equal(population_seal(&p, &e), 0);
    assert_int_equal(p.n_reports, 82);
    population_keep_latest(&p);
    assert_int_equal(p.n_reports, 3);
    assert_int_equal(p.report_start[1], 2);
    assert_int_equal(p.report_start[2], 2);
    assert_int_equal(p.report_start[3], 3);
    assert_int_equal(p.reports[0].day, 49);
    assert_int_equal(p.reports[1].day, 40);
    assert_int_equal(p.reports[1].challenge, 1);
    assert_int_equal(p.reports[2].severity, 2);
    population_free(&p);
}

static void nobody_and_nothing_is_a_population_too(void **state)
{
    (void)state;
    struct population p;
    struct err e = ERR_INIT;
    population_init(&p);
    assert_int_equal(population_index(&p, &e), 0);
    assert_int_equal(population_seal(&p, &e), 0);
    assert_int_equal(p.report_start[0], 0);
    assert_int_equal(population_find_organizer(&p, "1", 1), POPULATION_NONE);
    population_free(&p);
    population_free(&p);
}

static void kinds_have_names(void **state)
{
    (void)state;
    for (int kind = 0; kind < KIND_COUNT; kind++)
        assert_int_equal(organizer_kind_parse(organizer_kind_name((enum organizer_kind)kind)), kind);
    assert_int_equal(organizer_kind_parse("private"), -1);
    assert_int_equal(organizer_kind_parse(""), -1);
    assert_string_equal(organizer_kind_name(KIND_COUNT), "unknown");
}

static void distances_are_great_circles(void **state)
{
    (void)state;
    struct organizer stockholm = organizer("1"), gothenburg = organizer("2"), nowhere = organizer("3");
    stockholm.lat = 59.3293, stockholm.lon = 18.0686;
    gothenburg.lat = 57.7089, gothenburg.lon = 11.9746;
    assert_true(fabs(organizer_distance_km(&stockholm, &gothenburg) - 397.5) < 1.5);
    assert_true(organizer_distance_km(&stockholm, &stockholm) == 0);
    assert_true(isnan(organizer_distance_km(&stockholm, &nowhere)));
    struct organizer north = organizer("4"), south = organizer("5");
    north.lat = 90, north.lon = 0, south.lat = -90, south.lon = 77;
    assert_true(fabs(organizer_distance_km(&north, &south) - 20015.1) < 0.1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_sorted_whatever_their_order),
        cmocka_unit_test(ids_are_found_with_and_without_a_seal),
        cmocka_unit_test(what_came_twice_or_is_unknown_is_named),
        cmocka_unit_test(places_that_are_none_are_refused),
        cmocka_unit_test(steps_out_of_order_are_refused),
        cmocka_unit_test(of_two_reports_of_one_day_the_more_severe_is_last),
        cmocka_unit_test(of_a_challenge_the_latest_can_be_kept_alone),
        cmocka_unit_test(nobody_and_nothing_is_a_population_too),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(distances_are_great_circles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
