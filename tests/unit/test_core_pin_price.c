/* What a rule costs of mean fit, where one can count it by hand: who is alike has similarity 1, else 0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/rules/pin_words.h"
#include "pin_world.h"

static const char sizes[] = "{\"min_size\": 2, \"target_size\": 3, \"max_size\": 4, \"category_share\": 0}";
static const char tight[] = "{\"min_size\": 3, \"target_size\": 3, \"max_size\": 3, \"category_share\": 0}";
static const char wide[] = "{\"min_size\": 2, \"target_size\": 3, \"max_size\": 5, \"category_share\": 0}";

static struct pin_price price_of(const char *networks, const char *settings, const char *const *rules)
{
    struct err e = ERR_INIT;
    struct pin_world w;
    struct pin_price price;
    world_open(&w, 6, networks, settings);
    for (int64_t number = 1; rules[1] != NULL; rules++)
        assert_true(world_pin(&w, number++, *rules));
    assert_true(world_pin(&w, 0, *rules));
    assert_int_equal(pin_price(w.s, w.p, w.list.rules, w.list.n, &price, &e), 0);
    world_close(&w);
    return price;
}
#define PRICE(networks, settings, ...) price_of(networks, settings, (const char *const[]){__VA_ARGS__, NULL})

static void together_is_the_cheapest_way_in(void **state)
{
    (void)state;
    /* a1 to the b's: they fit 2/3 each there, a1 not at all; of 6 fits 4 are left. */
    struct pin_price p = PRICE("a1 a2 a3|b1 b2 b3", sizes, "together a1 b1");
    assert_true(p.known);
    assert_float_equal(p.cost, 2.0 / 6, 1e-6);
    assert_int_equal(p.n_moves, 1);
    assert_true(p.moves[0].from != p.moves[0].to && p.moves[0].from > 0);
    /* a1 to those who are more: the way that costs more is not told as well. */
    p = PRICE("a1 a2 a3 a4|b1 b2 b3", sizes, "together b1 a1");
    assert_int_equal(p.n_moves, 1);
    assert_int_equal(p.moves[0].from, 1);
    /* No room: two change places, and of 6 fits 2 are left. */
    p = PRICE("a1 a2 a3|b1 b2 b3", tight, "together a1 b1");
    assert_float_equal(p.cost, 4.0 / 6, 1e-6);
    assert_int_equal(p.n_moves, 2);
    assert_float_equal(PRICE("a1 a2 a3|b1 b2 b3", sizes, "together a1 a2").cost, 0, 1e-6);
}

static void apart_is_the_cheapest_way_out(void **state)
{
    (void)state;
    struct pin_price p = PRICE("a1 a2 a3|b1 b2 b3", sizes, "apart a1 a2");
    assert_float_equal(p.cost, 2.0 / 6, 1e-6);
    /* Among others of its kind it costs nothing: a1 fits there as well. */
    assert_float_equal(PRICE("a1 a2 a3|a4 a5 a6", sizes, "apart a1 a2").cost, 0, 1e-6);
    assert_float_equal(PRICE("a1 a2 a3|b1 b2 b3", sizes, "apart a1 b1").cost, 0, 1e-6);
    /* Three, and three networks to be in. */
    assert_float_equal(PRICE("a1 a2 a3|a4 a5|b1 b2 b3", sizes, "apart a1 a4 b1").cost, 0, 1e-6);
}

static void keep_costs_what_it_forbids(void **state)
{
    (void)state;
    assert_float_equal(PRICE("a1 a2 a3|b1 b2 b3", sizes, "keep a1").cost, 0, 1e-6);
    /* b4 with the b's: 6 fits instead of 4. */
    assert_float_equal(PRICE("a1 a2 b4|b1 b2 b3", sizes, "keep b4").cost, 2.0 / 6, 1e-6);
    /* Moved where it belongs it brings as much. */
    struct pin_price p = PRICE("a1 a2 b4|b1 b2 b3", sizes, "keep 2 b4");
    assert_float_equal(p.cost, -2.0 / 6, 1e-6);
    assert_int_equal(p.n_moves, 1);
    assert_true(p.moves[0].from == 1 && p.moves[0].to == 2);
}

