/* What was kept of a run's inputs is read again row by row, and never beyond its end where it is not whole.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "regroup/input_rows.h"

/* A part of two rows, ("ab", "d", NULL) and ("", "c", "e"), and an empty one. */
static const unsigned char kept[] = {1,   'm', 1,    3,    2,    0,    0, 0, 'a', 'b', 0, 1,   0, 0, 0,
                                     'd', 0,   0xff, 0xff, 0xff, 0xff, 1, 3, 0,   0,   0, 0,   0, 1, 0,
                                     0,   0,   'c',  0,    1,    0,    0, 0, 'e', 0,   0, 'l', 0};

struct seen {
    int rows;
    char text[32];
};

static int take(void *context, char **f, int n, struct err *e)
{
    struct seen *seen = context;
    (void)e;
    assert_int_equal(n, 3);
    assert_null(f[3]);
    seen->rows++;
    for (int i = 0; i < n; i++) {
        strcat(seen->text, f[i] == NULL ? "-" : f[i]);
        strcat(seen->text, "|");
    }
    return ERR_OK;
}

static int pass(void *context, char **f, int n, struct err *e)
{
    (void)context;
    (void)e;
    for (int i = 0; i < n; i++)
        assert_true(f[i] == NULL || strlen(f[i]) < sizeof kept);
    return ERR_OK;
}

static int read_all(const unsigned char *bytes, size_t size, struct seen *seen)
{
    struct buf buf;
    struct input_rows rows;
    struct err e = ERR_INIT;
    buf_init(&buf, 0);
    unsigned char *exact = malloc(size + 1); /* so that a sanitizer sees a byte too far */
    memcpy(exact, bytes, size);
    buf.data = realloc(exact, size > 0 ? size : 1);
    buf.size = buf.capacity = size;
    input_rows_again(&rows, &buf);
    *seen = (struct seen){0};
    int code = input_rows_copy(&rows, INPUT_MEMBERS, NULL, take, seen, &e);
    if (code == ERR_OK)
        code = input_rows_query(&rows, INPUT_LOCKS, NULL, 0, NULL, take, seen, &e);
    input_rows_free(&rows);
    return code;
}

static void comes_back_as_it_was(void **state)
{
    struct seen seen;
    (void)state;
    assert_int_equal(read_all(kept, sizeof kept, &seen), ERR_OK);
    assert_int_equal(seen.rows, 2);
    assert_string_equal(seen.text, "ab|d|-||c|e|");
}

static void cut_anywhere_it_is_not_whole(void **state)
{
    struct seen seen;
    (void)state;
    for (size_t size = 0; size < sizeof kept; size++)
        assert_int_equal(read_all(kept, size, &seen), ERR_INTERNAL);
}

static void of_other_fields_or_without_one_that_must_be_there_it_is_not_whole(void **state)
{
    static const unsigned char one_field[] = {1, 'm', 1, 1, 0, 0, 0, 0, 0, 0, 'l', 0};
    static const unsigned char no_network[] = {1,    'm',  1,    3,    0,    0,    0,    0, 0,   0xff,
                                               0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 'l', 0};
    struct seen seen;
    (void)state;
    assert_int_equal(read_all(one_field, sizeof one_field, &seen), ERR_INTERNAL);
    assert_int_equal(read_all(no_network, sizeof no_network, &seen), ERR_INTERNAL);
    assert_int_equal(seen.rows, 0);
}

static void in_another_form_it_is_known_as_such(void **state)
{
    unsigned char form[] = {1, 'm', 0, 'l', 0};
    struct seen seen;
    (void)state;
    assert_int_equal(read_all(form, sizeof form, &seen), ERR_OK);
    form[0] = 2;
    assert_int_equal(read_all(form, sizeof form, &seen), ERR_INTERNAL);
}

static void with_any_byte_changed_it_reads_no_further_than_its_end(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof kept; i++) {
        for (int bit = 0; bit < 8; bit++) {
            unsigned char changed[sizeof kept];
            struct buf buf;
            struct input_rows rows;
            struct err e = ERR_INIT;
            memcpy(changed, kept, sizeof kept);
            changed[i] ^= (unsigned char)(1 << bit);
            buf_init(&buf, 0);
            buf_append(&buf, changed, sizeof changed);
            input_rows_again(&rows, &buf);
            while (rows.at < rows.kept.size)
                if (input_rows_copy(&rows, (enum input_part)rows.kept.data[rows.at], NULL, pass, NULL, &e) !=
                    0)
                    break;
            input_rows_free(&rows);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_it_was), cmocka_unit_test(cut_anywhere_it_is_not_whole),
        cmocka_unit_test(of_other_fields_or_without_one_that_must_be_there_it_is_not_whole),
        cmocka_unit_test(in_another_form_it_is_known_as_such),
        cmocka_unit_test(with_any_byte_changed_it_reads_no_further_than_its_end)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
