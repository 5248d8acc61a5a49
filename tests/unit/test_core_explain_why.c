/* explain: why somebody is not where it would fit better, who holds whom together, and what those are told
 * that are in no network. */
#include "explain_world.h"

/* Six in two networks; the fourth, 0003, stands among strangers and would fit with 0004 and 0005. */
static const struct member strangers[] = {
    SEVERAL("c", 0), SEVERAL("c", 0), SEVERAL("c", 0), SEVERAL("f", 0), SEVERAL("f", 1), SEVERAL("f", 1),
};

static void assert_why(struct world *w, uint32_t organizer, enum why_not why, const char *sv, const char *en)
{
    explain_again(w);
    const struct member_reasons *m = &w->x.members[organizer];
    assert_string_equal(why_not_name(m->why_not), why_not_name(why));
    assert_string_equal(m->reason_sv, sv);
    assert_string_equal(m->reason_en, en);
}

#define APART_SV \
    "Delar ingen enskild utmaning med de andra. I nätverk 12 vore likheten större (1,00 mot 0,00 här)"
#define APART_EN                                                                                       \
    "Shares no single challenge with the others. In network 12 the similarity would be greater (1.00 " \
    "against "                                                                                         \
    "0.00 here)"

static void sizes_forbid_a_move(void **state)
{
    (void)state;
    struct world w;
    MAKE(&w, strangers, 2);
    w.settings.max_size = 2;
    assert_why(&w, 3, WHY_NOT_FULL, APART_SV ", men det är fullt.", APART_EN ", but that network is full.");
    w.settings.max_size = 12;
    w.settings.min_size = 4;
    assert_why(&w, 3, WHY_NOT_TOO_SMALL, APART_SV ", men det egna nätverket skulle bli för litet.",
               APART_EN ", but its own network would become too small.");
    destroy(&w);
}

static void rules_of_people_forbid_a_move(void **state)
{
    (void)state;
    static const uint32_t stays[] = {3}, both[] = {3, 1}, foes[] = {5, 3};
    struct explain_rule rule = {RULE_KEEP, 7, stays, 1};
    struct world w;
    MAKE(&w, strangers, 2);
    w.task.rules = &rule;
    w.task.n_rules = 1;
    assert_why(&w, 3, WHY_NOT_PINNED, APART_SV ", men regel 7 håller den kvar här.",
               APART_EN ", but pin 7 keeps it here.");
    rule = (struct explain_rule){RULE_TOGETHER, 8, both, 2};
    assert_why(&w, 3, WHY_NOT_PINNED, APART_SV ", men regel 8 håller den samman med Ort 1.",
               APART_EN ", but pin 8 keeps it together with Ort 1.");
    rule = (struct explain_rule){RULE_APART, 9, foes, 2};
    assert_why(&w, 3, WHY_NOT_APART, APART_SV ", men regel 9 håller den isär från Ort 5.",
               APART_EN ", but pin 9 keeps it apart from Ort 5.");
    destroy(&w);
}

static bool only_two(const void *limits, const uint32_t *organizers, uint32_t n)
{
    (void)organizers;
    return n <= *(const uint32_t *)limits;
}

static void limits_and_seats_forbid_a_move(void **state)
{
    (void)state;
    static const uint32_t seats[] = {1, 1, 1, 3, 1, 1}, most = 2;
    struct world w;
    MAKE(&w, strangers, 2);
    w.task.may_be_network = only_two;
    w.task.limits = &most;
    assert_why(&w, 3, WHY_NOT_LIMIT, APART_SV ", men en gräns som programmet har satt tillåter det inte.",
               APART_EN ", but a limit that the programme sets does not allow it.");
    w.task.may_be_network = NULL;
    w.task.seats = seats;
    w.settings.max_size = 4;
    assert_why(&w, 3, WHY_NOT_FULL, APART_SV ", men det är fullt.", APART_EN ", but that network is full.");
    w.settings.max_size = 5;
    w.settings.min_size = 4;
    assert_why(&w, 3, WHY_NOT_TOO_SMALL, APART_SV ", men det egna nätverket skulle bli för litet.",
               APART_EN ", but its own network would become too small.");
    w.settings.min_size = 3;
    assert_why(&w, 3, WHY_NOT_UNKNOWN, APART_SV ".", APART_EN ".");
    destroy(&w);
}

