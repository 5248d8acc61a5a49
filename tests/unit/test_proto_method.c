/* The table of methods, its notation, and the check of parameters against it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "proto/method.h"
#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/notation.h"
#include "proto/text.h"

static struct argument arguments[METHOD_PARAMS_MAX];
static struct buf bytes;
static struct mp_tree tree;
static struct err e;

static int setup(void **state)
{
    (void)state;
    buf_init(&bytes, 0);
    msgpack_unpacked_init(&tree.unpacked);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    buf_free(&bytes);
    mp_free(&tree);
    return 0;
}

static int check_method(const struct method *m, const char *params)
{
    struct err fault = ERR_INIT;
    mp_free(&tree);
    buf_clear(&bytes);
    e = (struct err)ERR_INIT;
    if (mp_from_json(&bytes, params, strlen(params), &fault) ||
        mp_unpack(bytes.data, bytes.size, &tree, &fault))
        fail_msg("%s: %s", params, fault.text);
    return method_arguments(m, tree.top, arguments, &e);
}

static int check(const char *method, const char *params)
{
    return check_method(method_find(method, strlen(method)), params);
}

static void assert_says(const char *words)
{
    if (strstr(e.text, words) == NULL)
        fail_msg("'%s' does not say '%s'", e.text, words);
}

static void every_line_of_the_table_reads(void **state)
{
    const struct method *table = method_table();
    (void)state;
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        assert_int_equal(table[i].id, i);
        assert_ptr_equal(method_find(table[i].name, strlen(table[i].name)), &table[i]);
        assert_true(table[i].n_fields > 0);
        assert_true(strlen(table[i].sentence) > 10);
        for (size_t p = 1; p < table[i].n_params; p++) /* what may be left out comes last */
            assert_true(table[i].params[p].optional || !table[i].params[p - 1].optional);
    }
    for (size_t i = 0; i < NOTIFICATION_COUNT; i++) {
        const struct notification *n = &notification_table()[i];
        assert_true(n->n_fields > 0);
        assert_true(topic_parse(n->topic, strlen(n->topic)) >= 0);
    }
}

static void positional_parameters_and_defaults(void **state)
{
    (void)state;
    assert_int_equal(check("organizer.search", "[\"lund\"]"), 0);
    assert_memory_equal(arguments[0].text, "lund", 4);
    assert_true(arguments[1].given);
    assert_int_equal(arguments[1].natural, 20);
    assert_int_equal(check("organizer.search", "[\"lund\", 5]"), 0);
    assert_int_equal(arguments[1].natural, 5);
    assert_int_equal(check("organizer.search", "[\"lund\", null]"), 0);
    assert_int_equal(arguments[1].natural, 20);
}

static void parameters_by_name_in_any_order(void **state)
{
    (void)state;
    assert_int_equal(check("network.list", "[{\"unmatched\": true, \"limit\": 3, \"programme\": \"north\"}]"),
                     0);
    assert_int_equal(arguments[0].text_size, 5);
    assert_int_equal(arguments[1].natural, 0);
    assert_int_equal(arguments[2].natural, 3);
    assert_true(arguments[3].flag);
    assert_int_equal(check("ping", "[{}]"), 0);
}

static void an_optional_one_without_default_is_not_given(void **state)
{
    (void)state;
    assert_int_equal(check("run.start", "[]"), 0);
    assert_false(arguments[1].given);
    assert_int_equal(check("run.start", "[\"default\", 0]"), 0);
    assert_true(arguments[1].given);
}

static void a_missing_one_is_named(void **state)
{
    (void)state;
    assert_int_equal(check("organizer.get", "[]"), ERR_INVALID);
    assert_string_equal(e.text, "organizer: nothing came; a str of 1 to 64 characters is allowed");
    assert_int_equal(check("organizer.get", "[null]"), ERR_INVALID);
    assert_says("organizer: nil came");
}

