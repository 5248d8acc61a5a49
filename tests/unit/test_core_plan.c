/* Who is invited when, where one can count it by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/plan/plan.h"

enum { MOST = 64 };

static struct plan_person person[MOST];
static struct plan_people people = {person, 0, 2};
static struct plan_settings settings;
static struct plan plan;

static int setup(void **state)
{
    (void)state;
    people.n = 0;
    plan_settings_default(&settings);
    for (int k = 0; k < KIND_COUNT; k++)
        settings.accept[k] = 1;
    settings.fairness = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    plan_free(&plan);
    return 0;
}

/* One at a longitude, of that severity. */
static struct plan_person *add(uint32_t network, double lon, double severity)
{
    struct plan_person *x = &person[people.n];
    *x = (struct plan_person){.organizer = people.n++,
                              .network = network,
                              .kind = KIND_MUNICIPAL,
                              .lat = 60,
                              .lon = lon,
                              .severity = severity,
                              .need = severity};
    return x;
}

static void make(const struct plan_office *offices, uint32_t n)
{
    struct err e = ERR_INIT;
    plan_free(&plan);
    if (plan_make(&people, offices, n, &settings, &plan, &e))
        fail_msg("%s", e.text);
}
#define PLACES(...) \
    (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

/* The party that a person is in. */
static const struct plan_party *party_of(uint32_t who)
{
    for (uint32_t i = 0; i < plan.n_parties; i++)
        for (uint32_t k = 0; k < plan.party[i].n; k++)
            if (plan.member[plan.party[i].start + k] == who)
                return &plan.party[i];
    fail_msg("%u is in no party", who);
    return NULL;
}

static void most_need_comes_first_and_networks_stay_whole(void **state)
{
    const struct plan_office office = {"one", 60, 15, PLACES(4)};
    (void)state;
    add(7, 15, 0.2);
    add(7, 15, 0.4);
    add(7, 15, 0.3);
    add(POPULATION_NONE, 15, 0.9);
    add(POPULATION_NONE, 15, 0.1);
    make(&office, 1);
    assert_int_equal(plan.n_parties, 3);
    assert_int_equal(party_of(3)->term, 1);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(party_of(i)->term, 1);
        assert_ptr_equal(party_of(i), party_of(0));
    }
    assert_int_equal(party_of(4)->term, 2);
    assert_int_equal(plan.n_terms, 2);
    assert_int_equal(plan.never, 0);
    assert_float_equal(plan.term[0].reach, 0.8, 1e-9);
    assert_float_equal(plan.term[0].need_left, 0.1 / 1.9, 1e-9);
    assert_float_equal(plan.term[1].need_left, 0, 1e-9);
}

static void declined_places_go_to_the_next_in_line(void **state)
{
    const struct plan_office office = {"one", 60, 15, PLACES(4)};
    static const uint32_t rounds[] = {1, 1, 1, 1, 2, 2, 3};
    (void)state;
    settings.accept[KIND_MUNICIPAL] = 0.5;
    for (uint32_t i = 0; i < 12; i++)
        add(POPULATION_NONE, 15, 1 - i / 100.0);
    make(&office, 1);
    /* 4 are asked and 2 come, then 2 and 1, then 1: half a place is left. */
    for (uint32_t i = 0; i < 7; i++) {
        assert_int_equal(party_of(i)->term, 1);
        assert_int_equal(party_of(i)->round, rounds[i]);
    }
    assert_int_equal(party_of(7)->term, 2);
    assert_int_equal(plan.term[0].all.invited, 4);
    assert_int_equal(plan.term[0].all.in_line, 3);
    assert_float_equal(plan.term[0].all.expected, 3.5, 1e-9);
    assert_int_equal(plan.term[0].office[0].in_line, 3);
}

static void an_organizer_belongs_to_the_nearest_office_with_room(void **state)
{
    const struct plan_office offices[] = {{"west", 60, 12, PLACES(2)}, {"east", 60, 18, PLACES(2)}};
    (void)state;
    add(POPULATION_NONE, 12, 0.1);
    add(POPULATION_NONE, 13, 0.1);
    add(POPULATION_NONE, 14.9, 0.9); /* west would be a little nearer, and has no room */
    add(POPULATION_NONE, 18, 0.1);
    make(offices, 2);
    assert_int_equal(party_of(0)->office, 0);
    assert_int_equal(party_of(1)->office, 0);
    assert_int_equal(party_of(2)->office, 1);
    assert_int_equal(party_of(3)->office, 1);
    assert_int_equal(plan.n_terms, 1);
    assert_float_equal(party_of(0)->km, 0, 1e-6);
    assert_true(party_of(2)->km > 100);
}

