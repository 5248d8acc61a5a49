/* Rules that people set: which of them contradict each other, and with which words that is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/rules/pin_words.h"
#include "pin_world.h"

static const char sizes[] = "{\"min_size\": 2, \"target_size\": 3, \"max_size\": 4, \"category_share\": 0}";

/* Rules in turn, the last one new: what is told, or "" where they go together. */
static const char *told(const char *const *rules)
{
    static struct err e;
    struct pin_world w;
    int64_t number = 1;
    e = (struct err)ERR_INIT;
    world_open(&w, 6, "a1 a2 a3|b1 b2 b3|a4 a5 a6 b4", sizes);
    for (; rules[1] != NULL; rules++)
        assert_true(world_pin(&w, number++, *rules));
    assert_true(world_pin(&w, 0, *rules));
    int code = pin_list_check(&w.list, &e);
    assert_true(code == 0 || code == ERR_INVALID);
    world_close(&w);
    return code == 0 ? "" : e.text;
}
#define TOLD(...) told((const char *const[]){__VA_ARGS__, NULL})

static void rules_that_go_together_are_fine(void **state)
{
    (void)state;
    assert_string_equal(TOLD("together a1 b1"), "");
    assert_string_equal(TOLD("together a1 b1", "apart a1 b2"), "");
    assert_string_equal(TOLD("together a1 a2", "together a2 a3", "together a3 b1"), "");
    assert_string_equal(TOLD("keep a1 a2", "together a1 b1"), "");
    assert_string_equal(TOLD("keep a1", "keep b1", "apart a1 b1"), "");
    assert_string_equal(TOLD("keep 2 a1", "together a1 b1", "keep b1"), "");
}

static void apart_and_together_clash_also_by_way_of_others(void **state)
{
    (void)state;
    assert_string_equal(
        TOLD("together a1 a2", "apart b1 b2", "apart a1 a2"),
        "these rules cannot be met together: 'pin 1 (together: a1, a2), set by Anna', 'the new pin "
        "(apart: a1, a2)'; who is to be apart would be together");
    assert_string_equal(
        TOLD("together a1 a2", "keep b1", "together a2 a3", "apart b2 a1 a3"),
        "these rules cannot be met together: 'pin 1 (together: a1, a2), set by Anna', 'pin 3 "
        "(together: a2, a3), set by Anna', 'the new pin (apart: b2, a1, a3)'; who is to be apart would "
        "be together");
}

static void nobody_is_kept_in_two_places(void **state)
{
    (void)state;
    assert_string_equal(
        TOLD("keep a1 b1", "together a1 b1"),
        "these rules cannot be met together: 'pin 1 (keep: a1, b1), set by Anna', 'the new pin "
        "(together: a1, b1)'; who is to be together, or in one place, is kept in two networks");
    assert_string_equal(
        TOLD("keep a1", "keep 2 a1"),
        "these rules cannot be met together: 'pin 1 (keep: a1), set by Anna', 'the new pin (keep in "
        "network 2: a1)'; who is to be together, or in one place, is kept in two networks");
    assert_string_equal(
        TOLD("keep a1 a2", "apart a2 a1"),
        "these rules cannot be met together: 'pin 1 (keep: a1, a2), set by Anna', 'the new pin (apart: "
        "a2, a1)'; who is to be apart is kept in one network");
}

static void no_network_is_made_too_large(void **state)
{
    (void)state;
    assert_string_equal(
        TOLD("together a1 a2 a3 a4 b1"),
        "this rule cannot be met: 'the new pin (together: a1, a2, a3, a4, b1)'; a network has at most "
        "4 members");
    assert_string_equal(
        TOLD("together a1 a2 a3", "together a3 b1", "together b1 b2"),
        "these rules cannot be met together: 'pin 1 (together: a1, a2, a3), set by Anna', 'pin 2 "
        "(together: a3, b1), set by Anna', 'the new pin (together: b1, b2)'; a network has at most 4 "
        "members");
    assert_string_equal(
        TOLD("keep b1 b2 b3", "keep 2 a1", "keep 2 a2"),
        "these rules cannot be met together: 'pin 1 (keep: b1, b2, b3), set by Anna', 'pin 2 (keep in "
        "network 2: a1), set by Anna', 'the new pin (keep in network 2: a2)'; a network has at most 4 "
        "members");
}

/* The same with other settings, and with network `locked` locked, 0 = none. */
static const char *told_of(const char *settings, uint32_t locked, const char *rule)
{
    static struct err e;
    struct pin_world w;
    e = (struct err)ERR_INIT;
    world_open(&w, 6, "a1 a2 a3 a4 a5|b1 b2 b3", settings);
    if (locked != 0)
        assert_int_equal(pin_list_lock(&w.list, &w.p->networks[locked - 1], &e), 0);
    assert_true(world_pin(&w, 0, rule));
    int code = pin_list_check(&w.list, &e);
    assert_true(code == 0 || code == ERR_INVALID);
    world_close(&w);
    return code == 0 ? "" : e.text;
}

