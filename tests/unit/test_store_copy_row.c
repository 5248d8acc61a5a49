/* Rows of COPY's text format: what PostgreSQL writes comes back as it was. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "store/copy_row.h"

struct seen {
    int n, code;
    char fields[64][16]; /* "(null)" for NULL */
};

static int see(void *context, char **fields, int n, struct err *e)
{
    struct seen *s = context;
    (void)e;
    s->n = n;
    for (int i = 0; i < n; i++)
        snprintf(s->fields[i], sizeof s->fields[i], "%s", fields[i] == NULL ? "(null)" : fields[i]);
    return s->code;
}

static struct seen taken(const char *row)
{
    struct seen s = {0};
    struct err e = ERR_INIT;
    char line[256];
    snprintf(line, sizeof line, "%s", row);
    assert_int_equal(copy_row_take(line, see, &s, &e), 0);
    return s;
}

static void fields_are_what_stands_between_tabs(void **state)
{
    (void)state;
    struct seen s = taken("one\t\ttwo words\n");
    assert_int_equal(s.n, 3);
    assert_string_equal(s.fields[0], "one");
    assert_string_equal(s.fields[1], "");
    assert_string_equal(s.fields[2], "two words");
    s = taken("\n");
    assert_int_equal(s.n, 1);
    assert_string_equal(s.fields[0], "");
    s = taken("no line feed");
    assert_string_equal(s.fields[0], "no line feed");
}

static void null_is_told_from_the_text_that_looks_like_it(void **state)
{
    (void)state;
    struct seen s = taken("\\N\t\\\\N\tN\t\\N\n");
    assert_int_equal(s.n, 4);
    assert_string_equal(s.fields[0], "(null)");
    assert_string_equal(s.fields[1], "\\N");
    assert_string_equal(s.fields[2], "N");
    assert_string_equal(s.fields[3], "(null)");
}

static void escaped_characters_come_back(void **state)
{
    (void)state;
    struct seen s = taken("a\\tb\\nc\\rd\\\\e\\bf\\fg\\vh\tnext\\\\\n");
    assert_int_equal(s.n, 2);
    assert_string_equal(s.fields[0], "a\tb\nc\rd\\e\bf\fg\vh");
    assert_string_equal(s.fields[1], "next\\");
}

static void more_than_64_columns_are_refused(void **state)
{
    (void)state;
    struct seen s = {0};
    struct err e = ERR_INIT;
    char line[80];
    memset(line, '\t', 64);
    line[63] = '\0';
    assert_int_equal(copy_row_take(line, see, &s, &e), 0);
    assert_int_equal(s.n, 64);
    memset(line, '\t', 64);
    line[64] = '\0';
    assert_int_equal(copy_row_take(line, see, &s, &e), ERR_LIMIT);
    assert_string_equal(e.text, "a row of more than 64 columns");
}

static void what_the_taker_says_is_passed_on(void **state)
{
    (void)state;
    struct seen s = {.code = ERR_CANCELLED};
    struct err e = ERR_INIT;
    char line[] = "x\n";
    assert_int_equal(copy_row_take(line, see, &s, &e), ERR_CANCELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_what_stands_between_tabs),
        cmocka_unit_test(null_is_told_from_the_text_that_looks_like_it),
        cmocka_unit_test(escaped_characters_come_back),
        cmocka_unit_test(more_than_64_columns_are_refused),
        cmocka_unit_test(what_the_taker_says_is_passed_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