static void a_wrong_type_is_named(void **state)
{
    (void)state;
    assert_int_equal(check("organizer.get", "[5]"), ERR_INVALID);
    assert_says("organizer: an integer came");
    assert_int_equal(check("network.get", "[\"5\"]"), ERR_INVALID);
    assert_says("network: a str came; a uint of 1 to 4294967295");
    assert_int_equal(check("network.get", "[1.0]"), ERR_INVALID);
    assert_says("a float came");
    assert_int_equal(check("run.start", "[\"default\", null, 1]"), ERR_INVALID);
    assert_says("publish: an integer came; a bool is allowed, or leaving it out");
}

static void a_value_out_of_range_is_named_with_the_range(void **state)
{
    (void)state;
    assert_int_equal(check("organizer.search", "[\"x\", 201]"), ERR_INVALID);
    assert_says("limit: 201 came; a uint of 1 to 200 is allowed");
    assert_int_equal(check("organizer.search", "[\"x\", -1]"), ERR_INVALID);
    assert_says("a negative integer came");
    assert_int_equal(check("organizer.search", "[\"\"]"), ERR_INVALID);
    assert_says("a text of 0 characters came; a str of 1 to 200 characters");
    assert_int_equal(check("run.get", "[9223372036854775807]"), 0);
    assert_int_equal(check("run.get", "[0]"), ERR_INVALID);
}

static void lengths_count_characters_not_bytes(void **state)
{
    struct buf params;
    (void)state;
    buf_init(&params, 0);
    buf_text(&params, "[\"");
    for (int i = 0; i < 63; i++)
        buf_text(&params, "\xc3\xa5");
    buf_text(&params, "\"]");
    assert_int_equal(check("subscribe", buf_string(&params)), 0);
    assert_int_equal(arguments[0].text_size, 126);
    buf_free(&params);
}

static void a_text_with_a_nul_is_refused(void **state)
{
    (void)state;
    assert_int_equal(check("organizer.get", "[\"a\\u0000b\"]"), ERR_INVALID);
    assert_says("NUL character");
}

static void a_bin_counts_as_text_when_it_is_utf8(void **state)
{
    (void)state;
    mp_array(&bytes, 1);
    mp_bin(&bytes, "\xff", 1);
    assert_int_equal(mp_unpack(bytes.data, bytes.size, &tree, &e), 0);
    assert_int_equal(method_arguments(&method_table()[METHOD_organizer_get], tree.top, arguments, &e),
                     ERR_INVALID);
    assert_says("invalid UTF-8");
}

static void an_unknown_name_gets_the_nearest(void **state)
{
    (void)state;
    assert_int_equal(check("organizer.search", "[{\"text\": \"x\", \"limt\": 3}]"), ERR_INVALID);
    assert_says("organizer.search has no parameter 'limt' (did you mean limit?)");
    assert_int_equal(check("ping", "[{\"x\": 1}]"), ERR_INVALID);
    assert_says("it takes no parameters");
}

static void twice_too_many_and_odd_names_are_refused(void **state)
{
    (void)state;
    assert_int_equal(check("ping", "[1]"), ERR_INVALID);
    assert_says("1 parameters came; it takes 0");
    buf_clear(&bytes);
    mp_free(&tree);
    mp_array(&bytes, 1);
    mp_map(&bytes, 2);
    for (int i = 0; i < 2; i++) {
        mp_key(&bytes, "organizer");
        mp_text(&bytes, "x");
    }
    assert_int_equal(mp_unpack(bytes.data, bytes.size, &tree, &e), 0);
    assert_int_equal(method_arguments(&method_table()[METHOD_organizer_get], tree.top, arguments, &e),
                     ERR_INVALID);
    assert_says("given twice");
    buf_clear(&bytes);
    mp_free(&tree);
    mp_array(&bytes, 1);
    mp_map(&bytes, 1);
    mp_uint(&bytes, 1);
    mp_uint(&bytes, 1);
    assert_int_equal(mp_unpack(bytes.data, bytes.size, &tree, &e), 0);
    assert_int_equal(method_arguments(&method_table()[METHOD_organizer_get], tree.top, arguments, &e),
                     ERR_INVALID);
    assert_says("name has to be a str");
}

