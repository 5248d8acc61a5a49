/* Log lines as JSON, and few of a kind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/log_json.h"
#include "base/log_limit.h"

static void assert_json(const char *line, const char *expected)
{
    char out[1024];
    size_t size = log_json(line, out, sizeof out);
    out[size] = '\0';
    assert_string_equal(out, expected);
}

static void fields_become_members_and_numbers_numbers(void **state)
{
    (void)state;
    assert_json("level=info msg=\"listening\" address=127.0.0.1:7400 port=7400",
                "{\"level\":\"info\",\"msg\":\"listening\",\"address\":\"127.0.0.1:7400\",\"port\":7400}");
    assert_json("a=-1.5 b=1e-7 c=01 d=1. e=- f= g=0 h=0x1 i=nan",
                "{\"a\":-1.5,\"b\":1e-7,\"c\":\"01\",\"d\":\"1.\",\"e\":\"-\",\"f\":\"\",\"g\":0,\"h\":"
                "\"0x1\",\"i\":\"nan\"}");
    assert_json("", "{}");
}

static void what_was_quoted_is_quoted_as_json_has_it(void **state)
{
    char quoted[256], line[300];
    (void)state;
    snprintf(line, sizeof line, "why=%s n=1",
             log_quote("say \"hi\" \\ \n\x1b[1m \x7f \xc3\xb6", quoted, sizeof quoted));
    assert_json(line, "{\"why\":\"say \\\"hi\\\" \\\\ \\n\\u001b[1m \x7f \xc3\xb6\",\"n\":1}");
    assert_json("why=\"cut off \\", "{\"why\":\"cut off \\\\\"}");
    assert_json("why=\"cut off", "{\"why\":\"cut off\"}");
}

static void bytes_that_are_no_text_are_replaced(void **state)
{
    (void)state;
    assert_json("a=\"\xff\xc3\xb6\" b=\xc0\xaf c=\xed\xa0\x80 d=\xf0\x9f\x98\x80 e=\xe2\x82",
                "{\"a\":\"\xef\xbf\xbd\xc3\xb6\",\"b\":\"\xef\xbf\xbd\xef\xbf\xbd\","
                "\"c\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",\"d\":\"\xf0\x9f\x98\x80\","
                "\"e\":\"\xef\xbf\xbd\xef\xbf\xbd\"}");
}

static void what_does_not_fit_is_left_out_whole(void **state)
{
    char out[16];
    (void)state;
    for (size_t room = 2; room <= sizeof out; room++) {
        size_t size = log_json("a=1 b=\"long enough\" c=3", out, room);
        assert_true(size <= room && out[0] == '{' && out[size - 1] == '}');
        assert_true(size == 2 || memcmp(out, "{\"a\":1}", 7) == 0);
    }
}

/* Standard error goes to a file that is read back. */
struct capture {
    int saved, file;
    char text[4096];
};

static void capture_begin(struct capture *c)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    c->file = dup(fileno(file));
    fclose(file);
    c->saved = dup(STDERR_FILENO);
    dup2(c->file, STDERR_FILENO);
}

static const char *capture_end(struct capture *c)
{
    dup2(c->saved, STDERR_FILENO);
    close(c->saved);
    ssize_t size = pread(c->file, c->text, sizeof c->text - 1, 0);
    c->text[size > 0 ? size : 0] = '\0';
    close(c->file);
    return c->text;
}

static void lines_of_a_kind_are_few_and_the_others_counted(void **state)
{
    struct capture capture;
    struct log_limit limit = {0};
    unsigned written = 0;
    (void)state;
    log_open("test", LOG_INFO, LOG_LOGFMT);
    capture_begin(&capture);
    for (uint64_t i = 0; i < LOG_LIMIT_LINES + 37; i++)
        written += log_limit_may(&limit, "refused", 1000 + i);
    assert_true(log_limit_may(&limit, "another kind", 1000));
    assert_true(log_limit_tell(&limit, 1000 + LOG_LIMIT_MS - 1, false));
    assert_false(log_limit_tell(&limit, 1000 + LOG_LIMIT_MS, false));
    assert_true(log_limit_may(&limit, "refused", 1001 + LOG_LIMIT_MS));
    const char *text = capture_end(&capture);
    assert_int_equal(written, LOG_LIMIT_LINES);
    assert_non_null(strstr(text, "level=warn program=test msg=\"37 more like this\" like=\"refused\"\n"));
}

static void more_kinds_than_there_is_room_for_lose_no_count(void **state)
{
    static char names[2 * LOG_LIMIT_KINDS][8];
    struct capture capture;
    struct log_limit limit = {0};
    (void)state;
    log_open("test", LOG_INFO, LOG_JSON);
    capture_begin(&capture);
    for (int i = 0; i <= LOG_LIMIT_LINES; i++)
        log_limit_may(&limit, "first", 1);
    for (unsigned i = 0; i < 2 * LOG_LIMIT_KINDS; i++) {
        snprintf(names[i], sizeof names[i], "k%u", i);
        assert_true(log_limit_may(&limit, names[i], 2 + i));
    }
    const char *text = capture_end(&capture);
    assert_non_null(strstr(text, "\"msg\":\"1 more like this\",\"like\":\"first\"}\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_become_members_and_numbers_numbers),
        cmocka_unit_test(what_was_quoted_is_quoted_as_json_has_it),
        cmocka_unit_test(bytes_that_are_no_text_are_replaced),
        cmocka_unit_test(what_does_not_fit_is_left_out_whole),
        cmocka_unit_test(lines_of_a_kind_are_few_and_the_others_counted),
        cmocka_unit_test(more_kinds_than_there_is_room_for_lose_no_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
