#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"

struct source {
    const char *data;
    size_t left, portion;
};

static int64_t give(void *context, void *out, size_t size)
{
    struct source *s = context;
    size_t n = s->left < size ? s->left : size;
    if (n > s->portion)
        n = s->portion;
    memcpy(out, s->data, n);
    s->data += n;
    s->left -= n;
    return (int64_t)n;
}

/* The whole file as one line of text: fields as line:column[text], rows ended by '|', faults as !line:column.
 */
static char *read_bytes(const char *data, size_t size, size_t portion)
{
    static char told[8192];
    struct source source = {data, size, portion};
    struct csv c;
    struct err e = ERR_INIT;
    size_t used = 0;
    told[0] = '\0';
    assert_int_equal(csv_open(&c, give, &source, &e), ERR_OK);
    for (;;) {
        enum csv_result got = csv_next(&c, &e);
        if (got == CSV_END || got == CSV_FAILED)
            break;
        for (uint32_t i = 0; got == CSV_ROW && i < c.count; i++)
            used += (size_t)snprintf(told + used, sizeof told - used, "%llu:%llu[%s]",
                                     (unsigned long long)c.fields[i].place.line,
                                     (unsigned long long)c.fields[i].place.column, c.fields[i].text);
        if (got == CSV_FAULT)
            used += (size_t)snprintf(told + used, sizeof told - used, "!%llu:%llu %s",
                                     (unsigned long long)c.fault_place.line,
                                     (unsigned long long)c.fault_place.column, c.fault);
        used += (size_t)snprintf(told + used, sizeof told - used, "|");
    }
    csv_close(&c);
    return told;
}

/* Reads in one portion and byte by byte, which must tell the same. */
static const char *read_text(const char *data)
{
    static char whole[8192];
    strcpy(whole, read_bytes(data, strlen(data), SIZE_MAX));
    assert_string_equal(read_bytes(data, strlen(data), 1), whole);
    return whole;
}

static void tells_line_and_column_of_each_field(void **state)
{
    (void)state;
    assert_string_equal(read_text("id,name\n1,Lund\n22,Ystad\n"),
                        "1:1[id]1:4[name]|2:1[1]2:3[Lund]|3:1[22]3:4[Ystad]|");
}

static void counts_columns_in_characters(void **state)
{
    (void)state;
    assert_string_equal(read_text("å,ö,\xF0\x9F\x98\x80,x\n"), "1:1[å]1:3[ö]1:5[\xF0\x9F\x98\x80]1:7[x]|");
}

static void a_quoted_field_begins_at_its_quote(void **state)
{
    (void)state;
    assert_string_equal(read_text("a,b\n\"x, \"\"y\"\"\",\"\"\n"), "1:1[a]1:3[b]|2:1[x, \"y\"]2:12[]|");
}

static void quoted_line_breaks_count_as_lines(void **state)
{
    (void)state;
    assert_string_equal(read_text("a,b\n\"1\n2\r\n3\",x\ny,z\n"),
                        "1:1[a]1:3[b]|2:1[1\n2\r\n3]4:4[x]|5:1[y]5:3[z]|");
}

static void lines_end_in_lf_or_crlf_or_the_file_does(void **state)
{
    (void)state;
    assert_string_equal(read_text("a,b\r\n1,2\n3,4"), "1:1[a]1:3[b]|2:1[1]2:3[2]|3:1[3]3:3[4]|");
    assert_string_equal(read_text("a,b\n1,"), "1:1[a]1:3[b]|2:1[1]2:3[]|");
}

static void a_byte_order_mark_is_no_part_of_the_first_name(void **state)
{
    (void)state;
    assert_string_equal(read_text("\xEF\xBB\xBFid,x\n"), "1:1[id]1:4[x]|");
}

static void empty_lines_are_skipped_but_counted(void **state)
{
    (void)state;
    assert_string_equal(read_text("a,b\n\n\r\n1,2\n\n"), "1:1[a]1:3[b]|4:1[1]4:3[2]|");
}

static void an_empty_line_is_a_row_of_a_file_with_one_column(void **state)
{
    (void)state;
    assert_string_equal(read_text("a\n\n1\n"), "1:1[a]|2:1[]|3:1[1]|");
}

static void an_empty_file_has_no_rows(void **state)
{
    (void)state;
    assert_string_equal(read_text(""), "");
    assert_string_equal(read_text("\xEF\xBB\xBF"), "");
}

