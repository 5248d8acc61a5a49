/* What was published once, beside a database and a builder of the test's own: who waits for the same run has
 * it when it is read, clients come in turn, and nothing is looked for when all the rest has gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/load.h"

#define MOST 32

struct asked {
    bool forgotten, answered;
    uint64_t run; /* that was answered; 0: none */
    enum err_code code;
};

static struct daemon d;
static struct asked asked[MOST];
static char database, refreshed; /* only their addresses matter */
static struct {
    struct pg_async_query query;
    char run[24];
} questions[MOST];
static struct {
    load_done done;
    void *context;
    uint64_t run;
} loads[MOST];
static size_t n_asked, n_questions, n_loads;

int pg_async_query(struct pg_async *pg, const struct pg_async_query *query, struct err *e)
{
    (void)e;
    assert_ptr_equal(pg, &database);
    questions[n_questions].query = *query;
    snprintf(questions[n_questions].run, sizeof questions[0].run, "%s",
             query->values[1] == NULL ? "" : query->values[1]);
    n_questions++;
    return 0;
}

void pg_async_status(const struct pg_async *pg, struct pg_async_status *out)
{
    assert_ptr_equal(pg, &database);
    *out = (struct pg_async_status){.connected = true};
}

int load_start(struct load **out, uv_loop_t *loop, struct pg_async *pg, const struct load_wish *wish,
               load_done done, void *context, struct err *e)
{
    (void)loop;
    (void)e;
    assert_ptr_equal(pg, &database);
    *out = NULL;
    loads[n_loads].done = done;
    loads[n_loads].context = context;
    loads[n_loads++].run = (uint64_t)wish->past;
    return 0;
}

int32_t refresh_day(void)
{
    return 20000;
}

static const struct snapshot *nothing_is_published(void *self)
{
    struct daemon *daemon = self;
    assert_non_null(daemon->refresh);
    return NULL;
}

static struct snapshot *snapshot_of(uint64_t run)
{
    struct snapshot *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->programmes = calloc(1, sizeof *s->programmes);
    assert_non_null(s->programmes);
    s->n_programmes = 1;
    s->programmes[0].name = "default";
    s->programmes[0].published_run = run;
    return s;
}

static int open_with(int64_t past_runs)
{
    struct gate_options reads = {.what = "questions", .option = "ask-queue", .places = 1, .queue = MOST};
    struct err e = ERR_INIT;
    memset(asked, 0, sizeof asked);
    n_asked = n_questions = n_loads = 0;
    d = (struct daemon){.options = &d.current,
                        .pg = (struct pg_async *)&database,
                        .refresh = (struct refresh *)&refreshed,
                        .service = {.self = &d, .snapshot = nothing_is_published}};
    d.current.past_runs = past_runs;
    assert_int_equal(uv_loop_init(&d.loop), 0);
    assert_int_equal(gate_open(&d.reads, &reads, &e), 0);
    assert_int_equal(daemon_past_open(&d, &e), 0);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    return open_with(1);
}

static int teardown(void **state)
{
    (void)state;
    gate_close(d.reads);
    daemon_past_free(&d);
    return uv_loop_close(&d.loop);
}

static bool is_forgotten(const void *context)
{
    return ((const struct asked *)context)->forgotten;
}

static void on_past(void *context, const struct snapshot *s, const struct err *e)
{
    struct asked *a = context;
    assert_false(a->answered);
    a->answered = true;
    a->run = s == NULL ? 0 : s->programmes[0].published_run;
    a->code = e == NULL ? ERR_OK : e->code;
}

/* The number of the asking. By the day where no run is given. */
static size_t ask(uint64_t client, int64_t run, const char *day)
{
    struct service_past request = {
        .programme = "default", .run = run, .day = day, .client = client, .forgotten = is_forgotten};
    daemon_past_read(&d, &request, on_past, &asked[n_asked]);
    return n_asked++;
}