static void what_never_fits_is_told(void **state)
{
    const struct plan_office falling = {"one", 60, 15, PLACES(3, 1, 0)}, small = {"one", 60, 15, PLACES(2)};
    (void)state;
    for (uint32_t i = 0; i < 5; i++)
        add(POPULATION_NONE, 15, 1 - i / 10.0);
    make(&falling, 1);
    assert_int_equal(plan.n_terms, 2);
    assert_int_equal(party_of(3)->term, 2);
    assert_int_equal(party_of(4)->term, 0);
    assert_int_equal(plan.never, 1);
    assert_float_equal(plan.term[1].reach, 0.8, 1e-9);
    people.n = 0;
    for (uint32_t i = 0; i < 3; i++)
        add(1, 15, 1);
    add(POPULATION_NONE, NAN, 0); /* nobody knows where */
    make(&small, 1);
    assert_int_equal(party_of(0)->term, 0);
    assert_int_equal(party_of(3)->term, 1);
    assert_true(isnan(party_of(3)->km));
    assert_int_equal(plan.never, 3);
}

static void dialogues_count_meetings(void **state)
{
    const struct plan_office office = {"one", 60, 15, PLACES(1)};
    (void)state;
    settings.unit = PLAN_DIALOGUES;
    for (uint32_t i = 0; i < 6; i++)
        add(i < 5 ? 1 : POPULATION_NONE, 15, 0.5);
    make(&office, 1);
    assert_int_equal(plan.n_terms, 2);
    assert_int_equal(plan.term[0].all.dialogues, 1);
    assert_int_equal(plan.term[0].all.invited + plan.term[1].all.invited, 6);
}

static void who_was_invited_before_comes_after_who_never_was(void **state)
{
    const struct plan_office office = {"one", 60, 15, PLACES(1)};
    (void)state;
    add(POPULATION_NONE, 15, 1)->before = true;
    add(POPULATION_NONE, 15, 0);
    make(&office, 1);
    assert_int_equal(party_of(1)->term, 1);
    assert_int_equal(party_of(0)->term, 2);
}

static void fairness_spreads_kinds_over_the_terms(void **state)
{
    const struct plan_office office = {"one", 60, 15, PLACES(6)};
    (void)state;
    for (uint32_t i = 0; i < 24; i++)
        add(POPULATION_NONE, 15, i < 12 ? 0.9 : 0.3)->kind = i < 12 ? KIND_INDEPENDENT : KIND_MUNICIPAL;
    make(&office, 1);
    assert_int_equal(plan.term[0].kinds[KIND_INDEPENDENT], 6); /* by need alone */
    settings.fairness = 20;
    make(&office, 1);
    for (uint32_t t = 0; t < 4; t++)
        assert_int_equal(plan.term[t].kinds[KIND_INDEPENDENT], 3);
}

static void a_total_is_spread_as_the_offices_places_are(void **state)
{
    const struct plan_office offices[] = {
        {"a", 60, 15, PLACES(1)}, {"b", 60, 15, PLACES(2)}, {"c", 60, 15, PLACES(0)}};
    const struct plan_office none[] = {{"a", 60, 15, PLACES(0)}, {"b", 60, 15, PLACES(0)}};
    uint32_t parts[3];
    (void)state;
    plan_spread(offices, 3, 100, parts);
    assert_true(parts[0] == 33 && parts[1] == 67 && parts[2] == 0);
    plan_spread(offices, 3, 100000000, parts);
    assert_int_equal(parts[0] + parts[1], 100000000);
    plan_spread(none, 2, 5, parts);
    assert_int_equal(parts[0] + parts[1], 5);
    assert_true(parts[0] >= 2 && parts[1] >= 2);
}

static void what_cannot_be_planned_is_refused(void **state)
{
    const struct plan_office office = {"one", 60, 15, PLACES(1)};
    struct err e = ERR_INIT;
    (void)state;
    assert_int_equal(plan_make(&people, &office, 0, &settings, &plan, &e), ERR_INVALID);
    assert_string_equal(e.text, "offices: none came; 1 to 100 are allowed");
    struct plan_people many = {NULL, PLAN_ORGANIZERS_MOST + 1, 1};
    assert_int_equal(plan_make(&many, &office, 1, &settings, &plan, &e), ERR_INVALID);
    make(&office, 1); /* nobody at all */
    assert_int_equal(plan.n_parties + plan.n_terms, 0);
}

static void sizes_are_classes_of_pupils(void **state)
{
    (void)state;
    assert_int_equal(plan_size_of(0), 0);
    assert_int_equal(plan_size_of(99), 0);
    assert_int_equal(plan_size_of(100), 1);
    assert_int_equal(plan_size_of(2000), 3);
    assert_int_equal(plan_size_of(-1), PLAN_SIZES - 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(most_need_comes_first_and_networks_stay_whole),
        TEST(declined_places_go_to_the_next_in_line),
        TEST(an_organizer_belongs_to_the_nearest_office_with_room),
        TEST(what_never_fits_is_told),
        TEST(dialogues_count_meetings),
        TEST(who_was_invited_before_comes_after_who_never_was),
        TEST(fairness_spreads_kinds_over_the_terms),
        TEST(a_total_is_spread_as_the_offices_places_are),
        TEST(what_cannot_be_planned_is_refused),
        TEST(sizes_are_classes_of_pupils),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
