/* Logging in: right and wrong tokens, their delays, their end, and the limits before. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <time.h>

#include "net_fake.h"

static struct fake fake;
static struct client client, other;
static struct server_counts counts;
static char admin_token[TOKEN_SIZE + 1], reader_token[TOKEN_SIZE + 1];

static int setup(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    fake_init(&fake);
    fake.options.loopback_role = ROLE_NONE;
    fake.options.login_delay_ms = 50;
    FAKE_OK(token_make(admin_token, &e));
    FAKE_OK(token_make(reader_token, &e));
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

static void add(struct tokens *t, int64_t id, const char *name, enum role role, const char *text,
                int64_t until)
{
    struct err e = ERR_INIT;
    struct token token = {.id = id,
                          .role = role,
                          .until = until,
                          .name = name,
                          .created_at = "2026-03-14T06:00:00Z",
                          .created_by = "uid 0",
                          .expires_at = "",
                          .used_on = ""};
    assert_true(token_hash(text, strlen(text), token.hash));
    FAKE_OK(tokens_add(t, &token, &e));
}

static struct tokens *both(int64_t reader_until)
{
    struct tokens *t = tokens_new();
    add(t, 1, "ada", ROLE_ADMIN, admin_token, 0);
    add(t, 2, "rut", ROLE_READER, reader_token, reader_until);
    return t;
}

static void begin(void)
{
    fake_listen(&fake);
    server_set_tokens(fake.server, both(0));
    client_open(&client, &fake);
    client_open(&other, &fake);
}

static const char *hello_of(const char *token)
{
    static char params[128];
    snprintf(params, sizeof params, "[{\"token\": \"%s\"}]", token);
    return params;
}

static void count(void)
{
    server_counts(fake.server, &counts);
}

static void a_right_token_gives_its_role_at_once(void **state)
{
    (void)state;
    begin();
    assert_string_equal(
        client_refused(&client, "status", "[]"),
        "E_DENIED: status needs role reader; this connection has role none, as it has not logged in");
    assert_true(mp_equals(mp_find(client_call(&client, "hello", hello_of(reader_token)), "role"), "reader"));
    client_call(&client, "status", "[]");
    client_refused(&client, "run.start", "[]");
    assert_true(mp_equals(mp_find(client_call(&client, "hello", hello_of(admin_token)), "role"), "admin"));
    client_call(&client, "token.list", "[]");
    assert_int_equal(fake.logged_in, 2);
    count();
    assert_int_equal(counts.logins, 2);
    assert_int_equal(counts.logged_in, 1);
    assert_int_equal(counts.not_logged_in, 1);
    assert_int_equal(counts.denied, 2);
}

static const char denied[] = "E_DENIED: the token does not let anybody in; ask an administrator for another";

static void unknown_expired_and_malformed_tokens_are_refused_alike(void **state)
{
    char unknown[TOKEN_SIZE + 1];
    struct err e = ERR_INIT;
    (void)state;
    begin();
    FAKE_OK(token_make(unknown, &e));
    server_set_tokens(fake.server, both(time(NULL) - 1));
    assert_string_equal(client_refused(&client, "hello", hello_of(unknown)), denied);
    assert_string_equal(client_refused(&client, "hello", hello_of(reader_token)), denied);
    assert_string_equal(client_refused(&client, "hello", hello_of("x")), denied);
    assert_true(mp_equals(mp_find(client_call(&client, "hello", "[]"), "role"), "none"));
    count();
    assert_int_equal(counts.logins_denied, 3);
}

static void a_wrong_token_keeps_the_role_that_was_there(void **state)
{
    (void)state;
    begin();
    client_call(&client, "hello", hello_of(reader_token));
    client_refused(&client, "hello", hello_of("x"));
    client_call(&client, "status", "[]");
}

/* Nothing of that connection is handled before, nor is a right token from that address. */
static void wrong_ones_wait_and_so_does_all_behind_them(void **state)
{
    struct buf out;
    (void)state;
    fake.options.login_delay_ms = fake.options.login_delay_most_ms = 60000;
    begin();
    buf_init(&out, 0);
    request_write(&out, 1, "hello", hello_of("x"));
    request_write(&out, 2, "hello", "[]");
    client_send(&client, out.data, out.size);
    FAKE_UNTIL(&fake, (count(), counts.logins_denied == 1));
    client_request(&other, "hello", hello_of(admin_token));
    fake_run(&fake, 100);
    assert_false(client_poll(&client));
    assert_false(client_poll(&other));
    buf_free(&out);
}