static void assert_fault(const char *data, const char *place, const char *words)
{
    const char *told = read_text(data);
    const char *fault = strchr(told, '!');
    assert_non_null(fault);
    assert_memory_equal(fault + 1, place, strlen(place));
    assert_int_equal(fault[1 + strlen(place)], ' ');
    assert_non_null(strstr(fault, words));
}

static void a_quote_inside_a_plain_field_is_a_fault_where_it_stands(void **state)
{
    (void)state;
    assert_fault("a,b\n1,xy\"z\n", "2:5", "a quote inside a field without quotes");
}

static void text_behind_a_closing_quote_is_a_fault(void **state)
{
    (void)state;
    assert_fault("a,b\n1,\"x\"y\n", "2:6", "behind the closing quote");
}

static void an_open_quote_is_a_fault_where_it_opens(void **state)
{
    (void)state;
    assert_fault("a,b\n1,\"x\n3,4\n", "2:3", "never closed");
}

static void too_few_fields_are_a_fault_at_the_end_of_the_row(void **state)
{
    (void)state;
    assert_fault("a,b,c\n1,2\n", "2:4", "2 fields in this row; the first row has 3");
    assert_fault("a,b,c\n1,2\r\n", "2:4", "2 fields");
    assert_fault("a,b,c\n1,2", "2:4", "2 fields");
}

static void too_many_fields_are_a_fault_at_the_first_of_them(void **state)
{
    (void)state;
    assert_fault("a,b\n1,2,3,4\n", "2:5", "4 fields in this row; the first row has 2");
}

static void bytes_that_are_no_utf8_are_a_fault_where_the_character_begins(void **state)
{
    (void)state;
    assert_fault("a,b\n1,x\xE4y\n", "2:4", "byte 0xE4 is not UTF-8");
    assert_fault("a,b\n1,\xC3\n", "2:3", "byte 0xC3");             /* cut short by the line's end */
    assert_fault("a,b\n1,\xC0\x80\n", "2:3", "byte 0xC0");         /* overlong */
    assert_fault("a,b\n1,\xED\xA0\x80\n", "2:3", "byte 0xED");     /* a surrogate */
    assert_fault("a,b\n1,\xF4\x90\x80\x80\n", "2:3", "byte 0xF4"); /* above U+10FFFF */
    assert_fault("a,b\n1,\x80\n", "2:3", "byte 0x80");
    assert_fault("a,b\n1,\xE2\x82", "2:3", "ends inside a character");
    assert_fault("\xFF\xFE", "1:1", "UTF-16");
}

static void a_nul_byte_is_a_fault(void **state)
{
    (void)state;
    assert_non_null(strstr(read_bytes("a,b\n1,x\0y\n", 11, SIZE_MAX), "!2:4 a NUL byte"));
}

static void a_return_that_ends_no_line_is_a_fault(void **state)
{
    (void)state;
    assert_fault("a,b\n1,x\ry\n", "2:4", "carriage return");
    assert_fault("a,b\n1,x\r", "2:4", "carriage return");
}

static void reading_goes_on_behind_a_fault(void **state)
{
    (void)state;
    const char *told = read_text("a,b\n1,x\"\n3,4\n5\n6,7\n");
    assert_non_null(strstr(told, "|3:1[3]3:3[4]|"));
    assert_non_null(strstr(told, "!4:2 "));
    assert_non_null(strstr(told, "|5:1[6]5:3[7]|"));
}

/* "a,b\n1," + `size` times 'x' (+ quotes) + "\n3,4\n" */
static const char *read_long_field(size_t size, bool quotes)
{
    char *data = malloc(size + 64);
    assert_non_null(data);
    size_t used = (size_t)sprintf(data, "a,b\n1,%s", quotes ? "\"" : "");
    memset(data + used, 'x', size);
    used += size;
    used += (size_t)sprintf(data + used, "%s\n3,4\n", quotes ? "\"" : "");
    struct source source = {data, used, SIZE_MAX};
    struct csv c;
    static char told[512];
    struct err e = ERR_INIT;
    assert_int_equal(csv_open(&c, give, &source, &e), ERR_OK);
    assert_int_equal(csv_next(&c, &e), CSV_ROW);
    enum csv_result got = csv_next(&c, &e);
    snprintf(told, sizeof told, "%s", got == CSV_ROW ? "fits" : c.fault);
    if (got == CSV_ROW)
        assert_int_equal(c.fields[1].size, size);
    else
        assert_true(c.fault_place.line == 2 && c.fault_place.column == 3);
    assert_int_equal(csv_next(&c, &e), CSV_ROW);
    assert_string_equal(c.fields[1].text, "4");
    csv_close(&c);
    free(data);
    return told;
}

