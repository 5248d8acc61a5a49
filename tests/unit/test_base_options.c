/* options: one table read from flags, environment and a file, with errors that say what to do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/options.h"

#define ROWS(OPTION)                                                                                    \
    OPTION(listen, "listen|l", TEXT, "127.0.0.1:7400", "1", "30", "address", "PEERNET_T_LISTEN", false, \
           "Where to listen.")                                                                          \
    OPTION(limit, "limit", INT, "20", "1", "200", "rows", "PEERNET_T_LIMIT", false, "Most rows.")       \
    OPTION(share, "share", REAL, "0.5", "0", "1", "", "PEERNET_T_SHARE", false, "A share.")             \
    OPTION(wait, "wait", DURATION, "5s", "100ms", "1h", "", "PEERNET_T_WAIT", false, "How long.")       \
    OPTION(memory, "memory", BYTES, "64MiB", "1MiB", "", "", "PEERNET_T_MEMORY", false, "How much.")    \
    OPTION(verbose, "verbose", BOOL, "no", "", "", "", "PEERNET_T_VERBOSE", false, "Says more.")        \
    OPTION(check, "check", BOOL, "no", "", "", "", "", false, "By flag only.")                          \
    OPTION(token, "token", TEXT, "", "4", "64", "", "PEERNET_T_TOKEN", true, "A secret.")

struct values {
    ROWS(OPTIONS_STRUCT)
};
#define TABLE(...) OPTIONS_TABLE(struct values, __VA_ARGS__)
static const struct option_def defs[] = {ROWS(TABLE)};
static const struct option_table table = {"test", "[OPTIONS]", "Tests.", defs, sizeof defs / sizeof defs[0]};

struct fixture {
    struct options options;
    struct values values;
    struct err error;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    if (f == NULL || options_init(&f->options, &table, &f->values, &f->error) != 0)
        return -1;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < table.n; i++)
        unsetenv(defs[i].environment[0] ? defs[i].environment : "PEERNET_T_NONE");
    options_free(&f->options);
    free(f);
    return 0;
}

#define READ(f, ...) read_arguments(f, (char *[]){(char *)"test", __VA_ARGS__, NULL})
static int read_arguments(struct fixture *f, char **argv)
{
    int argc = 0;
    while (argv[argc] != NULL)
        argc++;
    return options_read(&f->options, argc, argv, &f->error);
}

/* A file under the system's folder for such, gone again after the test. */
static const char *file_with(const char *content)
{
    static char path[] = "/tmp/peernet-options-XXXXXX";
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, content, strlen(content)), strlen(content));
    close(fd);
    return path;
}

static void assert_error_has(const struct fixture *f, const char *text)
{
    if (strstr(f->error.text, text) == NULL)
        fail_msg("\"%s\" does not hold \"%s\"", f->error.text, text);
}

static void defaults_hold_when_nothing_is_given(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(read_arguments(f, (char *[]){(char *)"test", NULL}), 0);
    assert_string_equal(f->values.listen, "127.0.0.1:7400");
    assert_int_equal(f->values.limit, 20);
    assert_true(f->values.share > 0.49 && f->values.share < 0.51);
    assert_int_equal(f->values.wait, 5000);
    assert_int_equal(f->values.memory, 64 << 20);
    assert_false(f->values.verbose);
    assert_string_equal(f->values.token, "");
    assert_int_equal(options_source(&f->options, "limit"), OPTION_FROM_DEFAULT);
}

static void flag_wins_over_environment_over_file_over_default(void **state)
{
    struct fixture *f = *state;
    const char *path = file_with("limit = 3\nshare=0.25\nwait = 2min # as agreed\n");
    setenv("PEERNET_T_LIMIT", "4", 1);
    setenv("PEERNET_T_SHARE", "0.75", 1);
    char *argv[] = {(char *)"test", (char *)"--limit", (char *)"5", (char *)"--config", (char *)path, NULL};
    int code = options_read(&f->options, 5, argv, &f->error);
    unlink(path);
    assert_int_equal(code, 0);
    assert_int_equal(f->values.limit, 5);
    assert_true(f->values.share > 0.74);
    assert_int_equal(f->values.wait, 120000);
    assert_int_equal(options_source(&f->options, "limit"), OPTION_FROM_FLAG);
    assert_int_equal(options_source(&f->options, "share"), OPTION_FROM_ENVIRONMENT);
    assert_int_equal(options_source(&f->options, "wait"), OPTION_FROM_FILE);
}

