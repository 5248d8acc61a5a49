/* insight_coverage and insight_quality on a snapshot made by hand. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "core/insight/insight_coverage.h"
#include "core/insight/insight_quality.h"
#include "core/snapshot/snapshot_builder.h"

#define OK(call) assert_int_equal(call, 0)

/* So many of a kind, what they report, and where they are. */
struct batch {
    uint32_t n;
    enum organizer_kind kind;
    int32_t day;        /* of their report; 0 = they never reported */
    uint32_t network;   /* members of networks of eight, from this number on; 0 = none */
    const char *reason; /* left out; NULL: not */
};

static struct snapshot *s;
static const struct snapshot_programme *p;
static struct snapshot_builder *b;
static struct insight_coverage x;
static struct insight_quality q;

static void add_people(const struct batch *batches, size_t n)
{
    struct err e = ERR_INIT;
    struct population *population = snapshot_builder_population(b);
    char id[16];
    uint32_t first = 0;
    for (size_t k = 0; k < n; first += batches[k++].n) {
        for (uint32_t i = 0; i < batches[k].n; i++) {
            struct organizer o = {.id = id,
                                  .name = "x",
                                  .municipality = "",
                                  .county = i % 2 == 0 ? "01" : "12",
                                  .attributes = "{}",
                                  .lat = NAN,
                                  .lon = NAN,
                                  .pupils = 100,
                                  .kind = batches[k].kind};
            snprintf(id, sizeof id, "%05u", first + i);
            OK(population_add_organizer(population, &o, &e));
        }
    }
    OK(population_add_challenge(population, "a", "x", "A", "A", &e));
    OK(population_add_challenge(population, "b", "x", "B", "B", &e));
    OK(population_index(population, &e));
    first = 0;
    for (size_t k = 0; k < n; first += batches[k++].n) {
        for (uint32_t i = 0; i < batches[k].n && batches[k].day != 0; i++) {
            snprintf(id, sizeof id, "%05u", first + i);
            OK(population_add_report(population, id, i / 8 % 2 == 0 ? "a" : "b", 3, batches[k].day, &e));
        }
    }
}

static void place_people(const struct batch *batches, size_t n)
{
    struct err e = ERR_INIT;
    char id[16];
    uint32_t first = 0;
    for (size_t k = 0; k < n; first += batches[k++].n) {
        for (uint32_t i = 0; i < batches[k].n; i++) {
            uint32_t network = batches[k].network + i / 8;
            struct snapshot_network_row row = {.programme = "default",
                                               .number = network,
                                               .label_sv = "",
                                               .label_en = "",
                                               .reason_sv = "",
                                               .reason_en = "",
                                               .shared = "[]"};
            struct snapshot_member_row member = {.programme = "default",
                                                 .organizer = id,
                                                 .network = network,
                                                 .fit = (float)i / 100,
                                                 .shared = "",
                                                 .reason_sv = "",
                                                 .reason_en = ""};
            struct snapshot_unmatched_row out = {.programme = "default",
                                                 .organizer = id,
                                                 .reason = batches[k].reason,
                                                 .reason_sv = "",
                                                 .reason_en = "",
                                                 .last_report = ""};
            snprintf(id, sizeof id, "%05u", first + i);
            if (batches[k].network != 0 && i % 8 == 0)
                OK(snapshot_add_network(b, &row, &e));
            if (batches[k].network != 0)
                OK(snapshot_add_member(b, &member, &e));
            else if (batches[k].reason != NULL)
                OK(snapshot_add_unmatched(b, &out, &e));
        }
    }
}

static void run(uint64_t number, const char *figures)
{
    struct err e = ERR_INIT;
    struct snapshot_run row = {.run = number,
                               .inputs_digest = "",
                               .settings = "{}",
                               .versions = "{}",
                               .figures = figures,
                               .as_of = "2026-03-14",
                               .started_at = "",
                               .finished_at = "",
                               .changed = "",
                               .rejected = ""};
    OK(snapshot_add_run(b, "default", &row, &e));
}

static void open_world(const struct batch *batches, size_t n, const char *settings)
{
    struct err e = ERR_INIT;
    struct snapshot_programme_row programme = {.name = "default",
                                               .title_sv = "Alla",
                                               .title_en = "All",
                                               .settings = settings,
                                               .published_run = 7,
                                               .published_at = "2026-03-14T06:00:01Z",
                                               .runs_total = 3};
    OK(snapshot_builder_new(20600, &b, &e));
    OK(snapshot_add_programme(b, &programme, &e));
    add_people(batches, n);
    place_people(batches, n);
}