static void what_waited_is_answered_in_order(void **state)
{
    struct buf out;
    (void)state;
    begin();
    buf_init(&out, 0);
    request_write(&out, 1, "hello", hello_of("x"));
    request_write(&out, 2, "hello", "[]");
    request_write(&out, 3, "hello", hello_of(admin_token));
    request_write(&out, 4, "status", "[]");
    client_send(&client, out.data, out.size);
    for (uint32_t i = 1; i <= 4; i++) {
        client_await(&client);
        assert_int_equal(client.message.msgid, i);
        assert_int_equal(mp_is_nil(client.message.error), i > 1);
    }
    buf_free(&out);
}

static void many_wrong_ones_at_once_take_a_turn_each(void **state)
{
    struct buf out;
    (void)state;
    fake.options.login_delay_ms = 20;
    fake.options.login_delay_most_ms = 40;
    begin();
    buf_init(&out, 0);
    for (uint32_t i = 1; i <= 20; i++)
        request_write(&out, i, "hello", hello_of("x"));
    client_send(&client, out.data, out.size);
    FAKE_UNTIL(&fake, (count(), counts.logins_denied > 0));
    assert_int_equal(counts.logins_denied, 1); /* the next is not looked at before this one is answered */
    for (uint32_t i = 1; i <= 20; i++) {
        client_await(&client);
        assert_int_equal(client.message.msgid, i);
    }
    buf_free(&out);
}

static void a_connection_that_ends_while_its_answer_waits_leaves_nothing(void **state)
{
    (void)state;
    fake.options.login_delay_ms = 60000;
    fake.options.login_delay_most_ms = 60000;
    begin();
    client_request(&client, "hello", hello_of("x"));
    FAKE_UNTIL(&fake, (count(), counts.logins_denied == 1));
    client_close(&client); /* the teardown stops the server with the answer waiting */
}

static void a_token_that_is_revoked_meanwhile_does_not_let_in(void **state)
{
    (void)state;
    fake.options.login_delay_ms = 1500;
    begin();
    client_refused(&other, "hello", hello_of("x"));
    client_request(&client, "hello", hello_of(admin_token));
    fake_run(&fake, 5);
    server_set_tokens(fake.server, tokens_new());
    client_await(&client);
    assert_false(mp_is_nil(client.message.error));
}

static void revoking_ends_the_connections_of_that_token_alone(void **state)
{
    struct tokens *left = tokens_new();
    (void)state;
    begin();
    client_call(&client, "hello", hello_of(reader_token));
    client_call(&client, "subscribe", "[\"runs\"]");
    client_call(&other, "hello", hello_of(admin_token));
    add(left, 1, "ada", ROLE_ADMIN, admin_token, 0);
    server_set_tokens(fake.server, left);
    client_await_end(&client);
    client_call(&other, "status", "[]");
}

static void a_token_with_another_role_or_hash_is_another_token(void **state)
{
    struct tokens *changed = tokens_new();
    (void)state;
    begin();
    client_call(&client, "hello", hello_of(admin_token));
    client_call(&other, "hello", hello_of(reader_token));
    add(changed, 1, "ada", ROLE_READER, admin_token, 0);
    add(changed, 2, "rut", ROLE_READER, admin_token, 0);
    server_set_tokens(fake.server, changed);
    client_await_end(&client);
    client_await_end(&other);
}

static void a_token_that_expires_ends_its_connection(void **state)
{
    (void)state;
    begin();
    server_set_tokens(fake.server, both(time(NULL) + 2));
    client_call(&client, "hello", hello_of(reader_token));
    client_await_end(&client);
}