/* A good move that nothing forbids is not excused. */
static void nothing_is_supposed(void **state)
{
    (void)state;
    static const uint32_t elsewhere[] = {0, 5};
    struct explain_rule rule = {RULE_APART, 9, elsewhere, 2};
    struct world w;
    MAKE(&w, strangers, 2);
    w.task.rules = &rule;
    w.task.n_rules = 1;
    assert_why(&w, 3, WHY_NOT_UNKNOWN, APART_SV ".", APART_EN ".");
    assert_int_equal(w.x.members[0].why_not, WHY_NOT_NONE);
    destroy(&w);
}

/* 0002 holds two others together that share nothing; the four elsewhere would have it, but can do without. */
static const struct member torn[] = {
    SEVERAL("c", 0), SEVERAL("e", 0), SEVERAL("c2e2f5", 0), SEVERAL("f", 1),
    SEVERAL("f", 1), SEVERAL("f", 1), SEVERAL("f", 1),
};

static void what_others_would_lose_is_counted(void **state)
{
    (void)state;
    struct world w;
    MAKE(&w, torn, 2);
    assert_why(
        &w, 2, WHY_NOT_COSTS_OTHERS,
        "Delar låga resultat: fysik med Ort 0 samt engelska med Ort 1. I nätverk 12 vore likheten större "
        "(0,72 mot 0,49 här), men de andra skulle förlora mer (0,78) än den vinner (0,22).",
        "Shares low results: physics with Ort 0, and English with Ort 1. In network 12 the similarity would "
        "be greater (0.72 against 0.49 here), but the others would lose more (0.78) than it gains (0.22).");
    assert_string_equal(w.x.networks[0].reason_sv,
                        "Två av tre rapporterar låga resultat: fysik, vilket är ungefär dubbelt så vanligt "
                        "här som bland alla som rapporterar något; två rapporterar engelska. Ort 2 är länken "
                        "mellan Ort 0 och Ort 1: den delar dels låga resultat: fysik med Ort 0, dels "
                        "engelska med Ort 1, medan de två inte delar någon utmaning med varandra.");
    assert_string_equal(w.x.networks[0].reason_en,
                        "Two of three report low results: physics, which is about twice as common here as "
                        "among all who report anything; two report English. Ort 2 is the link between Ort 0 "
                        "and Ort 1: it shares low results: physics with Ort 0, and English with Ort 1, while "
                        "the two share no challenge with each other.");
    w.settings.objective = OBJECTIVE_SUM;
    assert_why(&w, 2, WHY_NOT_UNKNOWN,
               "Delar låga resultat: fysik med Ort 0 samt engelska med Ort 1. I nätverk 12 vore likheten "
               "större (0,72 mot 0,49 här).",
               "Shares low results: physics with Ort 0, and English with Ort 1. In network 12 the similarity "
               "would be greater (0.72 against 0.49 here).");
    destroy(&w);
}

/* Its own network has 2 * 3 / 3 of fits and would have 3 of them without it, the other 2 and then 3; having
 * been there before counts for five similarities, two thirds of five in a network of four. */
static void a_move_has_its_price(void **state)
{
    (void)state;
    static const uint32_t home[] = {0, 1, 1, 0, 1, POPULATION_NONE};
    struct world w;
    MAKE(&w, strangers, 2);
    w.task.home = home;
    w.task.moving_price = 5;
    assert_why(&w, 3, WHY_NOT_STABILITY, APART_SV ", men inte så mycket att det är värt att byta.",
               APART_EN ", but not by so much that a change is worth it.");
    w.task.moving_price = 1;
    assert_why(&w, 3, WHY_NOT_UNKNOWN, APART_SV ".", APART_EN ".");
    destroy(&w);
}

/* ---- who is in no network ---- */

static const struct member waiting[] = {
    SEVERAL("c", 0),
    SEVERAL("c", 0),
    SEVERAL("cf3", POPULATION_NONE),
    SEVERAL("", POPULATION_NONE),
    SEVERAL("h", POPULATION_NONE),
};

static void assert_left_out(struct world *w, uint32_t organizer, struct left_out what, const char *sv,
                            const char *en)
{
    struct left_out all[5] = {{0}};
    all[organizer] = what;
    w->task.left_out = all;
    explain_again(w);
    assert_string_equal(w->x.members[organizer].reason_sv, sv);
    assert_string_equal(w->x.members[organizer].reason_en, en);
    w->task.left_out = NULL;
}

