/* snapshot: built from rows in the order of the database, then asked as handlers ask it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/snapshot/fold.h"
#include "core/snapshot/snapshot_builder.h"

#define TODAY 20000

static const struct {
    const char *id, *name, *municipality;
} people[] = {
    {"2120000019", "Upplands Väsby kommun", "0114"}, {"2120000106", "Upplands-Bro kommun", "0139"},
    {"2120001561", "Borås kommun", "1490"},          {"5592935042", "AB Borås Kristna Skola", "1490"},
    {"5560000001", "Skolan i Västerborås AB", ""},   {"5560000002", "Éducation Française AB", "0180"},
    {"5560000003", "Väsby Friskola AB", "0114"},
};
enum { PEOPLE = sizeof people / sizeof people[0] };

static void assert_ok(int code, const struct err *e)
{
    if (code != 0)
        fail_msg("%s", e->text);
}

static struct snapshot_builder *begun(struct err *e)
{
    struct snapshot_builder *b;
    assert_ok(snapshot_builder_new(TODAY, &b, e), e);
    return b;
}

static void add_people(struct snapshot_builder *b, struct err *e)
{
    struct population *p = snapshot_builder_population(b);
    for (size_t i = 0; i < PEOPLE; i++) {
        struct organizer o = {.id = people[i].id,
                              .name = people[i].name,
                              .municipality = people[i].municipality,
                              .county = "",
                              .attributes = "{}",
                              .pupils = -1,
                              .kind = i < 3 ? KIND_MUNICIPAL : KIND_INDEPENDENT};
        assert_ok(population_add_organizer(p, &o, e), e);
    }
    static const char *const codes[] = {"math", "reading", "arts"};
    for (size_t i = 0; i < 3; i++)
        assert_ok(population_add_challenge(p, codes[i], i == 2 ? "arts" : "core", codes[i], codes[i], e), e);
    assert_ok(population_index(p, e), e);
}

static void add_reports(struct snapshot_builder *b, struct err *e)
{
    struct population *p = snapshot_builder_population(b);
    static const struct {
        const char *organizer, *challenge;
        int severity;
    } reports[] = {{"2120000019", "math", 5},    {"2120000019", "reading", 3}, {"2120000106", "math", 5},
                   {"2120000106", "reading", 2}, {"2120001561", "arts", 4},    {"5592935042", "math", 1}};
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++)
        assert_ok(population_add_report(p, reports[i].organizer, reports[i].challenge, reports[i].severity,
                                        TODAY - 30, e),
                  e);
}

static void add_programme(struct snapshot_builder *b, const char *name, uint64_t published,
                          const char *settings)
{
    struct err e = ERR_INIT;
    struct snapshot_programme_row row = {.name = name,
                                         .title_sv = "Titel",
                                         .title_en = "Title",
                                         .settings = settings,
                                         .published_run = published,
                                         .published_at = "2026-03-14T06:00:00Z",
                                         .runs_total = 5};
    assert_ok(snapshot_add_programme(b, &row, &e), &e);
}

static void add_run(struct snapshot_builder *b, const char *programme, uint64_t run, uint64_t base)
{
    struct err e = ERR_INIT;
    struct snapshot_run row = {.run = run,
                               .base_run = base,
                               .inputs_digest = "d",
                               .settings = "{}",
                               .versions = "{}",
                               .figures = "{\"mean_fit\":0.5}",
                               .as_of = "2026-03-14",
                               .started_at = "2026-03-14T05:59:00Z",
                               .finished_at = "2026-03-14T06:00:00Z"};
    assert_ok(snapshot_add_run(b, programme, &row, &e), &e);
}

static void add_network(struct snapshot_builder *b, const char *programme, uint32_t number)
{
    struct err e = ERR_INIT;
    struct snapshot_network_row row = {.programme = programme,
                                       .number = number,
                                       .cohesion = 0.5F,
                                       .label_sv = "Matematik",
                                       .label_en = "Mathematics",
                                       .reason_sv = "Därför",
                                       .reason_en = "Because",
                                       .shared = "[{\"challenge\":\"math\",\"share\":1,\"lift\":1.5},"
                                                 "{\"challenge\":\"gone\",\"share\":0.5,\"lift\":2},"
                                                 "{\"challenge\":\"reading\",\"share\":0.25,\"lift\":3}]"};
    assert_ok(snapshot_add_network(b, &row, &e), &e);
}

static int add_member(struct snapshot_builder *b, const char *organizer, uint32_t network, float fit,
                      uint32_t next, struct err *e)
{
    struct snapshot_member_row row = {.programme = "default",
                                      .organizer = organizer,
                                      .network = network,
                                      .fit = fit,
                                      .shared = "math" SNAPSHOT_BETWEEN "gone" SNAPSHOT_BETWEEN "reading",
                                      .next_network = next,
                                      .next_fit = 0.1F,
                                      .reason_sv = "Därför",
                                      .reason_en = "Because"};
    return snapshot_add_member(b, &row, e);
}

static struct snapshot *finished(struct snapshot_builder *b, struct err *e)
{
    struct snapshot *s = NULL;
    assert_ok(snapshot_build(b, &s, e), e);
    snapshot_builder_free(b);
    return s;
}

/* Two programmes, the second named first and without networks; runs 3, 7 and 9 of the first, 7 published. */
static struct snapshot *example(void)
{
    struct err e = ERR_INIT;
    struct snapshot_builder *b = begun(&e);
    snapshot_builder_versions(b, 12, 7);
    add_programme(b, "zebra", 0, "{}");
    add_programme(b, "default", 7, "{\"min_size\": 2}");
    add_people(b, &e);
    add_reports(b, &e);
    add_run(b, "default", 3, 0);
    add_run(b, "default", 9, 7);
    add_run(b, "default", 7, 3);
    add_run(b, "zebra", 8, 0);
    add_run(b, "nobody", 10, 0);
    add_network(b, "default", 20);
    add_network(b, "default", 4);
    assert_ok(add_member(b, "2120000019", 4, 0.4F, 20, &e), &e);
    assert_ok(add_member(b, "2120000106", 4, 0.8F, 0, &e), &e);
    assert_ok(add_member(b, "2120001561", 20, 0.6F, 99, &e), &e);
    assert_ok(add_member(b, "not here any more", 20, 0.6F, 0, &e), &e);
    struct snapshot_unmatched_row row = {.programme = "default",
                                         .organizer = "5592935042",
                                         .reason = "nothing_reported",
                                         .reason_sv = "Inget",
                                         .reason_en = "Nothing"};
    assert_ok(snapshot_add_unmatched(b, &row, &e), &e);
    return finished(b, &e);
}

