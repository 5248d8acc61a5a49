/* Many requests at once, of one connection and of many: everybody has a turn, and answers keep their order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"
#include "net_fake_pair.h"

static void a_thousand_pipelined_requests_are_answered_in_order(void **state)
{
    struct buf out;
    (void)state;
    begin();
    buf_init(&out, 0);
    for (uint32_t i = 0; i < 1000; i++)
        request_write(&out, UINT32_MAX - i, i % 2 == 0 ? "ping" : "network.of",
                      i % 2 == 0 ? "[]" : "[\"001\"]");
    client_send(&client, out.data, out.size);
    for (uint32_t i = 0; i < 1000; i++) {
        client_await(&client);
        assert_int_equal(client.message.msgid, UINT32_MAX - i);
        assert_true(mp_is_nil(client.message.error));
    }
    buf_free(&out);
}

static void a_busy_connection_lets_others_have_their_turn(void **state)
{
    struct buf out;
    (void)state;
    fake.options.requests_per_turn = 8;
    begin();
    client_call(&other, "ping", "[]");
    buf_init(&out, 0);
    for (uint32_t i = 0; i < 5000; i++)
        request_write(&out, i, "ping", "[]");
    assert_true(send(client.fd, out.data, out.size, 0) == (ssize_t)out.size);
    count();
    uint64_t before = counts.requests;
    client_request(&other, "ping", "[]");
    FAKE_UNTIL(&fake, client_poll(&other));
    count();
    assert_true(counts.requests - before < 2500); /* it did not have to wait for all of them */
    FAKE_UNTIL(&fake, (count(), counts.requests == before + 5001));
    buf_free(&out);
}

/* However many are busy: who asks one thing does not wait until each of them has had a turn. */
static void many_busy_connections_do_not_hold_up_one_that_is_not(void **state)
{
    enum { BUSY = 60, REQUESTS = 80 };
    static struct client busy[BUSY];
    struct buf out;
    (void)state;
    begin();
    client_call(&other, "ping", "[]");
    buf_init(&out, 0);
    for (uint32_t i = 0; i < REQUESTS; i++) /* answered with the nearest name, which takes a while */
        request_write(&out, i, "a.method.that.nobody.knows.and.that.is.as.long.as.it.may.be", "[]");
    for (size_t i = 0; i < BUSY; i++) {
        client_open(&busy[i], &fake);
        assert_true(send(busy[i].fd, out.data, out.size, 0) == (ssize_t)out.size);
    }
    FAKE_UNTIL(&fake, (count(), counts.connections == BUSY + 2 && counts.requests > BUSY));
    uint64_t before = counts.requests;
    client_request(&other, "ping", "[]");
    FAKE_UNTIL(&fake, client_poll(&other));
    count();
    assert_true(counts.requests - before < BUSY * 64 / 2); /* a round has 64 requests of each */
    FAKE_UNTIL(&fake, (count(), counts.requests == BUSY * REQUESTS + 2));
    for (size_t i = 0; i < BUSY; i++)
        client_close(&busy[i]);
    buf_free(&out);
}

/* 100 at once: some in each turn of the loop, all of them in the end. */
static void a_flood_of_connections_comes_in_over_several_turns(void **state)
{
    int fds[100];
    (void)state;
    begin();
    count();
    const uint64_t before = counts.accepted;
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    to.sin_port = htons(server_port(fake.server));
    for (size_t i = 0; i < 100; i++) {
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        assert_int_equal(connect(fds[i], (struct sockaddr *)&to, sizeof to), 0);
    }
    for (uint64_t had = before; had < before + 100; had = counts.accepted) {
        uv_run(&fake.loop, UV_RUN_NOWAIT);
        count();
        assert_true(counts.accepted - had <= 20);
    }
    for (size_t i = 0; i < 100; i++)
        close(fds[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_thousand_pipelined_requests_are_answered_in_order),
        TEST(a_busy_connection_lets_others_have_their_turn),
        TEST(many_busy_connections_do_not_hold_up_one_that_is_not),
        TEST(a_flood_of_connections_comes_in_over_several_turns),
    };
    return cmocka_run_group_tests_name("turns", tests, NULL, NULL);
}
