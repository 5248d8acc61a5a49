/* Every method as a client sees it: result, language, and what is refused with which words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net_fake.h"
#include "net_fake_session.h"
#include "net_fake_calls.h"
#include "proto/method.h"

static void assert_contains(const char *text, const char *words)
{
    if (strstr(text, words) == NULL)
        fail_msg("'%s' does not say '%s'", text, words);
}

static bool is_of_type(const msgpack_object *value, const struct param *field)
{
    double real;
    bool flag;
    const char *text;
    size_t size;
    uint64_t natural;
    if (mp_is_nil(value))
        return field->optional;
    switch (field->type) {
    case PARAM_BOOL:
        return mp_get_bool(value, &flag);
    case PARAM_UINT:
        return mp_get_uint(value, &natural);
    case PARAM_FLOAT:
        return mp_get_double(value, &real);
    case PARAM_STR:
        return mp_get_str(value, &text, &size);
    case PARAM_LIST:
        return value->type == MSGPACK_OBJECT_ARRAY;
    case PARAM_MAP:
        return value->type == MSGPACK_OBJECT_MAP;
    default:
        return false;
    }
}

/* The fields of a map are exactly those of the table, in its order, each of its type. */
static void assert_fields(const char *name, const msgpack_object *map, const struct param *fields, size_t n)
{
    assert_int_equal(map->type, MSGPACK_OBJECT_MAP);
    assert_int_equal(map->via.map.size, n);
    for (size_t i = 0; i < n; i++) {
        if (!mp_equals(&map->via.map.ptr[i].key, fields[i].name))
            fail_msg("%s: field %zu is %s, not %s", name, i, as_json(&map->via.map.ptr[i].key),
                     fields[i].name);
        if (!is_of_type(&map->via.map.ptr[i].val, &fields[i]))
            fail_msg("%s: %s is %s", name, fields[i].name, as_json(&map->via.map.ptr[i].val));
    }
}

static void results_have_the_fields_of_the_table(void **state)
{
    (void)state;
    fake.answer_at_once = true;
    fake.under_way = true;
    server_set_tokens(fake.server, tokens_new());
    fake.answers[SERVICE_PROGRAMME_HISTORY] = "{\"revisions\": []}";
    fake.answers[SERVICE_PROGRAMME_CREATE] = fake.answers[SERVICE_PROGRAMME_ARCHIVE] = "{\"programme\": {}}";
    fake.answers[SERVICE_PROGRAMME_SET] = "{\"programme\": {}, \"changes\": [], \"dry_run\": false}";
    fake.answers[SERVICE_AUDIT_LIST] = "{\"entries\": [], \"next\": null}";
    fake.answers[SERVICE_AUDIT_VERIFY] =
        "{\"intact\": true, \"entries\": 0, \"head\": null, \"fault\": null}";
    fake.answers[SERVICE_NETWORK_SET] = "{\"network\": 4, \"programme\": \"default\", \"version\": 1}";
    fake.answers[SERVICE_ACTIVITY_SET] = "{\"activity\": \"m\", \"challenges\": [\"staff\"]}";
    fake.answers[SERVICE_ACTIVITY_REMOVE] = "{\"activity\": \"m\"}";
    fake.answers[SERVICE_PLAN_LIST] = "{\"plans\": []}";
    fake.answers[SERVICE_PLAN_GET] = "{\"plan\": {}, \"document\": {}, \"outcomes\": {}}";
    fake.answers[SERVICE_PLAN_ADOPT] = "{\"plan\": 1, \"programme\": \"default\", \"name\": \"x\"}";
    fake.answers[SERVICE_PLAN_RECORD] = "{\"outcome\": \"m\", \"on\": \"\", \"recorded\": 1, \"known\": 0}";
    fake.answers[SERVICE_PIN_ADD] = "5";
    fake.answers[SERVICE_PIN_REMOVE] =
        "{\"pin\": 5, \"programme\": \"default\", \"rule\": \"keep\", \"organizers\": [\"001\"]}";
    for (size_t i = 0; i < METHOD_COUNT; i++) {
        const struct method *m = &method_table()[i];
        if (i == METHOD_network_propose)
            continue;                  /* its answer is a worker's: test_net_propose */
        assert_non_null(params[i][0]); /* a new method needs its line in net_fake_calls.h */
        for (size_t n = 0; n < 3 && params[i][n] != NULL; n++)
            assert_fields(m->name, client_call(&client, m->name, params[i][n]), m->fields, m->n_fields);
    }
}

