/* Questions that the database answers: which values it is asked with, and how its answer comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"
#include "net_fake_session.h"

static void assert_value(size_t i, const char *value)
{
    assert_string_equal(fake.last_values[i], value);
}

static void what_is_left_out_is_no_value(void **state)
{
    (void)state;
    fake.answers[SERVICE_AUDIT_LIST] = "{\"entries\": [{\"entry\": 7}], \"next\": 7}";
    client_call(&client, "audit.list", "[]");
    for (size_t i = 0; i < 7; i++)
        assert_value(i, "");
    assert_value(7, "50");
    client_call(&client, "audit.list",
                "[\"north\", \"token \xc3\xa5\", \"token\", 9, \"2026-03-14\", \"2026-03-15\", "
                "4611686018427387904, 3]");
    static const char *const values[] = {"north",      "token \xc3\xa5",      "token", "9", "2026-03-14",
                                         "2026-03-15", "4611686018427387904", "3"};
    for (size_t i = 0; i < 8; i++)
        assert_value(i, values[i]);
}

static void the_answer_is_the_json_of_the_database(void **state)
{
    (void)state;
    fake.answers[SERVICE_AUDIT_LIST] =
        "{\"entries\": [{\"entry\": 7, \"who\": \"\xc3\xa5\"}], \"next\": null}";
    const msgpack_object *result = client_call(&client, "audit.list", "[]");
    assert_json(result, "{\"entries\": [{\"entry\": 7, \"who\": \"\xc3\xa5\"}], \"next\": null}");
    fake.answers[SERVICE_AUDIT_LIST] = "{\"entries\": [";
    assert_non_null(strstr(client_refused(&client, "audit.list", "[]"), "E_INTERNAL"));
    fake.answers[SERVICE_AUDIT_LIST] = NULL;
    assert_string_equal(client_refused(&client, "audit.list", "[]"), "E_UNAVAILABLE: the database is away");
}

static void a_day_that_is_none_is_asked_of_nobody(void **state)
{
    (void)state;
    assert_string_equal(client_refused(&client, "audit.list", "[{\"to\": \"2026-02-30\"}]"),
                        "E_ARGUMENT: to: '2026-02-30' came; allowed is a day such as 2026-03-14");
    assert_string_equal(client_refused(&client, "audit.list", "[{\"from\": \"yesterday!\"}]"),
                        "E_ARGUMENT: from: 'yesterday!' came; allowed is a day such as 2026-03-14");
    assert_int_equal(fake.asked, 0);
}

static void the_trail_hears_from_where_a_change_came(void **state)
{
    (void)state;
    fake.answer_at_once = true;
    client_call(&client, "run.publish", "[7]");
    assert_int_equal(strncmp(fake.last_origin, "127.0.0.1:", 10), 0);
    fake.last_origin[0] = '\0';
    client_call(&client, "token.revoke", "[\"x\"]");
    assert_int_equal(strncmp(fake.last_origin, "127.0.0.1:", 10), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_left_out_is_no_value),
        TEST(the_answer_is_the_json_of_the_database),
        TEST(a_day_that_is_none_is_asked_of_nobody),
        TEST(the_trail_hears_from_where_a_change_came),
    };
    return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
