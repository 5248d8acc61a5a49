/* explain: the very sentences that people read, and figures that agree with a look at every pair. */
#include "core/population/county.h"
#include "explain_world.h"

static void a_network_says_what_all_and_what_most_report(void **state)
{
    (void)state;
    static const struct member members[] = {
        SEVERAL("cd", 0), SEVERAL("cd", 0), SEVERAL("cd", 0), SEVERAL("c", 0),
        SEVERAL("f", 1),  SEVERAL("f", 1),  SEVERAL("f", 1),  SEVERAL("fh", 1),
        SEVERAL("h", 2),  SEVERAL("h", 2),  SEVERAL("h", 2),  SEVERAL("h", 2),
    };
    struct world w;
    MAKE(&w, members, 3);
    const struct network_reasons *n = w.x.networks;
    assert_int_equal(n[0].number, 11);
    assert_int_equal(n[0].size, 4);
    assert_string_equal(n[0].label_sv, "Låga resultat: fysik och kemi");
    assert_string_equal(n[0].label_en, "Low results: Physics and chemistry");
    assert_string_equal(n[0].reason_sv,
                        "Alla fyra rapporterar låga resultat: fysik, vilket är tre gånger så vanligt här "
                        "som bland alla som rapporterar något; tre av dem även kemi.");
    assert_string_equal(n[0].reason_en,
                        "All four report low results: physics, which is three times as common here as "
                        "among all who report anything; three of them also report chemistry.");
    assert_int_equal(n[0].n_shared, 2);
    assert_true(n[0].shared[0].share == 1 && fabsf(n[0].shared[0].lift - 3) < 1e-6f);
    assert_true(n[0].shared[1].share == 0.75f);
    assert_string_equal(n[1].label_sv, "Få behöriga lärare");
    assert_string_equal(n[1].label_en, "Few qualified teachers");
    assert_string_equal(n[2].label_sv, "Ökad \"skolk\"-frånvaro");
    assert_string_equal(n[2].reason_sv,
                        "Alla fyra rapporterar ökad \"skolk\"-frånvaro, vilket är ungefär dubbelt så "
                        "vanligt här som bland alla som rapporterar något.");
    destroy(&w);
}

/* Seven by two is three and a half, seven by five is 1.4. */
static void numbers_are_said_to_be_rounded(void **state)
{
    (void)state;
    static const struct member members[] = {
        SEVERAL("cd", 0), SEVERAL("cd", 0), SEVERAL("f", 1), SEVERAL("f", 1),
        SEVERAL("f", 1),  SEVERAL("f", 1),  SEVERAL("f", 1),
    };
    struct world w;
    MAKE(&w, members, 2);
    assert_string_equal(w.x.networks[0].reason_sv,
                        "Båda rapporterar låga resultat: fysik och kemi, vart och ett minst tre gånger så "
                        "vanligt här som bland alla som rapporterar något.");
    assert_string_equal(w.x.networks[0].reason_en,
                        "Both report low results: physics and chemistry, each at least three times as "
                        "common here as among all who report anything.");
    assert_string_equal(w.x.networks[1].reason_sv,
                        "Alla fem rapporterar få behöriga lärare, vilket är ungefär en och en halv gång så "
                        "vanligt här som bland alla som rapporterar något.");
    assert_string_equal(w.x.networks[1].reason_en,
                        "All five report few qualified teachers, which is about one and a half times as "
                        "common here as among all who report anything.");
    destroy(&w);
}