static void before_the_first_snapshot_reads_are_unavailable(void **state)
{
    static const char *const reads[][2] = {{"organizer.get", "[\"001\"]"},
                                           {"organizer.search", "[\"x\"]"},
                                           {"organizer.similar", "[\"001\"]"},
                                           {"organizer.explain", "[\"001\", \"002\"]"},
                                           {"challenge.list", "[]"},
                                           {"organizer.match", "[\"001\"]"},
                                           {"network.of", "[\"001\"]"},
                                           {"network.peers", "[\"001\"]"},
                                           {"network.get", "[4]"},
                                           {"network.list", "[]"},
                                           {"run.get", "[7]"},
                                           {"run.list", "[]"},
                                           {"insight.challenges", "[]"},
                                           {"insight.coverage", "[]"},
                                           {"insight.quality", "[]"}};
    (void)state;
    snapshot_free(fake.snapshot);
    fake.snapshot = NULL;
    for (size_t i = 0; i < sizeof reads / sizeof reads[0]; i++)
        assert_contains(client_refused(&client, reads[i][0], reads[i][1]), "E_UNAVAILABLE: no data yet");
    assert_json(mp_find(client_call(&client, "status", "[]"), "ready"), "false");
    fake.under_way = true; /* a run of which the daemon knows needs no snapshot */
    assert_json(mp_find(client_call(&client, "run.get", "[9]"), "age_s"), "null");
}

static void hello_sets_language_and_errors(void **state)
{
    (void)state;
    assert_json(client_call(&client, "hello", "[\"me\", \"map\", \"en\"]"),
                "{\"server\": \"peernetd\", \"version\": \"0.1.0\", \"protocol\": 1, \"errors\": \"map\", "
                "\"language\": \"en\", \"role\": \"admin\"}");
    client_request(&client, "network.get", "[99]");
    client_await(&client);
    assert_json(client.message.error,
                "{\"code\": \"E_NOT_FOUND\", \"message\": \"programme default has no network 99 "
                "in its published run 7\"}");
    client_call(&client, "hello", "[{\"errors\": \"list\"}]");
    assert_true(mp_equals(mp_find(client.message.result, "errors"), "list"));
    client_request(&client, "network.get", "[99]");
    client_await(&client);
    assert_json(client.message.error,
                "[\"E_NOT_FOUND\", \"programme default has no network 99 in its published run 7\"]");
    client_call(&client, "hello", "[{\"client\": \"me\"}]");
    assert_string_equal(client_refused(&client, "hello", "[\"me\", \"tuple\"]"),
                        "E_ARGUMENT: errors: 'tuple' came; string, map and list are allowed");
    assert_contains(client_refused(&client, "hello", "[{\"language\": \"de\"}]"),
                    "'de' came; sv and en are allowed");
}