static void a_field_may_have_a_mebibyte_and_no_more(void **state)
{
    (void)state;
    assert_string_equal(read_long_field(CSV_FIELD_LIMIT, false), "fits");
    assert_string_equal(read_long_field(CSV_FIELD_LIMIT, true), "fits");
    assert_non_null(strstr(read_long_field(CSV_FIELD_LIMIT + 1, false), "more than 1048576 bytes"));
    assert_non_null(strstr(read_long_field(CSV_FIELD_LIMIT * 6, true), "is its quote closed?"));
}

static void a_row_is_bounded_too(void **state)
{
    (void)state;
    size_t part = CSV_FIELD_LIMIT - 1;
    char *data = malloc(6 * (part + 1));
    assert_non_null(data);
    memset(data, 'x', 6 * (part + 1));
    for (size_t i = 1; i <= 6; i++)
        data[i * (part + 1) - 1] = i < 6 ? ',' : '\n';
    assert_non_null(
        strstr(read_bytes(data, 6 * (part + 1), SIZE_MAX), "!1:1 a row of more than 4194304 bytes"));
    free(data);
}

static void a_row_of_endless_columns_is_a_fault(void **state)
{
    (void)state;
    char *data = malloc(5002);
    assert_non_null(data);
    memset(data, ',', 5000);
    strcpy(data + 5000, "\n");
    assert_non_null(strstr(read_text(data), "!1:1001 more than 1000 columns"));
    free(data);
}

static int64_t refuse(void *context, void *out, size_t size)
{
    (void)context;
    (void)out;
    (void)size;
    errno = EIO;
    return -1;
}

static void a_source_that_fails_ends_the_reading_with_its_words(void **state)
{
    (void)state;
    struct csv c;
    struct err e = ERR_INIT;
    assert_int_equal(csv_open(&c, refuse, NULL, &e), ERR_OK);
    assert_int_equal(csv_next(&c, &e), CSV_FAILED);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.text, strerror(EIO)));
    assert_int_equal(csv_next(&c, &e), CSV_FAILED);
    csv_close(&c);
}

static void what_is_written_is_quoted_only_when_it_must_be(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    const char *fields[] = {"plain", "å ö", "a,b", "say \"x\"", "two\nlines", " edge", "", "\r"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        csv_write_field(&out, fields[i]);
        buf_text(&out, ";");
    }
    assert_string_equal(buf_string(&out),
                        "plain;å ö;\"a,b\";\"say \"\"x\"\"\";\"two\nlines\";\" edge\";;\"\r\";");
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_line_and_column_of_each_field),
        cmocka_unit_test(counts_columns_in_characters),
        cmocka_unit_test(a_quoted_field_begins_at_its_quote),
        cmocka_unit_test(quoted_line_breaks_count_as_lines),
        cmocka_unit_test(lines_end_in_lf_or_crlf_or_the_file_does),
        cmocka_unit_test(a_byte_order_mark_is_no_part_of_the_first_name),
        cmocka_unit_test(empty_lines_are_skipped_but_counted),
        cmocka_unit_test(an_empty_line_is_a_row_of_a_file_with_one_column),
        cmocka_unit_test(an_empty_file_has_no_rows),
        cmocka_unit_test(a_quote_inside_a_plain_field_is_a_fault_where_it_stands),
        cmocka_unit_test(text_behind_a_closing_quote_is_a_fault),
        cmocka_unit_test(an_open_quote_is_a_fault_where_it_opens),
        cmocka_unit_test(too_few_fields_are_a_fault_at_the_end_of_the_row),
        cmocka_unit_test(too_many_fields_are_a_fault_at_the_first_of_them),
        cmocka_unit_test(bytes_that_are_no_utf8_are_a_fault_where_the_character_begins),
        cmocka_unit_test(a_nul_byte_is_a_fault),
        cmocka_unit_test(a_return_that_ends_no_line_is_a_fault),
        cmocka_unit_test(reading_goes_on_behind_a_fault),
        cmocka_unit_test(a_field_may_have_a_mebibyte_and_no_more),
        cmocka_unit_test(a_row_is_bounded_too),
        cmocka_unit_test(a_row_of_endless_columns_is_a_fault),
        cmocka_unit_test(a_source_that_fails_ends_the_reading_with_its_words),
        cmocka_unit_test(what_is_written_is_quoted_only_when_it_must_be),
    };
    return cmocka_run_group_tests_name("base/csv", tests, NULL, NULL);
}
