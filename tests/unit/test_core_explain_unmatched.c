/* explain_unmatched: the very sentences that tell why somebody was left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/explain_unmatched.h"

static void assert_unmatched(struct unmatched_facts f, const char *sv, const char *en)
{
    struct buf out;
    buf_init(&out, 0);
    unmatched_sentences(&out, &f, "sv");
    assert_string_equal(buf_string(&out), sv);
    buf_clear(&out);
    unmatched_sentences(&out, &f, "en");
    assert_string_equal(buf_string(&out), en);
    buf_free(&out);
}

static void who_is_left_out_learns_by_what_and_what_would_help(void **state)
{
    (void)state;
    assert_unmatched(
        (struct unmatched_facts){
            .limit = LIMIT_NOT_ALONE, .setting = "not_alone: county", .attribute = "county", .value = "09"},
        "Inget nätverk kunde ta emot den tillsammans med någon annan med samma län (09), som inställningen "
        "not_alone: county kräver. Det skulle hjälpa om fler sådana deltog.",
        "No network could take it together with another one of the same county (09), as the setting "
        "not_alone: county requires. It would help if more of them took part.");
    assert_unmatched(
        (struct unmatched_facts){
            .limit = LIMIT_IN_COMMON, .setting = "in_common: forms", .attribute = "forms"},
        "Inget nätverk kunde ta emot den där den har något av forms gemensamt med alla, som inställningen "
        "in_common: forms kräver. Det skulle hjälpa om fler som liknar den i detta deltog.",
        "No network could take it in which it has something of forms in common with everybody, as the "
        "setting in_common: forms requires. It would help if more organizers like it in that took part.");
    assert_unmatched(
        (struct unmatched_facts){.limit = LIMIT_DISTANCE, .setting = "distance_most_km: 80.5", .km = 80.5},
        "Inget nätverk kunde ta emot den med alla medlemmar inom 80.5 km från varandra, som inställningen "
        "distance_most_km: 80.5 kräver. Det skulle hjälpa att tillåta ett större avstånd, eller om fler i "
        "närheten deltog.",
        "No network could take it with all members within 80.5 km of each other, as the setting "
        "distance_most_km: 80.5 requires. It would help to allow a greater distance, or if more organizers "
        "nearby took part.");
    assert_unmatched(
        (struct unmatched_facts){.limit = LIMIT_CENTRE, .setting = "centre_most_km: 40", .km = 40},
        "Inget nätverk kunde ta emot den med alla medlemmar inom 40 km från nätverkets mitt, som "
        "inställningen centre_most_km: 40 kräver. Det skulle hjälpa att tillåta ett större avstånd, eller om "
        "fler i närheten deltog.",
        "No network could take it with all members within 40 km of its centre, as the setting "
        "centre_most_km: 40 requires. It would help to allow a greater distance, or if more organizers "
        "nearby took part.");
    assert_unmatched(
        (struct unmatched_facts){
            .limit = LIMIT_SEATS, .setting = "seats: people", .seats = 13, .max_size = 12},
        "Tar 13 platser (inställningen seats: people), men ett nätverk har högst 12. Det skulle hjälpa att "
        "tillåta större nätverk.",
        "Takes 13 seats (the setting seats: people), but a network has at most 12. It would help to allow "
        "larger networks.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_left_out_learns_by_what_and_what_would_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