static void all_types_are_checked(void **state)
{
    static struct method m = {.name = "made.up"};
    (void)state;
    m.n_params = notation_parse("test", "f?:float(0..1.5) i?:int(-5..5) l?:list m?:map a?:any", m.params, 8);
    assert_int_equal(m.n_params, 5);
    assert_int_equal(check_method(&m, "[1, -5, [], {}, {}]"), 0);
    assert_true(arguments[0].real == 1.0);
    assert_int_equal(arguments[1].integer, -5);
    assert_int_equal(check_method(&m, "[1.6]"), ERR_INVALID);
    assert_says("f: 1.6 came; a float of 0 to 1.5");
    assert_int_equal(check_method(&m, "[null, -6]"), ERR_INVALID);
    assert_says("i: -6 came; an int of -5 to 5");
    assert_int_equal(check_method(&m, "[null, null, {}]"), ERR_INVALID);
    assert_says("l: a map came; a list");
    assert_int_equal(check_method(&m, "[null, null, null, []]"), ERR_INVALID);
    assert_says("m: a list came; a map");
    m.n_params = notation_parse("test", "m:map", m.params, 8); /* then one map is the parameter itself */
    assert_int_equal(check_method(&m, "[{\"x\": 1}]"), 0);
    assert_int_equal(mp_count(arguments[0].object), 1);
}

static void mistakes_in_the_notation_are_found(void **state)
{
    static const char *const wrong[] = {"limit",       "limit:",     "limit:number",   ":str",
                                        "a:str(1-2)",  "a:str(1..)", "a:str(1..2",     "a?:uint=x",
                                        "a:uint=5",    "a?:uint=-1", "a?:bool=yes",    "a?:list=[]",
                                        "a:int(a..b)", "a?:str=",    "a:str(1..2)junk"};
    struct param p;
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct err fault = ERR_INIT;
        const char *at = wrong[i];
        if (notation_parse_one(&at, &p, &fault) == 0)
            fail_msg("'%s' was taken", wrong[i]);
    }
}

static void a_mistyped_method_gets_the_nearest(void **state)
{
    (void)state;
    assert_string_equal(method_nearest("network.off", 11), "network.of");
    assert_string_equal(method_nearest("pign", 4), "ping");
    assert_null(method_nearest("frobnicate", 10));
    assert_null(method_find("pin", 3));
    assert_null(method_find("", 0));
}

static void text_from_others_is_shown_safely(void **state)
{
    char shown[TEXT_SHOWN], long_text[500];
    (void)state;
    assert_string_equal(text_show("a\x1b[31m\xff\xc3\xa5", 9, shown), "'a\\x1b[31m\\xff\xc3\xa5'");
    memset(long_text, '\xff', sizeof long_text);
    text_show(long_text, sizeof long_text, shown);
    assert_int_equal(strlen(shown), 1 + 60 * 4 + 4);
    assert_int_equal(text_distance("abcd", 4, "abdc", 4), 1);
    assert_int_equal(text_distance("", 0, "abc", 3), 3);
    assert_int_equal(text_distance("kitten", 6, "sitting", 7), 3);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_line_of_the_table_reads),
        TEST(positional_parameters_and_defaults),
        TEST(parameters_by_name_in_any_order),
        TEST(an_optional_one_without_default_is_not_given),
        TEST(a_missing_one_is_named),
        TEST(a_wrong_type_is_named),
        TEST(a_value_out_of_range_is_named_with_the_range),
        TEST(lengths_count_characters_not_bytes),
        TEST(a_text_with_a_nul_is_refused),
        TEST(a_bin_counts_as_text_when_it_is_utf8),
        TEST(an_unknown_name_gets_the_nearest),
        TEST(twice_too_many_and_odd_names_are_refused),
        TEST(all_types_are_checked),
        TEST(mistakes_in_the_notation_are_found),
        TEST(a_mistyped_method_gets_the_nearest),
        TEST(text_from_others_is_shown_safely),
    };
    return cmocka_run_group_tests_name("method", tests, NULL, NULL);
}
