/* engine: what it makes of populations that never change is what the engine of its number made of them, on
 * every machine and in every build. So nobody changes the results of runs without raising the number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group.h"
#include "core/group/group_random.h"
#include "core/similarity/neighbour.h"

enum { FEW = 400, MOST = 3000, COLUMNS = 60, ROW = 8, TARGET = 8, THEMES = 20, NEIGHBOURS = 10 };

/* What came out of the engine of this number, as digests of the groups of all elements. */
enum { ENGINE = 3 };
static const struct {
    const char *what;
    uint64_t digest;
} known[] = {
    {"few, no search", 0xddd55a5f53ccf664u},
    {"few, a search", 0x06559d11e67d2e99u},
    {"few, by their sum", 0xa7bf10ad535afba1u},
    {"many, no search", 0xcff8d3db80461700u},
    {"many, a search", 0x16a4ad32e6581b01u},
    {"many, by their sum", 0x7d68fdf95509bb7cu},
    {"few, with rules and a past", 0x4d8e58814acd15acu},
    {"many, with rules and a past", 0x47fca22646e0c53du},
    {"few, within limits", 0xb82498d8e2537da6u},
    {"many, within limits", 0xdf5f05e4914e80eeu},
    {"neighbours", 0x03002a34b2cfa626u},
};

struct world {
    struct group_random random;
    uint32_t start[MOST + 1], column[MOST * ROW], rows[MOST], previous[MOST];
    float weight[MOST * ROW];
    uint32_t min_size[MOST], max_size[MOST];
    struct profiles profiles;
    uint32_t theme[MOST];
    double latitude[MOST], longitude[MOST];
    struct group_problem problem;
    bool changed; /* what came out */
};

/* Up to ROW columns, half of them of the row's theme; of unit length. */
static void fill_row(struct world *w, uint32_t row)
{
    uint32_t theme = group_random_below(&w->random, THEMES), at = w->start[row];
    w->theme[row] = theme;
    float square = 0;
    for (uint32_t column = 0; column < COLUMNS && at < w->start[row] + ROW; column++) {
        uint32_t odds = column % THEMES == theme ? 2 : 15;
        if (group_random_below(&w->random, odds) > 0 && column + 1 < COLUMNS)
            continue;
        w->column[at] = column;
        w->weight[at] = (float)(1 + group_random_below(&w->random, 5));
        square += w->weight[at] * w->weight[at];
        at++;
    }
    for (uint32_t k = w->start[row]; k < at; k++)
        w->weight[k] /= sqrtf(square);
    w->start[row + 1] = at;
}

static void build(struct world *w, uint32_t n, uint64_t effort)
{
    uint32_t groups = n / TARGET;
    group_random_seed(&w->random, 17);
    for (uint32_t i = 0; i < n; i++) {
        fill_row(w, i);
        w->rows[i] = i;
        w->previous[i] =
            group_random_below(&w->random, 4) == 0 ? GROUP_NONE : group_random_below(&w->random, groups);
    }
    for (uint32_t g = 0; g < groups; g++) {
        w->min_size[g] = TARGET - 3;
        w->max_size[g] = TARGET + 4;
    }
    w->profiles = (struct profiles){
        .n = n, .columns = COLUMNS, .start = w->start, .column = w->column, .weight = w->weight};
    w->problem = (struct group_problem){.n = n,
                                        .profiles = &w->profiles,
                                        .rows = w->rows,
                                        .n_groups = groups,
                                        .min_size = w->min_size,
                                        .max_size = w->max_size,
                                        .objective = OBJECTIVE_MEAN,
                                        .seed = 5,
                                        .effort = effort,
                                        .threads = 2};
}

/* FNV-1a, of numbers. */
static uint64_t digest(const uint32_t *number, size_t n, uint64_t hash)
{
    for (size_t i = 0; i < n; i++)
        for (int shift = 0; shift < 32; shift += 8)
            hash = (hash ^ ((number[i] >> shift) & 0xff)) * 0x100000001b3u;
    return hash;
}

static const uint64_t DIGEST_OF_NOTHING = 0xcbf29ce484222325u;

/* Tells what changed as it would stand above. */
static void check_digest(struct world *w, const char *what, uint64_t is)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].what, what) == 0 && known[i].digest == is)
            return;
    print_error("    {\"%s\", 0x%016llxu},\n", what, (unsigned long long)is);
    w->changed = true;
}

static void assert_unchanged(struct world *w)
{
    bool changed = w->changed;
    w->changed = false;
    if (changed)
        fail_msg(
            "results changed: if that is meant, raise GROUP_ENGINE, and renew the digests and ENGINE here");
}