static void a_member_says_what_it_shares_with_how_many(void **state)
{
    (void)state;
    static const struct member members[] = {
        SEVERAL("cd", 0), SEVERAL("cd", 0), SEVERAL("cd", 0), SEVERAL("c", 0),
        SEVERAL("f", 1),  SEVERAL("f", 1),  SEVERAL("fh", 2), SEVERAL("h", 2),
        SEVERAL("e", 3),  SEVERAL("g", 3),  SEVERAL("g", 4),
    };
    struct world w;
    MAKE(&w, members, 5);
    const struct member_reasons *m = w.x.members;
    assert_string_equal(m[0].reason_sv, "Delar låga resultat: fysik med alla tre andra samt kemi med Ort 1 "
                                        "och Ort 2. Den liknar inget annat nätverk.");
    assert_string_equal(m[0].reason_en,
                        "Shares low results: physics with all three others, and chemistry with Ort 1 and "
                        "Ort 2. It resembles no other network.");
    assert_int_equal(m[0].n_shared, 2);
    assert_int_equal(m[0].shared[0], 2);
    assert_string_equal(m[3].reason_sv,
                        "Delar låga resultat: fysik med alla tre andra. Den liknar inget annat nätverk.");
    assert_string_equal(m[4].reason_sv,
                        "Delar få behöriga lärare med Ort 5. Näst bäst vore nätverk 13 (likhet 0,32 mot 1,00 "
                        "här).");
    assert_string_equal(m[4].reason_en,
                        "Shares few qualified teachers with Ort 5. Next best would be network 13 (similarity "
                        "0.32 against 1.00 here).");
    assert_string_equal(m[8].reason_sv, "Delar ingen enskild utmaning med den andra medlemmen. Den liknar "
                                        "inget annat nätverk.");
    assert_string_equal(m[8].reason_en,
                        "Shares no single challenge with the other member. It resembles no other network.");
    assert_true(m[8].fit == 0);
    assert_string_equal(m[9].reason_sv,
                        "Delar ingen enskild utmaning med den andra medlemmen. I nätverk 15 vore likheten "
                        "större (1,00 mot 0,00 här), men det egna nätverket skulle bli för litet.");
    assert_string_equal(m[10].reason_sv,
                        "Är ensam i sitt nätverk. I nätverk 14 vore likheten större (0,50 mot 0,00 här), men "
                        "det egna nätverket skulle bli för litet.");
    assert_string_equal(
        m[10].reason_en,
        "Is alone in its network. In network 14 the similarity would be greater (0.50 against "
        "0.00 here), but its own network would become too small.");
    assert_string_equal(w.x.networks[4].label_sv, "SFI saknar lokaler");
    assert_string_equal(w.x.networks[4].reason_sv,
                        "Nätverket har en enda medlem, som rapporterar SFI saknar lokaler.");
    assert_string_equal(w.x.networks[3].label_en, "Mixed challenges");
    assert_string_equal(w.x.networks[3].reason_sv, "De två delar ingen utmaning.");
    destroy(&w);
}

static void lists_join_labels_as_a_person_would(void **state)
{
    (void)state;
    static const struct member members[] = {
        SEVERAL("abc", 0), SEVERAL("abc", 0), SEVERAL("abc", 0), SEVERAL("fhe", 1),
        SEVERAL("fhe", 1), SEVERAL("gcd", 2), SEVERAL("gcd", 2), SEVERAL("gcd", 2),
    };
    struct world w;
    MAKE(&w, members, 3);
    const struct network_reasons *n = w.x.networks;
    assert_string_equal(n[0].label_sv, "Låga resultat: bild, fysik samt hem- och konsumentkunskap");
    assert_string_equal(n[0].label_en, "Low results: Visual arts, physics, and home and consumer studies");
    assert_string_equal(n[1].label_sv,
                        "Få behöriga lärare, ökad \"skolk\"-frånvaro och låga resultat: engelska");
    assert_string_equal(n[1].label_en, "Few qualified teachers, rising \"truancy\" and low results: English");
    assert_string_equal(
        n[1].reason_sv,
        "Båda rapporterar få behöriga lärare, ökad \"skolk\"-frånvaro och låga resultat: engelska, vart "
        "och ett minst fyra gånger så vanligt här som bland alla som rapporterar något.");
    assert_string_equal(n[2].label_sv, "SFI saknar lokaler samt låga resultat: fysik och kemi");
    assert_string_equal(n[2].label_en, "SFI lacks rooms, and low results: Physics and chemistry");
    assert_string_equal(w.x.members[5].reason_sv,
                        "Delar SFI saknar lokaler samt låga resultat: fysik och kemi med Ort 6 och Ort 7. "
                        "Näst bäst vore nätverk 11 (likhet 0,19 mot 1,00 här).");
    assert_string_equal(w.x.members[5].reason_en,
                        "Shares SFI lacks rooms, and low results: physics and chemistry with Ort 6 and "
                        "Ort 7. Next best would be network 11 (similarity 0.19 against 1.00 here).");
    destroy(&w);
}

