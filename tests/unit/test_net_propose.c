/* network.propose and cancel between a client and the service: what the worker is given, what the client
 * gets, and how it ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"

static struct fake fake;
static struct client client;

static const char three[] =
    "[{\"organizers\": [\"001\", \"002\", \"005\"], \"seed\": 9, \"settings\": {\"min_size\": 2,"
    " \"target_size\": 3, \"scope\": {\"category\": [\"science\"]}}}]";

static int begin(void **state)
{
    (void)state;
    fake_init(&fake);
    fake_listen(&fake);
    client_open(&client, &fake);
    return 0;
}

static int end(void **state)
{
    (void)state;
    client_close(&client);
    fake_end(&fake);
    return 0;
}

static void settle_requests(size_t n)
{
    FAKE_UNTIL(&fake, fake.n_proposals == n);
}

static void answer_with(const char *json)
{
    struct buf answer;
    struct err e = ERR_INIT;
    buf_init(&answer, 0);
    rpc_write_result(&answer, client.msgid);
    FAKE_OK(mp_from_json(&answer, json, strlen(json), &e));
    fake_answer_proposal(&fake, 0, answer.data, answer.size, NULL);
    buf_free(&answer);
}

static void the_worker_is_given_who_takes_part_and_what_counts(void **state)
{
    struct mp_tree tree;
    struct rpc_message m;
    struct err e = ERR_INIT;
    uint64_t number;
    (void)state;
    client_request(&client, "network.propose", three);
    settle_requests(1);
    FAKE_OK(mp_unpack(fake.last_problem.data, fake.last_problem.size, &tree, &e));
    assert_int_equal(rpc_read(tree.top, &m, &e), RPC_FINE);
    const msgpack_object *problem = mp_at(m.params, 0), *organizers = mp_find(problem, "organizers");
    assert_int_equal(mp_count(organizers), 3);
    assert_true(mp_equals(mp_at(mp_at(organizers, 2), 0), "005"));
    assert_true(mp_get_uint(mp_at(mp_at(organizers, 0), 10), &number) && number == 4); /* its network */
    assert_true(mp_get_uint(mp_at(mp_at(organizers, 2), 10), &number) && number == 0);
    assert_int_equal(mp_count(mp_find(problem, "challenges")), 1); /* of the scope's category */
    assert_int_equal(mp_count(mp_find(problem, "reports")), 3 * 4);
    assert_true(mp_get_uint(mp_find(problem, "seed"), &number) && number == 9);
    mp_free(&tree);
    answer_with("{\"networks\": [], \"unmatched\": [], \"figures\": {}, \"settings\": {}, \"seed\": 9}");
    client_await(&client);
    assert_true(mp_is_nil(client.message.error));
    const struct method *method = &method_table()[METHOD_network_propose];
    assert_int_equal(mp_count(client.message.result), method->n_fields);
    for (size_t i = 0; i < method->n_fields; i++)
        assert_true(mp_equals(&client.message.result->via.map.ptr[i].key, method->fields[i].name));
    assert_true(mp_get_uint(mp_find(client.message.result, "seed"), &number) && number == 9);
    assert_non_null(mp_find(client.message.result, "age_s"));
}

static void assert_error(const char *expected)
{
    const char *text;
    size_t size;
    client_await(&client);
    assert_true(mp_get_str(client.message.error, &text, &size));
    if (strncmp(text, expected, strlen(expected)) != 0)
        fail_msg("%.*s", (int)size, text);
}

static void an_answer_that_cannot_be_used_is_an_error_of_ours(void **state)
{
    (void)state;
    client_request(&client, "network.propose", three);
    settle_requests(1);
    answer_with("{\"networks\": []}");
    assert_error("E_INTERNAL: the worker's answer cannot be used: its result is no map");
    client_request(&client, "network.propose", three);
    settle_requests(1);
    fake_answer_proposal(&fake, 0, "\x94\x01\x02\xc0\xc0", 5, NULL);
    assert_error("E_INTERNAL: the worker's answer cannot be used: its result is no map");
    client_request(&client, "network.propose", three);
    settle_requests(1);
    fake_answer_proposal(&fake, 0, "\x94\x01\x09\xc0\xc0", 5, NULL);
    assert_error("E_INTERNAL: the worker's answer cannot be used: it is no response with a result");
}

static void what_the_worker_refuses_is_refused_in_its_words(void **state)
{
    struct buf answer;
    struct err e = {ERR_INVALID, "pin 1 cannot be met"};
    (void)state;
    buf_init(&answer, 0);
    rpc_write_error(&answer, client.msgid, &e, RPC_ERROR_MAP);
    client_request(&client, "network.propose", three);
    settle_requests(1);
    fake_answer_proposal(&fake, 0, answer.data, answer.size, NULL);
    assert_error("E_ARGUMENT: pin 1 cannot be met");
    buf_free(&answer);
}

static void one_that_the_service_refuses_leaves_nothing_behind(void **state)
{
    struct server_counts counts;
    (void)state;
    fake.refuses_proposals = true;
    assert_string_equal(client_refused(&client, "network.propose", three), "E_BUSY: as many wait as may");
    fake.refuses_proposals = false;
    fake.takes_no_problem = true; /* when it is written at last */
    assert_string_equal(client_refused(&client, "network.propose", three), "E_BUSY: somebody was quicker");
    server_counts(fake.server, &counts);
    assert_int_equal(counts.in_flight, 0);
}

static void cancel_ends_the_one_that_is_named(void **state)
{
    bool cancelled = false;
    char params[32];
    (void)state;
    client_request(&client, "network.propose", three);
    uint32_t first = client.msgid;
    client_request(&client, "network.propose", three);
    settle_requests(2);
    snprintf(params, sizeof params, "[%u]", first);
    client_request(&client, "cancel", params);
    assert_error("E_CANCELLED");
    assert_int_equal(client.message.msgid, first);
    client_await(&client);
    assert_true(mp_get_bool(mp_find(client.message.result, "cancelled"), &cancelled) && cancelled);
    assert_int_equal(fake.n_proposals, 1);
    const msgpack_object *again = client_call(&client, "cancel", params);
    assert_true(mp_get_bool(mp_find(again, "cancelled"), &cancelled) && !cancelled);
}

static void a_connection_that_closes_takes_its_proposals_along(void **state)
{
    (void)state;
    client_request(&client, "network.propose", three);
    client_request(&client, "network.propose", three);
    settle_requests(2);
    client_close(&client);
    FAKE_UNTIL(&fake, fake.cancelled_proposals == 2);
    client_open(&client, &fake);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_worker_is_given_who_takes_part_and_what_counts, begin, end),
        cmocka_unit_test_setup_teardown(an_answer_that_cannot_be_used_is_an_error_of_ours, begin, end),
        cmocka_unit_test_setup_teardown(what_the_worker_refuses_is_refused_in_its_words, begin, end),
        cmocka_unit_test_setup_teardown(one_that_the_service_refuses_leaves_nothing_behind, begin, end),
        cmocka_unit_test_setup_teardown(cancel_ends_the_one_that_is_named, begin, end),
        cmocka_unit_test_setup_teardown(a_connection_that_closes_takes_its_proposals_along, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
