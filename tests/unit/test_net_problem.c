/* A problem of many organizers is written a part a turn: how much a turn writes, what others hear meanwhile,
 * and what becomes of it when the snapshot, the request or the connection goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "net/problem.h"
#include "net_fake.h"

enum { MANY = 1000, PARTS = MANY / PROBLEM_PART };

static struct fake fake;
static struct client client, other;

static struct snapshot *many(const char *prefix)
{
    struct err e = ERR_INIT;
    struct snapshot_builder *b = NULL;
    struct snapshot *s = NULL;
    struct snapshot_programme_row row = {.name = "default",
                                         .title_sv = "Alla",
                                         .title_en = "All",
                                         .settings = "{}",
                                         .published_at = "",
                                         .document = "{}"};
    FAKE_OK(snapshot_builder_new(20600, &b, &e));
    FAKE_OK(snapshot_add_programme(b, &row, &e));
    struct population *p = snapshot_builder_population(b);
    char id[MANY][32];
    for (int i = 0; i < MANY; i++) {
        snprintf(id[i], sizeof id[i], "%s%04d", prefix, i);
        fake_organizer(p, id[i], id[i], i % 2 == 0 ? KIND_MUNICIPAL : KIND_INDEPENDENT, "{}");
    }
    FAKE_OK(population_add_challenge(p, "subject.ma", "science", "Matematik", "Mathematics", &e));
    FAKE_OK(population_add_challenge(p, "staff", "staff", "Personal", "Staff", &e));
    FAKE_OK(population_index(p, &e));
    for (int i = 0; i < MANY; i++) {
        FAKE_OK(population_add_report(p, id[i], "subject.ma", 1 + i % 5, 20500, &e));
        FAKE_OK(population_add_report(p, id[i], "staff", 1 + i % 5, 19000 - i, &e)); /* too old to count */
    }
    if (snapshot_build(b, &s, &e))
        fail_msg("%s", e.text);
    snapshot_builder_free(b);
    return s;
}

static int begin(void **state)
{
    (void)state;
    fake_init(&fake);
    snapshot_free(fake.snapshot);
    fake.snapshot = many("a");
    fake_listen(&fake);
    client_open(&client, &fake);
    client_open(&other, &fake);
    client_call(&other, "ping", "[]");
    return 0;
}

static int end(void **state)
{
    (void)state;
    client_close(&client);
    client_close(&other);
    fake_end(&fake);
    return 0;
}

static void a_part_has_so_many_organizers_and_no_more(void **state)
{
    struct err e = ERR_INIT;
    struct problem *p;
    struct mp_tree tree;
    struct rpc_message m;
    uint32_t written = 0, parts = 0, full = 0;
    struct problem_request r = {
        .snapshot = fake.snapshot, .programme = &fake.snapshot->programmes[0], .organizers_limit = MANY};
    (void)state;
    FAKE_OK(problem_settings(&r.settings, r.programme, NULL, &e));
    FAKE_OK(problem_open(&p, &r, &e));
    for (; !problem_is_whole(p); parts++) {
        FAKE_OK(problem_write(p, &e));
        assert_in_range(problem_progress(p) - written, 0, PROBLEM_PART);
        full += problem_progress(p) - written == PROBLEM_PART;
        written = problem_progress(p);
    }
    assert_int_equal(written, 2 * MANY); /* the organizers, then their reports */
    assert_int_equal(full, 2 * PARTS);
    assert_in_range(parts, 2 * (PARTS + 1), 2 * (PARTS + 1) + 2); /* and who takes part, and the catalogue */
    FAKE_OK(mp_unpack(problem_bytes(p)->data, problem_bytes(p)->size, &tree, &e));
    assert_int_equal(rpc_read(tree.top, &m, &e), RPC_FINE);
    assert_int_equal(mp_count(mp_find(mp_at(m.params, 0), "organizers")), MANY);
    assert_int_equal(mp_count(mp_find(mp_at(m.params, 0), "reports")), 4 * MANY);
    mp_free(&tree);
    problem_free(p);
}

static void others_are_answered_between_the_parts(void **state)
{
    uint32_t answered = 0;
    (void)state;
    client_request(&client, "network.propose", "[]");
    while (fake.n_proposals == 0) {
        client_request(&other, "ping", "[]");
        FAKE_UNTIL(&fake, client_poll(&other));
        answered++;
    }
    /* Each took a few turns of the loop: had it been written in one, it would have been there at once. */
    assert_true(answered >= 3);
    fake_propose_cancel(&fake, fake.last_proposal);
}