static void reports_that_do_not_count_are_not_called_nothing(void **state)
{
    (void)state;
    struct world w;
    MAKE(&w, waiting, 1);
    const struct left_out what = {
        .reason = UNMATCHED_NOTHING_REPORTED, .last_day = 19478, .disregarded = true};
    assert_left_out(
        &w, 3, what,
        "Har rapporterat, men inget som räknas här: bara vissa utmaningar gör det. Efter en rapport "
        "som räknas kan den få plats.",
        "Has reported, but nothing that counts here: only some challenges do. After a report that "
        "counts it may get a place.");
    struct setting_scope scope = {.since = 20454, .reported_since = "2026-01-01"};
    w.settings.scope = &scope;
    assert_left_out(
        &w, 3, what,
        "Har rapporterat, men inget som räknas här: bara rapporter från och med 2026-01-01 gör det. "
        "Efter en rapport som räknas kan den få plats.",
        "Has reported, but nothing that counts here: only reports from 2026-01-01 on do. After a "
        "report that counts it may get a place.");
    const struct setting_names categories = {0};
    scope.category = &categories;
    assert_left_out(
        &w, 3, what,
        "Har rapporterat, men inget som räknas här: bara vissa utmaningar gör det, och bara "
        "rapporter från och med 2026-01-01. Efter en rapport som räknas kan den få plats.",
        "Has reported, but nothing that counts here: only some challenges do, and only reports from "
        "2026-01-01 on. After a report that counts it may get a place.");
    w.settings.scope = NULL;
    destroy(&w);
}

static void nothing_reported_says_since_when(void **state)
{
    (void)state;
    struct world w;
    MAKE(&w, waiting, 1);
    assert_left_out(&w, 3,
                    (struct left_out){.reason = UNMATCHED_NOTHING_REPORTED, .last_day = LEFT_OUT_NEVER},
                    "Har inte rapporterat någon utmaning. Efter en första rapport kan den få plats.",
                    "Has reported no challenge. After a first report it may get a place.");
    assert_left_out(
        &w, 3, (struct left_out){.reason = UNMATCHED_NOTHING_REPORTED, .last_day = 19478},
        "Har inte rapporterat något sedan 2023-05-01, och så gamla rapporter räknas inte. Efter en "
        "ny rapport kan den få plats.",
        "Has reported nothing since 2023-05-01, and reports as old as that do not count. After a "
        "new report it may get a place.");
    destroy(&w);
}

static void no_fit_names_the_nearest_network(void **state)
{
    (void)state;
    static const uint32_t foes[] = {1, 2};
    struct explain_rule rule = {RULE_APART, 4, foes, 2};
    const struct left_out no_fit = {.reason = UNMATCHED_NO_FIT};
    struct world w;
    MAKE(&w, waiting, 1);
    w.settings.min_fit = 0.7;
    assert_left_out(&w, 2, no_fit,
                    "Närmast ligger nätverk 11, där likheten vore 0,47, under den lägsta tillåtna på 0,70.",
                    "The nearest network is network 11, where its similarity would be 0.47, below the least "
                    "fit of 0.70.");
    w.settings.min_fit = 0.5;
    w.settings.max_size = 2;
    assert_left_out(
        &w, 2, no_fit, "Närmast ligger nätverk 11, där likheten vore 0,47, men det är fullt.",
        "The nearest network is network 11, where its similarity would be 0.47, but that network is full.");
    w.task.rules = &rule;
    w.task.n_rules = 1;
    assert_left_out(
        &w, 2, no_fit,
        "Närmast ligger nätverk 11, där likheten vore 0,47, men regel 4 håller den isär från Ort 1.",
        "The nearest network is network 11, where its similarity would be 0.47, but pin 4 keeps it apart "
        "from Ort 1.");
    assert_left_out(&w, 4, no_fit, "Delar ingen utmaning med någon annan, inte heller något område.",
                    "Shares no challenge with anybody, nor an area.");
    destroy(&w);
}