static void a_locked_network_may_be_larger_than_new_ones(void **state)
{
    (void)state;
    assert_string_equal(told_of(sizes, 1, "keep b1"), "");
    assert_string_equal(told_of(sizes, 1, "together a1 a2"), "");
    assert_string_equal(told_of(sizes, 1, "together b1 b4"), "");
    assert_string_equal(told_of(sizes, 1, "together a1 b1"),
                        "these rules cannot be met together: 'network 1 is locked', 'the new pin (together: "
                        "a1, b1)'; that network is locked: nobody else may join it");
    assert_string_equal(told_of(sizes, 0, "keep a1 a2 a3 a4 a5"),
                        "this rule cannot be met: 'the new pin (keep: a1, a2, a3, a4, a5)'; a network has at "
                        "most 4 members");
}

static void rules_that_clash_already_are_told_without_the_new_one(void **state)
{
    (void)state;
    assert_string_equal(
        TOLD("keep b1", "together a1 a2", "apart a1 a2", "keep b2"),
        "these rules cannot be met together as they are, whatever is added: 'pin 2 (together: "
        "a1, a2), set by Anna', 'pin 3 (apart: a1, a2), set by Anna'; who is to be apart "
        "would be together");
    assert_string_equal(TOLD("together a1 a2 a3 a4 a5", "keep b1"),
                        "this rule cannot be met as it is, whatever is added: 'pin 1 (together: a1, a2, "
                        "a3, a4, a5), set by Anna'; a network has at most 4 members");
}

static void what_the_settings_keep_apart_cannot_be_together(void **state)
{
    static const char near[] = "{\"min_size\": 2, \"target_size\": 3, \"max_size\": 4, "
                               "\"category_share\": 0, \"distance_most_km\": 100}";
    (void)state;
    assert_string_equal(told_of(near, 0, "together a1 b1"),
                        "this rule cannot be met: 'the new pin (together: a1, b1)'; two of them would be "
                        "together, whom the settings keep apart: 'distance_most_km: 100'");
    assert_string_equal(told_of(near, 0, "together a1 a6"), "");
    assert_string_equal(told_of(near, 0, "together b1 b4 b5"), "");
    assert_string_equal(told_of(near, 1, "together a1 a2"), "");
}

static void places_are_counted_not_heads(void **state)
{
    static const char seats[] = "{\"min_size\": 2, \"target_size\": 3, \"max_size\": 4, "
                                "\"category_share\": 0, \"seats\": \"seats\"}";
    (void)state;
    assert_string_equal(
        told_of(seats, 0, "together b1 b2 b3"),
        "this rule cannot be met: 'the new pin (together: b1, b2, b3)'; a network has at most "
        "4 seats, of which some take several");
    assert_string_equal(told_of(seats, 0, "keep 2 b1 b2 b3"),
                        "this rule cannot be met: 'the new pin (keep in network 2: b1, b2, b3)'; a network "
                        "has at most 4 seats, of which some take several");
    assert_string_equal(told_of(seats, 0, "together b1 b2"), "");
    assert_string_equal(told_of(seats, 0, "together a1 a2 a3 a4"), "");
}

static void who_takes_no_part_binds_nobody(void **state)
{
    struct pin_world w;
    (void)state;
    world_open(&w, 6, "a1 a2 a3|b1 b2 b3", sizes);
    assert_false(world_pin(&w, 0, "together a1 a9"));
    assert_false(world_pin(&w, 0, "together a1 nobody"));
    assert_false(world_pin(&w, 0, "keep a4"));
    assert_true(world_pin(&w, 0, "keep 2 a4"));
    assert_true(world_pin(&w, 0, "together a1 a9 b1"));
    assert_int_equal(w.list.n, 2);
    world_close(&w);
}

static const char *name_of(void *context, uint32_t k)
{
    (void)k;
    return context;
}

static void long_names_leave_the_number(void **state)
{
    char name[300];
    struct arena memory;
    (void)state;
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    arena_init(&memory);
    struct pin_words words = {.number = 3, .type = RULE_APART, .n = 3, .name_of = name_of, .context = name};
    assert_string_equal(pin_words(&words, &memory), "pin 3 (apart)");
    name[1] = '\0';
    words.n = 7;
    words.why = "because";
    assert_string_equal(pin_words(&words, &memory), "pin 3 (apart: x, x, x, x, and 3 more): because");
    arena_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_that_go_together_are_fine),
        cmocka_unit_test(apart_and_together_clash_also_by_way_of_others),
        cmocka_unit_test(nobody_is_kept_in_two_places),
        cmocka_unit_test(no_network_is_made_too_large),
        cmocka_unit_test(a_locked_network_may_be_larger_than_new_ones),
        cmocka_unit_test(rules_that_clash_already_are_told_without_the_new_one),
        cmocka_unit_test(what_the_settings_keep_apart_cannot_be_together),
        cmocka_unit_test(places_are_counted_not_heads),
        cmocka_unit_test(who_takes_no_part_binds_nobody),
        cmocka_unit_test(long_names_leave_the_number),
    };
    return cmocka_run_group_tests_name("pin_clash", tests, NULL, NULL);
}
