/* A gate: so many at a time, so many behind them, one more refused; who is forgotten makes room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/gate.h"

struct guest {
    struct gate_pass pass;
    bool over_at_once, gone;
    int went; /* how often it was let in */
};

static struct guest guests[8];
static struct gate *gate;
static char order[32];

static bool go(void *context)
{
    struct guest *g = context;
    size_t n = strlen(order);
    g->went++;
    order[n] = (char)('0' + (g - guests));
    return !g->over_at_once && !g->gone;
}

static bool is_gone(const void *context)
{
    return ((const struct guest *)context)->gone;
}

static int enter_of(uint64_t client, int i, struct err *e)
{
    guests[i].pass =
        (struct gate_pass){.go = go, .forgotten = is_gone, .context = &guests[i], .client = client};
    return gate_enter(gate, &guests[i].pass, e);
}

static int enter(int i, struct err *e)
{
    return enter_of(0, i, e);
}

static int setup(void **state)
{
    struct gate_options options = {.what = "questions", .option = "ask-queue", .places = 1, .queue = 2};
    struct err e = ERR_INIT;
    (void)state;
    memset(guests, 0, sizeof guests);
    memset(order, 0, sizeof order);
    assert_int_equal(gate_open(&gate, &options, &e), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    gate_close(gate);
    return 0;
}

static void one_too_many_is_told_the_limit_and_its_option(void **state)
{
    struct err e = ERR_INIT;
    struct gate_counts counts;
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(enter(i, &e), 0);
    assert_int_equal(enter(3, &e), ERR_BUSY);
    assert_string_equal(e.text, "2 questions wait; the limit is 2 (ask-queue)");
    gate_counts(gate, &counts);
    assert_true(counts.running == 1 && counts.waiting == 2 && counts.taken == 1 && counts.refused == 1);
    gate_leave(gate);
    assert_int_equal(enter(3, &e), 0);
    gate_leave(gate);
    gate_leave(gate);
    assert_string_equal(order, "0123");
    gate_leave(gate);
    gate_counts(gate, &counts);
    assert_true(counts.running == 0 && counts.waiting == 0 && counts.taken == 4);
    assert_int_equal(guests[3].went, 1);
}

static void where_places_are_an_option_it_is_told_too(void **state)
{
    struct gate_options options = {
        .what = "requests", .option = "queue", .places_option = "jobs", .places = 1, .queue = 0};
    struct err e = ERR_INIT;
    (void)state;
    gate_close(gate);
    assert_int_equal(gate_open(&gate, &options, &e), 0);
    assert_int_equal(enter(0, &e), 0);
    assert_int_equal(enter(1, &e), ERR_BUSY);
    assert_string_equal(e.text, "0 requests wait; the limit is 0 (queue), besides 1 at a time (jobs)");
    gate_leave(gate);
}

static void the_forgotten_make_room(void **state)
{
    struct err e = ERR_INIT;
    struct gate_counts counts;
    (void)state;
    for (int i = 0; i < 3; i++)
        enter(i, &e);
    guests[1].gone = guests[2].gone = true;
    assert_int_equal(enter(3, &e), 0);
    assert_string_equal(order, "012");
    gate_leave(gate);
    assert_string_equal(order, "0123");
    gate_leave(gate);
    gate_counts(gate, &counts);
    assert_true(counts.taken == 2 && counts.refused == 0 && counts.running == 0);
}

static void who_is_over_at_once_keeps_nobody_waiting(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    guests[1].over_at_once = guests[2].over_at_once = true;
    for (int i = 0; i < 3; i++)
        enter(i, &e);
    gate_leave(gate);
    assert_string_equal(order, "012");
    assert_int_equal(enter(3, &e), 0);
    assert_string_equal(order, "0123");
    gate_leave(gate);
}

static void slices_go_behind_the_others(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    for (int i = 0; i < 3; i++)
        enter(i, &e);
    gate_again(gate, &guests[0].pass); /* also where the queue is full */
    gate_leave(gate);
    gate_leave(gate);
    assert_string_equal(order, "0120");
    gate_leave(gate);
}

static void who_quits_is_not_let_in(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    for (int i = 0; i < 3; i++)
        enter(i, &e);
    gate_quit(gate, &guests[1].pass);
    gate_leave(gate);
    gate_leave(gate);
    assert_string_equal(order, "02");
}

static void it_closes_behind_the_last(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    enter(0, &e);
    enter(1, &e);
    guests[1].gone = true;
    gate_close(gate);
    gate_leave(gate); /* frees it */
    gate = NULL;
    assert_string_equal(order, "01");
}

/* One place, and a queue of six, of which a client has three. */
static void widen(void)
{
    struct gate_options options = {
        .what = "questions", .option = "queue", .places_option = "jobs", .places = 1, .queue = 6};
    struct err e = ERR_INIT;
    gate_close(gate);
    assert_int_equal(gate_open(&gate, &options, &e), 0);
}

static void leave(int n)
{
    for (int i = 0; i < n; i++)
        gate_leave(gate);
}

static void a_client_has_half_of_the_queue_and_is_told(void **state)
{
    struct err e = ERR_INIT;
    struct gate_counts counts;
    (void)state;
    widen();
    for (int i = 0; i < 4; i++)
        assert_int_equal(enter_of(1, i, &e), 0);
    assert_int_equal(enter_of(1, 4, &e), ERR_BUSY);
    assert_string_equal(e.text,
                        "3 questions of this connection wait; the limit is 3 for one connection, half of 6 "
                        "(queue), besides 1 at a time (jobs)");
    gate_counts(gate, &counts);
    assert_true(counts.waiting == 3 && counts.refused == 1);
    for (int i = 5; i < 8; i++)
        assert_int_equal(enter_of(2, i, &e), 0);
    assert_int_equal(enter_of(3, 4, &e), ERR_BUSY);
    assert_string_equal(e.text, "6 questions wait; the limit is 6 (queue), besides 1 at a time (jobs)");
    leave(2);
    assert_int_equal(enter_of(2, 4, &e), 0); /* its first has its place, so another may wait */
    leave(6);
    assert_int_equal(strlen(order), 8);
}

static void room_counts_those_that_are_still_to_come(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    widen(); /* one place, six may wait, three of one client */
    assert_int_equal(gate_room(gate, 1, 0, 0, &e), 0);
    assert_int_equal(gate_room(gate, 1, 3, 3, &e), 0); /* one of them has the place, so two wait */
    assert_int_equal(gate_room(gate, 1, 4, 4, &e), ERR_BUSY);
    assert_string_equal(e.text,
                        "3 questions of this connection wait; the limit is 3 for one connection, half of 6 "
                        "(queue), besides 1 at a time (jobs)");
    assert_int_equal(gate_room(gate, 2, 4, 0, &e), 0);
    assert_int_equal(gate_room(gate, 2, 7, 0, &e), ERR_BUSY);
    assert_string_equal(e.text, "6 questions wait; the limit is 6 (queue), besides 1 at a time (jobs)");
    assert_int_equal(enter_of(1, 0, &e), 0);
    assert_int_equal(enter_of(1, 1, &e), 0);
    assert_int_equal(gate_room(gate, 1, 1, 1, &e), 0);
    assert_int_equal(gate_room(gate, 1, 2, 2, &e), ERR_BUSY);
    leave(2);
}

static void clients_come_in_turn(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    widen();
    for (int i = 0; i < 4; i++)
        enter_of(1, i, &e);
    enter_of(2, 4, &e);
    enter_of(2, 5, &e);
    enter(6, &e);
    leave(7);
    assert_string_equal(order, "0146253");
}

static void the_second_of_one_that_quits_takes_its_turn(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    widen();
    for (int i = 0; i < 4; i++)
        enter_of(1, i, &e);
    enter_of(2, 4, &e);
    gate_quit(gate, &guests[1].pass);
    gate_quit(gate, &guests[3].pass);
    assert_int_equal(enter_of(1, 5, &e), 0);
    leave(4);
    assert_string_equal(order, "0245");
}

static void the_forgotten_make_room_wherever_they_wait(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    widen();
    for (int i = 0; i < 4; i++)
        enter_of(1, i, &e);
    for (int i = 4; i < 7; i++)
        enter_of(2, i, &e);
    guests[2].gone = guests[4].gone = true;
    assert_int_equal(enter_of(3, 7, &e), 0);
    assert_string_equal(order, "024");
    leave(6);
    assert_string_equal(order, "02415736");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_too_many_is_told_the_limit_and_its_option),
        TEST(where_places_are_an_option_it_is_told_too),
        TEST(the_forgotten_make_room),
        TEST(who_is_over_at_once_keeps_nobody_waiting),
        TEST(slices_go_behind_the_others),
        TEST(who_quits_is_not_let_in),
        TEST(it_closes_behind_the_last),
        TEST(a_client_has_half_of_the_queue_and_is_told),
        TEST(room_counts_those_that_are_still_to_come),
        TEST(clients_come_in_turn),
        TEST(the_second_of_one_that_quits_takes_its_turn),
        TEST(the_forgotten_make_room_wherever_they_wait),
    };
    return cmocka_run_group_tests_name("gate", tests, NULL, NULL);
}
