/* report.submit and organizer.upsert between a client and the service: what is handed on, and what is refused
 * with which words before anybody is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"

static struct fake fake;
static struct client client;

static int begin(void **state)
{
    (void)state;
    fake_init(&fake);
    fake.options.submit_entries = 3;
    fake_listen(&fake);
    client_open(&client, &fake);
    return 0;
}

static int end(void **state)
{
    (void)state;
    client_close(&client);
    fake_end(&fake);
    return 0;
}

#define REPORT \
    "{\"organizer\": \"001\", \"challenge\": \"staff\", \"severity\": 4, \"reported_on\": \"2026-03-14\""
#define ORGANIZER "{\"id\": \"9\", \"name\": \"N\", \"kind\": \"state\""

static void reports_are_handed_on_with_key_and_name(void **state)
{
    (void)state;
    const msgpack_object *answer =
        client_call(&client, "report.submit",
                    "[[" REPORT ", \"note\": \"two\\nlines \\\"q\\\"\"}, " REPORT "}], \"k 1\"]");
    assert_json(answer, "{\"added\": 1, \"changed\": 2, \"unchanged\": 3, \"inputs_version\": 4, "
                        "\"accepted_at\": \"2026-03-14T06:00:00Z\"}");
    assert_string_equal(
        fake.last_batch,
        "[{\"organizer\":\"001\",\"challenge\":\"staff\",\"severity\":4,\"reported_on\":\"2026-03-14\","
        "\"note\":\"two\\u000alines \\\"q\\\"\"},"
        "{\"organizer\":\"001\",\"challenge\":\"staff\",\"severity\":4,\"reported_on\":\"2026-03-14\"}]");
    assert_string_equal(fake.last_key, "k 1");
    assert_string_equal(fake.last_who, "loopback");
    assert_false(fake.last_organizers);
    client_call(&client, "report.submit", "[[" REPORT "}]]");
    assert_string_equal(fake.last_key, "");
}

static void organizers_are_handed_on_as_far_as_they_are_given(void **state)
{
    (void)state;
    client_call(&client, "organizer.upsert",
                "[[" ORGANIZER "}, " ORGANIZER
                ", \"municipality\": null, \"lat\": -5.5, \"lon\": 17, \"pupils\": null, "
                "\"attributes\": {\"size\": \"small\", \"forms\": [\"a\", \"b\"], \"gone\": null}}]]");
    assert_true(fake.last_organizers);
    assert_string_equal(
        fake.last_batch,
        "[{\"id\":\"9\",\"name\":\"N\",\"kind\":\"state\"},"
        "{\"id\":\"9\",\"name\":\"N\",\"kind\":\"state\",\"municipality\":null,\"lat\":-5.5,\"lon\":17,"
        "\"pupils\":null,\"attributes\":{\"size\":\"small\",\"forms\":[\"a\",\"b\"],\"gone\":null}}]");
}

static void assert_refused(const char *method, const char *field, const char *words)
{
    char params[1024];
    snprintf(params, sizeof params, "[[%s}, %s}]]", strcmp(method, "report.submit") == 0 ? REPORT : ORGANIZER,
             field);
    fake.last_batch[0] = '\0';
    const char *told = client_refused(&client, method, params);
    if (strncmp(told, "E_ARGUMENT: ", 12) != 0 || strstr(told, words) == NULL)
        fail_msg("%s: \"%s\" does not say \"%s\"", field, told, words);
    assert_string_equal(fake.last_batch, "");
}

static void a_report_that_is_wrong_is_named(void **state)
{
    static const char *const wrong[][2] = {
        {REPORT ", \"sev\": 5",
         "reports[1]: 'sev' is no field; the fields are organizer, challenge, severity, "
         "reported_on, note"},
        {REPORT ", \"attributes\": {}", "'attributes' is no field"},
        {REPORT ", \"note\": 5", "reports[1].note: an integer came; a str is allowed"},
        {REPORT ", \"note\": \"a\\u0000b\"", "reports[1].note holds a control character (0x00)"},
        {"{\"organizer\": \"001\"", "reports[1].challenge is missing; it must be given"},
        {"{\"organizer\": null", "reports[1].organizer is empty; it must be given"},
        {"{\"organizer\": \"\"", "reports[1].organizer is empty; it must be given"},
        {"{\"organizer\": \" 1\"", "reports[1].organizer \" 1\" begins or ends with a space"},
        {"{\"severity\": 6", "reports[1].severity 6 is not a whole number from 1 to 5"},
        {"{\"severity\": -1", "reports[1].severity -1 is not a whole number"},
        {"{\"severity\": 2.5", "reports[1].severity 2.5 is not a whole number"},
        {"{\"severity\": \"4\"", "reports[1].severity: a str came; a uint is allowed"},
        {"{\"reported_on\": \"14/3\"", "reports[1].reported_on \"14/3\" is not a date as YYYY-MM-DD"},
        {"{\"reported_on\": \"2999-01-01\"", "reports[1].reported_on \"2999-01-01\" is in the future"},
        {"{\"reported_on\": null", "reports[1].reported_on is empty"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused("report.submit", wrong[i][0], wrong[i][1]);
    assert_string_equal(
        client_refused(&client, "report.submit", "[[5]]"),
        "E_ARGUMENT: reports[0]: an integer came; a map of organizer, challenge, severity, reported_on, "
        "note is allowed");
}

static void an_organizer_that_is_wrong_is_named(void **state)
{
    static const char *const wrong[][2] = {
        {"{\"kind\": \"church\"",
         "organizers[1].kind \"church\" is none of municipal, independent, regional, state"},
        {ORGANIZER ", \"lat\": 5", "organizers[1].lon is empty but lat is given; both or none"},
        {ORGANIZER ", \"lat\": 5, \"lon\": null", "organizers[1].lon is empty but lat is given"},
        {ORGANIZER ", \"lon\": null", "organizers[1].lat is empty but lon is given"},
        {ORGANIZER ", \"lat\": 91, \"lon\": 5",
         "organizers[1].lat 91 is not a decimal number from -90 to 90"},
        {ORGANIZER ", \"lat\": \"5\", \"lon\": 5", "organizers[1].lat: a str came; a float is allowed"},
        {ORGANIZER ", \"pupils\": -3", "organizers[1].pupils -3 is not a whole number from 0"},
        {ORGANIZER ", \"attributes\": []", "organizers[1].attributes: a list came; a map of texts"},
        {ORGANIZER ", \"attributes\": {\"a\": \"\"}", "organizers[1].attr.a \"\" is empty"},
        {ORGANIZER ", \"attributes\": {\"a\": \"x;y\"}", "organizers[1].attr.a \"x;y\" holds a ';'"},
        {ORGANIZER ", \"attributes\": {\"a\": [\"x\", 5]}", "organizers[1].attributes.a: an integer came"},
        {ORGANIZER ", \"attributes\": {\"a\": []}", "organizers[1].attributes.a is an empty list"},
        {ORGANIZER ", \"attributes\": {\"\": \"x\"}", "organizers[1].attributes: a name is empty"},
        {ORGANIZER ", \"attributes\": {\" a\": \"x\"}", "organizers[1].attribute name \" a\" begins or ends"},
        {ORGANIZER ", \"size\": 5",
         "the fields are id, name, kind, municipality, county, lat, lon, pupils, attributes"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_refused("organizer.upsert", wrong[i][0], wrong[i][1]);
}

/* Sends one report of two notes, the first as bytes. */
static const char *refused_notes(const char *bytes)
{
    static char told[1024];
    struct buf out;
    const char *text;
    size_t size;
    buf_init(&out, 0);
    rpc_write_request(&out, 7, "report.submit");
    mp_array(&out, 1);
    mp_array(&out, 1);
    mp_map(&out, 2);
    mp_key(&out, "note");
    mp_bin(&out, bytes, strlen(bytes));
    mp_key(&out, "note");
    mp_text(&out, "x");
    client_send(&client, out.data, out.size);
    buf_free(&out);
    client_await(&client);
    assert_true(mp_get_str(client.message.error, &text, &size));
    snprintf(told, sizeof told, "%.*s", (int)size, text);
    return told;
}