static void what_less_than_half_report_is_told_only_when_nothing_else_is_shared(void **state)
{
    (void)state;
    static const struct member members[] = {
        SEVERAL("a", 0),  SEVERAL("a", 0),  SEVERAL("c", 0),  SEVERAL("f", 0), SEVERAL("g", 0),
        SEVERAL("ac", 1), SEVERAL("ah", 1), SEVERAL("ah", 1), SEVERAL("a", 1), SEVERAL("a", 1),
    };
    struct world w;
    MAKE(&w, members, 2);
    const struct network_reasons *n = w.x.networks;
    assert_string_equal(n[0].label_sv, "Låga resultat: bild (nätverk 11)");
    assert_string_equal(
        n[0].reason_sv,
        "Ingen utmaning delas av hälften; vanligast är låga resultat: bild, som två av fem rapporterar.");
    assert_string_equal(n[0].reason_en,
                        "No challenge is shared by half of them; the most common is low results: visual "
                        "arts, which two of five report.");
    assert_string_equal(n[1].label_sv, "Låga resultat: bild (nätverk 12)");
    assert_int_equal(n[1].n_shared, 2);
    assert_int_equal(n[1].shared[0].challenge, 0);
    destroy(&w);
}

/* Networks 0 and 1 differ in how many challenges they do not name; that alone does not tell them apart. */
static void what_a_broad_label_does_not_name_is_counted(void **state)
{
    (void)state;
    static const struct member members[] = {
        SEVERAL("fghabcd", 0), SEVERAL("fghabcd", 0), SEVERAL("fghabc", 1), SEVERAL("fghabc", 1),
        SEVERAL("de", 2),      SEVERAL("de", 2),      SEVERAL("de", 2),     SEVERAL("de", 2),
    };
    struct world w;
    MAKE(&w, members, 3);
    const struct network_reasons *n = w.x.networks;
    assert_string_equal(n[0].label_sv,
                        "Låga resultat: bild, fysik samt hem- och konsumentkunskap samt 4 till (nätverk 11)");
    assert_string_equal(
        n[0].label_en,
        "Low results: Visual arts, physics, and home and consumer studies, and 4 more (network 11)");
    assert_string_equal(n[1].label_sv,
                        "Låga resultat: bild, fysik samt hem- och konsumentkunskap samt 3 till (nätverk 12)");
    assert_string_equal(n[2].label_sv, "Låga resultat: kemi och engelska");
    destroy(&w);
}

static void networks_of_one_run_never_have_the_same_label(void **state)
{
    (void)state;
    static const struct member members[] = {
        {"f3", 0, KIND_MUNICIPAL, "01", 101, NULL},        {"f3", 0, KIND_MUNICIPAL, "01", 101, NULL},
        {"f3", 1, KIND_INDEPENDENT, "01", 101, NULL},      {"f3", 1, KIND_INDEPENDENT, "01", 101, NULL},
        {"f3", 2, KIND_INDEPENDENT, "Dalarna", 101, NULL}, {"f3", 2, KIND_INDEPENDENT, "Dalarna", 101, NULL},
        {"f5", 3, KIND_MUNICIPAL, "01", 101, NULL},        {"f5", 3, KIND_MUNICIPAL, "01", 101, NULL},
        {"f3", 4, KIND_MUNICIPAL, "01", 1001, NULL},       {"f3", 4, KIND_MUNICIPAL, "01", 1001, NULL},
        {"f3", 5, KIND_MUNICIPAL, "01", 101, NULL},        {"f3", 5, KIND_MUNICIPAL, "01", 101, NULL},
        {"f3h3", 6, KIND_MUNICIPAL, "01", 101, NULL},      {"f3", 6, KIND_MUNICIPAL, "01", 101, NULL},
        {"f3h3", 6, KIND_MUNICIPAL, "01", 101, NULL},
    };
    struct world w;
    MAKE(&w, members, 7);
    const struct network_reasons *n = w.x.networks;
    assert_string_equal(n[0].label_sv, "Få behöriga lärare – kommunala huvudmän (nätverk 11)");
    assert_string_equal(n[1].label_sv, "Få behöriga lärare – enskilda huvudmän, Stockholms län");
    assert_string_equal(n[2].label_sv, "Få behöriga lärare – enskilda huvudmän, Dalarna");
    assert_string_equal(n[2].label_en, "Few qualified teachers – independent organizers, Dalarna");
    assert_string_equal(n[3].label_sv, "Få behöriga lärare – allvarligare än vanligt");
    assert_string_equal(n[4].label_sv, "Få behöriga lärare – kommunala huvudmän, större huvudmän");
    assert_string_equal(n[5].label_en, "Few qualified teachers – municipal organizers (network 16)");
    assert_non_null(strstr(n[6].label_sv, "skolk"));
    for (uint32_t a = 0; a < 7; a++)
        for (uint32_t b = 0; b < a; b++)
            assert_true(strcmp(n[a].label_sv, n[b].label_sv) != 0 &&
                        strcmp(n[a].label_en, n[b].label_en) != 0);
    destroy(&w);
}

