/* What threads work on: a few at a time, some that wait, one too many refused, whatever it is, and one
 * connection with half of those that wait; nothing of those who have gone or cancelled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"

#define PIN "[{\"rule\": \"keep\", \"organizers\": [\"001\"]}]"
#define PLAN "[[{\"name\": \"L\", \"lat\": 55, \"lon\": 13, \"capacity\": 4}]]"
#define POOL 4 /* threads that libuv has unless told otherwise */

static struct fake fake;
static struct client client;
static uv_work_t blockers[POOL];
static uv_sem_t over;
static unsigned blocking;

static const struct {
    const char *method, *params;
} kinds[] = {{"pin.add", PIN},           {"network.lock", "[4]"},
             {"plan.make", PLAN},        {"insight.challenges", "[]"},
             {"insight.coverage", "[]"}, {"insight.quality", "[]"}};
#define KINDS (sizeof kinds / sizeof kinds[0])

static int setup(void **state)
{
    (void)state;
    fake_init(&fake);
    fake.options.thread_queue = 6; /* of one connection 3 */
    fake.answers[SERVICE_PIN_ADD] = "5";
    fake.answers[SERVICE_NETWORK_SET] = "{\"network\": 4, \"programme\": \"default\", \"version\": 1}";
    fake_listen(&fake);
    client_open(&client, &fake);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    for (unsigned i = 0; i < blocking; i++) /* of a test that failed amid it */
        uv_sem_post(&over);
    client_close(&client);
    fake_end(&fake);
    return 0;
}

static struct gate_counts counts(void)
{
    struct gate_counts told;
    server_thread_counts(fake.server, &told);
    return told;
}

static void block(uv_work_t *work)
{
    (void)work;
    uv_sem_wait(&over);
}

static void unblocked(uv_work_t *work, int status)
{
    (void)work;
    assert_int_equal(status, 0);
    blocking--;
}

/* Until thaw() no thread of the pool does anything. */
static void freeze(void)
{
    assert_int_equal(uv_sem_init(&over, 0), 0);
    for (; blocking < POOL; blocking++)
        assert_int_equal(uv_queue_work(&fake.loop, &blockers[blocking], block, unblocked), 0);
}

static void thaw(void)
{
    for (int i = 0; i < POOL; i++)
        uv_sem_post(&over);
    FAKE_UNTIL(&fake, blocking == 0);
    uv_sem_destroy(&over);
}

/* Requests of all kinds in turn, with their place as msgid. */
static void send_many(uint32_t n, size_t kind, size_t n_kinds)
{
    struct buf out;
    buf_init(&out, 0);
    for (uint32_t i = 0; i < n; i++) {
        size_t k = kind + i % n_kinds;
        request_write(&out, i, kinds[k].method, kinds[k].params);
    }
    client_send(&client, out.data, out.size);
    buf_free(&out);
}

/* Two of one kind that work, three that wait, and all that are too many have been told so. */
static void flood(size_t kind)
{
    const uint64_t refused = counts().refused;
    send_many(12, kind, 1);
    FAKE_UNTIL(&fake, counts().waiting == 3 && counts().refused == refused + 7);
}

static bool is_error(const char *words)
{
    const char *told;
    size_t size;
    return mp_get_str(client.message.error, &told, &size) && size == strlen(words) &&
           memcmp(told, words, size) == 0;
}

static void two_work_three_wait_one_is_refused(size_t kind, size_t n_kinds)
{
    struct server_limit limits[LIMIT_COUNT];
    struct gate_counts before = counts();
    freeze();
    send_many(12, kind, n_kinds);
    for (uint32_t i = 5; i < 12; i++) {
        client_await(&client);
        assert_int_equal(client.message.msgid, i);
        assert_true(
            is_error("E_BUSY: 3 requests for a thread of this connection wait; the limit is 3 for one "
                     "connection, half of 6 (thread-queue), besides 2 at a time (thread-jobs)"));
    }
    struct gate_counts now = counts();
    assert_true(now.running == 2 && now.waiting == 3 && now.refused - before.refused == 7);
    thaw();
    for (uint32_t i = 0; i < 5; i++) {
        client_await(&client);
        assert_int_equal(client.message.error->type, MSGPACK_OBJECT_NIL);
    }
    now = counts();
    assert_true(now.running == 0 && now.waiting == 0 && now.taken - before.taken == 5);
    server_limits(fake.server, limits);
    assert_true(limits[LIMIT_THREAD_QUEUE].reached == now.refused && limits[LIMIT_THREAD_QUEUE].value == 6);
    assert_true(limits[LIMIT_THREAD_JOBS].reached == now.refused + 3 * (now.taken / 5));
}

static void each_kind_has_its_bounds(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        two_work_three_wait_one_is_refused(k, 1);
}

static void kinds_wait_in_one_queue(void **state)
{
    (void)state;
    two_work_three_wait_one_is_refused(0, KINDS);
}