/* The newest question's: that run was published. */
static void found(const char *run)
{
    struct pg_async_query query = questions[n_questions - 1].query;
    PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    char name[] = "column", programme[] = "default", yes[] = "t";
    PGresAttDesc columns[] = {{.name = name}, {.name = name}, {.name = name}};
    char text[24];
    struct err e = ERR_INIT;
    snprintf(text, sizeof text, "%s", run);
    assert_true(PQsetResultAttrs(result, 3, columns) && PQsetvalue(result, 0, 0, text, (int)strlen(text)) &&
                PQsetvalue(result, 0, 1, programme, 7) && PQsetvalue(result, 0, 2, yes, 1));
    assert_int_equal(query.row(query.context, result, 0, &e), 0);
    PQclear(result);
    query.done(query.context, NULL);
}

/* The newest load's. */
static void built(void)
{
    size_t i = n_loads - 1;
    loads[i].done(loads[i].context, snapshot_of(loads[i].run), NULL);
}

static void those_that_wait_for_a_run_share_its_load(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++)
        for (int run = 1; run <= 5; run++) /* in turn, and only one is kept */
            ask(1 + (uint64_t)round, run, NULL);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(n_questions, i + 1);
        found(questions[i].run);
        built();
    }
    assert_int_equal(n_questions, 5);
    assert_int_equal(n_loads, 5);
    for (size_t i = 0; i < n_asked; i++)
        assert_int_equal(asked[i].run, i % 5 + 1);
}

static void a_day_is_shared_by_those_who_asked_before_the_database_was(void **state)
{
    (void)state;
    ask(1, 9, NULL);
    size_t before = ask(1, 0, "2026-03-10"), too = ask(2, 0, "2026-03-10"), other = ask(2, 0, "2026-03-11");
    found("9");
    built();
    size_t later = ask(3, 0, "2026-03-10"), number = ask(3, 4, NULL);
    found("4");
    built();
    assert_true(asked[before].run == 4 && asked[too].run == 4 && asked[number].run == 4);
    assert_true(!asked[other].answered && !asked[later].answered);
    found("4"); /* the other day's is the same, and in memory */
    assert_int_equal(asked[other].run, 4);
    found("5"); /* meanwhile another was published */
    built();
    assert_int_equal(asked[later].run, 5);
    assert_int_equal(n_loads, 3);
}

static void a_flood_of_one_client_leaves_another_its_turn(void **state)
{
    struct gate_counts counts;
    (void)state;
    for (int run = 1; run <= MOST; run++)
        ask(1, run, NULL); /* half of the queue, besides the one under way; the rest is refused */
    assert_int_equal(asked[MOST / 2].code, ERR_OK);
    assert_int_equal(asked[MOST / 2 + 1].code, ERR_BUSY);
    gate_counts(d.reads, &counts);
    assert_int_equal(counts.waiting, MOST / 2);
    n_asked = MOST - 1;
    asked[n_asked] = (struct asked){0};
    size_t bystander = ask(2, 99, NULL);
    for (int i = 0; i < 3; i++) {
        found(questions[n_questions - 1].run);
        built();
    }
    assert_int_equal(asked[bystander].run, 99);
    assert_false(asked[3].answered);
    while (n_loads < MOST / 2 + 2) {
        found(questions[n_questions - 1].run);
        built();
    }
}

static void nothing_is_looked_for_when_all_has_gone(void **state)
{
    (void)state;
    size_t first = ask(1, 1, NULL), second = ask(1, 2, NULL), third = ask(2, 0, "2026-03-10");
    found("1");
    asked[first].forgotten = asked[second].forgotten = asked[third].forgotten = true;
    d.refresh = NULL; /* a thread still builds */
    d.pg = NULL;
    built();
    assert_true(asked[first].answered);
    assert_int_equal(asked[second].code, ERR_CANCELLED);
    assert_int_equal(asked[third].code, ERR_CANCELLED);
    assert_int_equal(n_questions, 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(those_that_wait_for_a_run_share_its_load),
        TEST(a_day_is_shared_by_those_who_asked_before_the_database_was),
        TEST(a_flood_of_one_client_leaves_another_its_turn),
        TEST(nothing_is_looked_for_when_all_has_gone),
    };
    return cmocka_run_group_tests_name("past", tests, NULL, NULL);
}