static void counties_are_said_by_name(void **state)
{
    (void)state;
    static const struct {
        const char *county, *sv, *en;
    } said[] = {{"12", "Få behöriga lärare – Skåne län", "Few qualified teachers – Skåne County"},
                {"25", "Få behöriga lärare – Norrbottens län", "Few qualified teachers – Norrbotten County"},
                {"02", "Få behöriga lärare – län 02", "Few qualified teachers – county 02"},
                {"Uusimaa", "Få behöriga lärare – Uusimaa", "Few qualified teachers – Uusimaa"}};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        const struct member members[] = {{"f3", 0, KIND_STATE, said[i].county, 0, NULL},
                                         {"f3", 0, KIND_MUNICIPAL, said[i].county, 0, NULL},
                                         {"f3", 1, KIND_STATE, "", 0, NULL},
                                         {"f3", 1, KIND_MUNICIPAL, "", 0, NULL}};
        struct world w;
        MAKE(&w, members, 2);
        assert_string_equal(w.x.networks[0].label_sv, said[i].sv);
        assert_string_equal(w.x.networks[0].label_en, said[i].en);
        destroy(&w);
    }
    assert_null(county_name("1", false));
    assert_null(county_name("", true));
}

/* Both have members in the place of Ort 0, which therefore tells nothing. */
static void equal_networks_are_told_apart_by_their_places(void **state)
{
    (void)state;
    static const struct member members[] = {
        {"", POPULATION_NONE, KIND_MUNICIPAL, "", 901, "0180"},
        {"", POPULATION_NONE, KIND_MUNICIPAL, "", 101, "0880"},
        {"", POPULATION_NONE, KIND_MUNICIPAL, "", 301, "2480"},
        {"", POPULATION_NONE, KIND_MUNICIPAL, "", 501, "1280"},
        {"f", 0, KIND_INDEPENDENT, "", 0, "0180"},
        {"f", 0, KIND_INDEPENDENT, "", 0, "0180"},
        {"f", 0, KIND_INDEPENDENT, "", 0, "0880"},
        {"f", 1, KIND_INDEPENDENT, "", 0, "0180"},
        {"f", 1, KIND_INDEPENDENT, "", 0, "2480"},
        {"f", 1, KIND_INDEPENDENT, "", 0, "1280"},
        {"f", 1, KIND_INDEPENDENT, "", 0, "9999"},
    };
    struct world w;
    MAKE(&w, members, 2);
    assert_string_equal(w.x.networks[0].label_sv, "Få behöriga lärare – bland annat i Ort 1");
    assert_string_equal(w.x.networks[0].label_en, "Few qualified teachers – in Ort 1 among others");
    assert_string_equal(w.x.networks[1].label_sv, "Få behöriga lärare – bland annat i Ort 3 och Ort 2");
    assert_string_equal(w.x.networks[1].label_en, "Few qualified teachers – in Ort 3 and Ort 2 among others");
    destroy(&w);
}

static void numbers_are_words_up_to_twelve(void **state)
{
    (void)state;
    struct member members[40];
    struct world w;
    for (size_t i = 0; i < 40; i++)
        members[i] =
            (struct member){i < 12 ? "f" : i < 39 ? "h" : "hc", i < 12 ? 0 : 1, KIND_STATE, "", 0, NULL};
    make_usual(&w, members, 40, 2);
    assert_string_equal(w.x.networks[0].reason_sv,
                        "Alla tolv rapporterar få behöriga lärare, vilket är ungefär tre gånger så "
                        "vanligt här som bland alla som rapporterar något.");
    assert_string_equal(w.x.networks[1].reason_en,
                        "All 28 report rising \"truancy\", which is about one and a half times as "
                        "common here as among all who report anything.");
    assert_string_equal(w.x.members[0].reason_sv,
                        "Delar få behöriga lärare med alla elva andra. Den liknar inget annat nätverk.");
    assert_string_equal(w.x.members[12].reason_en,
                        "Shares rising \"truancy\" with all 27 others. It resembles no other network.");
    destroy(&w);
}