static void a_flood_leaves_others_their_turn(void **state)
{
    struct client other;
    uint64_t refused;
    (void)state;
    client_open(&other, &fake);
    for (size_t k = 0; k < KINDS; k++) {
        freeze();
        flood(3);
        refused = counts().refused;
        client_request(&other, kinds[k].method, kinds[k].params);
        FAKE_UNTIL(&fake, counts().waiting == 4);
        assert_int_equal(counts().refused, refused);
        thaw();
        client_await(&other);
        assert_int_equal(other.message.error->type, MSGPACK_OBJECT_NIL);
        for (int i = 0; i < 12; i++)
            client_await(&client);
    }
    client_close(&other);
}

static void a_lock_rests_on_what_was_looked_at(void **state)
{
    (void)state;
    client_call(&client, "network.lock", "[4]");
    assert_string_equal(fake.last_values[0], "default");
    assert_string_equal(fake.last_values[1], "4");
    assert_string_equal(fake.last_values[4], "true");
    assert_string_equal(fake.last_values[5], "");
    assert_string_equal(fake.last_values[6], "3"); /* the inputs that it was looked at with */
    assert_string_equal(fake.last_values[7], "loopback");
    client_call(&client, "network.lock", "[{\"network\": 4, \"version\": 2}]");
    assert_string_equal(fake.last_values[5], "2");
}

static void who_goes_has_set_nothing_and_holds_nobody_up(void **state)
{
    struct client other;
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        freeze();
        flood(k);
        client_close(&client);
        FAKE_UNTIL(&fake, counts().waiting == 0 && counts().running == 0); /* no thread had begun */
        thaw();
        assert_int_equal(fake.asked, 0);
        client_open(&client, &fake);
    }
    client_open(&other, &fake);
    client_call(&other, "ping", "[]");
    client_call(&other, "insight.quality", "[]");
    client_close(&other);
}

/* A thread is at it, or may be: what it finds goes nowhere. */
static void who_goes_amid_the_work_is_forgotten(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        uint64_t taken = counts().taken;
        send_many(5, k, 1);
        FAKE_UNTIL(&fake, counts().taken > taken);
        client_close(&client);
        FAKE_UNTIL(&fake, counts().waiting == 0 && counts().running == 0);
        client_open(&client, &fake);
        client_call(&client, "ping", "[]");
    }
}

static void cancel(uint32_t msgid, bool known)
{
    char params[16];
    bool cancelled = !known;
    snprintf(params, sizeof params, "[%u]", msgid);
    client.msgid = 1000;
    if (known) {
        client_request(&client, "cancel", params);
        client_await(&client);
        assert_int_equal(client.message.msgid, msgid);
        assert_true(is_error("E_CANCELLED: the request was cancelled; it changed nothing"));
        client_await(&client);
        assert_true(mp_get_bool(mp_find(client.message.result, "cancelled"), &cancelled));
    } else {
        assert_true(mp_get_bool(mp_find(client_call(&client, "cancel", params), "cancelled"), &cancelled));
    }
    assert_int_equal(cancelled, known);
}

static void cancel_ends_one_that_works_or_waits(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++) {
        size_t asked = fake.asked;
        freeze();
        send_many(5, k, 1);
        FAKE_UNTIL(&fake, counts().waiting == 3);
        cancel(1, true); /* has a place */
        cancel(3, true); /* waits for one */
        cancel(3, false);
        thaw();
        for (uint32_t i = 0; i < 5; i++) {
            if (i == 1 || i == 3)
                continue;
            client_await(&client);
            assert_true(client.message.msgid != 1 && client.message.msgid != 3);
            assert_int_equal(client.message.error->type, MSGPACK_OBJECT_NIL);
        }
        assert_int_equal(fake.asked - asked, k < 2 ? 3 : 0); /* pins and locks are set, nobody else asks */
        cancel(0, false);
        assert_true(counts().running == 0 && counts().waiting == 0);
    }
}

static void the_end_of_the_server_ends_them(void **state)
{
    (void)state;
    freeze();
    send_many(5, 0, KINDS);
    FAKE_UNTIL(&fake, counts().waiting == 3);
    server_stop(fake.server, fake_closed, &fake);
    FAKE_UNTIL(&fake, fake.closed);
    server_free(fake.server);
    fake.server = NULL;
    thaw();
    assert_int_equal(fake.asked, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_kind_has_its_bounds),
        TEST(kinds_wait_in_one_queue),
        TEST(a_flood_leaves_others_their_turn),
        TEST(a_lock_rests_on_what_was_looked_at),
        TEST(who_goes_has_set_nothing_and_holds_nobody_up),
        TEST(who_goes_amid_the_work_is_forgotten),
        TEST(cancel_ends_one_that_works_or_waits),
        TEST(the_end_of_the_server_ends_them),
    };
    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
