/* The pre-scan: where frames end, what it refuses and by which limit, and that it never looks twice; by the
 * short way too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"

static struct frame_scan scan;

static enum frame_answer scan_all(const struct frame_limits *limits, const void *data, size_t size)
{
    frame_begin(&scan, limits);
    enum frame_answer answer = frame_scan(&scan, data, size);
    size_t whole = answer == FRAME_WHOLE ? scan.at : 0;
    assert_int_equal(frame_quick(limits, data, size), whole); /* the short way says the same */
    if (answer != FRAME_BAD)
        assert_int_equal(frame_skip(limits, data, size), whole);
    return answer;
}

static enum frame_answer scan_default(const void *data, size_t size)
{
    struct frame_limits limits;
    frame_limits_default(&limits);
    return scan_all(&limits, data, size);
}

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void assert_refused(enum frame_answer answer, const char *words)
{
    assert_int_equal(answer, FRAME_BAD);
    if (strstr(scan.reason, words) == NULL)
        fail_msg("'%s' does not say '%s'", scan.reason, words);
}

static void finds_the_end_of_a_request(void **state)
{
    (void)state;
    assert_int_equal(scan_default(BYTES(0x94, 0, 1, 0xa4, 'p', 'i', 'n', 'g', 0x90)), FRAME_WHOLE);
    assert_int_equal(scan.at, 9);
}

static void stops_at_the_end_and_leaves_the_rest(void **state)
{
    (void)state;
    assert_int_equal(scan_default(BYTES(0x91, 0xc0, 0xc1, 0xc1)), FRAME_WHOLE);
    assert_int_equal(scan.at, 2);
}

static void knows_every_type(void **state)
{
    static const uint8_t all[] = {
        0xdc, 0, 22,   0x7f, 0xe0, 0xc0, 0xc2, 0xc3, 0xc4, 1,   9,    0xc5, 0, 1, 9, 0xc6, 0,    0, 0,
        1,    9, 0xca, 1,    2,    3,    4,    0xcb, 1,    2,   3,    4,    5, 6, 7, 8,    0xcc, 1, 0xcd,
        1,    2, 0xce, 1,    2,    3,    4,    0xcf, 1,    2,   3,    4,    5, 6, 7, 8,    0xd0, 1, 0xd1,
        1,    2, 0xd2, 1,    2,    3,    4,    0xd3, 1,    2,   3,    4,    5, 6, 7, 8,    0xd9, 1, 'a',
        0xda, 0, 1,    'a',  0xdb, 0,    0,    0,    1,    'a', 0xde, 0,    1, 1, 2};
    (void)state;
    assert_int_equal(scan_default(all, sizeof all), FRAME_WHOLE);
    assert_int_equal(scan.at, sizeof all);
    for (size_t size = 0; size < sizeof all; size++)
        assert_int_equal(scan_default(all, size), FRAME_MORE);
}

static void takes_a_byte_at_a_time_without_looking_back(void **state)
{
    static uint8_t frame[] = {0x92, 0x81, 0xa2, 0xc3, 0xa5, 0xcd, 1, 2, 0xd9, 3, 0xe2, 0x82, 0xac};
    struct frame_limits limits;
    uint8_t copy[sizeof frame];
    (void)state;
    frame_limits_default(&limits);
    frame_begin(&scan, &limits);
    memset(copy, 0xc1, sizeof copy); /* what it has seen is spoilt: a second look would refuse it */
    for (size_t i = 0; i < sizeof frame; i++) {
        copy[i] = frame[i];
        enum frame_answer answer = frame_scan(&scan, copy, i + 1);
        assert_int_equal(answer, i + 1 == sizeof frame ? FRAME_WHOLE : FRAME_MORE);
        assert_int_equal(scan.at, i + 1);
        copy[i] = 0xc1;
    }
}

static void wants_an_array_on_top(void **state)
{
    (void)state;
    assert_refused(scan_default(BYTES(0x81, 1, 2)), "a message is an array");
    assert_refused(scan_default(BYTES('G', 'E', 'T', ' ')), "0x47 came");
    assert_refused(scan_default(BYTES(0xde)), "a message is an array");
    assert_int_equal(scan_default(BYTES(0x90)), FRAME_WHOLE);
}