static void build_world(void)
{
    struct err e = ERR_INIT;
    if (snapshot_build(b, &s, &e))
        fail_msg("%s", e.text);
    p = &s->programmes[0];
    assert_string_equal(p->settings_fault, "");
}

static int end(void **state)
{
    (void)state;
    insight_coverage_free(&x);
    insight_quality_free(&q);
    snapshot_builder_free(b);
    snapshot_free(s);
    b = NULL;
    s = NULL;
    return 0;
}

static void cover(enum insight_by by)
{
    struct err e = ERR_INIT;
    insight_coverage_free(&x);
    if (insight_coverage_build(s, p, by, 5, &x, &e))
        fail_msg("%s", e.text);
}

static uint32_t place_of(enum coverage_state state)
{
    for (uint32_t k = 0; k < x.n_states; k++)
        if (x.states[k] == state)
            return k;
    fail_msg("nobody is %s", coverage_state_name(state));
    return 0;
}

/* Of all (row -1) or of a row: -1 = withheld. */
static int figure(int row, enum coverage_state state)
{
    uint32_t k = place_of(state);
    const struct coverage_figure *f = row < 0 ? &x.all[k] : &x.figures[(uint32_t)row * x.n_states + k];
    assert_true(!f->hidden || f->count == 0);
    return f->hidden ? -1 : (int)f->count;
}

static void each_is_in_one_state(void **state)
{
    static const struct batch people[] = {
        {40, KIND_MUNICIPAL, 20500, 1, NULL},
        {40, KIND_INDEPENDENT, 20500, 11, NULL},
        {16, KIND_MUNICIPAL, 0, 0, "nothing_reported"},
        {12, KIND_INDEPENDENT, 0, 0, NULL}, /* came after the run, and never reported */
        {14, KIND_MUNICIPAL, 15000, 0, "nothing_reported"},
        {10, KIND_INDEPENDENT, 15000, 0, NULL}, /* likewise, before the window */
        {12, KIND_MUNICIPAL, 20500, 0, "no_fit"},
        {16, KIND_INDEPENDENT, 20500, 0, "over_capacity"},
        {10, KIND_INDEPENDENT, 20500, 0, NULL},
    };
    (void)state;
    open_world(people, sizeof people / sizeof people[0], "{}");
    build_world();
    cover(INSIGHT_ALL);
    assert_int_equal(x.n_rows, 0);
    assert_int_equal(x.organizers.count, 170);
    assert_int_equal(x.n_states, 6); /* nobody is kept out by a rule */
    assert_int_equal(figure(-1, COVERAGE_IN_NETWORK), 80);
    assert_int_equal(figure(-1, COVERAGE_NEVER_REPORTED), 28);
    assert_int_equal(figure(-1, COVERAGE_NOTHING_COUNTS), 24);
    assert_int_equal(figure(-1, COVERAGE_NO_FIT), 12);
    assert_int_equal(figure(-1, COVERAGE_OVER_CAPACITY), 16);
    assert_int_equal(figure(-1, COVERAGE_NOT_PLACED), 10);
    assert_int_equal(x.withheld, 0);
    cover(INSIGHT_COUNTY);
    assert_int_equal(x.n_rows, 2);
    assert_string_equal(x.keys[1], "12");
    assert_int_equal(figure(0, COVERAGE_IN_NETWORK), 40);
    assert_int_equal(figure(1, COVERAGE_NO_FIT), 6);
    assert_int_equal(x.sums[0].count, 85);
    assert_int_equal(x.withheld, 0);
}

static void few_are_withheld_with_what_tells_of_them(void **state)
{
    static const struct batch people[] = {
        {40, KIND_MUNICIPAL, 20500, 1, NULL},
        {40, KIND_INDEPENDENT, 20500, 11, NULL},
        {40, KIND_REGIONAL, 20500, 21, NULL},
        {3, KIND_MUNICIPAL, 0, 0, "nothing_reported"},
        {9, KIND_INDEPENDENT, 0, 0, "nothing_reported"},
        {20, KIND_REGIONAL, 0, 0, "nothing_reported"},
    };
    (void)state;
    open_world(people, sizeof people / sizeof people[0], "{}");
    build_world();
    cover(INSIGHT_KIND);
    assert_int_equal(figure(-1, COVERAGE_NEVER_REPORTED), 32);
    assert_int_equal(figure(0, COVERAGE_NEVER_REPORTED), -1); /* 3 */
    assert_int_equal(figure(0, COVERAGE_IN_NETWORK), -1);     /* or 43 - 40 */
    assert_int_equal(figure(1, COVERAGE_NEVER_REPORTED), -1); /* or 32 - 20 - 9 */
    assert_int_equal(figure(1, COVERAGE_IN_NETWORK), -1);
    assert_int_equal(figure(2, COVERAGE_NEVER_REPORTED), 20);
    assert_int_equal(figure(2, COVERAGE_IN_NETWORK), 40);
    assert_int_equal(x.sums[0].count, 43);
    assert_int_equal(x.withheld, 4);
}

