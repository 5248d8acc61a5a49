/* Answers that are kept: the same request gets the same bytes, in its language, to whom may have them, for as
 * long as the snapshot stays; a ring of fixed size holds them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/answers.h"
#include "net/traffic.h"
#include "net_fake.h"
#include "net_fake_session.h"

/* ---- the ring ---- */

static struct answers *answers;

static int open_ring(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    assert_int_equal(answers_open(&answers, 65536, &e), 0);
    return 0;
}

static int close_ring(void **state)
{
    (void)state;
    answers_free(answers);
    return 0;
}

static struct answers_question question(const char *text, uint64_t snapshot, bool english)
{
    return (struct answers_question){snapshot, english, (const uint8_t *)text, strlen(text)};
}

static void keep(const char *asked, const char *answer, uint64_t snapshot, bool english)
{
    struct answers_question q = question(asked, snapshot, english);
    answers_keep(answers, &q, 3, (const uint8_t *)answer, strlen(answer));
}

static bool found(const char *asked, const char *answer, uint64_t snapshot, bool english)
{
    struct answers_question q = question(asked, snapshot, english);
    struct answers_found x;
    return answers_find(answers, &q, &x) && x.method == 3 && x.size == strlen(answer) &&
           memcmp(x.data, answer, x.size) == 0;
}

static void each_question_has_its_answer(void **state)
{
    struct answers_question other = question("b", 1, false);
    struct answers_found x;
    (void)state;
    assert_false(found("a", "first", 1, false));
    keep("a", "first", 1, false);
    keep("a", "in English", 1, true);
    keep("a longer question", "second", 1, false);
    assert_true(found("a", "first", 1, false));
    assert_true(found("a", "in English", 1, true));
    assert_true(found("a longer question", "second", 1, false));
    assert_false(answers_find(answers, &other, &x));
}

static void nothing_outlives_its_snapshot(void **state)
{
    struct answers_counts counts;
    (void)state;
    keep("a", "first", 1, false);
    assert_false(found("a", "first", 2, false));
    keep("b", "second", 2, false);
    assert_false(found("a", "first", 2, false));
    assert_false(found("a", "first", 1, false));
    assert_true(found("b", "second", 2, false));
    answers_counts(answers, &counts);
    assert_true(counts.kept == 2 && counts.bytes < 100);
}

static void the_newest_push_out_the_oldest(void **state)
{
    struct answers_counts counts;
    char asked[32], answer[256];
    uint32_t n = 0;
    (void)state;
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(asked, sizeof asked, "question %u", i);
        snprintf(answer, sizeof answer, "%*u", (int)(1 + i % 200), i);
        keep(asked, answer, 1, false);
        assert_true(found(asked, answer, 1, false));
    }
    for (uint32_t i = 0; i < 5000; i++) {
        snprintf(asked, sizeof asked, "question %u", i);
        snprintf(answer, sizeof answer, "%*u", (int)(1 + i % 200), i);
        struct answers_question q = question(asked, 1, false);
        struct answers_found x;
        if (!answers_find(answers, &q, &x))
            continue;
        assert_true(i > 4000 && found(asked, answer, 1, false));
        n++;
    }
    assert_true(n > 200);
    answers_counts(answers, &counts);
    assert_true(counts.bytes <= 65536 && counts.bytes > 60000);
}

static void what_is_long_is_not_kept(void **state)
{
    static char answer[2000], asked[600];
    struct answers *none;
    struct err e = ERR_INIT;
    (void)state;
    memset(answer, 'a', sizeof answer - 1);
    memset(asked, 'q', sizeof asked - 1);
    keep("short", answer, 1, false);
    assert_false(found("short", answer, 1, false));
    keep(asked, "short", 1, false);
    assert_false(found(asked, "short", 1, false));
    assert_int_equal(answers_open(&none, 0, &e), 0);
    answers_free(answers);
    answers = none;
    keep("short", "short", 1, false);
    assert_false(found("short", "short", 1, false));
}

/* ---- the server ---- */

static uint64_t again(void)
{
    struct server_counts counts;
    server_counts(fake.server, &counts);
    return counts.answered_again;
}

static const struct {
    const char *method, *params;
} lasting[] = {{"network.of", "[\"001\"]"},
               {"network.peers", "[\"002\", \"default\"]"},
               {"network.get", "[{\"network\": 4}]"},
               {"network.list", "[]"},
               {"organizer.get", "[\"001\"]"},
               {"organizer.search", "[\"lund\"]"},
               {"organizer.similar", "[\"001\"]"},
               {"organizer.match", "[\"005\"]"},
               {"organizer.explain", "[\"001\", \"002\"]"},
               {"challenge.list", "[]"},
               {"programme.list", "[]"},
               {"pin.list", "[]"},
               {"activity.list", "[]"},
               {"activity.cover", "[]"}};