static void check_groups(struct world *w, const char *what)
{
    struct group_result r;
    struct err e = ERR_INIT;
    if (group_solve(&w->problem, &r, &e) != ERR_OK)
        fail_msg("%s: %s", what, e.text);
    uint64_t is = digest(r.group, w->problem.n, DIGEST_OF_NOTHING);
    group_result_free(&r);
    check_digest(w, what, is);
}

static void digests_are_of_this_engine(void **state)
{
    (void)state;
    if (GROUP_ENGINE != ENGINE)
        fail_msg("the engine's number is %d now: renew the digests and ENGINE here", GROUP_ENGINE);
}

static void check_searches(struct world *w, const char *who, uint32_t n, uint64_t effort)
{
    char what[64];
    build(w, n, 0);
    snprintf(what, sizeof what, "%s, no search", who);
    check_groups(w, what);
    build(w, n, effort);
    snprintf(what, sizeof what, "%s, a search", who);
    check_groups(w, what);
    w->problem.objective = OBJECTIVE_SUM;
    snprintf(what, sizeof what, "%s, by their sum", who);
    check_groups(w, what);
    assert_unchanged(w);
}

static void few_are_grouped_as_ever(void **state)
{
    check_searches(*state, "few", FEW, 500000);
}

static void many_are_grouped_as_ever(void **state)
{
    check_searches(*state, "many", MOST, 100000);
}

static void rules_and_the_past_count_as_ever(void **state)
{
    static const uint32_t together[] = {3, 70, 200}, apart[] = {4, 71}, kept[] = {9};
    static const struct group_rule rules[] = {{RULE_TOGETHER, together, 3, "together"},
                                              {RULE_APART, apart, 2, "apart"},
                                              {RULE_KEEP, kept, 1, "keep"}};
    struct world *w = *state;
    for (uint32_t many = 0; many < 2; many++) {
        build(w, many ? MOST : FEW, 50000);
        w->previous[9] = 1;
        w->problem.previous = w->previous;
        w->problem.stability = 0.5;
        w->problem.rules = rules;
        w->problem.n_rules = sizeof rules / sizeof rules[0];
        check_groups(w, many ? "many, with rules and a past" : "few, with rules and a past");
    }
    assert_unchanged(w);
}

static void limits_hold_people_as_ever(void **state)
{
    struct world *w = *state;
    struct group_attribute theme = {
        .name = "theme", .value = w->theme, .n_values = THEMES, .not_alone = true, .mix = 0.1};
    struct group_limits limits = {.attributes = &theme,
                                  .n_attributes = 1,
                                  .places = {.latitude = w->latitude,
                                             .longitude = w->longitude,
                                             .pair_km = 400,
                                             .centre_km = 250,
                                             .pair_name = "far",
                                             .centre_name = "off"},
                                  .may_leave_out = true,
                                  .may_close = true};
    build(w, FEW, 20000);
    for (uint32_t i = 0; i < FEW; i++) {
        w->latitude[i] = 55 + group_random_below(&w->random, 56) / 8.0;
        w->longitude[i] = 12 + group_random_below(&w->random, 32) / 8.0;
    }
    w->problem.limits = &limits;
    check_groups(w, "few, within limits");
    build(w, MOST, 50000);
    limits.places = (struct group_places){0};
    w->problem.limits = &limits;
    check_groups(w, "many, within limits");
    assert_unchanged(w);
}

static void neighbours_are_found_as_ever(void **state)
{
    struct world *w = *state;
    struct neighbour_graph graph;
    build(w, MOST, 0);
    assert_int_equal(neighbour_graph_build(&w->profiles, NEIGHBOURS, 0, 2, &graph, NULL), ERR_OK);
    uint64_t is = DIGEST_OF_NOTHING;
    for (uint32_t i = 0; i < graph.n; i++)
        is = digest(graph.row + graph.start[i], graph.start[i + 1] - graph.start[i], is);
    neighbour_graph_free(&graph);
    check_digest(w, "neighbours", is);
    assert_unchanged(w);
}

static int setup(void **state)
{
    *state = calloc(1, sizeof(struct world));
    return *state == NULL;
}

static int teardown(void **state)
{
    free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_of_this_engine), cmocka_unit_test(few_are_grouped_as_ever),
        cmocka_unit_test(many_are_grouped_as_ever),   cmocka_unit_test(rules_and_the_past_count_as_ever),
        cmocka_unit_test(limits_hold_people_as_ever), cmocka_unit_test(neighbours_are_found_as_ever),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