static void refuses_five_bytes_that_announce_a_gigabyte(void **state)
{
    (void)state;
    assert_refused(scan_default(BYTES(0xdd, 0x00, 0xff, 0xff, 0xff)), "65536 values");
    assert_refused(scan_default(BYTES(0xdd, 0xff, 0xff, 0xff, 0xff)), "65536 values");
    assert_refused(scan_default(BYTES(0x91, 0xdf, 0xff, 0xff, 0xff, 0xff)), "65536 values");
    assert_refused(scan_default(BYTES(0x91, 0xdb, 0xff, 0xff, 0xff, 0xff)), "1048576 bytes");
    assert_refused(scan_default(BYTES(0x91, 0xc6, 0x00, 0x10, 0x00, 0x00)), "1048576 bytes");
}

static void counts_values_on_all_levels(void **state)
{
    struct frame_limits limits = {.bytes = 1000, .depth = 8, .elements = 7};
    (void)state;
    assert_int_equal(scan_all(&limits, BYTES(0x92, 0x92, 1, 2, 0x81, 1, 2)), FRAME_WHOLE);
    assert_refused(scan_all(&limits, BYTES(0x92, 0x92, 1, 2, 0x92, 1, 0x91, 3)), "limit is 7 values");
}

static void holds_announced_bytes_against_the_limit(void **state)
{
    struct frame_limits limits = {.bytes = 10, .depth = 8, .elements = 100};
    (void)state;
    assert_int_equal(scan_all(&limits, BYTES(0x99, 1, 2, 3, 4, 5, 6, 7, 8, 9)), FRAME_WHOLE);
    assert_refused(scan_all(&limits, BYTES(0x9a)), "limit is 10 bytes");
    assert_int_equal(scan_all(&limits, BYTES(0x91, 0xa8)), FRAME_MORE);
    assert_refused(scan_all(&limits, BYTES(0x91, 0xa9)), "limit is 10 bytes");
    /* Two values still owed on the outer level leave less for the inner one. */
    assert_refused(scan_all(&limits, BYTES(0x93, 0xa7)), "limit is 10 bytes");
    assert_refused(scan_all(&limits, BYTES(0x99, 0xdb)), "limit is 10 bytes");
}

static void refuses_what_is_too_deep(void **state)
{
    uint8_t nest[64];
    struct frame_limits limits;
    (void)state;
    memset(nest, 0x91, sizeof nest);
    frame_limits_default(&limits);
    nest[31] = 0x90;
    assert_int_equal(scan_default(nest, 32), FRAME_WHOLE);
    nest[31] = 0x91;
    assert_refused(scan_default(nest, 33), "limit is 32 levels");
    limits.depth = 3;
    assert_refused(scan_all(&limits, BYTES(0x91, 0x81, 1, 0x91, 0x90)), "limit is 3 levels");
    limits.depth = 4000; /* no more than there is room for */
    assert_refused(scan_all(&limits, nest, sizeof nest), "limit is 32 levels");
}

static void refuses_ext_types_and_the_unused_byte(void **state)
{
    static const uint8_t ext[] = {0xc7, 0xc8, 0xc9, 0xd4, 0xd5, 0xd6, 0xd7, 0xd8};
    (void)state;
    for (size_t i = 0; i < sizeof ext; i++)
        assert_refused(scan_default(BYTES(0x91, ext[i])), "ext type");
    assert_refused(scan_default(BYTES(0x91, 0xc1)), "never uses");
}

static void checks_utf8_in_str_but_not_in_bin(void **state)
{
    (void)state;
    assert_int_equal(scan_default(BYTES(0x91, 0xa6, 0xc3, 0xa5, 0xe2, 0x82, 0xac, '!')), FRAME_WHOLE);
    assert_int_equal(scan_default(BYTES(0x91, 0xa4, 0xf4, 0x8f, 0xbf, 0xbf)), FRAME_WHOLE);
    assert_refused(scan_default(BYTES(0x91, 0xa1, 0xff)), "invalid UTF-8");
    assert_refused(scan_default(BYTES(0x91, 0xa2, 0xc0, 0x80)), "invalid UTF-8");       /* overlong */
    assert_refused(scan_default(BYTES(0x91, 0xa3, 0xe0, 0x9f, 0xbf)), "invalid UTF-8"); /* overlong */
    assert_refused(scan_default(BYTES(0x91, 0xa3, 0xed, 0xa0, 0x80)), "invalid UTF-8"); /* surrogate */
    assert_refused(scan_default(BYTES(0x91, 0xa4, 0xf4, 0x90, 0x80, 0x80)), "invalid UTF-8");
    assert_refused(scan_default(BYTES(0x92, 0xa1, 0xc3, 0xa1, 0xa5)), "middle of a UTF-8 character");
    assert_int_equal(scan_default(BYTES(0x91, 0xc4, 2, 0xff, 0xc0)), FRAME_WHOLE);
}

