/* programme.*: what is checked before the database is asked, and what it is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"
#include "net_fake_session.h"

static int setup_answers(void **state)
{
    setup(state);
    fake.answers[SERVICE_PROGRAMME_SET] = "{\"programme\": {}, \"changes\": [], \"dry_run\": false}";
    fake.answers[SERVICE_PROGRAMME_CREATE] = "{\"programme\": {}}";
    fake.answers[SERVICE_PROGRAMME_ARCHIVE] = "{\"programme\": {}}";
    return 0;
}

static void assert_contains(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("'%s' does not say '%s'", text, words);
}

static void reads_come_from_memory(void **state)
{
    (void)state;
    const msgpack_object *all = mp_find(client_call(&client, "programme.list", "[]"), "programmes");
    assert_json(all, "[{\"name\": \"default\", \"revision\": 3}]");
    assert_int_equal(mp_count(mp_find(client_call(&client, "programme.list", "[true]"), "programmes")), 2);
    const msgpack_object *one = client_call(&client, "programme.get", "[\"empty\"]");
    assert_json(mp_find(mp_find(one, "settings"), "min_size"), "4");
    assert_json(mp_find(mp_find(one, "settings"), "max_size"), "12");
    assert_json(mp_find(one, "settings_fault"), "null");
    assert_contains(client_refused(&client, "programme.get", "[\"nobody\"]"), "E_NOT_FOUND");
    assert_int_equal(fake.asked, 0);
}

static void a_change_names_the_revision_that_it_was_checked_by(void **state)
{
    (void)state;
    client_call(&client, "programme.set", "[\"default\", {\"purpose\": \"p\"}]");
    assert_string_equal(fake.last_values[0], "default");
    assert_string_equal(fake.last_values[1], "3");
    assert_string_equal(fake.last_values[2], "{\"purpose\": \"p\"}");
    assert_string_equal(fake.last_values[3], "false");
    assert_string_equal(fake.last_values[4], "loopback");
    client_call(
        &client, "programme.set",
        "[{\"programme\": \"default\", \"changes\": {\"settings\": {\"min_size\": null}}, \"revision\": 2, "
        "\"dry_run\": true}]");
    assert_string_equal(fake.last_values[1], "2");
    assert_string_equal(fake.last_values[3], "true");
    client_call(&client, "programme.create", "[\"math-1\", {\"title_sv\": \"Matematik\"}]");
    assert_string_equal(fake.last_values[0], "math-1");
    assert_string_equal(fake.last_values[1], "{\"title_sv\": \"Matematik\"}");
    client_call(&client, "programme.archive", "[\"empty\"]");
    assert_string_equal(fake.last_values[1], "");
    assert_string_equal(fake.last_values[2], "false");
}

static void what_is_wrong_is_named_and_nobody_is_asked(void **state)
{
    static const struct {
        const char *changes, *words;
    } wrong[] = {
        {"{}", "changes: nothing came"},
        {"{\"min_size\": 4}", "changes: 'min_size' came; allowed are title_sv"},
        {"{\"title_sv\": \"\"}", "title_sv: '' came; allowed is a text of 1 to 200 characters"},
        {"{\"title_en\": 5}", "title_en: an integer came"},
        {"{\"purpose\": null}", "purpose: nil came"},
        {"{\"publishing\": \"never\"}", "publishing: 'never' came; allowed is person, always or bounds"},
        {"{\"churn_most\": 1.5}", "churn_most: a float came; allowed is a number from 0 to 1, or nil"},
        {"{\"fit_least\": \"0.5\"}", "fit_least: '0.5' came"},
        {"{\"settings\": []}", "settings: a list came"},
        {"{\"settings\": {\"min_sise\": 4}}", "min_sise"},
        {"{\"settings\": {\"min_sise\": null}}", "settings: there is no setting 'min_sise'"},
        {"{\"settings\": {\"min_size\": \"four\"}}", "settings: setting \"min_size\" is \"four\""},
        {"{\"settings\": {\"min_size\": 20}}", "min_size <= target_size <= max_size does not hold"},
        {"{\"settings\": {\"effort\": -1, \"stability\": 7}}", "stability"},
    };
    char params[300];
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(params, sizeof params, "[\"default\", %s]", wrong[i].changes);
        const char *told = client_refused(&client, "programme.set", params);
        assert_contains(told, "E_ARGUMENT");
        assert_contains(told, wrong[i].words);
    }
    assert_contains(client_refused(&client, "programme.create", "[\"Math\"]"), "programme: 'Math' came");
    assert_contains(client_refused(&client, "programme.create", "[\"-math\"]"), "programme: '-math' came");
    assert_contains(client_refused(&client, "programme.create", "[\"m\", {\"settings\": {\"x\": 1}}]"), "x");
    assert_contains(client_refused(&client, "programme.set", "[\"nobody\", {\"purpose\": \"\"}]"),
                    "E_NOT_FOUND");
    assert_int_equal(fake.asked, 0);
}

/* One pair of a map, whose value is an integer or, NULL, a map of `inner`. */
struct twice {
    const char *key, *inner;
};

