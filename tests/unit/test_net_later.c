/* What happens over time: answers that come later, notifications, draining and stopping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "net_fake.h"

static struct fake fake;
static struct client client, other;
static const struct service_run_answer started = {12, "default", "running", "", 0, NULL};

static int setup(void **state)
{
    (void)state;
    fake_init(&fake);
    fake_listen(&fake);
    client_open(&client, &fake);
    client_open(&other, &fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_close(&client);
    client_close(&other);
    fake_end(&fake);
    return 0;
}

static void an_answer_may_come_after_that_of_a_later_request(void **state)
{
    (void)state;
    client_request(&client, "run.start", "[]");
    FAKE_UNTIL(&fake, fake.n_held == 1);
    client_call(&client, "ping", "[]");
    fake_answer(&fake, &started, NULL);
    client_await(&client);
    assert_int_equal(client.message.msgid, 1);
    assert_json(client.message.result, "{\"run\": 12, \"programme\": \"default\", \"state\": \"running\"}");
}

static void a_refusal_by_the_service_travels(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    err_set(&e, ERR_BUSY, "run 11 of default is under way");
    client_request(&client, "run.start", "[]");
    FAKE_UNTIL(&fake, fake.n_held == 1);
    fake_answer(&fake, NULL, &e);
    client_await(&client);
    assert_json(client.message.error, "\"E_BUSY: run 11 of default is under way\"");
}

static void an_answer_survives_its_connection(void **state)
{
    struct server_counts counts;
    (void)state;
    client_request(&client, "run.start", "[]");
    client_request(&client, "run.publish", "[7]");
    FAKE_UNTIL(&fake, fake.n_held == 2);
    struct linger at_once = {1, 0}; /* a reset, not an orderly end */
    setsockopt(client.fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    client_close(&client);
    FAKE_UNTIL(&fake, (server_counts(fake.server, &counts), counts.connections == 1));
    assert_int_equal(counts.in_flight, 0);
    fake_answer(&fake, &started, NULL);
    fake_answer(&fake, &started, NULL);
    client_call(&other, "ping", "[]");
}

static void an_answer_survives_its_server(void **state)
{
    (void)state;
    client_request(&client, "run.start", "[]");
    FAKE_UNTIL(&fake, fake.n_held == 1);
    server_stop(fake.server, fake_closed, &fake);
    FAKE_UNTIL(&fake, fake.closed);
    server_free(fake.server);
    fake.server = NULL;
    fake_answer(&fake, &started, NULL);
}

static void what_was_asked_before_the_end_of_input_is_answered(void **state)
{
    (void)state;
    client_request(&client, "ping", "[]");
    client_request(&client, "run.start", "[]");
    shutdown(client.fd, SHUT_WR);
    client_await(&client);
    assert_int_equal(client.message.msgid, 1);
    FAKE_UNTIL(&fake, fake.n_held == 1);
    fake_run(&fake, 50);
    assert_false(client_poll(&client) || client.ended);
    fake_answer(&fake, &started, NULL);
    client_await(&client);
    assert_int_equal(client.message.msgid, 2);
    client_await_end(&client);
}

static void only_subscribers_hear_and_only_of_their_topic(void **state)
{
    struct service_run_progress progress = {12,           "default", "running", "graph",
                                            "Neighbours", 0.33333,   2,         NULL};
    struct server_counts counts;
    (void)state;
    assert_json(client_call(&client, "subscribe", "[\"networks\"]"), "{\"topics\": [\"networks\"]}");
    assert_json(client_call(&client, "subscribe", "[\"runs\"]"), "{\"topics\": [\"runs\", \"networks\"]}");
    assert_json(client_call(&other, "subscribe", "[\"networks\"]"), "{\"topics\": [\"networks\"]}");
    server_notify_progress(fake.server, &progress);
    server_notify_published(fake.server, 12, "default");
    client_await(&client);
    assert_int_equal(client.message.type, RPC_NOTIFICATION);
    assert_memory_equal(client.message.method, "run.progress", 12);
    assert_json(client.message.params,
                "[{\"run\": 12, \"programme\": \"default\", \"stage\": \"graph\", \"share\": "
                "0.3333, \"text\": \"Neighbours\"}]");
    client_await(&client);
    assert_memory_equal(client.message.method, "networks.published", 18);
    client_await(&other);
    assert_memory_equal(other.message.method, "networks.published", 18);
    assert_json(other.message.params, "[{\"run\": 12, \"programme\": \"default\"}]");
    server_counts(fake.server, &counts);
    assert_int_equal(counts.notifications, 3);
    assert_int_equal(counts.subscribers, 2);
}