static void other_rules_are_obeyed_on_the_way(void **state)
{
    (void)state;
    /* b1 may not be pushed out, so of the two that could make room for a1 one is left; nothing else is free.
     */
    struct pin_price p = PRICE("a1 a2 a3|b1 b2 b3", tight, "keep b1", "keep 2 a1");
    assert_true(p.known);
    for (uint32_t i = 0; i < p.n_moves; i++)
        assert_true(i != 1 || p.moves[i].organizer != p.moves[0].organizer);
    p = PRICE("a1 a2 a3|b1 b2 b3", tight, "keep b1 b2 b3", "keep a2 a3", "keep 2 a1");
    assert_false(p.known);
    assert_int_equal(p.n_moves, 0);
    p = PRICE("a1 a2 a3|b1 b2 b3", tight, "apart a1 b1", "keep 2 a1");
    assert_true(p.known);
    assert_int_equal(p.n_moves, 2); /* with b1 itself: a1 meets it else */
}

static void whom_another_rule_binds_comes_along(void **state)
{
    (void)state;
    /* Six fits of 1 before; then two of 1 and four of 1/3. */
    struct pin_price p = PRICE("a1 a2 a3 a4|b1 b2", sizes, "together a1 a2", "keep 2 a1");
    assert_float_equal(p.cost, (6 - 2 - 4.0 / 3) / 6, 1e-6);
    assert_int_equal(p.n_moves, 2);
    /* Also through a third, and where that rule is not obeyed yet. */
    p = PRICE("a1 a2 a3 a4|b1 b2 b3", wide, "together a1 b1", "together a1 a2", "keep 2 a2");
    assert_true(p.known);
    assert_int_equal(p.n_moves, 2);
}

static void limits_of_the_settings_are_obeyed(void **state)
{
    (void)state;
    static const char alone[] =
        "{\"min_size\": 2, \"target_size\": 3, \"max_size\": 4, \"category_share\": 0, "
        "\"not_alone\": [\"kind\"]}";
    assert_false(PRICE("a1 a2 a3|b1 b2 b3", alone, "keep 2 a1").known);
    static const char near[] =
        "{\"min_size\": 2, \"target_size\": 3, \"max_size\": 4, \"category_share\": 0, "
        "\"distance_most_km\": 100}";
    assert_false(PRICE("a1 a2 a3|b1 b2 b3", near, "together a1 b1").known);
}

static void newcomers_are_placed_before_it_is_reckoned(void **state)
{
    (void)state;
    /* a4 goes to its kind anyway; with the b's it costs what a1 would. */
    struct pin_price p = PRICE("a1 a2 a3|b1 b2 b3", sizes, "keep 2 a4");
    assert_true(p.known);
    assert_float_equal(p.cost, 2.0 / 7, 1e-6);
    assert_int_equal(p.moves[0].from, 0);
    assert_int_equal(p.moves[0].to, 2);
    p = PRICE("a1 a2 a3|b1 b2 b3", sizes, "keep 1 a4");
    assert_float_equal(p.cost, 0, 1e-6);
    assert_int_equal(p.n_moves, 1);
    assert_false(PRICE("a1 a2 a3|b1 b2 b3", tight, "together a4 b1").known);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(together_is_the_cheapest_way_in),
        cmocka_unit_test(apart_is_the_cheapest_way_out),
        cmocka_unit_test(keep_costs_what_it_forbids),
        cmocka_unit_test(other_rules_are_obeyed_on_the_way),
        cmocka_unit_test(whom_another_rule_binds_comes_along),
        cmocka_unit_test(limits_of_the_settings_are_obeyed),
        cmocka_unit_test(newcomers_are_placed_before_it_is_reckoned),
    };
    return cmocka_run_group_tests_name("pin_price", tests, NULL, NULL);
}
