/* Tokens as text and as a table, and how long wrong ones have to wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "net/login_delay.h"
#include "net/tokens.h"

/* 32 bytes "this is an example, not a secret"; the hash by sha256sum. */
#define EXAMPLE "pn_dGhpcyBpcyBhbiBleGFtcGxlLCBub3QgYSBzZWNyZXQ"

static void a_token_has_its_form_and_256_bits(void **state)
{
    char a[TOKEN_SIZE + 1], b[TOKEN_SIZE + 1];
    uint8_t hash[TOKEN_HASH_SIZE], other[TOKEN_HASH_SIZE];
    struct err e = ERR_INIT;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_int_equal(token_make(a, &e), 0);
        assert_int_equal(token_make(b, &e), 0);
        assert_int_equal(strlen(a), 46);
        assert_memory_equal(a, "pn_", 3);
        assert_string_not_equal(a, b);
        assert_true(token_hash(a, strlen(a), hash));
        assert_true(token_hash(b, strlen(b), other));
        assert_memory_not_equal(hash, other, sizeof hash);
    }
}

static void the_hash_is_sha256_of_the_text(void **state)
{
    static const uint8_t expected[TOKEN_HASH_SIZE] = {
        0xb0, 0x67, 0xd3, 0xa8, 0x58, 0x1e, 0x23, 0xd6, 0x38, 0xe3, 0x9f, 0x0b, 0x0a, 0xe5, 0xd7, 0x31,
        0x67, 0xe1, 0x49, 0xeb, 0x59, 0x6f, 0xd0, 0x2c, 0x89, 0x32, 0x60, 0x3c, 0x62, 0xc4, 0xc0, 0x07};
    uint8_t hash[TOKEN_HASH_SIZE];
    (void)state;
    assert_true(token_hash(EXAMPLE, strlen(EXAMPLE), hash));
    assert_memory_equal(hash, expected, sizeof hash);
}

static void what_is_not_exactly_a_token_is_none(void **state)
{
    static const char *const wrong[] = {
        "",
        "pn_",
        "pn_dGhpcyBpcyBhbiBleGFtcGxlLCBub3QgYSBzZWNyZX",
        "pn_dGhpcyBpcyBhbiBleGFtcGxlLCBub3QgYSBzZWNyZXQA",
        "PN_dGhpcyBpcyBhbiBleGFtcGxlLCBub3QgYSBzZWNyZXQ",
        "pn_dGhpcyBpcyBhbiBleGFtcGxlLCBub3QgYSBzZWNyZXR", /* the same bits, another last letter */
        "pn_dGhpcyBpcyBhbiBleGFtcGxlLCBub3QgYSBzZWNyZX=",
        "pn_dGhpcyBpcyBhbiBleGFtcGxlLCBub3QgYSBzZWNy+XQ"};
    static const uint8_t zero[TOKEN_HASH_SIZE];
    uint8_t hash[TOKEN_HASH_SIZE];
    char with_nul[TOKEN_SIZE];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        memset(hash, 1, sizeof hash);
        if (token_hash(wrong[i], strlen(wrong[i]), hash))
            fail_msg("'%s' was taken for a token", wrong[i]);
        assert_memory_equal(hash, zero, sizeof hash);
    }
    memcpy(with_nul, EXAMPLE, sizeof with_nul);
    with_nul[20] = '\0';
    assert_false(token_hash(with_nul, sizeof with_nul, hash));
}

static struct token token_of(int64_t id, uint8_t byte, int64_t until)
{
    struct token t = {.id = id,
                      .role = ROLE_READER,
                      .until = until,
                      .name = "x",
                      .created_at = "",
                      .created_by = "",
                      .expires_at = "",
                      .used_on = ""};
    memset(t.hash, byte, sizeof t.hash);
    return t;
}

static void the_table_finds_by_the_whole_hash(void **state)
{
    struct err e = ERR_INIT;
    struct tokens *t = tokens_new();
    uint8_t hash[TOKEN_HASH_SIZE];
    (void)state;
    for (int i = 1; i <= 100; i++) {
        struct token one = token_of(i, (uint8_t)i, i);
        assert_int_equal(tokens_add(t, &one, &e), 0);
    }
    for (int i = 1; i <= 100; i++) {
        memset(hash, i, sizeof hash);
        assert_int_equal(tokens_find(t, hash)->id, i);
        assert_ptr_equal(tokens_find(t, hash), tokens_of_id(t, i));
        hash[TOKEN_HASH_SIZE - 1] ^= 1;
        assert_null(tokens_find(t, hash));
    }
    assert_null(tokens_of_id(t, 101));
    assert_false(token_has_expired(tokens_of_id(t, 50), 49));
    assert_true(token_has_expired(tokens_of_id(t, 50), 50));
    tokens_free(t);
}

static void a_table_has_a_limit(void **state)
{
    struct err e = ERR_INIT;
    struct tokens *t = tokens_new();
    struct token one = token_of(1, 1, 0);
    (void)state;
    for (int i = 0; i < TOKENS_MAX; i++)
        assert_int_equal(tokens_add(t, &one, &e), 0);
    assert_int_equal(tokens_add(t, &one, &e), ERR_LIMIT);
    assert_non_null(strstr(e.text, "more tokens than 10000"));
    tokens_free(t);
}

