/* Which activities cover what a network shares, where one can count it by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/plan/cover.h"
#include "core/snapshot/snapshot_builder.h"

#define OK(call) assert_int_equal(call, 0)

static struct snapshot *snapshot;
static struct cover *cover;

static void add_people(struct population *p)
{
    struct err e = ERR_INIT;
    char id[8];
    for (int i = 1; i <= 4; i++) {
        snprintf(id, sizeof id, "o%d", i);
        struct organizer o = {
            .id = id, .name = id, .municipality = "", .county = "", .attributes = "{}", .pupils = 1};
        OK(population_add_organizer(p, &o, &e));
    }
    OK(population_add_challenge(p, "a", "x", "A", "A", &e));
    OK(population_add_challenge(p, "b", "x", "B", "B", &e));
    OK(population_add_challenge(p, "c", "y", "C", "C", &e));
    OK(population_add_challenge(p, "d", "y", "D", "D", &e));
    OK(population_index(p, &e));
    /* Of the network o1, o2, o3: a is shared with a need of 2, b of 1.2, c of 0.8; d is reported by one. */
    static const struct {
        const char *organizer, *challenge;
        int severity;
    } reports[] = {{"o1", "a", 5}, {"o2", "a", 5}, {"o1", "b", 2}, {"o2", "b", 2}, {"o3", "b", 2},
                   {"o2", "c", 1}, {"o3", "c", 3}, {"o3", "d", 5}, {"o4", "d", 5}};
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++)
        OK(population_add_report(p, reports[i].organizer, reports[i].challenge, reports[i].severity, 20000,
                                 &e));
}

static void add_network(struct snapshot_builder *b)
{
    struct err e = ERR_INIT;
    struct snapshot_network_row network = {.programme = "default",
                                           .number = 1,
                                           .label_sv = "",
                                           .label_en = "",
                                           .reason_sv = "",
                                           .reason_en = "",
                                           .shared = "[]"};
    static const char *const members[] = {"o1", "o2", "o3"};
    OK(snapshot_add_network(b, &network, &e));
    for (size_t i = 0; i < 3; i++) {
        struct snapshot_member_row member = {.programme = "default",
                                             .organizer = members[i],
                                             .network = 1,
                                             .shared = "",
                                             .reason_sv = "",
                                             .reason_en = ""};
        OK(snapshot_add_member(b, &member, &e));
    }
}

static void open_world(const struct snapshot_activity_row *rows, size_t n)
{
    struct err e = ERR_INIT;
    struct snapshot_builder *b = NULL;
    struct snapshot_programme_row programme = {.name = "default",
                                               .title_sv = "Alla",
                                               .title_en = "All",
                                               .settings = "{}",
                                               .published_run = 7,
                                               .published_at = "2026-03-14T06:00:01Z",
                                               .runs_total = 1};
    OK(snapshot_builder_new(20000, &b, &e));
    OK(snapshot_add_programme(b, &programme, &e));
    add_people(snapshot_builder_population(b));
    for (size_t i = 0; i < n; i++)
        OK(snapshot_add_activity(b, &rows[i], &e));
    add_network(b);
    OK(snapshot_build(b, &snapshot, &e));
    snapshot_builder_free(b);
    cover = cover_open(snapshot, &snapshot->programmes[0]);
    assert_non_null(cover);
}

static int teardown(void **state)
{
    (void)state;
    cover_close(cover);
    snapshot_free(snapshot);
    cover = NULL;
    snapshot = NULL;
    return 0;
}

static void what_adds_most_comes_first(void **state)
{
    static const struct snapshot_activity_row rows[] = {{"one", "En", "One", "b" SNAPSHOT_BETWEEN "c"},
                                                        {"three", "Tre", "Three", "c"},
                                                        {"two", "Tva", "Two", "a" SNAPSHOT_BETWEEN "b"}};
    struct cover_network x;
    (void)state;
    open_world(rows, 3);
    cover_network(cover, 0, 5, 1, &x);
    assert_float_equal(x.need, 4, 1e-9);
    assert_int_equal(x.n_choices, 2); /* the third adds nothing to these */
    assert_int_equal(x.choice[0].activity, 2);
    assert_float_equal(x.choice[0].share, 0.8, 1e-9);
    assert_int_equal(x.choice[1].activity, 0); /* as much as "three", and before it */
    assert_float_equal(x.covered, 1, 1e-9);
    cover_network(cover, 0, 5, 0.8, &x);
    assert_int_equal(x.n_choices, 1); /* enough */
    cover_network(cover, 0, 1, 1, &x);
    assert_int_equal(x.n_choices, 1); /* as many as may be */
}

static void what_one_reports_is_not_shared(void **state)
{
    static const struct snapshot_activity_row rows[] = {{"one", "En", "One", "d" SNAPSHOT_BETWEEN "gone"}};
    struct cover_network x;
    (void)state;
    open_world(rows, 1);
    cover_network(cover, 0, 5, 1, &x);
    assert_int_equal(x.n_choices, 0);
    assert_float_equal(x.covered, 0, 1e-9);
    assert_true(cover_answers(cover, 3));
    assert_false(cover_answers(cover, 0));
    assert_int_equal(cover_reporting(cover), 4);
    assert_int_equal(snapshot->activities[0].n, 1); /* what is in no catalogue counts for nothing */
}

static void without_activities_nothing_is_covered(void **state)
{
    struct cover_network x;
    (void)state;
    open_world(NULL, 0);
    cover_network(cover, 0, 5, 1, &x);
    assert_int_equal(x.n_choices, 0);
    assert_float_equal(x.need, 4, 1e-9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(what_adds_most_comes_first, teardown),
        cmocka_unit_test_teardown(what_one_reports_is_not_shared, teardown),
        cmocka_unit_test_teardown(without_activities_nothing_is_covered, teardown),
    };
    return cmocka_run_group_tests_name("cover", tests, NULL, NULL);
}
