#include "regroup_fixture.h"

#include "core/similarity/neighbour.h"
#include "core/similarity/profile.h"
#include "regroup/least_fit.h"

/* Organizer i reports challenge topic[i] - 'a' alone: alike within a topic, nothing in common between topics.
 */
struct town {
    struct inputs in;
    struct profiles profiles;
    struct neighbour_graph graph;
    struct selection s;
    uint32_t community[64], group[64], moved_to[16], n_groups, rounds;
    struct err e;
};

static void town_open(struct town *t, const char *topics, const char *groups)
{
    uint32_t n = (uint32_t)strlen(topics);
    memset(t, 0, sizeof *t);
    fixture_open(&t->in, n, 4);
    for (uint32_t i = 0; i < n; i++) {
        fixture_report(&t->in, i, (uint32_t)(topics[i] - 'a'), 3, 10);
        t->group[i] = (uint32_t)(groups[i] - '0');
        t->n_groups = t->group[i] >= t->n_groups ? t->group[i] + 1 : t->n_groups;
    }
    fixture_seal(&t->in);
    t->in.settings.min_fit = 0.6;
    t->in.settings.effort = 1000;
    assert_int_equal(profiles_build(&t->in.population, &t->in.settings, t->in.today, &t->profiles, &t->e),
                     ERR_OK);
    assert_int_equal(neighbour_graph_build(&t->profiles, 15, 0, 1, &t->graph, &t->e), ERR_OK);
    assert_int_equal(selection_build(&t->s, &t->in, &t->profiles, &t->graph, &t->e), ERR_OK);
}

static void reach(struct town *t)
{
    struct least_fit_task task = {&t->in, &t->profiles, &t->graph, t->community, 1, 1, NULL, NULL};
    assert_int_equal(least_fit_reach(&task, &t->s, t->group, &t->n_groups, t->moved_to, &t->rounds, &t->e),
                     ERR_OK);
}

/* The groups as they were written into town_open; '-' = left out. */
static void expect(struct town *t, const char *groups)
{
    char found[65] = {0};
    for (uint32_t i = 0; i < t->s.n; i++)
        found[i] = (char)(t->group[i] == GROUP_NONE ? '-' : '0' + t->group[i]);
    assert_string_equal(found, groups);
    selection_free(&t->s);
    neighbour_graph_free(&t->graph);
    profiles_free(&t->profiles);
    fixture_free(&t->in);
}

static void who_fits_stays(void **state)
{
    (void)state;
    struct town t;
    town_open(&t, "aaaaabbbbbb", "00000111111");
    reach(&t);
    assert_int_equal(t.n_groups, 2);
    expect(&t, "00000111111");
}

static void who_does_not_fit_goes_where_it_does(void **state)
{
    (void)state;
    struct town t;
    town_open(&t, "aaaaabbbbbb", "00000011111");
    reach(&t);
    expect(&t, "00000111111");
}

static void who_fits_nowhere_is_left_out(void **state)
{
    (void)state;
    struct town t;
    town_open(&t, "aaaaaccbbbbb", "000000011111");
    reach(&t);
    expect(&t, "00000--11111");
}

/* Twelve are full: the thirteenth of the same mind has no place, though it would fit. */
static void a_full_network_takes_nobody_in(void **state)
{
    (void)state;
    struct town t;
    town_open(&t, "aaaaaaaaaaaaabbbbb", "000000000000111111");
    reach(&t);
    expect(&t, "000000000000-11111");
}

static void a_network_too_small_without_its_misfits_is_dissolved(void **state)
{
    (void)state;
    struct town t;
    town_open(&t, "aaaabbbbbbb", "00000111111");
    t.in.settings.max_size = 7;
    reach(&t);
    assert_int_equal(t.n_groups, 1);
    assert_int_equal(t.moved_to[0], GROUP_NONE);
    assert_int_equal(t.moved_to[1], 0);
    expect(&t, "----0000000");
}

static void leftovers_form_networks_of_their_own(void **state)
{
    (void)state;
    struct town t;
    town_open(&t, "aaabbaabbb", "0000011111");
    reach(&t);
    assert_int_equal(t.n_groups, 2);
    uint32_t a = t.group[0], b = t.group[3];
    assert_int_not_equal(a, b);
    expect(&t, a == 0 ? "0001100111" : "1110011000");
}

static void whom_a_pin_holds_stays_whatever_its_fit(void **state)
{
    (void)state;
    struct town t;
    town_open(&t, "aaaaabbbbbb", "00000011111");
    t.s.held[5] = true;
    reach(&t);
    expect(&t, "00000011111");
}

static void whom_a_pin_names_is_not_placed_anew(void **state)
{
    (void)state;
    struct town t;
    town_open(&t, "aaaaabbbbbb", "00000011111");
    fixture_pin(&t.in, RULE_APART, "o05 o06");
    reach(&t);
    expect(&t, "00000-11111");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_fits_stays),
        cmocka_unit_test(who_does_not_fit_goes_where_it_does),
        cmocka_unit_test(who_fits_nowhere_is_left_out),
        cmocka_unit_test(a_full_network_takes_nobody_in),
        cmocka_unit_test(a_network_too_small_without_its_misfits_is_dissolved),
        cmocka_unit_test(leftovers_form_networks_of_their_own),
        cmocka_unit_test(whom_a_pin_holds_stays_whatever_its_fit),
        cmocka_unit_test(whom_a_pin_names_is_not_placed_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