static void flags_are_read_in_every_form(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, (char *)"one", (char *)"-l", (char *)":1", (char *)"--memory=2GiB",
                          (char *)"--verbose", (char *)"--no-check", (char *)"--share=1", (char *)"-",
                          (char *)"--", (char *)"--two"),
                     0);
    assert_string_equal(f->values.listen, ":1");
    assert_int_equal(f->values.memory, INT64_C(2) << 30);
    assert_true(f->values.verbose);
    assert_false(f->values.check);
    assert_int_equal(f->options.n_operands, 3);
    assert_string_equal(f->options.operands[0], "one");
    assert_string_equal(f->options.operands[1], "-");
    assert_string_equal(f->options.operands[2], "--two");
}

static void bad_value_names_option_value_and_what_is_allowed(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, (char *)"--limit=201"), ERR_INVALID);
    assert_string_equal(f->error.text,
                        "--limit: \"201\" is not allowed; allowed is a whole number of 1 to 200");
    setenv("PEERNET_T_WAIT", "5", 1);
    assert_int_equal(READ(f, (char *)"one"), ERR_INVALID);
    assert_error_has(f, "environment variable PEERNET_T_WAIT: \"5\" is not allowed; allowed is a duration of "
                        "100ms to 1h, such as 5s");
}

static void every_malformed_value_is_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"--limit=",
                                      "--limit= 5",
                                      "--limit=+5",
                                      "--limit=5x",
                                      "--limit=0",
                                      "--limit=99999999999999999999",
                                      "--share=nan",
                                      "--share=inf",
                                      "--share=0x1p-1",
                                      "--share=1.01",
                                      "--share=-0.01",
                                      "--share=half",
                                      "--wait=5m",
                                      "--wait=-5s",
                                      "--wait=99ms",
                                      "--wait=61min",
                                      "--wait=1.2.3s",
                                      "--wait=s",
                                      "--memory=1MB",
                                      "--memory=1",
                                      "--memory=",
                                      "--memory=9e9GiB",
                                      "--verbose=maybe",
                                      "--listen=",
                                      "--memory=99999999999999TiB",
                                      "--listen=1234567890123456789012345678901"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (READ(f, (char *)bad[i]) != ERR_INVALID)
            fail_msg("%s was taken", bad[i]);
}

static void mistyped_name_gets_the_nearest(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, (char *)"--limti", (char *)"5"), ERR_INVALID);
    assert_error_has(f, "--limti: there is no option \"limti\"; did you mean \"limit\"?");
    assert_int_equal(READ(f, (char *)"--vrebose"), ERR_INVALID);
    assert_error_has(f, "did you mean \"verbose\"?");
    assert_int_equal(READ(f, (char *)"--confg", (char *)"x"), ERR_INVALID);
    assert_error_has(f, "did you mean \"config\"?");
    assert_int_equal(READ(f, (char *)"--something-else"), ERR_INVALID);
    assert_error_has(f, "--help lists them");
    assert_int_equal(READ(f, (char *)"-x"), ERR_INVALID);
    assert_error_has(f, "-x: there is no option \"x\"");
    assert_int_equal(READ(f, (char *)"--limit"), ERR_INVALID);
    assert_error_has(f, "--limit needs a value");
}