static uint32_t index_of(const struct snapshot *s, const char *id)
{
    uint32_t index = snapshot_find_organizer(s, id, strlen(id));
    assert_int_not_equal(index, POPULATION_NONE);
    return index;
}

static const struct snapshot_programme *programme(const struct snapshot *s, const char *name)
{
    return snapshot_find_programme(s, name, strlen(name));
}

static void members_are_listed_by_network_best_fit_first(void **state)
{
    (void)state;
    struct snapshot *s = example();
    const struct snapshot_programme *p = programme(s, "default");
    assert_int_equal(p->n_networks, 2);
    assert_int_equal(p->networks[0].number, 4); /* by number, however they came */
    const struct snapshot_network *n = snapshot_find_network(p, 4);
    assert_int_equal(n->size, 2);
    assert_int_equal(n->member[0], index_of(s, "2120000106"));
    assert_int_equal(n->member[1], index_of(s, "2120000019"));
    assert_int_equal(snapshot_find_network(p, 20)->size, 1);
    assert_null(snapshot_find_network(p, 5));
    assert_null(snapshot_find_network(p, 0));
    assert_null(snapshot_find_network(p, UINT64_MAX));
    assert_true(p->mean_fit > 0.599 && p->mean_fit < 0.601);
    snapshot_free(s);
}