static void any_catalogue_works(void **state)
{
    (void)state;
    static const struct entry odd[] = {
        {"1", "k", "", "Only English"},
        {"2", "k", "", ""},
        {"3", "k", "Slutar med kolon: ", "iPad use"},
        {"4", "k", "A-traktorer på gården.", "I am tired"},
        {"5", "k", "Ängslan och oro", "Swedish is hard"},
    };
    static const struct member members[] = {SEVERAL("", POPULATION_NONE), SEVERAL("", POPULATION_NONE)};
    struct world w;
    struct err e = ERR_INIT;
    make(&w, odd, 5, members, 2, 0, 0);
    destroy(&w);
    /* The letters of this file's reports do not fit these codes, so they are added here. */
    for (uint32_t c = 0; c < 5; c++) {
        static const char *const sv[] = {
            "Delar only English med Ort 2.", "Delar 2 med Ort 2.", "Delar slutar med kolon: med Ort 2.",
            "Delar A-traktorer på gården med Ort 2.", "Delar ängslan och oro med Ort 2."};
        static const char *const en[] = {"Shares only English with Ort 2.", "Shares 2 with Ort 2.",
                                         "Shares iPad use with Ort 2.", "Shares I am tired with Ort 2.",
                                         "Shares Swedish is hard with Ort 2."};
        static const struct member pair[] = {SEVERAL("", 0), SEVERAL("", 0)};
        char code[2] = {(char)('1' + c), '\0'};
        population_init(&w.population);
        for (size_t i = 0; i < 5; i++)
            assert_int_equal(
                population_add_challenge(&w.population, odd[i].code, "k", odd[i].sv, odd[i].en, &e), 0);
        add_organizer(&w.population, 1, &pair[0]);
        add_organizer(&w.population, 2, &pair[1]);
        assert_int_equal(population_index(&w.population, &e), 0);
        assert_int_equal(population_add_report(&w.population, "0001", code, 1, 0, &e), 0);
        assert_int_equal(population_add_report(&w.population, "0002", code, 1, 0, &e), 0);
        assert_int_equal(population_seal(&w.population, &e), 0);
        static const uint32_t network[] = {0, 0}, numbers[] = {1};
        settings_default(&w.settings);
        assert_int_equal(profiles_build(&w.population, &w.settings, 0, &w.profiles, &e), 0);
        w.task = (struct explain_task){.population = &w.population,
                                       .profiles = &w.profiles,
                                       .settings = &w.settings,
                                       .network = network,
                                       .numbers = numbers,
                                       .n_networks = 1};
        explain_world(&w);
        assert_string_equal(w.x.members[0].reason_sv, sv[c]);
        assert_string_equal(w.x.members[0].reason_en, en[c]);
        explain_free(&w.x);
        profiles_free(&w.profiles);
        population_free(&w.population);
    }
}

