#include "regroup_fixture.h"

#include "core/similarity/neighbour.h"
#include "core/similarity/profile.h"
#include "regroup/selection.h"

struct chosen {
    struct inputs in;
    struct profiles profiles;
    struct neighbour_graph graph;
    struct selection s;
    struct err e;
    int code;
};

/* `n` organizers that all report challenge 0, after `silent` ones that report nothing. */
static void open_same(struct chosen *c, uint32_t n, uint32_t silent)
{
    memset(c, 0, sizeof *c);
    fixture_open(&c->in, n + silent, 3);
    for (uint32_t i = 0; i < n; i++)
        fixture_report(&c->in, silent + i, 0, 1 + (int)i % 5, 10);
}

static void choose(struct chosen *c)
{
    assert_int_equal(profiles_build(&c->in.population, &c->in.settings, c->in.today, &c->profiles, &c->e),
                     ERR_OK);
    assert_int_equal(neighbour_graph_build(&c->profiles, 15, 0, 1, &c->graph, &c->e), ERR_OK);
    c->code = selection_build(&c->s, &c->in, &c->profiles, &c->graph, &c->e);
}

static void close_all(struct chosen *c)
{
    selection_free(&c->s);
    neighbour_graph_free(&c->graph);
    profiles_free(&c->profiles);
    fixture_free(&c->in);
}

static uint32_t count(const struct chosen *c, enum unmatched_reason reason)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->in.population.n_organizers; i++)
        n += c->s.reason[i] == reason;
    return n;
}

static void tells_who_reported_nothing_from_who_fits_nobody(void **state)
{
    (void)state;
    struct chosen c;
    open_same(&c, 6, 3);
    fixture_report(&c.in, 0, 2, 5, 1); /* alone with its challenge */
    fixture_seal(&c.in);
    choose(&c);
    assert_int_equal(c.code, ERR_OK);
    assert_int_equal(c.s.n, 6);
    assert_int_equal(c.s.n_networks, 1);
    assert_int_equal(c.s.reason[0], UNMATCHED_NO_FIT);
    assert_int_equal(c.s.reason[1], UNMATCHED_NOTHING_REPORTED);
    assert_int_equal(c.s.element[3], 0);
    close_all(&c);
}

static void too_few_for_one_network_are_all_left_out(void **state)
{
    (void)state;
    struct chosen c;
    open_same(&c, 4, 1);
    fixture_seal(&c.in);
    fixture_pin(&c.in, RULE_TOGETHER, "o01 o02");
    choose(&c);
    assert_int_equal(c.code, ERR_OK);
    assert_int_equal(c.s.n, 0);
    assert_int_equal(c.s.n_networks, 0);
    assert_int_equal(count(&c, UNMATCHED_CONSTRAINT), 4);
    close_all(&c);
}

/* 14 cannot be cut into networks of exactly six: two wait, those with the least need. */
static void fewest_possible_are_left_out_when_sizes_do_not_add_up(void **state)
{
    (void)state;
    struct chosen c;
    open_same(&c, 14, 0);
    fixture_seal(&c.in);
    c.in.settings.min_size = c.in.settings.target_size = c.in.settings.max_size = 6;
    choose(&c);
    assert_int_equal(c.s.n, 12);
    assert_int_equal(c.s.n_networks, 2);
    assert_int_equal(count(&c, UNMATCHED_CONSTRAINT), 2);
    assert_int_equal(c.s.reason[5], UNMATCHED_CONSTRAINT); /* severity 1, and after o00 */
    assert_int_equal(c.s.reason[10], UNMATCHED_CONSTRAINT);
    close_all(&c);
}

static void who_waited_last_time_and_who_is_pinned_goes_first(void **state)
{
    (void)state;
    struct chosen c;
    open_same(&c, 14, 0);
    fixture_seal(&c.in);
    c.in.settings.networks = 1;
    c.in.base.waited[0] = 1;
    fixture_pin(&c.in, RULE_TOGETHER, "o05 o10");
    choose(&c);
    assert_int_equal(c.s.n, 12);
    assert_int_equal(c.s.n_networks, 1);
    assert_int_equal(count(&c, UNMATCHED_OVER_CAPACITY), 2);
    assert_int_equal(c.s.reason[0], UNMATCHED_NONE);
    assert_int_equal(c.s.reason[5], UNMATCHED_NONE);
    assert_int_equal(c.s.reason[10], UNMATCHED_NONE);
    close_all(&c);
}