static void a_queue_says_how_many_are_ahead(void **state)
{
    (void)state;
    static const struct left_out waits[] = {
        {UNMATCHED_OVER_CAPACITY, LEFT_OUT_NEVER, 0, 1, "2026-02-01", NULL, 33, false},
        {UNMATCHED_OVER_CAPACITY, LEFT_OUT_NEVER, 1, 2, "2026-01-01", NULL, 33, false},
        {UNMATCHED_OVER_CAPACITY, LEFT_OUT_NEVER, 30, 1, "2026-02-01", NULL, 33, false},
        {UNMATCHED_OVER_CAPACITY, LEFT_OUT_NEVER, 1, 1, "2026-02-01", NULL, 3,
         false}, /* too few for a second network */
    };
    static const char *const sv[] = {
        "Väntar på plats och står först i kön. Nästa gång går de före som har väntat längst, sedan de med "
        "störst behov. Med ett nätverk till får den plats. Närmast ligger nätverk 11, där likheten vore "
        "0,47.",
        "Väntar på plats: 1 huvudman står före. Har väntat i två omgångar i rad, sedan 2026-01-01. Nästa "
        "gång går de före som har väntat längst, sedan de med störst behov. Med ett nätverk till får den "
        "plats. Närmast ligger nätverk 11, där likheten vore 0,47.",
        "Väntar på plats: 30 huvudmän står före. Nästa gång går de före som har väntat längst, sedan de med "
        "störst behov. Med tre nätverk till får den plats. Närmast ligger nätverk 11, där likheten vore "
        "0,47.",
        ("Väntar på plats: 1 huvudman står före. Nästa gång går de före som har väntat längst, sedan de med "
         "störst behov. Närmast ligger nätverk 11, där likheten vore 0,47.")};
    static const char *const en[] = {
        "Waits for a place and is first in line. The next time those who have waited longest go first, then "
        "those with the greatest need. With one more network there would be a place for it. The nearest "
        "network is network 11, where its similarity would be 0.47.",
        "Waits for a place: 1 organizer is ahead of it. Has waited for two runs in a row, since 2026-01-01. "
        "The next time those who have waited longest go first, then those with the greatest need. With one "
        "more network there would be a place for it. The nearest network is network 11, where its similarity "
        "would be 0.47.",
        "Waits for a place: 30 organizers are ahead of it. The next time those who have waited longest go "
        "first, then those with the greatest need. With three more networks there would be a place for it. "
        "The nearest network is network 11, where its similarity would be 0.47.",
        "Waits for a place: 1 organizer is ahead of it. The next time those who have waited longest go "
        "first, then those with the greatest need. The nearest network is network 11, where its similarity "
        "would be 0.47."};
    struct world w;
    MAKE(&w, waiting, 1);
    for (int i = 0; i < 4; i++)
        assert_left_out(&w, 2, waits[i], sv[i], en[i]);
    destroy(&w);
}

static void sizes_that_do_not_add_up_are_told_with_their_numbers(void **state)
{
    (void)state;
    struct world w;
    MAKE(&w, waiting, 1);
    w.settings.min_size = w.settings.max_size = 6;
    assert_left_out(
        &w, 2, (struct left_out){.reason = UNMATCHED_CONSTRAINT, .ahead = 1, .candidates = 14, .waited = 1},
        "Nätverken har sex medlemmar, och 14 huvudmän går inte att dela jämnt. Väntar på plats: 1 huvudman "
        "står före. Nästa gång går de före som har väntat längst, sedan de med störst behov.",
        "Networks have six members, and 14 organizers cannot be divided so. Waits for a place: 1 organizer "
        "is ahead of it. The next time those who have waited longest go first, then those with the greatest "
        "need.");
    assert_left_out(&w, 2, (struct left_out){.reason = UNMATCHED_CONSTRAINT, .candidates = 1, .waited = 1},
                    "Ett nätverk har minst sex medlemmar, men bara 1 huvudman kan vara med.",
                    "A network has at least six members, but only 1 organizer can take part.");
    destroy(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes_forbid_a_move),
        cmocka_unit_test(rules_of_people_forbid_a_move),
        cmocka_unit_test(limits_and_seats_forbid_a_move),
        cmocka_unit_test(nothing_is_supposed),
        cmocka_unit_test(what_others_would_lose_is_counted),
        cmocka_unit_test(a_move_has_its_price),
        cmocka_unit_test(reports_that_do_not_count_are_not_called_nothing),
        cmocka_unit_test(nothing_reported_says_since_when),
        cmocka_unit_test(no_fit_names_the_nearest_network),
        cmocka_unit_test(a_queue_says_how_many_are_ahead),
        cmocka_unit_test(sizes_that_do_not_add_up_are_told_with_their_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