static void the_snapshot_that_it_began_with_stays_until_its_end(void **state)
{
    struct mp_tree tree;
    struct rpc_message m;
    struct err e = ERR_INIT;
    (void)state;
    client_request(&client, "network.propose", "[]");
    client_request(&other, "ping", "[]");
    FAKE_UNTIL(&fake, client_poll(&other));
    assert_int_equal(fake.n_proposals, 0);
    const msgpack_object *told = mp_find(client_call(&other, "status", "[]"), "proposals");
    assert_json(mp_find(told, "running"), "1");
    assert_json(mp_find(told, "waiting"), "4"); /* three, and this one */
    snapshot_free(fake.snapshot);
    fake.snapshot = many("b");
    FAKE_UNTIL(&fake, fake.n_proposals == 1);
    FAKE_OK(mp_unpack(fake.last_problem.data, fake.last_problem.size, &tree, &e));
    assert_int_equal(rpc_read(tree.top, &m, &e), RPC_FINE);
    const msgpack_object *organizers = mp_find(mp_at(m.params, 0), "organizers");
    assert_int_equal(mp_count(organizers), MANY);
    assert_true(mp_equals(mp_at(mp_at(organizers, MANY - 1), 0), "a0999"));
    mp_free(&tree);
    fake_propose_cancel(&fake, fake.last_proposal);
}

static void one_that_is_being_written_can_be_cancelled(void **state)
{
    struct server_counts counts;
    const char *text;
    size_t size;
    bool cancelled = false;
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    request_write(&out, 70, "network.propose", "[]");
    request_write(&out, 71, "cancel", "[70]");
    client_send(&client, out.data, out.size);
    buf_free(&out);
    client_await(&client);
    assert_int_equal(client.message.msgid, 70);
    assert_true(mp_get_str(client.message.error, &text, &size));
    assert_int_equal(strncmp(text, "E_CANCELLED", 11), 0);
    client_await(&client);
    assert_true(mp_get_bool(mp_find(client.message.result, "cancelled"), &cancelled) && cancelled);
    server_counts(fake.server, &counts);
    assert_int_equal(counts.in_flight, 0);
    assert_int_equal(fake.last_proposal, 0); /* it never came so far */
}

static void one_that_is_being_written_goes_with_its_connection(void **state)
{
    struct server_counts counts;
    (void)state;
    client_request(&client, "network.propose", "[]");
    client_request(&client, "network.propose", "[]");
    client_request(&client, "network.propose", "[]");
    client_call(&other, "ping", "[]");
    client_close(&client);
    FAKE_UNTIL(&fake, (server_counts(fake.server, &counts), counts.connections == 1));
    assert_int_equal(counts.in_flight, 0);
    assert_int_equal(fake.n_proposals, 0);
    client_open(&client, &fake);
}

/* The peer ends its side with more said than a turn handles: what is cancelled then is cancelled once. */
static void ending_ones_side_and_cancelling_do_not_meet(void **state)
{
    enum { PINGS = 200 };
    struct server_counts counts;
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    request_write(&out, 1, "network.propose", "[]");
    request_write(&out, 2, "network.propose", "[]");
    for (uint32_t i = 0; i < PINGS; i++)
        request_write(&out, 10 + i, "ping", "[]");
    request_write(&out, 3, "cancel", "[1]");
    request_write(&out, 4, "cancel", "[2]");
    assert_true(send(client.fd, out.data, out.size, 0) == (ssize_t)out.size);
    shutdown(client.fd, SHUT_WR);
    buf_free(&out);
    for (size_t answers = 0; answers < PINGS + 4; answers++)
        client_await(&client);
    server_counts(fake.server, &counts);
    assert_int_equal(counts.in_flight, 0);
    client_await_end(&client);
}

static void who_takes_part_is_counted_to_the_end(void **state)
{
    (void)state;
    fake.options.propose_organizers = 10;
    struct err e = ERR_INIT;
    FAKE_OK(server_set_options(fake.server, &fake.options, &e));
    assert_string_equal(client_refused(&client, "network.propose", "[]"),
                        "E_LIMIT: 1000 organizers would take part; the limit is 10 (propose-organizers)");
    assert_string_equal(client_refused(&client, "network.propose",
                                       "[[\"a0001\", \"a0001\", \"a0002\", \"a0001\","
                                       "\"a0001\", \"a0001\", \"a0001\", \"a0001\","
                                       "\"a0001\", \"a0001\", \"a0001\"]]"),
                        "E_LIMIT: 11 organizers would take part; the limit is 10 (propose-organizers)");
    assert_string_equal(
        client_refused(&client, "network.propose", "[{\"settings\": {\"scope\": {\"kind\": \"state\"}}}]"),
        "E_ARGUMENT: no organizer takes part: the list is empty, or the scope of the settings takes in "
        "nobody");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_part_has_so_many_organizers_and_no_more, begin, end),
        cmocka_unit_test_setup_teardown(others_are_answered_between_the_parts, begin, end),
        cmocka_unit_test_setup_teardown(the_snapshot_that_it_began_with_stays_until_its_end, begin, end),
        cmocka_unit_test_setup_teardown(one_that_is_being_written_can_be_cancelled, begin, end),
        cmocka_unit_test_setup_teardown(one_that_is_being_written_goes_with_its_connection, begin, end),
        cmocka_unit_test_setup_teardown(ending_ones_side_and_cancelling_do_not_meet, begin, end),
        cmocka_unit_test_setup_teardown(who_takes_part_is_counted_to_the_end, begin, end),
    };
    return cmocka_run_group_tests_name("problem", tests, NULL, NULL);
}
