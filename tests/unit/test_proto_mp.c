/* Writing MessagePack, reading it, and JSON both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "proto/mp_json.h"

static struct buf out;
static struct mp_tree tree;

static int setup(void **state)
{
    (void)state;
    buf_init(&out, 0);
    msgpack_unpacked_init(&tree.unpacked);
    tree.top = NULL;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_free(&out);
    mp_free(&tree);
    return 0;
}

/* What is in `out`, as msgpack-c reads it. */
static const msgpack_object *reread(void)
{
    struct err e = ERR_INIT;
    mp_free(&tree);
    assert_false(buf_failed(&out));
    if (mp_unpack(out.data, out.size, &tree, &e))
        fail_msg("%s", e.text);
    return tree.top;
}

static void writes_integers_the_shortest_way(void **state)
{
    static const struct {
        int64_t value;
        size_t size;
    } cases[] = {{0, 1},
                 {127, 1},
                 {128, 2},
                 {255, 2},
                 {256, 3},
                 {65535, 3},
                 {65536, 5},
                 {4294967295, 5},
                 {4294967296, 9},
                 {INT64_MAX, 9},
                 {-1, 1},
                 {-32, 1},
                 {-33, 2},
                 {-128, 2},
                 {-129, 3},
                 {-32768, 3},
                 {-32769, 5},
                 {INT32_MIN, 5},
                 {(int64_t)INT32_MIN - 1, 9},
                 {INT64_MIN, 9}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t back = 0;
        buf_clear(&out);
        mp_int(&out, cases[i].value);
        assert_int_equal(out.size, cases[i].size);
        assert_true(mp_get_int(reread(), &back));
        assert_true(back == cases[i].value);
    }
}

static void an_unsigned_beyond_int64_is_no_int(void **state)
{
    int64_t signed_value = 5;
    uint64_t value = 0;
    (void)state;
    mp_uint(&out, UINT64_MAX);
    assert_true(mp_get_uint(reread(), &value));
    assert_true(value == UINT64_MAX);
    assert_false(mp_get_int(tree.top, &signed_value));
    assert_int_equal(signed_value, 5);
}

static void writes_texts_of_every_length(void **state)
{
    static const size_t sizes[] = {0, 1, 31, 32, 255, 256, 65535, 65536, 70000};
    char *text = malloc(70000);
    (void)state;
    assert_non_null(text);
    memset(text, 'x', 70000);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const char *back;
        size_t size;
        buf_clear(&out);
        mp_str(&out, text, sizes[i]);
        assert_true(mp_get_str(reread(), &back, &size));
        assert_int_equal(size, sizes[i]);
        assert_memory_equal(back, text, size);
        buf_clear(&out);
        mp_bin(&out, text, sizes[i]);
        assert_true(mp_get_str(reread(), &back, &size));
        assert_int_equal(size, sizes[i]);
    }
    free(text);
}

static void a_list_may_learn_its_length_at_its_end(void **state)
{
    static const uint32_t counts[] = {0, 1, 15, 16, 65535, 65536};
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        buf_clear(&out);
        mp_array(&out, 2);
        size_t opened = mp_array_open(&out);
        for (uint32_t n = 0; n < counts[i]; n++)
            mp_uint(&out, n % 100);
        mp_array_close(&out, opened, counts[i]);
        mp_text(&out, "behind");
        const msgpack_object *top = reread();
        uint64_t last = 0;
        assert_int_equal(mp_count(mp_at(top, 0)), counts[i]);
        assert_true(mp_equals(mp_at(top, 1), "behind"));
        if (counts[i] > 0) {
            assert_true(mp_get_uint(mp_at(mp_at(top, 0), counts[i] - 1), &last));
            assert_int_equal(last, (counts[i] - 1) % 100);
        }
    }
}

/* To the byte as if it had been known from the start. */
static void a_text_may_come_piece_by_piece(void **state)
{
    static const size_t sizes[] = {0, 1, 31, 32, 255, 256, 65535, 65536};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        buf_clear(&out);
        size_t opened = mp_text_open(&out);
        for (size_t n = 0; n < sizes[i]; n++)
            buf_append(&out, "x", 1);
        mp_text_close(&out, opened);
        const size_t pieces = out.size;
        char *whole = strndup((const char *)out.data + pieces - sizes[i], sizes[i]);
        mp_str(&out, whole, sizes[i]);
        assert_int_equal(out.size, 2 * pieces);
        assert_memory_equal(out.data, out.data + pieces, pieces);
        free(whole);
    }
}

static void rounds_what_people_read(void **state)
{
    double back = 0;
    (void)state;
    mp_rounded(&out, (double)0.8312345f, 4);
    assert_true(mp_get_double(reread(), &back));
    assert_true(back == 0.8312);
    buf_clear(&out);
    mp_rounded(&out, NAN, 4);
    assert_true(mp_is_nil(reread()));
}

static void failure_sticks_and_is_asked_for_once(void **state)
{
    (void)state;
    buf_free(&out);
    buf_init(&out, 10);
    mp_array(&out, 2);
    mp_text(&out, "far too long for this buffer");
    mp_uint(&out, 1);
    assert_true(buf_failed(&out));
    size_t opened = mp_array_open(&out);
    mp_array_close(&out, opened, 0); /* harmless */
    assert_true(buf_failed(&out));
}

static void looks_of_the_wrong_type_answer_false(void **state)
{
    bool flag = true;
    uint64_t natural = 1;
    double real = 1;
    const char *text = "kept";
    size_t size = 4;
    (void)state;
    mp_int(&out, -1);
    const msgpack_object *value = reread();
    assert_false(mp_get_bool(value, &flag));
    assert_false(mp_get_uint(value, &natural));
    assert_false(mp_get_str(value, &text, &size));
    assert_true(mp_get_double(value, &real) && real == -1);
    assert_null(mp_find(value, "key"));
    assert_null(mp_at(value, 0));
    assert_int_equal(mp_count(value), 0);
    assert_false(mp_get_uint(NULL, &natural));
    assert_string_equal(text, "kept");
    assert_string_equal(mp_type_name(value), "a negative integer");
    assert_string_equal(mp_type_name(NULL), "nothing");
}

