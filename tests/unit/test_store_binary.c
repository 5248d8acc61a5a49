/* Rows for COPY in binary form, byte for byte as PostgreSQL's manual has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "store/pg_binary.h"

#define HEADER "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0"

static void assert_bytes(struct buf *b, const char *bytes, size_t size)
{
    assert_false(buf_failed(b));
    assert_int_equal(b->size, size);
    assert_memory_equal(b->data, bytes, size);
    buf_free(b);
}

static void a_row_is_its_fields_each_with_its_length(void **state)
{
    static const char bytes[] = HEADER "\0\6"
                                       "\0\0\0\4\377\377\377\376"
                                       "\0\0\0\10\0\0\0\1\0\0\0\0"
                                       "\0\0\0\4\76\200\0\0"
                                       "\377\377\377\377"
                                       "\0\0\0\2\xc3\xa5"
                                       "\0\0\0\0"
                                       "\377\377";
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    pg_binary_begin(&b);
    pg_binary_row(&b, 6);
    pg_binary_int4(&b, -2);
    pg_binary_int8(&b, INT64_C(1) << 32);
    pg_binary_float4(&b, 0.25f);
    pg_binary_null(&b);
    pg_binary_text(&b, "å");
    pg_binary_bytes(&b, "", 0);
    pg_binary_end(&b);
    assert_bytes(&b, bytes, sizeof bytes - 1);
}

static void days_count_from_the_year_2000(void **state)
{
    static const char bytes[] = "\0\0\0\4\0\0\0\0"
                                "\0\0\0\4\377\377\325\63";
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    pg_binary_date(&b, 10957);
    pg_binary_date(&b, 0);
    assert_bytes(&b, bytes, sizeof bytes - 1);
}

static void what_is_appended_piece_by_piece_gets_its_length_at_the_end(void **state)
{
    static const char bytes[] = "\0\0\0\3\1{}"
                                "\0\0\0\2[]"
                                "\0\0\0\14\0\0\0\0\0\0\0\0\0\0\0\31"
                                "\0\0\0\36\0\0\0\1\0\0\0\0\0\0\0\31\0\0\0\2\0\0\0\1\0\0\0\1a\0\0\0\1b";
    struct buf b;
    (void)state;
    buf_init(&b, 0);
    size_t opened = pg_binary_jsonb_open(&b);
    buf_text(&b, "{}");
    pg_binary_close(&b, opened);
    opened = pg_binary_open(&b);
    buf_text(&b, "[]");
    pg_binary_close(&b, opened);
    opened = pg_binary_texts_open(&b, 0);
    pg_binary_close(&b, opened);
    opened = pg_binary_texts_open(&b, 2);
    pg_binary_text(&b, "a");
    pg_binary_text(&b, "b");
    pg_binary_close(&b, opened);
    assert_bytes(&b, bytes, sizeof bytes - 1);
}

static void without_room_it_fails_once_and_for_all(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 16);
    size_t opened = pg_binary_texts_open(&b, 1);
    pg_binary_text(&b, "a");
    pg_binary_close(&b, opened);
    assert_true(buf_failed(&b));
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_row_is_its_fields_each_with_its_length),
        cmocka_unit_test(days_count_from_the_year_2000),
        cmocka_unit_test(what_is_appended_piece_by_piece_gets_its_length_at_the_end),
        cmocka_unit_test(without_room_it_fails_once_and_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
