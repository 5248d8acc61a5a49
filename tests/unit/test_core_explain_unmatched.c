/* explain_unmatched: the very sentences that tell why somebody was left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/explain/explain_unmatched.h"

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
    assert_unmatched((struct unmatched_facts){.limit = LIMIT_NOT_ALONE, .attribute = "county", .value = "09"},
                     "Inget nätverk kunde ta emot den tillsammans med någon annan från samma län (Gotlands "
                     "län), och ingen "
                     "ska vara ensam från sitt län. Det skulle hjälpa om fler sådana deltog.",
                     "No network could take it together with another one from the same county (Gotland "
                     "County), and nobody "
                     "is to be alone from its county. It would help if more of them took part.");
    assert_unmatched(
        (struct unmatched_facts){.limit = LIMIT_NOT_ALONE, .attribute = "kind", .value = "independent"},
        "Inget nätverk kunde ta emot den tillsammans med någon annan av samma slag (enskild), och ingen ska "
        "vara ensam av sitt slag. Det skulle hjälpa om fler sådana deltog.",
        "No network could take it together with another one of the same kind (independent), and nobody is to "
        "be alone of its kind. It would help if more of them took part.");
    assert_unmatched(
        (struct unmatched_facts){.limit = LIMIT_NOT_ALONE, .attribute = "language", .value = "meänkieli"},
        "Inget nätverk kunde ta emot den tillsammans med någon annan med samma language (meänkieli), och "
        "ingen "
        "ska vara ensam om sitt värde av language. Det skulle hjälpa om fler sådana deltog.",
        "No network could take it together with another one with the same language (meänkieli), and nobody "
        "is "
        "to be alone with its language. It would help if more of them took part.");
    assert_unmatched(
        (struct unmatched_facts){.limit = LIMIT_IN_COMMON, .attribute = "forms"},
        "Medlemmar i ett nätverk ska ha något av forms gemensamt, var och en med alla, och inget nätverk "
        "kunde "
        "ta emot den så. Det skulle hjälpa om fler som liknar den i detta deltog.",
        "Members of a network are to have something of forms in common, each with each, and no network could "
        "take it so. It would help if more organizers like it in that took part.");
    assert_unmatched(
        (struct unmatched_facts){.limit = LIMIT_DISTANCE, .km = 80.5},
        "Medlemmar i ett nätverk ska vara inom 80,5 km från varandra, och inget nätverk kunde ta emot den "
        "så. "
        "Det skulle hjälpa att tillåta ett större avstånd, eller om fler i närheten deltog.",
        "Members of a network are to be within 80.5 km of each other, and no network could take it so. It "
        "would help to allow a greater distance, or if more organizers nearby took part.");
    assert_unmatched((struct unmatched_facts){.limit = LIMIT_CENTRE, .km = 40},
                     "Medlemmar i ett nätverk ska vara inom 40 km från nätverkets mitt, och inget nätverk "
                     "kunde ta emot den "
                     "så. Det skulle hjälpa att tillåta ett större avstånd, eller om fler i närheten deltog.",
                     "Members of a network are to be within 40 km of its centre, and no network could take "
                     "it so. It would "
                     "help to allow a greater distance, or if more organizers nearby took part.");
    assert_unmatched(
        (struct unmatched_facts){.limit = LIMIT_SEATS, .attribute = "people", .seats = 13, .max_size = 12},
        "Tar 13 platser, men ett nätverk har högst 12. Det skulle hjälpa att tillåta större nätverk.",
        "Takes 13 seats, but a network has at most 12. It would help to allow larger networks.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_left_out_learns_by_what_and_what_would_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