static void places_say_where_everybody_is_and_why(void **state)
{
    (void)state;
    struct snapshot *s = example();
    const struct snapshot_programme *p = programme(s, "default");
    const struct snapshot_place *member = &p->places[index_of(s, "2120000019")];
    assert_int_equal(member->state, PLACE_MEMBER);
    assert_int_equal(p->networks[member->network].number, 4);
    assert_int_equal(p->networks[member->next_network].number, 20);
    assert_string_equal(member->texts->reason_sv, "Därför");
    const struct snapshot_place *unmatched = &p->places[index_of(s, "5592935042")];
    assert_int_equal(unmatched->state, PLACE_UNMATCHED);
    assert_int_equal(unmatched->unmatched, UNMATCHED_NOTHING_REPORTED);
    assert_string_equal(unmatched->texts->reason_en, "Nothing");
    assert_int_equal(p->n_unmatched, 1);
    const struct snapshot_place *newcomer = &p->places[index_of(s, "5560000003")];
    assert_int_equal(newcomer->state, PLACE_NEW);
    assert_int_equal(newcomer->network, POPULATION_NONE);
    assert_true(strlen(newcomer->texts->reason_sv) > 10 && strlen(newcomer->texts->reason_en) > 10);
    const struct snapshot_programme *none = programme(s, "zebra");
    assert_int_equal(none->places[0].state, PLACE_UNPUBLISHED);
    assert_int_equal(none->n_networks, 0);
    assert_string_equal(none->published_at, "");
    snapshot_free(s);
}

static void what_is_gone_from_the_population_is_left_out(void **state)
{
    (void)state;
    struct snapshot *s = example();
    const struct snapshot_programme *p = programme(s, "default");
    const struct snapshot_network *n = snapshot_find_network(p, 4);
    assert_int_equal(n->n_shared, 2);
    assert_string_equal(s->population.challenges[n->shared[0].challenge].code, "math");
    assert_string_equal(s->population.challenges[n->shared[1].challenge].code, "reading");
    assert_true(n->shared[1].lift > 2.9F);
    const struct snapshot_place *place = &p->places[index_of(s, "2120001561")];
    assert_int_equal(place->n_shared, 2);
    assert_int_equal(place->next_network, POPULATION_NONE); /* network 99 does not exist */
    assert_int_equal(snapshot_find_organizer(s, "not here any more", 17), POPULATION_NONE);
    assert_int_equal(snapshot_find_organizer(s, "", 0), POPULATION_NONE);
    assert_null(snapshot_find_programme(s, "defaul", 6));
    assert_null(snapshot_find_programme(s, "default2", 8));
    snapshot_free(s);
}

static void runs_are_newest_first_with_their_states(void **state)
{
    (void)state;
    struct snapshot *s = example();
    const struct snapshot_programme *p = programme(s, "default");
    assert_int_equal(p->n_runs, 3);
    assert_int_equal(p->runs_total, 5);
    assert_int_equal(p->runs[0]->run, 9);
    assert_int_equal(p->runs[2]->run, 3);
    assert_int_equal(snapshot_run_state(s, snapshot_find_run(s, 9)), RUN_PROPOSAL);
    assert_int_equal(snapshot_run_state(s, snapshot_find_run(s, 7)), RUN_PUBLISHED);
    assert_int_equal(snapshot_run_state(s, snapshot_find_run(s, 3)), RUN_STALE);
    assert_int_equal(snapshot_run_state(s, snapshot_find_run(s, 8)), RUN_PROPOSAL);
    assert_null(snapshot_find_run(s, 10)); /* of a programme that is not there */
    assert_null(snapshot_find_run(s, 0));
    assert_string_equal(s->programmes[snapshot_find_run(s, 8)->programme].name, "zebra");
    assert_int_equal(s->inputs_version, 12);
    assert_int_equal(s->results_version, 7);
    snapshot_free(s);
}

static void assert_found(const struct snapshot *s, const char *text, size_t total, const char *const *ids,
                         size_t n)
{
    uint32_t out[4] = {0};
    size_t all, found = snapshot_search(s, text, strlen(text), out, 4, &all);
    if (all != total)
        fail_msg("\"%s\" was found %zu times, not %zu", text, all, total);
    assert_int_equal(found, total < 4 ? total : 4);
    for (size_t i = 0; i < n; i++)
        if (strcmp(s->population.organizers[out[i]].id, ids[i]) != 0)
            fail_msg("\"%s\": %s came as number %zu", text, s->population.organizers[out[i]].name, i + 1);
}

