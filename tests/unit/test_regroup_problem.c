/* A proposal's problem as it comes from a pipe: read whole, or refused with the place of what is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/rpc.h"
#include "regroup/problem_read.h"

static const char good[] =
    "{\"settings\": \"{\\\"min_size\\\": 2}\", \"seed\": 7, \"today\": 20600, \"language\": \"en\", "
    "\"base\": 3,"
    " \"organizers\": [[\"b\", \"Bo\", \"municipal\", \"1281\", \"12\", 55.5, 13, 900, \"{}\", null, 4],"
    " [\"a\", \"Al\", \"independent\", \"\", \"\", null, null, -1, \"{}\", 18000, 0]],"
    " \"challenges\": [[\"ma\", \"science\", \"Matematik\", \"Mathematics\"]],"
    " \"reports\": [0, 0, 5, 20500, 1, 0, 2, 20400], \"pins\": [[\"apart\", [\"a\", \"b\"]]]}";

static void bytes_of(const char *json, struct buf *out)
{
    struct err e = ERR_INIT;
    buf_init(out, 0);
    rpc_write_request(out, 0, "propose");
    mp_array(out, 1);
    if (mp_from_json(out, json, strlen(json), &e) != 0)
        fail_msg("%s", e.text);
}

static void reads_what_was_written(void **state)
{
    struct buf bytes;
    struct problem p;
    struct err e = ERR_INIT;
    (void)state;
    bytes_of(good, &bytes);
    if (problem_read(&p, bytes.data, bytes.size, &e) != 0)
        fail_msg("%s", e.text);
    assert_true(p.english);
    assert_int_equal(p.seed, 7);
    assert_int_equal(p.in.settings.min_size, 2);
    assert_int_equal(p.in.today, 20600);
    assert_int_equal(p.in.population.n_organizers, 2);
    assert_string_equal(p.in.population.organizers[0].id, "a");
    assert_true(isnan(p.in.population.organizers[0].lat));
    assert_int_equal(p.in.last_day[0], 18000);
    assert_int_equal(p.in.last_day[1], LEFT_OUT_NEVER);
    assert_int_equal(p.in.base.number[0], 0);
    assert_int_equal(p.in.base.number[1], 4);
    assert_int_equal(p.in.base.highest_number, 4);
    assert_int_equal(p.in.population.n_reports, 2);
    assert_int_equal(p.in.population.reports[1].severity, 5);
    assert_int_equal(p.in.n_pins, 1);
    assert_int_equal(p.in.pins[0].type, RULE_APART);
    assert_int_equal(p.in.pins[0].n_organizers, 2);
    problem_free(&p);
    buf_free(&bytes);
}

static void refused(const struct buf *bytes, size_t size, const char *words)
{
    struct problem p;
    struct err e = ERR_INIT;
    assert_int_not_equal(problem_read(&p, bytes->data, size, &e), 0);
    if (strstr(e.text, words) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", e.text, words);
    problem_free(&p);
}

/* The good one with `from` replaced by `to`. */
static void refused_with(const char *from, const char *to, const char *words)
{
    char json[2000];
    struct buf bytes;
    const char *at = strstr(good, from);
    assert_non_null(at);
    snprintf(json, sizeof json, "%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
    bytes_of(json, &bytes);
    refused(&bytes, bytes.size, words);
    buf_free(&bytes);
}

static void names_what_is_wrong(void **state)
{
    (void)state;
    refused_with("\"b\", \"Bo\"", "\"a\", \"Bo\"", "a");
    refused_with("municipal", "church", "organizers, entry 0");
    refused_with("900", "-2", "organizers, entry 0");
    refused_with("18000", "1e300", "organizers, entry 1");
    refused_with("\"science\"", "3", "challenges, entry 0");
    refused_with("0, 5, 20500", "0, 6, 20500", "reports, entry 0");
    refused_with("1, 0, 2, 20400", "2, 0, 2, 20400", "reports, entry 1");
    refused_with("1, 0, 2, 20400", "1, 1, 2, 20400", "reports, entry 1");
    refused_with(", 20400", "", "reports, entry 0");
    refused_with("apart", "near", "pins, entry 0");
    refused_with("\"en\"", "\"de\"", "its head");
    refused_with("min_size", "min_siz", "min_siz");
    refused_with("\"seed\": 7", "\"seed\": -7", "its head");
}

static void refuses_what_is_cut_or_followed(void **state)
{
    struct buf bytes;
    (void)state;
    bytes_of(good, &bytes);
    for (size_t size = 1; size < bytes.size; size++)
        refused(&bytes, size, "ends too soon");
    mp_nil(&bytes);
    refused(&bytes, bytes.size, "something follows it");
    buf_clear(&bytes);
    rpc_write_request(&bytes, 0, "dispose");
    mp_array(&bytes, 0);
    refused(&bytes, bytes.size, "no request propose");
    buf_free(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_what_was_written),
        cmocka_unit_test(names_what_is_wrong),
        cmocka_unit_test(refuses_what_is_cut_or_followed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