static void an_organizer_with_what_it_reports(void **state)
{
    (void)state;
    assert_json(
        client_call(&client, "organizer.get", "[\"001\"]"),
        "{\"organizer\": {\"id\": \"001\", \"name\": \"Lunds kommun\", \"kind\": \"municipal\", "
        "\"municipality\": \"1281\", \"county\": \"12\", \"lat\": 55.7, \"lon\": 13.2, \"pupils\": 1000, "
        "\"attributes\": {\"forms\": [\"compulsory\", \"preschool\"]}}, \"networks\": [{\"programme\": "
        "\"default\", \"number\": 4, \"label\": \"Matematik i liten skola\", \"name\": null, \"fit\": 0.9, "
        "\"run\": 7}], \"reports\": ["
        "{\"challenge\": \"staff\", \"label\": \"Personal\", \"category\": \"staff\", \"severity\": 2, "
        "\"reported_on\": \"2026-02-17\"}, "
        "{\"challenge\": \"subject.ma\", \"label\": \"Matematik\", \"category\": \"science\", "
        "\"severity\": 3, \"reported_on\": \"2026-02-16\"}], \"age_s\": 1.5}");
    assert_json(mp_find(client_call(&client, "organizer.get", "[\"004\"]"), "networks"),
                "[]"); /* unmatched */
    assert_json(mp_find(client_call(&client, "organizer.get", "[\"005\"]"), "networks"), "[]"); /* new */
    assert_string_equal(client_refused(&client, "organizer.get", "[\"1\"]"),
                        "E_NOT_FOUND: no organizer has the id '1'");
}

static void search_finds_without_accents_and_case(void **state)
{
    (void)state;
    const msgpack_object *found = client_call(&client, "organizer.search", "[\"AMAL\"]");
    assert_json(mp_find(found, "total"), "1");
    assert_json(mp_find(mp_at(mp_find(found, "organizers"), 0), "id"), "\"002\"");
    found = client_call(&client, "organizer.search", "[\"lund\", 1]");
    assert_json(mp_find(found, "total"), "2");
    assert_int_equal(mp_count(mp_find(found, "organizers")), 1);
    assert_json(mp_find(mp_at(mp_find(found, "organizers"), 0), "id"), "\"001\""); /* begins with it */
}

static void similar_ones_with_what_is_shared(void **state)
{
    (void)state;
    const msgpack_object *result = client_call(&client, "organizer.similar", "[\"002\", 2]");
    const msgpack_object *similar = mp_find(result, "similar");
    assert_int_equal(mp_count(similar), 2);
    assert_json(mp_find(mp_at(similar, 0), "organizer"),
                "{\"id\": \"005\", \"name\": \"Nykomling\", \"kind\": \"independent\"}");
    assert_int_equal(mp_count(mp_find(mp_at(similar, 0), "shared")), 2);
    assert_int_equal(mp_count(mp_find(client_call(&client, "organizer.similar", "[\"004\"]"), "similar")), 0);
    assert_string_equal(client_refused(&client, "organizer.similar", "[\"002\", 2, \"nope\"]"),
                        "E_NOT_FOUND: no programme is called 'nope'");
}

static void the_catalogue_says_how_many_report_each(void **state)
{
    (void)state;
    const msgpack_object *challenges = mp_find(client_call(&client, "challenge.list", "[]"), "challenges");
    assert_int_equal(mp_count(challenges), 3);
    assert_json(mp_at(challenges, 1),
                "{\"challenge\": \"subject.ma\", \"label\": \"Matematik\", \"category\": \"science\", "
                "\"label_sv\": \"Matematik\", \"label_en\": \"Mathematics\", \"organizers\": 4}");
    assert_json(mp_find(mp_at(challenges, 0), "organizers"), "1");
}

static void two_beside_each_other(void **state)
{
    (void)state;
    client_call(&client, "hello", "[{\"language\": \"en\"}]");
    const msgpack_object *result = client_call(&client, "organizer.explain", "[\"001\", \"002\"]");
    const msgpack_object *shared = mp_at(mp_find(result, "shared"), 0);
    assert_int_equal(mp_count(mp_find(result, "shared")), 1);
    assert_json(mp_find(shared, "challenge"), "\"subject.ma\"");
    assert_json(mp_find(shared, "severity"), "3");
    assert_json(mp_find(shared, "other_severity"), "4");
    assert_json(mp_find(mp_at(mp_find(result, "only"), 0), "challenge"), "\"staff\"");
    assert_json(mp_find(mp_at(mp_find(result, "other_only"), 0), "challenge"), "\"subject.sv\"");
    assert_json(mp_find(result, "network"), "{\"number\": 4, \"label\": \"Mathematics in small schools\"}");
    assert_json(mp_find(result, "other_network"),
                "{\"number\": 4, \"label\": \"Mathematics in small schools\"}");
    assert_contains(as_json(mp_find(result, "reason")), "Both report mathematics: 92 per cent");
    assert_contains(client_refused(&client, "organizer.explain", "[\"001\", \"001\"]"),
                    "E_ARGUMENT: organizer and other are the same, 001; two are compared");
    assert_contains(client_refused(&client, "organizer.explain", "[\"001\", \"009\"]"),
                    "E_NOT_FOUND: no organizer has the id '009'");
}

