/* What changed between two runs: networks that grew, split, merged, closed, and why somebody moved. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/snapshot/run_diff.h"

static struct run_diff *diff;

static int setup(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    return run_diff_open(&diff, &e);
}

static int teardown(void **state)
{
    (void)state;
    run_diff_free(diff);
    return 0;
}

static void network(uint32_t number, uint32_t before, uint32_t after)
{
    struct err e = ERR_INIT;
    struct run_diff_network_row row = {number, before, false, "f\xc3\xb6re", "before"};
    if (before > 0)
        assert_int_equal(run_diff_add_network(diff, &row, &e), 0);
    row = (struct run_diff_network_row){number, after, true, "efter", "after"};
    if (after > 0)
        assert_int_equal(run_diff_add_network(diff, &row, &e), 0);
}

static void flow(uint32_t before, uint32_t after, uint32_t members)
{
    struct err e = ERR_INIT;
    assert_int_equal(run_diff_add_flow(diff, before, after, members, &e), 0);
}

static void build(void)
{
    struct err e = ERR_INIT;
    if (run_diff_build(diff, &e) != 0)
        fail_msg("%s", e.text);
}

static const struct run_diff_network *found(uint32_t number)
{
    const struct run_diff_network *n = run_diff_find(diff, number);
    assert_non_null(n);
    return n;
}

static void assert_parts(const struct run_diff_part *parts, uint32_t n, const char *expected)
{
    char text[256] = "";
    for (uint32_t i = 0; i < n; i++) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%s%u:%u", i > 0 ? " " : "", parts[i].network,
                 parts[i].members);
    }
    assert_string_equal(text, expected);
}

static const char *why(struct run_diff_place before, struct run_diff_place after)
{
    struct run_diff_move move = {"1", "One", KIND_MUNICIPAL, before, after, "", ""};
    return run_diff_why(diff, &move);
}

static void networks_grow_shrink_change_and_stay(void **state)
{
    (void)state;
    network(1, 5, 5);
    network(2, 5, 6);
    network(3, 6, 5);
    network(4, 5, 5);
    flow(1, 1, 5);
    flow(2, 2, 5);
    flow(3, 2, 1);
    flow(3, 3, 5);
    flow(4, 4, 4);
    flow(4, 0, 1);
    flow(0, 4, 1);
    build();
    assert_string_equal(run_diff_change_name(found(1)->change), "same");
    assert_string_equal(run_diff_change_name(found(2)->change), "grew");
    assert_string_equal(run_diff_change_name(found(3)->change), "shrank");
    assert_string_equal(run_diff_change_name(found(4)->change), "changed");
    assert_parts(found(2)->from, found(2)->n_from, "3:1");
    assert_parts(found(3)->to, found(3)->n_to, "2:1");
    assert_parts(found(4)->to, found(4)->n_to, "0:1");
    assert_int_equal(found(4)->stayed, 4);
    assert_int_equal(diff->counts.stayed, 19);
    assert_int_equal(diff->counts.moved, 1);
    assert_int_equal(diff->counts.joined, 1);
    assert_int_equal(diff->counts.left, 1);
    assert_int_equal(diff->counts.networks[NETWORK_GREW], 1);
    assert_null(run_diff_find(diff, 5));
    assert_string_equal(found(1)->label_en, "after");
}

static void a_network_splits_and_two_merge(void **state)
{
    (void)state;
    network(1, 12, 7);
    network(2, 6, 0);
    network(3, 5, 10);
    network(9, 0, 5);
    flow(1, 1, 7);
    flow(1, 9, 5);
    flow(2, 3, 5);
    flow(2, 0, 1);
    flow(3, 3, 5);
    build();
    assert_true(found(1)->split);
    assert_false(found(1)->merged);
    assert_string_equal(run_diff_change_name(found(2)->change), "closed");
    assert_false(found(2)->split); /* one part went on, the other into no network */
    assert_true(found(3)->merged);
    assert_string_equal(run_diff_change_name(found(9)->change), "new");
    assert_int_equal(diff->counts.split, 1);
    assert_int_equal(diff->counts.merged, 1);
    assert_string_equal(found(2)->label_en, "before");
}

/* One that goes is not yet a part, nor are two of twelve. */
static void few_that_go_are_no_split(void **state)
{
    (void)state;
    network(1, 12, 10);
    network(2, 4, 5);
    network(3, 5, 6);
    flow(1, 1, 10);
    flow(1, 3, 2);
    flow(2, 2, 4);
    flow(3, 3, 4);
    flow(3, 2, 1);
    build();
    assert_false(found(1)->split);
    assert_false(found(3)->split);
    assert_int_equal(diff->counts.merged, 1); /* two of six are a third */
    assert_true(found(3)->merged);
}

static void why_somebody_moved(void **state)
{
    (void)state;
    network(1, 12, 7);
    network(2, 6, 0);
    network(3, 6, 12);
    network(9, 0, 5);
    flow(1, 1, 7);
    flow(1, 9, 4);
    flow(1, 3, 1);
    flow(2, 3, 5);
    flow(2, 9, 1);
    flow(3, 3, 6);
    build();
    assert_string_equal(why((struct run_diff_place){2, 0.5f, ""}, (struct run_diff_place){3, 0.9f, ""}),
                        "closed");
    assert_string_equal(why((struct run_diff_place){1, 0.5f, ""}, (struct run_diff_place){9, 0.9f, ""}),
                        "split");
    assert_string_equal(why((struct run_diff_place){1, 0.5f, ""}, (struct run_diff_place){3, 0.6f, ""}),
                        "better");
    assert_string_equal(why((struct run_diff_place){1, 0.5f, ""}, (struct run_diff_place){3, 0.5f, ""}),
                        "others");
    assert_string_equal(why((struct run_diff_place){0, 0, ""}, (struct run_diff_place){3, 0.5f, ""}), "new");
    assert_string_equal(why((struct run_diff_place){0, 0, "no_fit"}, (struct run_diff_place){3, 0.5f, ""}),
                        "placed");
    assert_string_equal(why((struct run_diff_place){3, 0.5f, ""}, (struct run_diff_place){0, 0, ""}), "gone");
    assert_string_equal(
        why((struct run_diff_place){3, 0.5f, ""}, (struct run_diff_place){0, 0, "over_capacity"}),
        "over_capacity");
}

static void an_unknown_network_is_a_fault(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    network(1, 5, 5);
    flow(1, 2, 1);
    assert_int_equal(run_diff_build(diff, &e), ERR_INTERNAL);
    assert_non_null(strstr(e.text, "2"));
}

static void nothing_is_no_difference(void **state)
{
    (void)state;
    build();
    assert_int_equal(diff->counts.stayed, 0);
    assert_int_equal(diff->n_networks, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(networks_grow_shrink_change_and_stay),
        TEST(a_network_splits_and_two_merge),
        TEST(few_that_go_are_no_split),
        TEST(why_somebody_moved),
        TEST(an_unknown_network_is_a_fault),
        TEST(nothing_is_no_difference),
    };
    return cmocka_run_group_tests_name("run_diff", tests, NULL, NULL);
}