static void assert_fits_agree_with_all_pairs(double geography)
{
    enum { N = 120, NETWORKS = 15 };
    struct member members[N];
    static char reports[N][9];
    struct world w;
    uint64_t random = 7;
    for (size_t i = 0; i < N; i++) {
        size_t used = 0;
        for (char c = 'a'; c <= 'h'; c++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            if (random >> 62 == 0)
                reports[i][used++] = c;
        }
        reports[i][used] = '\0';
        members[i] = (struct member){
            reports[i], used == 0 ? POPULATION_NONE : (uint32_t)(i % NETWORKS), KIND_STATE, "", 0, NULL};
    }
    make(&w, catalogue, 8, members, N, NETWORKS, geography);
    double all = 0;
    uint32_t matched = 0;
    for (uint32_t i = 0; i < N; i++) {
        double sum[NETWORKS] = {0}, next = 0;
        uint32_t n[NETWORKS] = {0};
        if (w.network[i] == POPULATION_NONE) {
            assert_true(w.x.members[i].fit == 0);
            assert_string_equal(w.x.members[i].reason_sv, "");
            continue;
        }
        for (uint32_t j = 0; j < N; j++) {
            if (j == i || w.network[j] == POPULATION_NONE)
                continue;
            sum[w.network[j]] += profiles_similarity(&w.profiles, i, j);
            n[w.network[j]]++;
        }
        for (uint32_t g = 0; g < NETWORKS; g++)
            if (g != w.network[i] && sum[g] / n[g] > next)
                next = sum[g] / n[g];
        double fit = sum[w.network[i]] / n[w.network[i]];
        assert_true(fabs(w.x.members[i].fit - fit) < 1e-6);
        assert_true(fabs(w.x.members[i].next_fit - next) < 1e-6);
        uint32_t there = w.x.members[i].next_network;
        assert_true((there == POPULATION_NONE) == (next == 0));
        if (there != POPULATION_NONE)
            assert_true(fabs(sum[there] / n[there] - next) < 1e-6);
        all += fit;
        matched++;
    }
    assert_true(matched > 100);
    assert_true(fabs(w.x.mean_fit - all / matched) < 1e-6);
    for (uint32_t g = 0; g < NETWORKS; g++) {
        double sum = 0, pairs = 0;
        for (uint32_t i = 0; i < N; i++) {
            for (uint32_t j = 0; j < i; j++) {
                if (w.network[i] != g || w.network[j] != g)
                    continue;
                sum += profiles_similarity(&w.profiles, i, j);
                pairs++;
            }
        }
        assert_true(fabs(w.x.networks[g].cohesion - sum / pairs) < 1e-6);
    }
    destroy(&w);
}

static void figures_agree_with_all_pairs(void **state)
{
    (void)state;
    assert_fits_agree_with_all_pairs(0);
    assert_fits_agree_with_all_pairs(0.5);
    assert_fits_agree_with_all_pairs(1);
}

static void a_network_that_is_not_there_is_an_error(void **state)
{
    (void)state;
    static const struct member members[] = {SEVERAL("c", 0), SEVERAL("c", 0)};
    struct world w;
    struct err e = ERR_INIT;
    struct explanation x;
    MAKE(&w, members, 1);
    w.network[1] = 3;
    assert_int_equal(explain_build(&w.task, &x, &e), ERR_INTERNAL);
    assert_string_equal(e.text, "organizer 0001 is in network 3 of 1");
    w.network[1] = 0;
    destroy(&w);
}

static void reasons_have_names(void **state)
{
    (void)state;
    for (int reason = 0; reason < UNMATCHED_COUNT; reason++)
        assert_int_equal(unmatched_reason_parse(unmatched_reason_name((enum unmatched_reason)reason)),
                         reason);
    for (int why = 0; why < WHY_NOT_COUNT; why++)
        assert_int_equal(why_not_parse(why_not_name((enum why_not)why)), why);
    assert_string_equal(unmatched_reason_name(UNMATCHED_NOTHING_REPORTED), "nothing_reported");
    assert_string_equal(why_not_name(WHY_NOT_COSTS_OTHERS), "costs_others");
    assert_int_equal(unmatched_reason_parse("lost"), -1);
    assert_int_equal(why_not_parse("lost"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_network_says_what_all_and_what_most_report),
        cmocka_unit_test(numbers_are_said_to_be_rounded),
        cmocka_unit_test(a_member_says_what_it_shares_with_how_many),
        cmocka_unit_test(lists_join_labels_as_a_person_would),
        cmocka_unit_test(what_less_than_half_report_is_told_only_when_nothing_else_is_shared),
        cmocka_unit_test(what_a_broad_label_does_not_name_is_counted),
        cmocka_unit_test(networks_of_one_run_never_have_the_same_label),
        cmocka_unit_test(counties_are_said_by_name),
        cmocka_unit_test(equal_networks_are_told_apart_by_their_places),
        cmocka_unit_test(numbers_are_words_up_to_twelve),
        cmocka_unit_test(any_catalogue_works),
        cmocka_unit_test(figures_agree_with_all_pairs),
        cmocka_unit_test(a_network_that_is_not_there_is_an_error),
        cmocka_unit_test(reasons_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