static void a_match_is_by_organizer_or_by_reports_in_the_request(void **state)
{
    (void)state;
    client_call(&client, "hello", "[{\"language\": \"en\"}]");
    const msgpack_object *result = client_call(&client, "organizer.match", "[\"005\"]");
    const msgpack_object *place = mp_at(mp_find(result, "networks"), 0);
    assert_json(mp_find(place, "number"), "4");
    assert_json(mp_find(place, "room"), "9");
    assert_contains(as_json(mp_find(place, "reason")),
                    "Shares mathematics with all three members and Swedish with two. Room for nine more.");
    result =
        client_call(&client, "organizer.match", "[null, [{\"challenge\": \"subject.ma\", \"severity\": 2}]]");
    assert_json(mp_find(result, "organizer"), "null");
    assert_int_equal(mp_count(mp_find(result, "networks")), 1);
    result = client_call(&client, "organizer.match", "[\"001\"]");
    assert_int_equal(mp_count(mp_find(result, "networks")), 0); /* the only network is its own */
    assert_json(mp_find(mp_find(result, "network"), "number"), "4");
}

static void a_match_says_which_report_is_wrong(void **state)
{
    static const char *const wrong[][2] = {
        {"[]", "organizer, reports: neither came"},
        {"[null, [{\"challenge\": \"staff\", \"severity\": 9}]]",
         "reports[0].severity: 9 came; a uint of 1 to 5"},
        {"[null, [{\"challenge\": \"staff\", \"severity\": 0}]]", "reports[0].severity: 0 came"},
        {"[null, [{\"challenge\": \"staff\", \"severity\": \"x\"}]]", "reports[0].severity: a str"},
        {"[null, [{\"challenge\": 5, \"severity\": 1}]]", "reports[0].challenge: "},
        {"[null, [{\"challenge\": \"staff\", \"severity\": 1}, {\"challenge\": \"x\", \"severity\": 1}]]",
         "reports[1].challenge: 'x' is not in the catalogue"},
        {"[null, [{\"challenge\": \"staff\", \"severity\": 1}, {\"challenge\": \"staff\", \"severity\": 1}]]",
         "reports[1].challenge: staff came before, as reports[0]"},
        {"[null, [{\"challenge\": \"staff\"}]]", "reports[0]: a map of challenge and severity"},
        {"[null, [5]]", "reports[0]: a map of challenge and severity"},
        {"[null, [{\"challenge\": \"staff\", \"severity\": 1, \"note\": \"\"}]]", "reports[0]: a map of"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *told = client_refused(&client, "organizer.match", wrong[i][0]);
        assert_contains(told, "E_ARGUMENT: ");
        assert_contains(told, wrong[i][1]);
    }
}

static void a_member_hears_of_its_network_and_peers(void **state)
{
    (void)state;
    client_call(&client, "hello", "[{\"language\": \"en\"}]");
    const msgpack_object *result = client_call(&client, "network.of", "[\"002\"]");
    assert_json(mp_find(result, "matched"), "true");
    assert_json(mp_find(result, "network"),
                "{\"number\": 4, \"label\": \"Mathematics in small schools\", \"reason\": \"They share "
                "mathematics.\", "
                "\"size\": 3, \"cohesion\": 0.8, \"shared\": [{\"challenge\": \"subject.ma\", \"label\": "
                "\"Mathematics\", \"share\": 1.0, \"lift\": 1.25}], "
                "\"link\": {\"organizer\": {\"id\": \"001\", \"name\": \"Lunds kommun\", \"kind\": "
                "\"municipal\"}, \"sides\": ["
                "{\"organizer\": {\"id\": \"002\", \"name\": \"\xc3\x85m\xc3\xa5ls skola\", \"kind\": "
                "\"independent\"}, \"similarity\": "
                "0.75, \"shared\": [{\"challenge\": \"subject.ma\", \"label\": \"Mathematics\"}]}, "
                "{\"organizer\": {\"id\": \"003\", \"name\": \"Nya Lund AB\", \"kind\": \"independent\"}, "
                "\"similarity\": 0.5, "
                "\"shared\": []}], \"similarity\": 0.25, \"shared\": []}, "
                "\"name\": null, \"note\": null, \"locked\": false, \"version\": 0, \"moves\": []}");
    assert_json(mp_find(result, "closest"), "{\"organizer\": {\"id\": \"001\", \"name\": \"Lunds kommun\", "
                                            "\"kind\": \"municipal\"}, \"similarity\": 0.75}");
    assert_json(mp_find(result, "next"), "null");
    assert_json(mp_find(result, "fit"), "0.8");
    const msgpack_object *peers = mp_find(result, "peers");
    assert_int_equal(mp_count(peers), 2);
    assert_json(mp_find(mp_find(mp_at(peers, 0), "organizer"), "id"), "\"001\"");
    assert_json(mp_find(mp_at(peers, 0), "shared"),
                "[{\"challenge\": \"subject.ma\", \"label\": \"Mathematics\"}]");
    assert_json(mp_find(result, "reason"), "\"Shares mathematics.\"");
    assert_json(mp_find(result, "run"), "7");
}

static void one_in_no_network_hears_why(void **state)
{
    (void)state;
    const msgpack_object *result = client_call(&client, "network.of", "[\"004\"]");
    assert_json(mp_find(result, "matched"), "false");
    assert_json(mp_find(result, "network"), "null");
    assert_json(mp_find(result, "reason"), "\"Inget rapporterat.\"");
    const msgpack_object *newer = client_call(&client, "network.of", "[\"005\"]");
    assert_json(mp_find(newer, "matched"), "false");
    assert_true(strlen(as_json(mp_find(newer, "reason"))) > 10);
    const msgpack_object *none = client_call(&client, "network.of", "[\"001\", \"empty\"]");
    assert_json(mp_find(none, "matched"), "false");
    assert_json(mp_find(none, "run"), "null");
    assert_true(strlen(as_json(mp_find(none, "reason"))) > 10);
    assert_contains(client_refused(&client, "network.of", "[\"99\"]"),
                    "E_NOT_FOUND: no organizer has the id '99'");
}

static void a_newcomer_belongs_somewhere_until_the_next_run(void **state)
{
    (void)state;
    client_call(&client, "hello", "[{\"language\": \"en\"}]");
    const msgpack_object *result = client_call(&client, "network.of", "[\"005\"]");
    assert_json(mp_find(result, "matched"), "false");
    const msgpack_object *place = mp_find(result, "provisional");
    assert_json(mp_find(place, "number"), "4");
    assert_json(mp_find(place, "room"), "9");
    assert_contains(as_json(mp_find(place, "reason")), "Shares mathematics with all three members");
    assert_json(mp_find(client_call(&client, "network.of", "[\"001\"]"), "provisional"), "null");
    assert_json(mp_find(client_call(&client, "network.of", "[\"004\"]"), "provisional"), "null");
    assert_json(mp_find(client_call(&client, "network.of", "[\"005\", \"empty\"]"), "provisional"), "null");
}

static void a_network_with_its_members_best_fit_first(void **state)
{
    (void)state;
    const msgpack_object *members = mp_find(client_call(&client, "network.get", "[4]"), "members");
    assert_int_equal(mp_count(members), 3);
    assert_json(mp_find(mp_find(mp_at(members, 0), "organizer"), "id"), "\"001\"");
    assert_json(mp_find(mp_at(members, 2), "fit"), "0.7");
    assert_string_equal(client_refused(&client, "network.get", "[4, \"empty\"]"),
                        "E_NOT_FOUND: programme empty has no published networks yet");
}

static void lists_page(void **state)
{
    (void)state;
    const msgpack_object *result = client_call(&client, "network.list", "[\"default\", 1]");
    assert_int_equal(mp_count(mp_find(result, "networks")), 0);
    assert_json(mp_find(result, "total"), "1");
    result = client_call(&client, "network.list", "[{\"unmatched\": true}]");
    assert_json(
        mp_find(result, "unmatched"),
        "[{\"organizer\": {\"id\": \"004\", \"name\": \"Tyst skola\", \"kind\": \"independent\"}, \"code\": "
        "\"nothing_reported\", \"reason\": \"Inget rapporterat.\", \"next\": {\"number\": 4, \"label\": "
        "\"Matematik i liten skola\", \"fit\": 0.25, \"why\": \"full\"}, \"last_report\": \"2023-05-01\", "
        "\"ahead\": "
        "3}]");
    result = client_call(&client, "network.list", "[\"default\", 9223372036854775807, 1000]");
    assert_int_equal(mp_count(mp_find(result, "networks")), 0);
}

static void status_shows_foreign_text_as_valid_text(void **state)
{
    (void)state;
    const msgpack_object *result = client_call(&client, "status", "[]");
    assert_json(mp_find(mp_find(result, "database"), "error"), "\"it said ?\"");
    assert_json(mp_find(mp_find(result, "database"), "retry_s"), "null");
    assert_json(mp_find(mp_find(result, "snapshot"), "organizers"), "5");
    assert_json(mp_find(mp_find(result, "connections"), "open"), "1");
    const msgpack_object *programme = mp_at(mp_find(result, "programmes"), 0);
    assert_json(mp_find(programme, "members"), "3");
    assert_json(mp_find(programme, "mean_fit"), "0.8");
}

static void the_table_answers_for_itself(void **state)
{
    (void)state;
    const msgpack_object *methods = mp_find(client_call(&client, "methods", "[]"), "methods");
    assert_int_equal(mp_count(methods), METHOD_COUNT);
    assert_json(mp_find(mp_at(methods, METHOD_organizer_search), "params"),
                "[{\"name\": \"text\", \"type\": \"str\", \"optional\": false, \"default\": null, "
                "\"allowed\": \"a str of "
                "1 to 200 characters\"}, {\"name\": \"limit\", \"type\": \"uint\", \"optional\": true, "
                "\"default\": 20, "
                "\"allowed\": \"a uint of 1 to 200\"}]");
}

static void unknown_methods_get_the_nearest(void **state)
{
    (void)state;
    assert_string_equal(client_refused(&client, "network.off", "[]"),
                        "E_NOT_FOUND: no method is called 'network.off'; did you mean network.of?");
    assert_contains(client_refused(&client, "xyzzy", "[]"), "the method \"methods\" lists them all");
    assert_contains(client_refused(&client, "subscribe", "[\"news\"]"),
                    "'news' came; runs, networks and daemon are allowed");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(results_have_the_fields_of_the_table),
        TEST(before_the_first_snapshot_reads_are_unavailable),
        TEST(hello_sets_language_and_errors),
        TEST(an_organizer_with_what_it_reports),
        TEST(search_finds_without_accents_and_case),
        TEST(similar_ones_with_what_is_shared),
        TEST(the_catalogue_says_how_many_report_each),
        TEST(two_beside_each_other),
        TEST(a_match_is_by_organizer_or_by_reports_in_the_request),
        TEST(a_match_says_which_report_is_wrong),
        TEST(a_member_hears_of_its_network_and_peers),
        TEST(one_in_no_network_hears_why),
        TEST(a_newcomer_belongs_somewhere_until_the_next_run),
        TEST(a_network_with_its_members_best_fit_first),
        TEST(lists_page),
        TEST(status_shows_foreign_text_as_valid_text),
        TEST(the_table_answers_for_itself),
        TEST(unknown_methods_get_the_nearest),
    };
    return cmocka_run_group_tests_name("methods", tests, NULL, NULL);
}
