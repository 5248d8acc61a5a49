/* explain_pair: what two organizers share and what keeps them apart, in numbers that add up and in sentences.
 */
#include "core/explain/explain_pair.h"
#include "explain_world.h"

static const struct member members[] = {
    SEVERAL("c5d2f3", 0), SEVERAL("c4d2a1", 0), SEVERAL("e3", 1), SEVERAL("", 1), SEVERAL("a3", 1),
};

static struct pair_explanation explained(struct world *w, uint32_t first, uint32_t second, double geography)
{
    struct err e = ERR_INIT;
    struct pair_explanation x;
    if (geography > 0)
        make(w, catalogue, sizeof catalogue / sizeof catalogue[0], members, 5, 2, geography);
    else
        MAKE(w, members, 2);
    assert_int_equal(pair_explain(&w->population, &w->profiles, &w->settings, 0, first, second, &x, &e), 0);
    return x;
}

static void what_both_report_comes_heaviest_first_with_its_share(void **state)
{
    (void)state;
    struct world w;
    struct pair_explanation x = explained(&w, 0, 1, 0);
    double shares = 0;
    assert_int_equal(x.n_shared, 2);
    assert_int_equal(x.shared[0].challenge, 2); /* c: severities 5 and 4 */
    assert_int_equal(x.shared[0].severity[0], 5);
    assert_int_equal(x.shared[0].severity[1], 4);
    for (uint32_t i = 0; i < x.n_shared; i++)
        shares += x.shared[i].share;
    for (uint32_t i = 0; i < x.n_categories; i++)
        shares += x.categories[i].share;
    assert_true(x.n_categories > 0 && fabs(shares - 1) < 1e-6);
    assert_true(fabs(x.similarity - profiles_similarity(&w.profiles, 0, 1)) < 1e-12);
    pair_free(&x);
    destroy(&w);
}

static void what_one_alone_reports_keeps_its_severity(void **state)
{
    (void)state;
    struct world w;
    struct pair_explanation x = explained(&w, 0, 1, 0);
    assert_int_equal(x.n_only[0], 1);
    assert_int_equal(x.only[0][0].challenge, 5);
    assert_int_equal(x.only[0][0].severity[0], 3);
    assert_int_equal(x.only[0][0].severity[1], 0);
    assert_true(x.only[0][0].weight[0] > 0 && x.only[0][0].weight[1] == 0);
    assert_int_equal(x.n_only[1], 1);
    assert_int_equal(x.only[1][0].challenge, 0);
    pair_free(&x);
    destroy(&w);
}

static void the_order_of_the_two_changes_sides_only(void **state)
{
    (void)state;
    struct world w, v;
    struct pair_explanation x = explained(&w, 0, 1, 0), y = explained(&v, 1, 0, 0);
    assert_true(x.similarity == y.similarity);
    assert_int_equal(x.n_shared, y.n_shared);
    for (uint32_t i = 0; i < x.n_shared; i++) {
        assert_int_equal(x.shared[i].challenge, y.shared[i].challenge);
        assert_true(x.shared[i].weight[0] == y.shared[i].weight[1]);
    }
    assert_int_equal(x.n_only[0], y.n_only[1]);
    pair_free(&x);
    pair_free(&y);
    destroy(&w);
    destroy(&v);
}

static void the_sentences_name_parts_and_sides(void **state)
{
    (void)state;
    struct world w;
    struct pair_explanation x = explained(&w, 0, 1, 0);
    char expected[512];
    snprintf(
        expected, sizeof expected,
        "Both report low results: physics and chemistry: %ld per cent of the similarity, which is %ld per "
        "cent. Ort 0 alone reports few qualified teachers. Ort 1 alone reports low results: visual arts.",
        lround(100 * (x.shared[0].share + x.shared[1].share)), lround(100 * x.similarity));
    assert_string_equal(x.reason_en, expected);
    assert_non_null(strstr(x.reason_sv, "Båda rapporterar låga resultat: fysik och kemi: "));
    assert_non_null(strstr(x.reason_sv, " Ort 0 rapporterar för sig få behöriga lärare."));
    pair_free(&x);
    destroy(&w);
}

static void nothing_in_common_is_said_and_so_is_silence(void **state)
{
    (void)state;
    struct world w;
    struct pair_explanation x = explained(&w, 2, 3, 0);
    assert_true(x.similarity == 0 && x.n_shared == 0 && x.n_categories == 0);
    assert_string_equal(x.reason_en,
                        "They have nothing in common that counts. Ort 2 alone reports low results: "
                        "English. Ort 3 reports nothing that counts.");
    assert_string_equal(x.reason_sv,
                        "De har ingenting gemensamt av det som räknas. Ort 2 rapporterar för sig låga "
                        "resultat: engelska. Ort 3 rapporterar inget som räknas.");
    pair_free(&x);
    destroy(&w);
}

static void distance_is_a_factor_beside_the_shares(void **state)
{
    (void)state;
    struct world w;
    struct pair_explanation x = explained(&w, 1, 4, 1);
    assert_true(x.damping < 1 && x.similarity > 0);
    assert_true(fabs(x.similarity - profiles_cosine(&w.profiles, 1, 4) * x.damping) < 1e-12);
    assert_non_null(
        strstr(x.reason_en, " Of the similarity that there is without regard to distance, what remains is "));
    assert_true(x.distance_km > 0);
    pair_free(&x);
    destroy(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_both_report_comes_heaviest_first_with_its_share),
        cmocka_unit_test(what_one_alone_reports_keeps_its_severity),
        cmocka_unit_test(the_order_of_the_two_changes_sides_only),
        cmocka_unit_test(the_sentences_name_parts_and_sides),
        cmocka_unit_test(nothing_in_common_is_said_and_so_is_silence),
        cmocka_unit_test(distance_is_a_factor_beside_the_shares),
    };
    return cmocka_run_group_tests_name("pair", tests, NULL, NULL);
}