static void finds_a_bad_byte_anywhere_in_a_long_text(void **state)
{
    uint8_t frame[3 + 200];
    (void)state;
    for (size_t bad = 0; bad < 200; bad++) {
        memset(frame, 'a', sizeof frame);
        frame[0] = 0x91;
        frame[1] = 0xd9;
        frame[2] = 200;
        assert_int_equal(scan_default(frame, sizeof frame), FRAME_WHOLE);
        frame[3 + bad] = 0xff;
        assert_refused(scan_default(frame, sizeof frame), "invalid UTF-8");
    }
}

static void stays_refused(void **state)
{
    (void)state;
    assert_refused(scan_default(BYTES(0x91, 0xc1)), "never uses");
    assert_int_equal(frame_scan(&scan, BYTES(0x91, 0xc0)), FRAME_BAD);
}

static void begins_anew_behind_a_frame(void **state)
{
    static const uint8_t two[] = {0x91, 1, 0x92, 2, 3};
    struct frame_limits limits;
    (void)state;
    frame_limits_default(&limits);
    frame_begin(&scan, &limits);
    assert_int_equal(frame_scan(&scan, two, sizeof two), FRAME_WHOLE);
    assert_int_equal(scan.at, 2);
    frame_begin(&scan, &limits);
    assert_int_equal(frame_scan(&scan, two + 2, 3), FRAME_WHOLE);
    assert_int_equal(scan.at, 3);
}

static uint32_t random_state;

/* The same numbers on every machine. */
static uint32_t random_next(void)
{
    random_state = random_state * 1664525u + 1013904223u;
    return random_state >> 8;
}

/* Random bytes, in random portions: the answer and its place are those of one look at all of it. */
static void portions_do_not_matter(void **state)
{
    struct frame_limits limits = {.bytes = 60, .depth = 4, .elements = 40};
    static const uint8_t likely[] = {0x90, 0x92, 0x81, 0xa2, 0xd9, 0xdc, 0xde,
                                     0xcd, 0xc4, 0xc0, 0x01, 0xc3, 0xa5, 0};
    (void)state;
    random_state = 7;
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[64] = {0x92};
        for (size_t i = 1; i < sizeof bytes; i++)
            bytes[i] = random_next() % 3 != 0 ? likely[(size_t)random_next() % sizeof likely]
                                              : (uint8_t)random_next();
        enum frame_answer once = scan_all(&limits, bytes, sizeof bytes);
        struct frame_scan first = scan;
        frame_begin(&scan, &limits);
        for (size_t size = 0; scan.answer == FRAME_MORE && size < sizeof bytes;) {
            size += (size_t)random_next() % 7;
            frame_scan(&scan, bytes, size < sizeof bytes ? size : sizeof bytes);
        }
        assert_int_equal(scan.answer, once);
        assert_string_equal(scan.reason, first.reason);
        if (once == FRAME_WHOLE)
            assert_int_equal(scan.at, first.at);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_the_end_of_a_request),
        cmocka_unit_test(stops_at_the_end_and_leaves_the_rest),
        cmocka_unit_test(knows_every_type),
        cmocka_unit_test(takes_a_byte_at_a_time_without_looking_back),
        cmocka_unit_test(wants_an_array_on_top),
        cmocka_unit_test(refuses_five_bytes_that_announce_a_gigabyte),
        cmocka_unit_test(counts_values_on_all_levels),
        cmocka_unit_test(holds_announced_bytes_against_the_limit),
        cmocka_unit_test(refuses_what_is_too_deep),
        cmocka_unit_test(refuses_ext_types_and_the_unused_byte),
        cmocka_unit_test(checks_utf8_in_str_but_not_in_bin),
        cmocka_unit_test(finds_a_bad_byte_anywhere_in_a_long_text),
        cmocka_unit_test(stays_refused),
        cmocka_unit_test(begins_anew_behind_a_frame),
        cmocka_unit_test(portions_do_not_matter),
    };
    return cmocka_run_group_tests_name("frame", tests, NULL, NULL);
}