static void finds_keys(void **state)
{
    uint64_t value = 0;
    (void)state;
    mp_map(&out, 2);
    mp_key(&out, "alpha");
    mp_uint(&out, 1);
    mp_bin(&out, "beta", 4);
    mp_uint(&out, 2);
    const msgpack_object *map = reread();
    assert_true(mp_get_uint(mp_find(map, "alpha"), &value) && value == 1);
    assert_true(mp_get_uint(mp_find(map, "beta"), &value) && value == 2);
    assert_null(mp_find(map, "alph"));
    assert_null(mp_find(map, "alphabet"));
}

static void unpack_refuses_what_is_left_over_or_missing(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    assert_int_equal(mp_unpack((const uint8_t *)"\x91\x01\x02", 3, &tree, &e), ERR_INVALID);
    assert_null(tree.top);
    mp_free(&tree);
    assert_int_equal(mp_unpack((const uint8_t *)"\x92\x01", 2, &tree, &e), ERR_INVALID);
}

static void assert_json(const char *json, const char *pretty_or_same)
{
    struct err e = ERR_INIT;
    struct buf text;
    buf_init(&text, 0);
    buf_clear(&out);
    if (mp_from_json(&out, json, strlen(json), &e))
        fail_msg("%s: %s", json, e.text);
    mp_to_json(&text, reread(), false);
    assert_string_equal(buf_string(&text), pretty_or_same);
    buf_free(&text);
}

static void json_comes_back_as_it_went(void **state)
{
    (void)state;
    assert_json("{\"a\": [1, -2, true, null, 0.1], \"b\": {}}",
                "{\"a\": [1, -2, true, null, 0.1], \"b\": {}}");
    assert_json("\"sk\\u00e5p\\n\\\"\\u0001\"", "\"sk\xc3\xa5p\\u000a\\\"\\u0001\"");
    assert_json("[]", "[]");
    assert_json("1e300", "1e+300");
    assert_json("2.0", "2.0");
    assert_json("9223372036854775807", "9223372036854775807");
}

static void copies_of_values_are_the_same_bytes(void **state)
{
    struct err e = ERR_INIT;
    struct buf copy;
    static const char json[] = "{\"a\": [1, -200, true, false, null, 0.1, \"text\"], \"b\": {\"c\": {}}}";
    (void)state;
    assert_int_equal(mp_from_json(&out, json, sizeof json - 1, &e), 0);
    buf_init(&copy, 0);
    mp_value(&copy, reread());
    assert_int_equal(copy.size, out.size);
    assert_memory_equal(copy.data, out.data, out.size);
    buf_free(&copy);
}

static void a_mistake_in_json_is_named_with_its_place(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    assert_int_equal(mp_from_json(&out, "{\n \"a\": x}", 10, &e), ERR_INVALID);
    assert_non_null(strstr(e.text, "line 2"));
    assert_int_equal(out.size, 0);
    assert_int_equal(mp_from_json(&out, "{\"a\": 1, \"a\": 2}", 16, &e), ERR_INVALID);
}

static void pretty_json_breaks_what_is_too_long_for_a_line(void **state)
{
    static const char json[] = "{\n"
                               "  \"short\": [1, 2, {\"a\": []}],\n"
                               "  \"long\": [\n"
                               "    \"sixty characters of text, or nearly so, to fill a line with it\",\n"
                               "    \"sixty characters of text, or nearly so, to fill a line with it\"\n"
                               "  ]\n"
                               "}";
    struct err e = ERR_INIT;
    struct buf text;
    (void)state;
    assert_int_equal(mp_from_json(&out, json, sizeof json - 1, &e), 0);
    buf_init(&text, 0);
    mp_to_json(&text, reread(), true);
    assert_string_equal(buf_string(&text), json);
    buf_free(&text);
}

static void what_json_cannot_hold_is_written_as_near_as_can_be(void **state)
{
    struct buf text;
    (void)state;
    mp_map(&out, 3);
    mp_uint(&out, 7);
    mp_double(&out, INFINITY);
    mp_nil(&out);
    mp_bin(&out, "\xff!", 2);
    mp_text(&out, "k");
    mp_double(&out, DBL_MIN);
    buf_init(&text, 0);
    mp_to_json(&text, reread(), true);
    assert_string_equal(buf_string(&text), "{\"7\": null, \"null\": \"?!\", \"k\": 2.2250738585072014e-308}");
    buf_free(&text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_integers_the_shortest_way),
        TEST(an_unsigned_beyond_int64_is_no_int),
        TEST(writes_texts_of_every_length),
        TEST(a_list_may_learn_its_length_at_its_end),
        TEST(a_text_may_come_piece_by_piece),
        TEST(rounds_what_people_read),
        TEST(failure_sticks_and_is_asked_for_once),
        TEST(looks_of_the_wrong_type_answer_false),
        TEST(finds_keys),
        TEST(unpack_refuses_what_is_left_over_or_missing),
        TEST(json_comes_back_as_it_went),
        TEST(copies_of_values_are_the_same_bytes),
        TEST(a_mistake_in_json_is_named_with_its_place),
        TEST(pretty_json_breaks_what_is_too_long_for_a_line),
        TEST(what_json_cannot_hold_is_written_as_near_as_can_be),
    };
    return cmocka_run_group_tests_name("mp", tests, NULL, NULL);
}