static void the_same_request_gets_the_same_bytes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof lasting / sizeof lasting[0]; i++) {
        struct buf first;
        uint64_t before = again();
        client.msgid = (uint32_t)i * 70000; /* ids of every length */
        client_call(&client, lasting[i].method, lasting[i].params);
        buf_init(&first, 0);
        mp_value(&first, client.message.result);
        for (int k = 0; k < 20; k++) {
            struct buf next;
            buf_init(&next, 0);
            client_call(&client, lasting[i].method, lasting[i].params);
            mp_value(&next, client.message.result);
            assert_int_equal(next.size, first.size);
            assert_memory_equal(next.data, first.data, first.size);
            buf_free(&next);
        }
        assert_int_equal(again() - before, 20);
        buf_free(&first);
    }
    const struct traffic *t = server_traffic(fake.server);
    assert_int_equal(t->methods[METHOD_network_of].results[ERR_OK], 21);
    assert_true(t->methods[METHOD_network_of].sum_ns > 0);
}

static void what_changes_is_asked_anew(void **state)
{
    static const char *const calls[][2] = {
        {"ping", "[]"}, {"status", "[]"}, {"run.list", "[]"}, {"run.get", "[7]"}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        client_call(&client, calls[i][0], calls[i][1]);
        client_call(&client, calls[i][0], calls[i][1]);
    }
    client_refused(&client, "network.of", "[\"nobody\"]");
    client_refused(&client, "network.of", "[\"nobody\"]");
    assert_int_equal(again(), 0);
}

static void another_snapshot_is_answered_from(void **state)
{
    (void)state;
    client_call(&client, "network.peers", "[\"001\"]");
    client_call(&client, "network.peers", "[\"001\"]");
    snapshot_free(fake.snapshot);
    fake.snapshot = fake_data();
    fake.snapshot->programmes[0].networks[0].label_sv = "Annat";
    assert_json(mp_find(client_call(&client, "network.peers", "[\"001\"]"), "label"), "\"Annat\"");
    assert_int_equal(again(), 1);
    snapshot_free(fake.snapshot);
    fake.snapshot = NULL;
    assert_non_null(strstr(client_refused(&client, "network.peers", "[\"001\"]"), "E_UNAVAILABLE"));
}

static void each_language_has_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_json(mp_find(client_call(&client, "network.peers", "[\"001\"]"), "label"),
                    "\"Matematik i liten skola\"");
    client_call(&client, "hello", "[{\"language\": \"en\"}]");
    for (int i = 0; i < 2; i++)
        assert_json(mp_find(client_call(&client, "network.peers", "[\"001\"]"), "label"),
                    "\"Mathematics in small schools\"");
    assert_int_equal(again(), 2);
}

/* One who has logged in has asked before. */
static void who_may_not_ask_is_not_answered(void **state)
{
    char token[TOKEN_SIZE + 1], hello[TOKEN_SIZE + 32];
    struct client stranger;
    struct token reader = {.id = 1,
                           .role = ROLE_READER,
                           .name = "rut",
                           .created_at = "2026-03-14T06:00:00Z",
                           .created_by = "uid 0",
                           .expires_at = "",
                           .used_on = ""};
    struct tokens *tokens = tokens_new();
    struct err e = ERR_INIT;
    (void)state;
    FAKE_OK(token_make(token, &e));
    assert_true(token_hash(token, strlen(token), reader.hash));
    FAKE_OK(tokens_add(tokens, &reader, &e));
    fake_init(&fake);
    fake.options.loopback_role = ROLE_NONE;
    fake_listen(&fake);
    server_set_tokens(fake.server, tokens);
    client_open(&client, &fake);
    client_open(&stranger, &fake);
    snprintf(hello, sizeof hello, "[{\"token\": \"%s\"}]", token);
    client_call(&client, "hello", hello);
    for (int i = 0; i < 3; i++)
        client_call(&client, "network.peers", "[\"001\"]");
    for (int i = 0; i < 3; i++)
        assert_non_null(strstr(client_refused(&stranger, "network.peers", "[\"001\"]"), "E_DENIED"));
    assert_int_equal(again(), 2);
    client_close(&stranger);
    client_close(&client);
    fake_end(&fake);
}

#define RING(name) cmocka_unit_test_setup_teardown(name, open_ring, close_ring)
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RING(each_question_has_its_answer),
        RING(nothing_outlives_its_snapshot),
        RING(the_newest_push_out_the_oldest),
        RING(what_is_long_is_not_kept),
        TEST(the_same_request_gets_the_same_bytes),
        TEST(what_changes_is_asked_anew),
        TEST(another_snapshot_is_answered_from),
        TEST(each_language_has_its_own),
        cmocka_unit_test(who_may_not_ask_is_not_answered),
    };
    return cmocka_run_group_tests_name("answers", tests, NULL, NULL);
}