#define FOUND(s, text, total, ...)                                   \
    assert_found(s, text, total, (const char *const[]){__VA_ARGS__}, \
                 sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

static void search_finds_without_case_and_accents_best_first(void **state)
{
    (void)state;
    struct snapshot *s = example();
    FOUND(s, "boras", 3, "2120001561", "5592935042", "5560000001");
    FOUND(s, "BORÅS", 3, "2120001561");
    FOUND(s, "bora\xcc\x8as", 3, "2120001561"); /* a and a combining ring */
    FOUND(s, "  borås   kommun ", 1, "2120001561");
    FOUND(s, "kommun borås", 1, "2120001561");
    FOUND(s, "upplands bro", 1, "2120000106");
    FOUND(s, "väsby", 2, "5560000003", "2120000019"); /* a name that begins with it goes first */
    FOUND(s, "educ", 1, "5560000002");
    FOUND(s, "française", 1, "5560000002");
    FOUND(s, "1490", 2, "5592935042");
    FOUND(s, "2120000019", 1, "2120000019");
    FOUND(s, "212000-0019", 1, "2120000019");
    FOUND(s, "21200", 3, "2120001561");
    FOUND(s, "ab", 4, "5592935042");
    FOUND(s, "skola boras", 2, "5592935042", "5560000001");
    snapshot_free(s);
}

static void search_refuses_nothing_and_finds_nothing(void **state)
{
    (void)state;
    struct snapshot *s = example();
    uint32_t out[2];
    size_t total;
    static const char *const odd[] = {"",          " ",        "---",  "\n", "zzz",
                                      "boras zzz", "\xff\xfe", "\xc3", "%",  "\\"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        assert_int_equal(snapshot_search(s, odd[i], strlen(odd[i]), out, 2, &total), 0);
        assert_int_equal(total, 0);
    }
    char *huge = malloc(100000);
    memset(huge, 'x', 100000);
    assert_int_equal(snapshot_search(s, huge, 100000, out, 2, &total), 0);
    free(huge);
    assert_int_equal(snapshot_search(s, "kommun", 6, out, 2, &total), 2);
    assert_int_equal(total, 3);
    assert_int_equal(snapshot_search(s, "kommun", 6, NULL, 0, &total), 0);
    assert_int_equal(total, 3);
    snapshot_free(s);
}

static void similar_organizers_come_with_what_binds_them(void **state)
{
    (void)state;
    struct snapshot *s = example();
    const struct snapshot_programme *p = programme(s, "default");
    struct neighbour near[3];
    uint32_t a = index_of(s, "2120000019"), b = index_of(s, "2120000106"), shared[4];
    assert_int_equal(p->settings.min_size, 2);
    assert_int_equal(snapshot_similar(p, a, 3, near), 2);
    assert_int_equal(near[0].row, b);
    assert_true(near[0].similarity > near[1].similarity);
    assert_int_equal(snapshot_shared(p, a, b, shared, 4), 2);
    assert_string_equal(s->population.challenges[shared[0]].code, "math");
    assert_string_equal(s->population.challenges[shared[1]].code, "reading");
    assert_int_equal(snapshot_shared(p, a, b, shared, 1), 1);
    assert_int_equal(snapshot_shared(p, a, b, shared, 0), 0);
    assert_int_equal(snapshot_shared(p, a, index_of(s, "2120001561"), shared, 4), 0);
    assert_int_equal(snapshot_shared(p, a, PEOPLE, shared, 4), 0);
    assert_int_equal(snapshot_similar(p, PEOPLE, 3, near), 0);
    assert_int_equal(snapshot_similar(p, index_of(s, "5560000003"), 3, near), 0);
    snapshot_free(s);
}

static void settings_that_cannot_be_used_are_told_and_replaced(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct snapshot_builder *b = begun(&e);
    add_programme(b, "default", 0, "{\"min_size\": 1}");
    add_people(b, &e);
    struct snapshot *s = finished(b, &e);
    struct settings defaults;
    settings_default(&defaults);
    assert_non_null(strstr(s->programmes[0].settings_fault, "min_size"));
    assert_int_equal(s->programmes[0].settings.min_size, defaults.min_size);
    snapshot_free(s);
}

static void empty_database_gives_an_empty_snapshot(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct snapshot_builder *b = begun(&e);
    assert_ok(population_index(snapshot_builder_population(b), &e), &e);
    struct snapshot *s = finished(b, &e);
    uint32_t out[1];
    size_t total;
    assert_int_equal(snapshot_search(s, "a", 1, out, 1, &total), 0);
    assert_null(snapshot_find_programme(s, "default", 7));
    assert_null(snapshot_find_run(s, 1));
    snapshot_free(s);
}

/* By a thread of its own; the sanitizers say whether all of it is given back, and once. */
static void a_large_one_goes_as_a_small_one_does(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct snapshot_builder *b = begun(&e);
    for (int i = 0; i < 20001; i++) {
        char id[16];
        snprintf(id, sizeof id, "%06d", i);
        struct organizer o = {.id = id, .name = id, .municipality = "", .county = "", .pupils = -1};
        assert_ok(population_add_organizer(snapshot_builder_population(b), &o, &e), &e);
    }
    assert_ok(population_index(snapshot_builder_population(b), &e), &e);
    struct snapshot *s = finished(b, &e);
    struct snapshot *held = snapshot_hold(s);
    snapshot_free(s);
    assert_int_equal(held->population.n_organizers, 20001);
    assert_in_range(snapshot_bytes(held), 20001 * 100, 20001 * 400); /* no programme: id, name, keys */
    snapshot_free(held);
}

static void rows_that_contradict_each_other_are_refused(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct snapshot_builder *b = begun(&e);
    struct snapshot_programme_row row = {"default", "a", "b", "{}", 7, "2026", 0, "{}", 1, false, 0};
    add_programme(b, "default", 7, "{}");
    assert_int_equal(snapshot_add_programme(b, &row, &e), ERR_INVALID);
    add_people(b, &e);
    add_network(b, "default", 4);
    struct snapshot_network_row again = {.programme = "default", .number = 4, .shared = "[]"};
    assert_int_equal(snapshot_add_network(b, &again, &e), ERR_INVALID);
    assert_int_equal(add_member(b, "2120000019", 5, 1, 0, &e), ERR_INVALID);
    assert_non_null(strstr(e.text, "network 5"));
    snapshot_builder_free(b);
}

static void assert_folds(const char *text, const char *wanted)
{
    char out[256];
    size_t length = fold_text(text, strlen(text), out);
    assert_string_equal(out, wanted);
    assert_int_equal(length, strlen(wanted));
}

static void folding_keeps_what_it_does_not_know(void **state)
{
    (void)state;
    assert_folds("ÅÄÖåäöÉüß Ærø Łódź", "aaoaaoeuss aero lodz");
    assert_folds("  A \t\n B--C \xc2\xa0 ", "a b c");
    assert_folds("Ελλάδα \xff\xc3", "Ελλάδα \xff\xc3");
    assert_folds("e\xcc\x81", "e");
    assert_folds("", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_listed_by_network_best_fit_first),
        cmocka_unit_test(places_say_where_everybody_is_and_why),
        cmocka_unit_test(what_is_gone_from_the_population_is_left_out),
        cmocka_unit_test(runs_are_newest_first_with_their_states),
        cmocka_unit_test(search_finds_without_case_and_accents_best_first),
        cmocka_unit_test(search_refuses_nothing_and_finds_nothing),
        cmocka_unit_test(similar_organizers_come_with_what_binds_them),
        cmocka_unit_test(settings_that_cannot_be_used_are_told_and_replaced),
        cmocka_unit_test(a_large_one_goes_as_a_small_one_does),
        cmocka_unit_test(empty_database_gives_an_empty_snapshot),
        cmocka_unit_test(rows_that_contradict_each_other_are_refused),
        cmocka_unit_test(folding_keeps_what_it_does_not_know),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
