/* explain_match: the fit that a run would find, networks with room only, and a sentence why. */
#include "core/snapshot/explain_match.h"
#include "explain_world.h"

/* Networks 11: c and d, 12: e, 13: full; 6 and 7 are in none. */
static const struct member members[] = {
    SEVERAL("c5d2", 0),
    SEVERAL("c4d2a1", 0),
    SEVERAL("c3f1", 0),
    SEVERAL("e3", 1),
    SEVERAL("e4a2", 1),
    SEVERAL("c5d2", 2),
    SEVERAL("c4d3", POPULATION_NONE),
    SEVERAL("", POPULATION_NONE),
    SEVERAL("c5d1", 2),
    SEVERAL("c5d3", 2),
    SEVERAL("c2d3", 2),
};
enum { MEMBERS = sizeof members / sizeof members[0], NETWORKS = 3 };

struct published {
    struct world w;
    struct snapshot s;
    struct snapshot_programme p;
    struct snapshot_network networks[NETWORKS];
    struct snapshot_place places[MEMBERS];
    uint32_t list[NETWORKS][MEMBERS];
};

static void publish(struct published *x, double geography)
{
    memset(x, 0, sizeof *x);
    if (geography > 0)
        make(&x->w, catalogue, sizeof catalogue / sizeof catalogue[0], members, MEMBERS, NETWORKS, geography);
    else
        MAKE(&x->w, members, NETWORKS);
    for (uint32_t i = 0; i < MEMBERS; i++) {
        uint32_t network = members[i].network;
        x->places[i].network = network;
        x->places[i].state = network == POPULATION_NONE ? PLACE_NEW : PLACE_MEMBER;
        if (network != POPULATION_NONE)
            x->list[network][x->networks[network].size++] = i;
    }
    for (uint32_t k = 0; k < NETWORKS; k++) {
        x->networks[k].number = 11 + k;
        x->networks[k].member = x->list[k];
    }
    x->s.population = x->w.population;
    x->p = (struct snapshot_programme){.settings = x->w.settings,
                                       .profiles = x->w.profiles,
                                       .n_challenges = x->w.population.n_challenges,
                                       .published_run = 1,
                                       .networks = x->networks,
                                       .n_networks = NETWORKS,
                                       .places = x->places};
    x->p.settings.max_size = 4;
}

static struct match_answer ask(const struct published *x, uint32_t organizer,
                               const struct match_report *reports, size_t n, size_t limit)
{
    struct err e = ERR_INIT;
    struct match_answer answer;
    struct match_query q = {organizer, reports, n, limit};
    assert_int_equal(match_networks(&x->s, &x->p, &q, &answer, &e), 0);
    return answer;
}

static double mean_similarity(const struct published *x, uint32_t organizer, uint32_t network)
{
    double sum = 0;
    uint32_t n = 0;
    for (uint32_t i = 0; i < MEMBERS; i++) {
        if (members[i].network != network || i == organizer)
            continue;
        sum += profiles_similarity(&x->p.profiles, organizer, i);
        n++;
    }
    return sum / n;
}

static void the_fit_is_the_mean_similarity_also_with_distance(void **state)
{
    (void)state;
    for (int geography = 0; geography < 2; geography++) {
        struct published x;
        publish(&x, geography);
        struct match_answer answer = ask(&x, 6, NULL, 0, 10);
        assert_int_equal(answer.n_places, 1); /* 12 has nothing in common, 13 is full */
        assert_int_equal(answer.places[0].network, 0);
        assert_int_equal(answer.places[0].room, 1);
        assert_true(fabs(answer.places[0].fit - mean_similarity(&x, 6, 0)) < 1e-12);
        assert_int_equal(answer.own_network, POPULATION_NONE);
        match_free(&answer);
        destroy(&x.w);
    }
}

static void a_members_own_network_stands_beside_and_not_among_the_places(void **state)
{
    (void)state;
    struct published x;
    publish(&x, 0);
    struct match_answer answer = ask(&x, 1, NULL, 0, 10);
    assert_int_equal(answer.own_network, 0);
    assert_true(fabs(answer.own_fit - mean_similarity(&x, 1, 0)) < 1e-12);
    assert_int_equal(answer.n_places, 1); /* a is shared with one of network 12 */
    assert_int_equal(answer.places[0].network, 1);
    assert_true(fabs(answer.places[0].fit - mean_similarity(&x, 1, 1)) < 1e-12);
    match_free(&answer);
    destroy(&x.w);
}

