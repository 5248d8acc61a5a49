/* err, buf, arena and log: the leaves that everything else stands on. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/log.h"

static void err_wrap_puts_context_first(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    assert_int_equal(err_set(&e, ERR_NOT_FOUND, "no organizer %d", 7), ERR_NOT_FOUND);
    assert_int_equal(err_wrap(&e, "reading %s", "pins"), ERR_NOT_FOUND);
    assert_string_equal(e.text, "reading pins: no organizer 7");
    assert_int_equal(err_set(NULL, ERR_IO, "nobody listens"), ERR_IO);
}

static void err_text_is_cut_between_characters(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    char long_text[sizeof e.text + 64];
    for (size_t shift = 0; shift < 4; shift++) {
        size_t used = 0;
        while (used < shift)
            long_text[used++] = 'x';
        while (used + 3 < sizeof long_text) {
            memcpy(long_text + used, "\xe2\x82\xac", 3); /* the euro sign: three bytes */
            used += 3;
        }
        long_text[used] = '\0';
        err_set(&e, ERR_INVALID, "%s", long_text);
        size_t length = strlen(e.text);
        assert_true(length < sizeof e.text);
        assert_int_equal((length - shift) % 3, 0);
        err_wrap(&e, "in");
        assert_int_equal((strlen(e.text) - shift - 4) % 3, 0);
    }
}

static void buf_failure_sticks_until_cleared(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 8);
    buf_text(&b, "12345678");
    assert_false(buf_failed(&b));
    buf_text(&b, "9");
    assert_true(buf_failed(&b));
    buf_consume(&b, 8);
    buf_text(&b, "a");
    assert_true(buf_failed(&b));
    assert_int_equal(b.size, 0);
    buf_clear(&b);
    buf_text(&b, "a");
    assert_string_equal(buf_string(&b), "a");
    buf_free(&b);
}

static void buf_grows_and_consumes_from_the_front(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 0);
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%03d;", i);
    assert_int_equal(b.size, 4000);
    buf_consume(&b, 3996);
    assert_string_equal(buf_string(&b), "999;");
    buf_consume(&b, 100);
    assert_int_equal(b.size, 0);
    assert_null(buf_reserve(&b, SIZE_MAX));
    assert_true(buf_failed(&b));
    buf_free(&b);
}

static void arena_gives_aligned_memory_and_whole_texts(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a);
    for (size_t size = 1; size < 200000; size = size * 3 + 1) {
        char *text = arena_text(&a, "abc", 3);
        unsigned char *bytes = arena_alloc(&a, size);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % alignof(max_align_t), 0);
        memset(bytes, 0xff, size);
        assert_string_equal(text, "abc");
    }
    assert_string_equal(arena_text(&a, NULL, 0), "");
    assert_true(a.bytes > 200000);
    arena_free(&a);
    assert_int_equal(a.bytes, 0);
}

static void log_quotes_what_would_break_a_line(void **state)
{
    (void)state;
    char out[64];
    assert_string_equal(log_quote("say \"hi\"\n\x1b[1m", out, sizeof out), "\"say \\\"hi\\\"\\n\\x1b[1m\"");
    char tiny[12];
    assert_string_equal(log_quote("abcdefghijkl", tiny, sizeof tiny), "\"abcde\"");
}

static void log_writes_one_line_and_never_past_its_end(void **state)
{
    (void)state;
    int pipe_ends[2];
    assert_int_equal(pipe(pipe_ends), 0);
    int saved = dup(STDERR_FILENO);
    dup2(pipe_ends[1], STDERR_FILENO);
    log_open("test", LOG_INFO, LOG_LOGFMT);
    char *huge = malloc(10000);
    memset(huge, 'x', 9999);
    huge[9999] = '\0';
    log_write(LOG_DEBUG, "not shown", "%s", "");
    log_write(LOG_WARN, "long", "value=%s", huge);
    dup2(saved, STDERR_FILENO);
    close(saved);
    char line[8192];
    ssize_t size = read(pipe_ends[0], line, sizeof line);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    free(huge);
    assert_true(size > 100 && size <= 4096);
    assert_int_equal(line[size - 1], '\n');
    assert_int_equal(memchr(line, '\n', (size_t)size) == line + size - 1, 1);
    assert_non_null(memmem(line, (size_t)size, "level=warn program=test msg=\"long\" value=xxx", 44));
}

static void dates_are_read_strictly(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int32_t day;
    } good[] = {{"1970-01-01", 0},
                {"1969-12-31", -1},
                {"2000-02-29", 11016},
                {"2026-08-31", 20696},
                {"0001-01-01", -719162}};
    static const char *const bad[] = {"",           "2026-8-31",   "2026-08-32", "2026-02-29",
                                      "1900-02-29", "2026-13-01",  "2026-00-10", "2026-01-00",
                                      "0000-01-01", "2026-08-31 ", "+026-08-31", "2026/08/31"};
    int32_t day = 0;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(date_parse(good[i].text, &day));
        assert_int_equal(day, good[i].day);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(date_parse(bad[i], &day));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(err_wrap_puts_context_first),
        cmocka_unit_test(err_text_is_cut_between_characters),
        cmocka_unit_test(buf_failure_sticks_until_cleared),
        cmocka_unit_test(buf_grows_and_consumes_from_the_front),
        cmocka_unit_test(arena_gives_aligned_memory_and_whole_texts),
        cmocka_unit_test(dates_are_read_strictly),
        cmocka_unit_test(log_quotes_what_would_break_a_line),
        cmocka_unit_test(log_writes_one_line_and_never_past_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