static void before_tokens_were_read_nobody_is_called_wrong(void **state)
{
    (void)state;
    fake_listen(&fake);
    client_open(&client, &fake);
    client_open(&other, &fake);
    assert_non_null(
        strstr(client_refused(&client, "hello", hello_of(admin_token)), "E_UNAVAILABLE: nobody can log in"));
    count();
    assert_int_equal(counts.logins_denied, 0);
}

static void who_does_not_log_in_is_closed(void **state)
{
    (void)state;
    fake.options.login_seconds = 1;
    begin();
    client_call(&other, "hello", hello_of(reader_token));
    client_call(&client, "hello", "[]");
    client_await_end(&client);
    fake_run(&fake, 300);
    client_call(&other, "status", "[]");
    count();
    assert_int_equal(counts.timeouts, 1);
}

static void requests_before_the_login_are_small(void **state)
{
    static char large[9000];
    (void)state;
    fake.options.login_request_bytes = 1000;
    begin();
    client_call(&other, "hello", hello_of(reader_token));
    memset(large, 'x', sizeof large);
    memcpy(large, "[\"", 2);
    memcpy(large + 8900, "\"]", 3);
    client_refused(&other, "organizer.search", large); /* too long a text, but a message */
    client_request(&client, "organizer.search", large);
    client_await_end(&client);
    count();
    assert_int_equal(counts.bad_frames, 1);
}

static void those_who_have_not_logged_in_have_a_limit_of_their_own(void **state)
{
    struct client third;
    (void)state;
    fake.options.login_connections = 2;
    begin();
    client_call(&client, "hello", "[]");
    client_call(&other, "hello", "[]");
    client_open(&third, &fake);
    assert_string_equal(
        client_refused(&third, "hello", hello_of(admin_token)),
        "E_LIMIT: too many connections that have not logged in: the limit is 2 (login-connections)");
    client_await_end(&third);
    client_close(&third);
    client_call(&client, "hello", hello_of(reader_token)); /* makes room */
    client_open(&third, &fake);
    client_call(&third, "hello", hello_of(admin_token));
    client_close(&third);
    count();
    assert_int_equal(counts.refused_not_logged_in, 1);
}

static void one_address_has_so_many_connections(void **state)
{
    struct client third;
    (void)state;
    fake.options.address_connections = 2;
    begin();
    client_call(&client, "hello", hello_of(reader_token));
    client_call(&other, "hello", hello_of(reader_token));
    client_open(&third, &fake);
    assert_string_equal(
        client_refused(&third, "hello", "[]"),
        "E_LIMIT: too many connections from this address: the limit is 2 (address-connections)");
    client_close(&third);
    count();
    assert_int_equal(counts.refused_address, 1);
    client_close(&other);
    FAKE_UNTIL(&fake, (count(), counts.connections == 1));
    client_open(&other, &fake);
    client_call(&other, "hello", "[]");
}

static void limits_before_the_login_are_not_for_open_listeners(void **state)
{
    struct client many[5];
    (void)state;
    fake.options.loopback_role = ROLE_READER;
    fake.options.login_connections = 1;
    fake.options.address_connections = 1;
    fake.options.login_seconds = 0.1;
    begin();
    for (size_t i = 0; i < 5; i++) {
        client_open(&many[i], &fake);
        client_call(&many[i], "ping", "[]");
    }
    fake_run(&fake, 200);
    for (size_t i = 0; i < 5; i++) {
        client_call(&many[i], "ping", "[]");
        client_close(&many[i]);
    }
}