static void an_end_of_a_run_is_told_with_what_is_known(void **state)
{
    struct server_run_end end = {12, "default", "failed", "killed \xff", NAN, false, 0};
    (void)state;
    client_call(&client, "subscribe", "[\"runs\"]");
    server_notify_finished(fake.server, &end);
    client_await(&client);
    assert_json(client.message.params,
                "[{\"run\": 12, \"programme\": \"default\", \"state\": \"failed\", \"error\": "
                "\"killed ?\", \"mean_fit\": null, \"published\": false, \"result\": null}]");
}

static void unsubscribing_ends_the_notifications(void **state)
{
    (void)state;
    client_call(&client, "subscribe", "[\"networks\"]");
    assert_json(client_call(&client, "unsubscribe", "[\"networks\"]"), "{\"topics\": []}");
    server_notify_published(fake.server, 12, "default");
    fake_run(&fake, 50);
    assert_false(client_poll(&client));
}

static void draining_answers_what_is_in_flight_and_then_ends(void **state)
{
    (void)state;
    client_request(&client, "run.start", "[]");
    FAKE_UNTIL(&fake, fake.n_held == 1);
    server_drain(fake.server, fake_closed, &fake);
    client_await_end(&other); /* an idle one goes at once */
    assert_null(server_address(fake.server, 0));
    fake_run(&fake, 50);
    assert_false(fake.closed);
    fake_answer(&fake, &started, NULL);
    client_await(&client);
    assert_json(mp_find(client.message.result, "run"), "12");
    client_await_end(&client);
    close(client.fd);
    close(other.fd);
    client.fd = other.fd = -1;
    FAKE_UNTIL(&fake, fake.closed);
    server_free(fake.server);
    fake.server = NULL;
}

static void draining_takes_no_new_connection(void **state)
{
    struct err e = ERR_INIT;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server_port(fake.server))};
    (void)state;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    client_request(&client, "run.start", "[]");
    FAKE_UNTIL(&fake, fake.n_held == 1);
    server_drain(fake.server, fake_closed, &fake);
    fake_run(&fake, 20);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), -1);
    close(fd);
    assert_int_equal(server_listen_tcp(fake.server, "127.0.0.1:0", &e), ERR_CANCELLED);
}

static void stopping_ends_a_drain_that_takes_too_long(void **state)
{
    (void)state;
    client_request(&client, "run.start", "[]");
    FAKE_UNTIL(&fake, fake.n_held == 1);
    server_drain(fake.server, fake_closed, &fake);
    fake_run(&fake, 20);
    assert_false(fake.closed); /* fake_end stops it, and answers behind */
}

static void a_server_that_never_listened_is_freed(void **state)
{
    struct server *quiet = NULL;
    struct err e = ERR_INIT;
    (void)state;
    assert_int_equal(server_open(&quiet, &fake.loop, &fake.options, &fake.service, &e), 0);
    assert_int_equal(server_listen_tcp(quiet, "nowhere", &e), ERR_INVALID);
    server_free(quiet);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_answer_may_come_after_that_of_a_later_request),
        TEST(a_refusal_by_the_service_travels),
        TEST(an_answer_survives_its_connection),
        TEST(an_answer_survives_its_server),
        TEST(what_was_asked_before_the_end_of_input_is_answered),
        TEST(only_subscribers_hear_and_only_of_their_topic),
        TEST(an_end_of_a_run_is_told_with_what_is_known),
        TEST(unsubscribing_ends_the_notifications),
        TEST(draining_answers_what_is_in_flight_and_then_ends),
        TEST(draining_takes_no_new_connection),
        TEST(stopping_ends_a_drain_that_takes_too_long),
        TEST(a_server_that_never_listened_is_freed),
    };
    return cmocka_run_group_tests_name("later", tests, NULL, NULL);
}