static void what_one_might_report_fits_as_if_it_were_reported(void **state)
{
    (void)state;
    static const struct match_report as_6[] = {{2, 4}, {3, 3}}, other_way[] = {{3, 3}, {2, 4}};
    struct published x;
    publish(&x, 0);
    struct match_answer real = ask(&x, 6, NULL, 0, 10), imagined = ask(&x, POPULATION_NONE, as_6, 2, 10),
                        again = ask(&x, POPULATION_NONE, other_way, 2, 10);
    assert_int_equal(imagined.n_places, 1);
    assert_true(fabs(real.places[0].fit - imagined.places[0].fit) < 1e-6);
    assert_true(fabs(again.places[0].fit - imagined.places[0].fit) < 1e-6);
    assert_string_equal(real.places[0].reason_en, imagined.places[0].reason_en);
    match_free(&real);
    match_free(&imagined);
    match_free(&again);
    destroy(&x.w);
}

static void the_best_come_first_and_no_more_than_asked_for(void **state)
{
    (void)state;
    static const struct match_report both[] = {{2, 2}, {4, 5}}; /* c a little, e much */
    struct published x;
    publish(&x, 0);
    x.p.settings.max_size = 12;
    struct match_answer all = ask(&x, POPULATION_NONE, both, 2, 10),
                        one = ask(&x, POPULATION_NONE, both, 2, 1);
    assert_int_equal(all.n_places, 3);
    assert_int_equal(all.places[0].network, 1);
    assert_true(all.places[0].fit >= all.places[1].fit && all.places[1].fit >= all.places[2].fit);
    assert_int_equal(one.n_places, 1);
    assert_int_equal(one.places[0].network, 1);
    match_free(&all);
    match_free(&one);
    destroy(&x.w);
}

static void the_sentence_says_what_is_shared_with_how_many(void **state)
{
    (void)state;
    struct published x;
    publish(&x, 0);
    struct match_answer answer = ask(&x, 6, NULL, 0, 10);
    assert_int_equal(answer.places[0].n_shared, 2);
    assert_int_equal(answer.places[0].shared[0].challenge, 2);
    assert_int_equal(answer.places[0].shared[0].members, 3);
    assert_int_equal(answer.places[0].shared[1].members, 2);
    assert_string_equal(
        answer.places[0].reason_sv,
        "Delar låga resultat: fysik med alla tre medlemmar och kemi med två. Plats för en till.");
    assert_string_equal(answer.places[0].reason_en,
                        "Shares low results: physics with all three members and chemistry with two. Room for "
                        "one more.");
    match_free(&answer);
    destroy(&x.w);
}

static void no_answer_comes_without_its_reason(void **state)
{
    (void)state;
    static const struct match_report truancy[] = {{7, 5}};
    struct published x;
    publish(&x, 0);
    struct match_answer silent = ask(&x, 7, NULL, 0, 10), alone = ask(&x, POPULATION_NONE, truancy, 1, 10);
    assert_int_equal(silent.n_places + alone.n_places, 0);
    assert_string_equal(silent.reason_en,
                        "Nothing that counts is reported, so no network can be said to fit.");
    assert_string_equal(alone.reason_en, "Nobody in any network with room reports anything like it.");
    x.p.settings.max_size = 2;
    struct match_answer full = ask(&x, 6, NULL, 0, 10);
    assert_string_equal(full.reason_en, "No network has room.");
    x.p.published_run = 0;
    x.p.n_networks = 0;
    struct match_answer none = ask(&x, 6, NULL, 0, 10);
    assert_string_equal(none.reason_sv, "Inga nätverk är publicerade ännu.");
    match_free(&silent);
    match_free(&alone);
    match_free(&full);
    match_free(&none);
    destroy(&x.w);
}

static void newcomers_are_those_who_report_only_now(void **state)
{
    (void)state;
    struct published x;
    publish(&x, 0);
    assert_true(match_is_newcomer(&x.p, 6));
    assert_false(match_is_newcomer(&x.p, 7)); /* reports nothing */
    assert_false(match_is_newcomer(&x.p, 0)); /* a member */
    x.places[6].state = PLACE_UNMATCHED;
    x.places[6].unmatched = UNMATCHED_NOTHING_REPORTED;
    assert_true(match_is_newcomer(&x.p, 6));
    x.places[6].unmatched = UNMATCHED_OVER_CAPACITY;
    assert_false(match_is_newcomer(&x.p, 6)); /* left out on purpose */
    destroy(&x.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fit_is_the_mean_similarity_also_with_distance),
        cmocka_unit_test(a_members_own_network_stands_beside_and_not_among_the_places),
        cmocka_unit_test(what_one_might_report_fits_as_if_it_were_reported),
        cmocka_unit_test(the_best_come_first_and_no_more_than_asked_for),
        cmocka_unit_test(the_sentence_says_what_is_shared_with_how_many),
        cmocka_unit_test(no_answer_comes_without_its_reason),
        cmocka_unit_test(newcomers_are_those_who_report_only_now),
    };
    return cmocka_run_group_tests_name("match", tests, NULL, NULL);
}