static void creating_gives_the_token_once_and_its_hash_to_the_service(void **state)
{
    const char *text;
    size_t size;
    uint8_t hash[TOKEN_HASH_SIZE];
    (void)state;
    begin();
    client_call(&client, "hello", hello_of(admin_token));
    const msgpack_object *made = client_call(
        &client, "token.create", "[{\"name\": \"case\", \"role\": \"reporter\", \"expires\": \"90d\"}]");
    assert_true(mp_get_str(mp_find(made, "token"), &text, &size));
    assert_true(token_hash(text, size, hash));
    assert_memory_equal(hash, fake.last_hash, sizeof hash);
    assert_int_equal(fake.last_lifetime_ms, INT64_C(90) * 86400 * 1000);
    assert_string_equal(fake.last_who, "token ada");
    client_call(&client, "token.create", "[\"for ever\"]");
    assert_int_equal(fake.last_lifetime_ms, 0);
    assert_json(
        mp_find(client_call(&client, "token.list", "[]"), "tokens"),
        "[{\"name\": \"ada\", \"role\": \"admin\", \"created_at\": \"2026-03-14T06:00:00Z\", \"created_by\": "
        "\"uid 0\", \"expires_at\": null, \"expired\": false, \"used_on\": null}, {\"name\": \"rut\", "
        "\"role\": \"reader\", \"created_at\": \"2026-03-14T06:00:00Z\", \"created_by\": \"uid 0\", "
        "\"expires_at\": null, \"expired\": false, \"used_on\": null}]");
    assert_string_equal(client_refused(&client, "token.revoke", "[\"nobody\"]"),
                        "E_NOT_FOUND: there is no token nobody");
}

static void what_is_wrong_with_a_new_token_is_said(void **state)
{
    static const char *const wrong[][2] = {
        {"[{\"name\": \"x\", \"role\": \"none\"}]", "role: 'none' came; allowed are reader"},
        {"[{\"name\": \"x\", \"role\": \"root\"}]", "role: 'root' came; allowed are reader"},
        {"[{\"name\": \"x\", \"expires\": \"never\"}]",
         "expires: 'never' came; allowed is a duration of 1min"},
        {"[{\"name\": \"x\", \"expires\": \"1s\"}]", "expires: '1s' came"},
        {"[{\"name\": \"x\", \"expires\": \"9999d\"}]", "expires: '9999d' came"},
        {"[{\"name\": \" x\"}]", "name: ' x' came; allowed is text without"},
        {"[{\"name\": \"a\\u0007b\"}]", "name: 'a\\x07b' came; allowed is text without"}};
    (void)state;
    begin();
    client_call(&client, "hello", hello_of(admin_token));
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *said = client_refused(&client, "token.create", wrong[i][0]);
        if (strstr(said, wrong[i][1]) == NULL)
            fail_msg("%s: '%s' does not say '%s'", wrong[i][0], said, wrong[i][1]);
    }
}

static void the_audit_hears_who_it_was(void **state)
{
    (void)state;
    fake.answer_at_once = true;
    begin();
    client_call(&client, "hello", hello_of(admin_token));
    client_call(&client, "run.publish", "[7]");
    assert_string_equal(fake.last_who, "token ada");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_right_token_gives_its_role_at_once),
        TEST(unknown_expired_and_malformed_tokens_are_refused_alike),
        TEST(a_wrong_token_keeps_the_role_that_was_there),
        TEST(wrong_ones_wait_and_so_does_all_behind_them),
        TEST(what_waited_is_answered_in_order),
        TEST(many_wrong_ones_at_once_take_a_turn_each),
        TEST(a_connection_that_ends_while_its_answer_waits_leaves_nothing),
        TEST(a_token_that_is_revoked_meanwhile_does_not_let_in),
        TEST(revoking_ends_the_connections_of_that_token_alone),
        TEST(a_token_with_another_role_or_hash_is_another_token),
        TEST(a_token_that_expires_ends_its_connection),
        TEST(before_tokens_were_read_nobody_is_called_wrong),
        TEST(who_does_not_log_in_is_closed),
        TEST(requests_before_the_login_are_small),
        TEST(those_who_have_not_logged_in_have_a_limit_of_their_own),
        TEST(one_address_has_so_many_connections),
        TEST(limits_before_the_login_are_not_for_open_listeners),
        TEST(creating_gives_the_token_once_and_its_hash_to_the_service),
        TEST(what_is_wrong_with_a_new_token_is_said),
        TEST(the_audit_hears_who_it_was),
    };
    return cmocka_run_group_tests_name("login", tests, NULL, NULL);
}