static void assert_twice(const struct twice *pairs, uint32_t inner_pairs, const char *words)
{
    struct buf out;
    const char *told;
    size_t size;
    char text[300];
    buf_init(&out, 0);
    rpc_write_request(&out, ++client.msgid, "programme.set");
    mp_array(&out, 2);
    mp_text(&out, "default");
    mp_map(&out, 2);
    for (int i = 0; i < 2; i++) {
        mp_key(&out, pairs[i].key);
        if (pairs[i].inner == NULL) {
            mp_text(&out, "x");
            continue;
        }
        mp_map(&out, inner_pairs);
        for (uint32_t k = 0; k < inner_pairs; k++) {
            mp_key(&out, pairs[i].inner);
            mp_uint(&out, 4 + k);
        }
    }
    client_send(&client, out.data, out.size);
    buf_free(&out);
    client_await(&client);
    assert_true(mp_get_str(client.message.error, &told, &size));
    snprintf(text, sizeof text, "%.*s", (int)size, told);
    assert_contains(text, words);
}

static void what_stands_twice_is_refused_by_name(void **state)
{
    (void)state;
    assert_twice((struct twice[]){{"purpose", NULL}, {"purpose", NULL}}, 0,
                 "E_ARGUMENT: changes: 'purpose' stands twice; each key stands once");
    assert_twice((struct twice[]){{"settings", "min_size"}, {"settings", "effort"}}, 1,
                 "E_ARGUMENT: changes: 'settings' stands twice");
    assert_twice((struct twice[]){{"settings", "min_size"}, {"purpose", NULL}}, 2,
                 "E_ARGUMENT: settings: 'min_size' stands twice");
    assert_int_equal(fake.asked, 0);
}

/* Own settings count: of "empty" min_size is 4, so that a target of 4 is fine there and nowhere else. */
static void changes_are_checked_with_what_is_set_already(void **state)
{
    (void)state;
    client_call(&client, "programme.set", "[\"empty\", {\"settings\": {\"target_size\": 4}}]");
    assert_contains(
        client_refused(&client, "programme.set", "[\"default\", {\"settings\": {\"target_size\": 4}}]"),
        "does not hold");
    assert_contains(client_refused(&client, "programme.set",
                                   "[\"empty\", {\"settings\": {\"target_size\": 4, \"min_size\": null}}]"),
                    "does not hold");
    assert_int_equal(fake.asked, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_answers, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(reads_come_from_memory),
        TEST(a_change_names_the_revision_that_it_was_checked_by),
        TEST(what_is_wrong_is_named_and_nobody_is_asked),
        TEST(what_stands_twice_is_refused_by_name),
        TEST(changes_are_checked_with_what_is_set_already),
    };
    return cmocka_run_group_tests_name("programme", tests, NULL, NULL);
}