static struct login_delay delay;

static struct login_key key_of(const char *address)
{
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6};
    struct sockaddr_in in = {.sin_family = AF_INET};
    if (inet_pton(AF_INET, address, &in.sin_addr) == 1)
        return login_key_of((struct sockaddr *)&in);
    assert_int_equal(inet_pton(AF_INET6, address, &in6.sin6_addr), 1);
    return login_key_of((struct sockaddr *)&in6);
}

static void delays_begin(uint64_t first, uint64_t most)
{
    memset(&delay, 0, sizeof delay);
    delay.first_ms = first;
    delay.most_ms = most;
}

static void delays_double_up_to_the_longest_and_are_forgotten(void **state)
{
    static const uint64_t expected[] = {250, 500, 1000, 2000, 4000, 8000, 8000, 8000};
    struct login_key key = key_of("192.0.2.1"), other = key_of("192.0.2.2");
    (void)state;
    delays_begin(250, 8000);
    assert_int_equal(login_delay_ms(&delay, &key, 5), 0);
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        login_delay_note(&delay, &key, 1000 + i);
        assert_int_equal(login_delay_ms(&delay, &key, 1000 + i), expected[i]);
    }
    assert_int_equal(login_delay_ms(&delay, &other, 2000), 0);
    assert_int_equal(login_delay_ms(&delay, &key, 1007 + LOGIN_DELAY_FORGET_MS - 1), 8000);
    assert_int_equal(login_delay_ms(&delay, &key, 1007 + LOGIN_DELAY_FORGET_MS), 0);
    login_delay_note(&delay, &key, 1008 + LOGIN_DELAY_FORGET_MS);
    assert_int_equal(login_delay_ms(&delay, &key, 1008 + LOGIN_DELAY_FORGET_MS), 250);
}

static void many_wrong_ones_do_not_overflow(void **state)
{
    struct login_key key = key_of("192.0.2.1");
    (void)state;
    delays_begin(250, 8000);
    for (int i = 0; i < 100000; i++)
        login_delay_note(&delay, &key, 1);
    assert_int_equal(login_delay_ms(&delay, &key, 1), 8000);
}

static void delays_that_are_off_are_none(void **state)
{
    struct login_key key = key_of("192.0.2.1");
    (void)state;
    delays_begin(0, 8000);
    login_delay_note(&delay, &key, 1);
    assert_int_equal(login_delay_ms(&delay, &key, 1), 0);
}

static void of_ipv6_the_first_64_bits_count(void **state)
{
    struct login_key a = key_of("2001:db8:0:1::1"), b = key_of("2001:db8:0:1:ffff::2"),
                     c = key_of("2001:db8:0:2::1");
    struct login_key mapped = key_of("::ffff:192.0.2.1"), plain = key_of("192.0.2.1");
    (void)state;
    assert_true(login_key_same(&a, &b));
    assert_false(login_key_same(&a, &c));
    assert_true(login_key_same(&mapped, &plain));
    assert_false(login_key_same(&a, &plain));
}

/* A crowd of addresses takes no memory, and not the place of those that were wrong after it. */
static void whoever_was_quiet_longest_makes_way(void **state)
{
    struct login_key first = key_of("192.0.2.1"), last = key_of("192.0.2.2");
    char text[32];
    (void)state;
    delays_begin(250, 8000);
    login_delay_note(&delay, &first, 10);
    for (unsigned i = 0; i < LOGIN_DELAY_PLACES - 1; i++) {
        snprintf(text, sizeof text, "198.51.%u.%u", i / 256, i % 256);
        struct login_key key = key_of(text);
        login_delay_note(&delay, &key, 20 + i);
    }
    assert_int_equal(login_delay_ms(&delay, &first, 2000), 250);
    login_delay_note(&delay, &last, 3000);
    assert_int_equal(login_delay_ms(&delay, &last, 3000), 250);
    assert_int_equal(login_delay_ms(&delay, &first, 3000), 0);
    struct login_key kept = key_of("198.51.0.0");
    assert_int_equal(login_delay_ms(&delay, &kept, 3000), 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_has_its_form_and_256_bits),
        cmocka_unit_test(the_hash_is_sha256_of_the_text),
        cmocka_unit_test(what_is_not_exactly_a_token_is_none),
        cmocka_unit_test(the_table_finds_by_the_whole_hash),
        cmocka_unit_test(a_table_has_a_limit),
        cmocka_unit_test(delays_double_up_to_the_longest_and_are_forgotten),
        cmocka_unit_test(many_wrong_ones_do_not_overflow),
        cmocka_unit_test(delays_that_are_off_are_none),
        cmocka_unit_test(of_ipv6_the_first_64_bits_count),
        cmocka_unit_test(whoever_was_quiet_longest_makes_way),
    };
    return cmocka_run_group_tests_name("token", tests, NULL, NULL);
}
