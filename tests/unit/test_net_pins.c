/* Rules that are weighed before they are set: a few at a time, some that wait, none of those who have gone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"

static struct fake fake;
static struct client client;

static int setup(void **state)
{
    (void)state;
    fake_init(&fake);
    fake.options.price_queue = 3;
    fake_listen(&fake);
    client_open(&client, &fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    client_close(&client);
    fake_end(&fake);
    return 0;
}

static void send_many(uint32_t n, const char *method, const char *params)
{
    struct buf out;
    buf_init(&out, 0);
    for (uint32_t i = 0; i < n; i++)
        request_write(&out, i, method, params);
    client_send(&client, out.data, out.size);
    buf_free(&out);
}

static void one_too_many_is_told_the_option(const char *method, const char *params, const char *answer)
{
    struct gate_counts counts;
    const char *told;
    size_t size;
    uint32_t busy = 0, n = 40;
    fake.answers[SERVICE_PIN_ADD] = fake.answers[SERVICE_NETWORK_SET] = answer;
    send_many(n, method, params);
    for (uint32_t i = 0; i < n; i++) {
        client_await(&client);
        if (!mp_get_str(client.message.error, &told, &size))
            continue;
        static const char words[] = "E_BUSY: 3 rules to be weighed wait; the limit is 3 (price-queue)";
        assert_int_equal(size, sizeof words - 1);
        assert_memory_equal(told, words, size);
        busy++;
    }
    server_price_counts(fake.server, &counts);
    assert_true(busy > 0 && busy <= n - 5);
    assert_true(counts.refused == busy && counts.taken == n - busy);
    assert_true(counts.running == 0 && counts.waiting == 0);
}

static void pins_beyond_the_queue_are_refused(void **state)
{
    (void)state;
    one_too_many_is_told_the_option("pin.add", "[{\"rule\": \"keep\", \"organizers\": [\"001\"]}]", "5");
}

static void locks_wait_in_the_same_queue(void **state)
{
    (void)state;
    one_too_many_is_told_the_option("network.lock", "[4]",
                                    "{\"network\": 4, \"programme\": \"default\", \"version\": 1}");
    assert_string_equal(fake.last_values[0], "default");
    assert_string_equal(fake.last_values[1], "4");
    assert_string_equal(fake.last_values[4], "true");
    assert_string_equal(fake.last_values[5], "");
    assert_string_equal(fake.last_values[6], "3"); /* the inputs that it was looked at with */
    assert_string_equal(fake.last_values[7], "loopback");
    client_call(&client, "network.lock", "[{\"network\": 4, \"version\": 2}]");
    assert_string_equal(fake.last_values[5], "2");
}

static void who_goes_has_set_nothing(void **state)
{
    struct gate_counts counts;
    struct client other;
    (void)state;
    send_many(40, "pin.add", "[{\"rule\": \"keep\", \"organizers\": [\"001\"]}]");
    client_close(&client);
    client_open(&other, &fake);
    client_call(&other, "ping", "[]");
    do {
        fake_run(&fake, 5);
        server_price_counts(fake.server, &counts);
    } while (counts.running > 0);
    assert_int_equal(counts.waiting, 0);
    assert_true(fake.asked <= counts.taken && counts.taken < 35);
    client_close(&other);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pins_beyond_the_queue_are_refused),
        TEST(locks_wait_in_the_same_queue),
        TEST(who_goes_has_set_nothing),
    };
    return cmocka_run_group_tests_name("pins", tests, NULL, NULL);
}