static void what_no_json_can_hold_is_refused_too(void **state)
{
    (void)state;
    assert_string_equal(refused_notes("\xff"), "E_ARGUMENT: reports[0].note holds bytes that are no UTF-8");
    assert_string_equal(refused_notes("fine"),
                        "E_ARGUMENT: reports[0].note stands twice; each field stands once");
}

static void an_attribute_stands_once(void **state)
{
    static const char *const names[] = {"size", "forms", "size"};
    struct buf out;
    const char *told;
    size_t size;
    (void)state;
    buf_init(&out, 0);
    rpc_write_request(&out, ++client.msgid, "organizer.upsert");
    mp_array(&out, 1);
    mp_array(&out, 1);
    mp_map(&out, 1);
    mp_key(&out, "attributes");
    mp_map(&out, 3);
    for (size_t i = 0; i < 3; i++) {
        mp_key(&out, names[i]);
        mp_text(&out, i == 0 ? "small" : "large");
    }
    client_send(&client, out.data, out.size);
    buf_free(&out);
    client_await(&client);
    assert_true(mp_get_str(client.message.error, &told, &size));
    static const char words[] =
        "E_ARGUMENT: organizers[0].attributes: 'size' stands twice; each attribute stands once";
    assert_int_equal(size, sizeof words - 1);
    assert_memory_equal(told, words, size);
}

static void a_batch_has_one_entry_and_not_too_many(void **state)
{
    struct server_limit limits[LIMIT_COUNT];
    (void)state;
    assert_string_equal(
        client_refused(&client, "report.submit", "[[]]"),
        "E_ARGUMENT: reports: an empty list came; 1 to 3 entries are allowed (submit-entries)");
    assert_string_equal(client_refused(&client, "organizer.upsert", "[[1, 2, 3, 4]]"),
                        "E_LIMIT: organizers: 4 entries came; at most 3 are allowed (submit-entries)");
    server_limits(fake.server, limits);
    assert_int_equal(limits[LIMIT_SUBMIT_ENTRIES].reached, 1);
}

static void what_the_service_says_is_passed_on(void **state)
{
    (void)state;
    fake.batch_error = (struct err){ERR_UNAVAILABLE, "it is not known"};
    assert_string_equal(client_refused(&client, "report.submit", "[[" REPORT "}]]"),
                        "E_UNAVAILABLE: it is not known");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(reports_are_handed_on_with_key_and_name, begin, end),
        cmocka_unit_test_setup_teardown(organizers_are_handed_on_as_far_as_they_are_given, begin, end),
        cmocka_unit_test_setup_teardown(a_report_that_is_wrong_is_named, begin, end),
        cmocka_unit_test_setup_teardown(an_organizer_that_is_wrong_is_named, begin, end),
        cmocka_unit_test_setup_teardown(what_no_json_can_hold_is_refused_too, begin, end),
        cmocka_unit_test_setup_teardown(an_attribute_stands_once, begin, end),
        cmocka_unit_test_setup_teardown(a_batch_has_one_entry_and_not_too_many, begin, end),
        cmocka_unit_test_setup_teardown(what_the_service_says_is_passed_on, begin, end),
    };
    return cmocka_run_group_tests_name("intake", tests, NULL, NULL);
}