static void error_in_the_file_names_file_and_line(void **state)
{
    struct fixture *f = *state;
    static const char *const cases[][2] = {
        {"# fine\n\nlimit = 500\n",
         ":3: limit: \"500\" is not allowed; allowed is a whole number of 1 to 200"},
        {"limit = 5\nlimitt = 6\n", ":2: limitt: there is no option \"limitt\"; did you mean \"limit\"?"},
        {"limit 5\n", ":1: expected `name = value`"},
        {"\r\nlisten = \"open\r\n", ":2: listen: a value that begins with a quote has to end with one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *path = file_with(cases[i][0]);
        int code = READ(f, (char *)"--config", (char *)path);
        unlink(path);
        assert_int_equal(code, ERR_INVALID);
        assert_error_has(f, path);
        assert_error_has(f, cases[i][1]);
    }
    assert_int_equal(READ(f, (char *)"--config=/nowhere/at/all"), ERR_IO);
    assert_error_has(f, "/nowhere/at/all");
}

static void file_takes_quotes_comments_and_a_byte_order_mark(void **state)
{
    struct fixture *f = *state;
    const char *path = file_with(
        "\xef\xbb\xbf  listen =  \"a # b \"  # quoted\r\nlimit=7#8\n  verbose = on\t# yes\nshare = 1");
    int code = READ(f, (char *)"--config", (char *)path);
    assert_int_equal(code, ERR_INVALID); /* 7#8 is no number: a comment needs a blank before it */
    unlink(path);
    path = file_with("\xef\xbb\xbf  listen =  \"a # b \"  # quoted\r\n  verbose = on\t# yes\nshare = 1");
    code = READ(f, (char *)"--config", (char *)path);
    unlink(path);
    assert_int_equal(code, 0);
    assert_string_equal(f->values.listen, "a # b ");
    assert_true(f->values.verbose);
    assert_true(f->values.share > 0.99);
}

static void secret_is_refused_as_a_flag_and_never_shown(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, (char *)"--token=hunter22"), ERR_INVALID);
    assert_error_has(f, "use PEERNET_T_TOKEN");
    assert_null(strstr(f->error.text, "hunter22"));
    setenv("PEERNET_T_TOKEN", "abc", 1);
    assert_int_equal(READ(f, (char *)"one"), ERR_INVALID);
    assert_null(strstr(f->error.text, "abc"));
    setenv("PEERNET_T_TOKEN", "hunter22", 1);
    assert_int_equal(READ(f, (char *)"one"), 0);
    assert_string_equal(f->values.token, "hunter22");
}

static void help_and_version_stop_before_anything_is_checked(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(READ(f, (char *)"--nonsense", (char *)"--help"), 0);
    assert_true(f->options.help);
    f->options.help = false;
    assert_int_equal(READ(f, (char *)"--version", (char *)"--limit=0"), 0);
    assert_true(f->options.version);
    f->options.version = false;
    assert_int_equal(READ(f, (char *)"--", (char *)"--help"), 0);
    assert_false(f->options.help);
    assert_int_equal(READ(f, (char *)"--listen", (char *)"--help"), 0);
    assert_string_equal(f->values.listen, "--help");
}

static void help_markdown_and_man_name_every_option(void **state)
{
    (void)state;
    void (*const printers[])(const struct option_table *, struct buf *) = {options_help, options_markdown,
                                                                           options_man};
    for (size_t p = 0; p < 3; p++) {
        struct buf out;
        buf_init(&out, 0);
        printers[p](&table, &out);
        assert_false(buf_failed(&out));
        const char *text = buf_string(&out);
        for (size_t i = 0; i < table.n; i++) {
            assert_non_null(strstr(text, defs[i].sentence));
            assert_non_null(strstr(text, defs[i].environment));
        }
        for (const char *line = text; p == 0 && line != NULL; line = strchr(line + 1, '\n'))
            assert_true(strcspn(line + 1, "\n") <= 100);
        buf_free(&out);
    }
}

static void table_with_a_bad_default_is_refused(void **state)
{
    (void)state;
    struct options o;
    struct err e = ERR_INIT;
    struct values values;
    struct option_def bad = defs[1];
    bad.preset = "0";
    struct option_table one = {"test", "", "", &bad, 1};
    assert_int_equal(options_init(&o, &one, &values, &e), ERR_INTERNAL);
    assert_non_null(strstr(e.text, "the default of --limit"));
    struct option_def twice[] = {defs[1], defs[1]};
    one = (struct option_table){"test", "", "", twice, 2};
    assert_int_equal(options_init(&o, &one, &values, &e), ERR_INTERNAL);
    assert_non_null(strstr(e.text, "twice"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(defaults_hold_when_nothing_is_given),
        CASE(flag_wins_over_environment_over_file_over_default),
        CASE(flags_are_read_in_every_form),
        CASE(bad_value_names_option_value_and_what_is_allowed),
        CASE(every_malformed_value_is_refused),
        CASE(mistyped_name_gets_the_nearest),
        CASE(error_in_the_file_names_file_and_line),
        CASE(file_takes_quotes_comments_and_a_byte_order_mark),
        CASE(secret_is_refused_as_a_flag_and_never_shown),
        CASE(help_and_version_stop_before_anything_is_checked),
        CASE(help_markdown_and_man_name_every_option),
        CASE(table_with_a_bad_default_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
