/* Places that became free go to the first in line, and an offer can be withdrawn whole. */
#include "regroup_fixture.h"

#include "regroup/offer.h"

struct line {
    struct inputs in;
    struct profiles profiles;
    struct selection s;
    struct offer offer;
    struct err e;
};

/* Twelve alike for the six places of one network, the neediest first: o11 and downwards. */
static void line_open(struct line *l)
{
    *l = (struct line){0};
    fixture_open(&l->in, 12, 5);
    for (uint32_t i = 0; i < 12; i++)
        for (uint32_t c = 0; c <= i / 3; c++)
            fixture_report(&l->in, i, c, i < 10 ? 3 : 5, 10);
    fixture_seal(&l->in);
    l->in.settings.min_size = l->in.settings.target_size = 5;
    l->in.settings.max_size = 6;
    l->in.settings.capacity = 1;
    assert_int_equal(profiles_build(&l->in.population, &l->in.settings, l->in.today, &l->profiles, &l->e),
                     ERR_OK);
    assert_int_equal(selection_build(&l->s, &l->in, &l->profiles, NULL, &l->e), ERR_OK);
    assert_int_equal(l->s.n, 6);
}

static void let_go(struct line *l, uint32_t organizer)
{
    l->s.reason[organizer] = UNMATCHED_NO_FIT;
    selection_renumber(&l->s, &l->in);
}

static void line_close(struct line *l)
{
    selection_free(&l->s);
    profiles_free(&l->profiles);
    fixture_free(&l->in);
}

/* Of those who wait (o00 to o05), o03 is first in line, then o04, o05, o00, ... */
static void the_first_in_line_take_the_free_places_and_the_others_move_up(void **state)
{
    (void)state;
    struct line l;
    line_open(&l);
    assert_true(l.s.waits[3] && l.s.ahead[3] == 0 && l.s.ahead[5] == 2 && l.s.ahead[0] == 3);
    let_go(&l, 11);
    let_go(&l, 8);
    assert_int_equal(offer_make(&l.offer, &l.s, &l.in, &l.e), ERR_OK);
    assert_true(l.offer.made);
    assert_int_equal(l.s.n, 6);
    assert_int_equal(l.s.n_networks, 1);
    assert_true(!l.s.waits[3] && !l.s.waits[4] && l.s.element[3] != POPULATION_NONE);
    assert_int_equal(l.s.reason[11], UNMATCHED_NO_FIT);
    assert_true(l.s.waits[5] && l.s.ahead[5] == 0 && l.s.ahead[0] == 1);
    offer_keep(&l.offer);
    line_close(&l);
}

static void what_is_withdrawn_was_never_offered(void **state)
{
    (void)state;
    struct line l;
    line_open(&l);
    let_go(&l, 11);
    assert_int_equal(offer_make(&l.offer, &l.s, &l.in, &l.e), ERR_OK);
    assert_true(l.offer.made);
    offer_withdraw(&l.offer, &l.s);
    assert_int_equal(l.s.n, 5);
    assert_true(l.s.waits[3] && l.s.ahead[3] == 0 && l.s.reason[3] == UNMATCHED_OVER_CAPACITY);
    assert_true(l.s.element[3] == POPULATION_NONE && l.s.ahead[0] == 3);
    line_close(&l);
}

static void nothing_is_offered_where_nothing_is_free_or_nobody_waits(void **state)
{
    (void)state;
    struct line l;
    line_open(&l);
    assert_int_equal(offer_make(&l.offer, &l.s, &l.in, &l.e), ERR_OK);
    assert_false(l.offer.made);
    assert_int_equal(l.s.n, 6);
    assert_int_equal(l.s.ahead[5], 2);
    for (uint32_t i = 0; i < 6; i++)
        l.s.waits[i] = false;
    let_go(&l, 11);
    assert_int_equal(offer_make(&l.offer, &l.s, &l.in, &l.e), ERR_OK);
    assert_false(l.offer.made);
    assert_int_equal(l.s.n, 5);
    line_close(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_in_line_take_the_free_places_and_the_others_move_up),
        cmocka_unit_test(what_is_withdrawn_was_never_offered),
        cmocka_unit_test(nothing_is_offered_where_nothing_is_free_or_nobody_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