static void the_scope_decides_who_is_counted(void **state)
{
    static const struct batch people[] = {{40, KIND_MUNICIPAL, 20500, 1, NULL},
                                          {20, KIND_INDEPENDENT, 0, 0, NULL}};
    (void)state;
    open_world(people, 2, "{\"scope\": {\"kind\": \"municipal\"}}");
    build_world();
    cover(INSIGHT_SIZE);
    assert_int_equal(x.organizers.count, 40);
    assert_int_equal(x.n_rows, 1);
    assert_string_equal(x.keys[0], "100-499");
}

static void assess(uint32_t runs)
{
    struct err e = ERR_INIT;
    insight_quality_free(&q);
    if (insight_quality_build(s, p, 5, runs, &q, &e))
        fail_msg("%s", e.text);
}

#define FIGURES(matched, nothing, no_fit, base)                                \
    "{\"mean_fit\": 0.75, \"networks\": 9, \"matched\": " matched              \
    ", \"unmatched\": {\"nothing_reported\": " nothing ", \"no_fit\": " no_fit \
    ", \"over_capacity\": 0, \"constraint\": 0}, \"base\": " base "}"

static void fit_bound_and_runs(void **state)
{
    static const struct batch people[] = {{80, KIND_MUNICIPAL, 20500, 1, NULL}};
    (void)state;
    open_world(people, 1, "{}");
    run(7,
        FIGURES("80", "20", "7", "{\"run\": 6, \"stayed\": 70, \"moved\": 8, \"joined\": 2, \"left\": 9}"));
    run(6, FIGURES("87", "20", "3", "null"));
    run(5, "{}");
    build_world();
    assess(10);
    assert_true(q.published);
    assert_int_equal(q.members.count, 80);
    /* Two kinds of forty who are all alike: nobody can be more similar to its network than 1. */
    assert_true(fabs(q.bound - 1) < 1e-6);
    assert_true(fabs(q.mean_fit - 0.395) < 1e-6);
    assert_true(fabs(q.lowest_fit[0] - 0.08) < 1e-6 && fabs(q.lowest_fit[2] - 0.4) < 1e-6);
    assert_int_equal(q.n_runs, 3);
    const struct quality_run *r = &q.runs[0];
    assert_int_equal(r->organizers.count, 107);
    assert_int_equal(r->matched.count, 80);
    assert_int_equal(r->unmatched[0].count, 20);
    assert_int_equal(r->unmatched[2].count, 0); /* nobody: that is told */
    assert_true(r->joined.hidden);              /* 2 */
    assert_true(r->left.hidden);                /* or 78 + joined = 80 would tell it */
    assert_true(r->moved.hidden || r->stayed.hidden);
    assert_true(q.runs[1].unmatched[1].hidden && q.runs[1].unmatched[0].hidden); /* 3, and 110 - 87 - 3 */
    assert_false(q.runs[1].matched.hidden);
    assert_int_equal(q.runs[1].base, 0);
    assert_true(isnan(q.runs[2].mean_fit)); /* of a run whose figures are not known nothing is told */
    assert_int_equal(q.runs[2].networks, -1);
    assess(1);
    assert_int_equal(q.n_runs, 1);
}

static void nothing_published_has_no_quality(void **state)
{
    static const struct batch people[] = {{20, KIND_MUNICIPAL, 20500, 0, NULL}};
    (void)state;
    open_world(people, 1, "{}");
    build_world();
    assess(10);
    assert_true(isnan(q.mean_fit) && isnan(q.bound) && isnan(q.lowest_fit[0]));
    assert_int_equal(q.n_runs, 0);
    cover(INSIGHT_KIND);
    assert_int_equal(figure(0, COVERAGE_NOT_PLACED), 20);
}

#define TEST(function) cmocka_unit_test_teardown(function, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_is_in_one_state),
        TEST(few_are_withheld_with_what_tells_of_them),
        TEST(the_scope_decides_who_is_counted),
        TEST(fit_bound_and_runs),
        TEST(nothing_published_has_no_quality),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
