/* run.*: what is handed on to the daemon, and runs as a client sees them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"
#include "net_fake_session.h"

static void assert_contains(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("'%s' does not say '%s'", text, words);
}

static void runs_under_way_come_first(void **state)
{
    (void)state;
    fake.under_way = true;
    const msgpack_object *result = client_call(&client, "run.list", "[]");
    const msgpack_object *runs = mp_find(result, "runs");
    assert_json(mp_find(result, "total"), "2");
    assert_json(mp_find(mp_at(runs, 0), "state"), "\"running\"");
    assert_json(mp_find(mp_at(runs, 1), "state"), "\"published\"");
    runs = mp_find(client_call(&client, "run.list", "[\"default\", 1, 1]"), "runs");
    assert_int_equal(mp_count(runs), 1);
    assert_json(mp_find(mp_at(runs, 0), "figures"), "{\"mean_fit\": 0.8}");
    assert_json(mp_find(client_call(&client, "run.list", "[\"empty\"]"), "total"), "0");
    assert_contains(client_refused(&client, "run.get", "[8]"), "E_NOT_FOUND: no run has the number 8");
}

static void a_diff_says_who_moved_and_what_became_of_networks(void **state)
{
    (void)state;
    client_call(&client, "hello", "[{\"language\": \"en\"}]");
    const msgpack_object *result = client_call(&client, "run.diff", "[6, 7]");
    const msgpack_object *counts = mp_find(result, "counts"), *moves = mp_find(result, "moves");
    assert_json(mp_find(counts, "stayed"), "2");
    assert_json(mp_find(mp_find(counts, "networks"), "closed"), "1");
    assert_json(
        mp_find(result, "networks"),
        "[{\"number\": 4, \"label\": \"Mathematics\", \"change\": \"grew\", \"split\": false, \"merged\": "
        "false, \"before\": 2, \"after\": 3, \"stayed\": 2, \"came\": [{\"network\": 5, \"members\": 1}], "
        "\"went\": []}, {\"number\": 5, \"label\": \"Swedish\", \"change\": \"closed\", \"split\": false, "
        "\"merged\": false, \"before\": 2, \"after\": 0, \"stayed\": 0, \"came\": [], \"went\": "
        "[{\"network\": null, \"members\": 1}, {\"network\": 4, \"members\": 1}]}]");
    assert_json(mp_find(result, "total"), "2");
    assert_json(
        mp_at(moves, 0),
        "{\"organizer\": {\"id\": \"003\", \"name\": \"Nya Lund AB\", \"kind\": \"independent\"}, \"move\": "
        "\"moved\", \"why\": \"closed\", \"pin\": null, \"before\": {\"network\": {\"number\": 5, \"label\": "
        "\"Swedish\"}, "
        "\"fit\": 0.5, \"unmatched\": null}, \"after\": {\"network\": {\"number\": 4, \"label\": "
        "\"Mathematics\"}, \"fit\": 0.75, \"unmatched\": null}, \"reason\": \"Shares mathematics.\"}");
    assert_json(mp_find(mp_at(moves, 1), "why"), "\"nothing_reported\"");
    assert_json(mp_find(mp_find(mp_at(moves, 1), "after"), "network"), "null");
    assert_int_equal(mp_count(mp_find(client_call(&client, "run.diff", "[6, 7, 1, 1]"), "moves")), 1);
    assert_contains(client_refused(&client, "run.diff", "[99, 7]"), "E_NOT_FOUND: no run has the number 99");
}

static void run_start_hands_on_what_was_asked(void **state)
{
    (void)state;
    fake.answer_at_once = true;
    client_call(&client, "run.start", "[{\"programme\": \"north\", \"seed\": 5, \"publish\": true}]");
    assert_string_equal(fake.last_programme, "north");
    assert_true(fake.last_start.has_seed && fake.last_start.publish && !fake.last_start.force);
    assert_int_equal(fake.last_start.seed, 5);
    client_call(&client, "run.start", "[]");
    assert_false(fake.last_start.has_seed);
}

static void decisions_are_handed_on(void **state)
{
    (void)state;
    fake.answer_at_once = true;
    client_call(&client, "run.publish", "[7]");
    assert_int_equal(fake.last_decision.decision, SERVICE_PUBLISH);
    assert_int_equal(fake.last_decision.run, 7);
    assert_false(fake.last_decision.force);
    client_call(&client, "run.publish", "[7, true]");
    assert_true(fake.last_decision.force);
    client_call(&client, "run.reject", "[8, \"f\xc3\xb6r stora\"]");
    assert_int_equal(fake.last_decision.decision, SERVICE_REJECT);
    assert_string_equal(fake.last_why, "f\xc3\xb6r stora");
    const msgpack_object *result = client_call(&client, "run.rollback", "[{\"run\": 6, \"expected\": 8}]");
    assert_int_equal(fake.last_decision.decision, SERVICE_ROLLBACK);
    assert_int_equal(fake.last_decision.expected, 8);
    assert_null(fake.last_decision.why);
    assert_json(mp_find(result, "replaced"), "8");
    client_call(&client, "run.cancel", "[9]");
    assert_int_equal(fake.last_cancel, 9);
    assert_contains(client_refused(&client, "run.reject", "[8]"), "why");
    assert_json(mp_find(client_call(&client, "run.replay", "[7]"), "identical"), "true");
    assert_contains(client_refused(&client, "run.replay", "[6]"), "E_NOT_FOUND: no run has the number 6");
}

static void a_run_tells_what_became_of_it(void **state)
{
    (void)state;
    const msgpack_object *run = mp_find(client_call(&client, "run.get", "[7]"), "run");
    assert_json(mp_find(run, "state"), "\"published\"");
    assert_json(mp_find(run, "changed"),
                "[{\"input\": \"reports\", \"changed_at\": \"2026-03-15T06:00:00Z\"}]");
    assert_json(mp_find(run, "rejected"), "null");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(runs_under_way_come_first),         TEST(a_diff_says_who_moved_and_what_became_of_networks),
        TEST(run_start_hands_on_what_was_asked), TEST(decisions_are_handed_on),
        TEST(a_run_tells_what_became_of_it),
    };
    return cmocka_run_group_tests_name("runs", tests, NULL, NULL);
}
