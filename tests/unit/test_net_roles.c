/* Who may call what: every method with every role. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"

static struct fake fake;
static struct client client;

static void begin(enum role role)
{
    fake_init(&fake);
    fake.options.loopback_role = role;
    fake.answer_at_once = true;
    fake_listen(&fake);
    client_open(&client, &fake);
}

static void end(void)
{
    client_close(&client);
    fake_end(&fake);
}

static void assert_denied(const struct method *m, enum role role, const char *error)
{
    char expected[200];
    snprintf(expected, sizeof expected, "E_DENIED: %s needs role %s; this connection has role %s%s", m->name,
             role_name(m->role), role_name(role), role == ROLE_NONE ? ", as it has not logged in" : "");
    assert_string_equal(error, expected);
}

/* Without parameters: what is allowed may still be refused, with another error. */
static bool call(const struct method *m, char *error, size_t size)
{
    const char *text = "";
    size_t length = 0;
    client_request(&client, m->name, "[]");
    client_await(&client);
    assert_int_equal(client.message.msgid, client.msgid);
    mp_get_str(client.message.error, &text, &length);
    snprintf(error, size, "%.*s", (int)length, text);
    return strncmp(error, "E_DENIED", 8) != 0;
}

static void each_method_is_for_its_role_and_those_above(void **state)
{
    char error[1200];
    (void)state;
    for (int role = 0; role < ROLE_COUNT; role++) {
        begin((enum role)role);
        for (size_t i = 0; i < METHOD_COUNT; i++) {
            const struct method *m = &method_table()[i];
            bool allowed = call(m, error, sizeof error);
            if (allowed != ((enum role)role >= m->role))
                fail_msg("%s with role %s: %s", m->name, role_name((enum role)role), error);
            if (!allowed)
                assert_denied(m, (enum role)role, error);
        }
        end();
    }
}

static void what_is_denied_never_reaches_the_service(void **state)
{
    (void)state;
    begin(ROLE_REPORTER);
    fake.answer_at_once = false;
    client_refused(&client, "run.start", "[]");
    client_refused(&client, "run.publish", "[7]");
    assert_int_equal(fake.n_held, 0);
    end();
}

static void what_is_wrong_with_parameters_is_not_said_to_who_may_not_call(void **state)
{
    (void)state;
    begin(ROLE_READER);
    assert_string_equal(client_refused(&client, "run.start", "[5, 5]"),
                        "E_DENIED: run.start needs role operator; this connection has role reader");
    end();
}

static void hello_is_for_everybody_and_says_the_role(void **state)
{
    (void)state;
    for (int role = 0; role < ROLE_COUNT; role++) {
        begin((enum role)role);
        const msgpack_object *answer = client_call(&client, "hello", "[]");
        assert_true(mp_equals(mp_find(answer, "role"), role_name((enum role)role)));
        end();
    }
}

static void names_of_roles_are_read_exactly(void **state)
{
    (void)state;
    assert_int_equal(role_parse("none", 4), ROLE_NONE);
    assert_int_equal(role_parse("admin", 5), ROLE_ADMIN);
    assert_int_equal(role_parse("Admin", 5), -1);
    assert_int_equal(role_parse("adm", 3), -1);
    assert_int_equal(role_parse("admin ", 6), -1);
    assert_int_equal(role_parse("", 0), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_method_is_for_its_role_and_those_above),
        cmocka_unit_test(what_is_denied_never_reaches_the_service),
        cmocka_unit_test(what_is_wrong_with_parameters_is_not_said_to_who_may_not_call),
        cmocka_unit_test(hello_is_for_everybody_and_says_the_role),
        cmocka_unit_test(names_of_roles_are_read_exactly),
    };
    return cmocka_run_group_tests_name("roles", tests, NULL, NULL);
}
