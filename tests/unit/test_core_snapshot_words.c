/* snapshot: sentences about members, worded from the facts of their rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/explain/member_words.h"
#include "core/snapshot/snapshot_builder.h"

/* Two organizers, networks 4 and 20, and two challenges; a third that they name is gone. */
static struct snapshot_builder *two_networks(void)
{
    static const char *const names[][2] = {{"0114", "Upplands Väsby kommun"},
                                           {"0139", "Upplands-Bro kommun"}};
    static const char *const codes[] = {"math", "reading"};
    struct err e = ERR_INIT;
    struct snapshot_builder *b = NULL;
    assert_int_equal(snapshot_builder_new(20000, &b, &e), 0);
    const struct snapshot_programme_row programme = {
        .name = "default", .settings = "{}", .published_run = 7, .published_at = ""};
    assert_int_equal(snapshot_add_programme(b, &programme, &e), 0);
    struct population *p = snapshot_builder_population(b);
    for (size_t i = 0; i < 2; i++) {
        const struct organizer o = {.id = names[i][0], .name = names[i][1], .pupils = -1};
        assert_int_equal(population_add_organizer(p, &o, &e), 0);
        assert_int_equal(population_add_challenge(p, codes[i], "core", codes[i], codes[i], &e), 0);
    }
    assert_int_equal(population_index(p, &e), 0);
    for (uint32_t number = 4; number <= 20; number += 16) {
        const struct snapshot_network_row row = {.programme = "default",
                                                 .number = number,
                                                 .shared =
                                                     "[{\"challenge\":\"math\",\"share\":1,\"lift\":1.5},"
                                                     "{\"challenge\":\"gone\",\"share\":0.5,\"lift\":2},"
                                                     "{\"challenge\":\"reading\",\"share\":1,\"lift\":3}]"};
        assert_int_equal(snapshot_add_network(b, &row, &e), 0);
    }
    return b;
}

static void assert_said(const struct snapshot *s, const char *id, const char *sv, const char *en)
{
    struct buf words;
    buf_init(&words, 0);
    snapshot_say_reason(s, &s->programmes[0], snapshot_find_organizer(s, id, strlen(id)), false, &words);
    assert_string_equal(buf_string(&words), sv);
    buf_clear(&words);
    snapshot_say_reason(s, &s->programmes[0], snapshot_find_organizer(s, id, strlen(id)), true, &words);
    assert_string_equal(buf_string(&words), en);
    buf_free(&words);
}

/* Its challenges are told as places in the network's list, of which the second is gone. */
static void sentences_are_worded_from_facts(void **state)
{
    (void)state;
    struct err e = ERR_INIT;
    struct snapshot_builder *b = two_networks();
    struct snapshot_member_row row = {.programme = "default",
                                      .organizer = "0114",
                                      .network = 4,
                                      .fit = 0.4F,
                                      .places = "00000002",
                                      .told = 1 << TOLD_SECOND | TOLD_LEFT_OUT << TOLD_THIRD,
                                      .next_network = 20,
                                      .next_fit = 0.6F,
                                      .next_why = "costs_others",
                                      .next_figure = 0.256F};
    assert_int_equal(snapshot_add_member(b, &row, &e), 0);
    row = (struct snapshot_member_row){.programme = "default",
                                       .organizer = "0139",
                                       .network = 4,
                                       .fit = 0.4F,
                                       .places = "00000001ffff0002",
                                       .told = TOLD_NO_OTHER | 4 << TOLD_SPECIAL};
    assert_int_equal(snapshot_add_member(b, &row, &e), 0);
    struct snapshot *s = NULL;
    assert_int_equal(snapshot_build(b, &s, &e), 0);
    snapshot_builder_free(b);
    assert_said(
        s, "0114",
        "Delar math med Upplands-Bro kommun samt reading med Upplands-Bro kommun. I nätverk 20 vore likheten "
        "större (0,60 mot 0,40 här), men de andra skulle förlora mer (0,26) än den vinner (0,20).",
        "Shares math with Upplands-Bro kommun, and reading with Upplands-Bro kommun. In network 20 the "
        "similarity would be greater (0.60 against 0.40 here), but the others would lose more (0.26) "
        "than it gains (0.20).");
    assert_said(s, "0139", "Delar math med Upplands Väsby kommun. Den liknar inget annat nätverk.",
                "Shares math with Upplands Väsby kommun. It resembles no other network.");
    assert_int_equal(s->programmes[0].places[1].n_shared, 2);
    snapshot_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sentences_are_worded_from_facts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