/* Eighteen for six places: of severity 1 to 5, then 1 again; o00 and o05 need least, but have waited. */
static void capacity_makes_wait_who_has_waited_least_and_needs_least(void **state)
{
    (void)state;
    struct chosen c;
    open_same(&c, 18, 0);
    fixture_seal(&c.in);
    c.in.settings.min_size = c.in.settings.target_size = 5;
    c.in.settings.max_size = 6;
    c.in.settings.capacity = 1;
    c.in.base.waited[0] = 3;
    c.in.base.waited[5] = 1;
    c.in.base.waited[4] = 1;
    choose(&c);
    assert_int_equal(c.code, ERR_OK);
    assert_int_equal(c.s.n, 6);
    assert_int_equal(c.s.n_networks, 1);
    assert_int_equal(count(&c, UNMATCHED_OVER_CAPACITY), 12);
    const uint32_t placed[] = {0, 3, 4, 5, 9, 14}; /* waited 3, 1 and 1; then severity 5, 5 and the first 4 */
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(c.s.organizer[i], placed[i]);
    for (uint32_t i = 0; i < 18; i++)
        assert_int_equal(c.s.waits[i], c.s.reason[i] == UNMATCHED_OVER_CAPACITY);
    close_all(&c);
}

static void capacity_bounds_what_the_target_size_gives(void **state)
{
    (void)state;
    struct chosen c;
    open_same(&c, 22, 0);
    fixture_seal(&c.in);
    c.in.settings.capacity = 2; /* the target size of 8 would give three */
    choose(&c);
    assert_int_equal(c.s.n, 22);
    assert_int_equal(c.s.n_networks, 2);
    close_all(&c);
}

static void more_networks_than_organizers_can_fill_are_refused(void **state)
{
    (void)state;
    struct chosen c;
    open_same(&c, 14, 0);
    fixture_seal(&c.in);
    c.in.settings.networks = 3;
    choose(&c);
    assert_int_equal(c.code, ERR_INVALID);
    assert_string_equal(c.e.text,
                        "networks = 3 with min_size 5 need at least 15 organizers, but 14 can be placed");
    close_all(&c);
}

static void pins_that_cannot_be_obeyed_are_warned_of(void **state)
{
    (void)state;
    struct chosen c;
    open_same(&c, 6, 1);
    fixture_seal(&c.in);
    fixture_pin(&c.in, RULE_TOGETHER, "o00 o01 o99");
    fixture_pin(&c.in, RULE_KEEP, "o02");
    choose(&c);
    assert_int_equal(c.code, ERR_OK);
    assert_int_equal(json_array_size(c.s.warnings), 3);
    assert_string_equal(
        json_string_value(json_array_get(c.s.warnings, 0)),
        "pin 1 (together): Organizer 0 (o00) reported nothing that counts and is in no network");
    assert_string_equal(json_string_value(json_array_get(c.s.warnings, 1)),
                        "pin 1 (together): there is no organizer o99");
    assert_string_equal(json_string_value(json_array_get(c.s.warnings, 2)),
                        "pin 2 (keep): Organizer 2 (o02) is in no published network that it could stay in");
    close_all(&c);
}

static void a_pin_brings_in_who_fits_nobody(void **state)
{
    (void)state;
    struct chosen c;
    open_same(&c, 6, 1);
    fixture_report(&c.in, 0, 2, 5, 1);
    fixture_seal(&c.in);
    fixture_pin(&c.in, RULE_TOGETHER, "o00 o01");
    choose(&c);
    assert_int_equal(c.s.n, 7);
    assert_int_equal(json_array_size(c.s.warnings), 0);
    close_all(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_who_reported_nothing_from_who_fits_nobody),
        cmocka_unit_test(too_few_for_one_network_are_all_left_out),
        cmocka_unit_test(fewest_possible_are_left_out_when_sizes_do_not_add_up),
        cmocka_unit_test(who_waited_last_time_and_who_is_pinned_goes_first),
        cmocka_unit_test(capacity_makes_wait_who_has_waited_least_and_needs_least),
        cmocka_unit_test(capacity_bounds_what_the_target_size_gives),
        cmocka_unit_test(more_networks_than_organizers_can_fill_are_refused),
        cmocka_unit_test(pins_that_cannot_be_obeyed_are_warned_of),
        cmocka_unit_test(a_pin_brings_in_who_fits_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
