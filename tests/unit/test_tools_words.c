/* The command line's own words: texts in both languages, the table of commands, what is shown how. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>
#include <locale.h>

#include "peernet/command.h"
#include "peernet/help.h"
#include "peernet/json.h"
#include "peernet/nearest.h"
#include "peernet/phrase.h"
#include "peernet/show.h"
#include "peernet/text.h"
#include "proto/mp.h"
#include "proto/mp_json.h"

/* Which of {1} to {9} a text names, as bits; fails on any other brace. */
static unsigned placeholders(const char *value)
{
    unsigned seen = 0;
    for (const char *at = value; (at = strchr(at, '{')) != NULL; at += 3) {
        assert_true(at[1] >= '1' && at[1] <= '9' && at[2] == '}');
        seen |= 1u << (at[1] - '0');
    }
    return seen;
}

static void texts_name_the_same_values_in_both_languages(void **state)
{
    (void)state;
    for (int i = 0; i < TEXT_COUNT; i++) {
        const char *en = text(LANGUAGE_EN, (enum text)i), *sv = text(LANGUAGE_SV, (enum text)i);
        assert_non_null(sv);
        assert_true(sv[0] != '\0');
        assert_true(en[0] == '\0' || placeholders(en) == placeholders(sv));
    }
}

static void assert_phrase(enum language language, const char *said, const char *expected)
{
    struct buf out;
    buf_init(&out, 0);
    phrase_say(&out, language, said);
    assert_string_equal(buf_string(&out), expected);
    buf_free(&out);
}

static void what_the_daemon_refuses_with_is_said_in_the_persons_words(void **state)
{
    (void)state;
    assert_phrase(LANGUAGE_SV, "no organizer has the id '7'", "ingen huvudman har numret '7'");
    assert_phrase(LANGUAGE_EN, "no organizer has the id '7'", "no organizer has the number '7'");
    assert_phrase(LANGUAGE_EN, "programme reading is archived", "programme reading is archived");
    /* of several that fit the one that says most, and values that are phrases in their turn */
    assert_phrase(
        LANGUAGE_SV,
        "run 4 of programme default rests on what is no longer current: reports (changed 2026-03-14 "
        "10:00:00), settings (changed 2026-03-15 11:00:00); run the programme again, or publish it all "
        "the same with force",
        "körning 4 i programmet default vilar på det som inte längre är aktuellt: rapporter (ändrade "
        "2026-03-14 10:00:00), inställningar (ändrade 2026-03-15 11:00:00); kör på nytt med 'peernet "
        "regroup --programme default --wait', eller låt den gälla ändå med --force");
    assert_phrase(
        LANGUAGE_SV,
        "these rules cannot be met together: 'pin 1 (apart: A, B), set by ada: they quarrel', 'the new "
        "pin (together: A, B)'; who is to be apart would be together",
        "de här reglerna går inte ihop: 'regel 1 (isär: A, B), satt av ada: they quarrel', 'den nya "
        "regeln (ihop: A, B)'; de som ska vara isär skulle hamna ihop");
    /* a reason may hold what parts the values */
    assert_phrase(LANGUAGE_SV,
                  "this rule cannot be met: 'pin 1 (together: A, B), set by ada: agreed; see the minutes'; "
                  "who is to be "
                  "apart would be together",
                  "regeln kan inte följas: 'regel 1 (ihop: A, B), satt av ada: agreed; see the minutes'; de "
                  "som ska vara "
                  "isär skulle hamna ihop");
    assert_phrase(LANGUAGE_EN, "organizers: nothing came; a list is allowed", "give organizers: a list");
    assert_phrase(LANGUAGE_SV, "organizers: nothing came; a list is allowed", "ange organizers: en lista");
    assert_phrase(LANGUAGE_SV,
                  "run 7 comes out the same, by another engine (2; it was 1): 3 organizers in 1 "
                  "networks, mean fit 0.5",
                  "körning 7 blir densamma, av en annan motor (2; det var 1): 3 huvudmän i 1 nätverk, "
                  "medelpassning 0.5");
    /* a name that is a word of the table stays what it is */
    assert_phrase(LANGUAGE_SV, "programme networks is archived", "programmet networks är arkiverat");
    /* behind a context, and what nobody knows */
    assert_phrase(LANGUAGE_SV, "a.csv: No such file or directory", "a.csv: filen eller mappen finns inte");
    assert_phrase(LANGUAGE_SV, "something {1} else <2>", "something {1} else <2>");
    assert_phrase(LANGUAGE_SV, "", "");
    assert_false(phrase_known("something else"));
    assert_true(phrase_known("seen: the daemon is ending"));
}

static void phrases_name_the_same_values_in_both_languages(void **state)
{
    static const char *const phrases[][3] = {
#define PHRASE(wire, en, sv) {wire, en, sv},
#include "peernet/phrases.def"
#undef PHRASE
    };
    (void)state;
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++) {
        for (int language = 1; language < 3; language++) {
            const char *at = phrases[i][language];
            for (; (at = strchr(at, '{')) != NULL; at++) {
                char own[] = {'<', at[1], '>', '\0'}, plain[] = {'{', at[1], '}', '\0'};
                assert_true(strncmp(at, plain, 3) == 0 &&
                            (strstr(phrases[i][0], own) != NULL || strstr(phrases[i][0], plain) != NULL));
            }
        }
        assert_true(phrases[i][2][0] != '\0');
    }
}

static void text_is_filled_in_the_order_of_the_language(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 0);
    TEXT_FILL(&out, LANGUAGE_EN, TEXT_NOT_A_FLAG, "--limt", "networks");
    assert_string_equal(buf_string(&out), "'--limt' is not a flag of 'peernet networks'.");
    buf_clear(&out);
    TEXT_FILL(&out, LANGUAGE_SV, TEXT_NOBODY_THERE, "here", "{1}");
    assert_string_equal(buf_string(&out), "ingen tjänst svarar på here: {1}");
    buf_free(&out);
}

static void language_comes_from_the_first_variable_that_is_set(void **state)
{
    (void)state;
    setenv("LC_ALL", "", 1);
    setenv("LC_MESSAGES", "sv_SE.UTF-8", 1);
    setenv("LANG", "en_US.UTF-8", 1);
    assert_int_equal(language_of_environment(), LANGUAGE_SV);
    setenv("LC_ALL", "C", 1);
    assert_int_equal(language_of_environment(), LANGUAGE_EN);
    unsetenv("LC_ALL");
    unsetenv("LC_MESSAGES");
    setenv("LANG", "sv", 1);
    assert_int_equal(language_of_environment(), LANGUAGE_SV);
    setenv("LANG", "svx", 1);
    assert_int_equal(language_of_environment(), LANGUAGE_EN);
    unsetenv("LANG");
    assert_int_equal(language_of_environment(), LANGUAGE_EN);
}

static void commands_rest_on_methods_that_exist(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++) {
        const struct command *c = &commands[i];
        const struct method *m = command_method(c);
        size_t needed = 0;
        assert_true((c->method == NULL) == (m == NULL));
        assert_int_equal(strncmp(c->example, "peernet ", 8), 0);
        assert_int_equal(strncmp(c->example + 8, c->name, strlen(c->name)), 0);
        assert_true(help_about(LANGUAGE_EN, c)[0] != '\0');
        bool hidden_found = c->hidden == NULL;
        for (size_t p = 0; m != NULL && p < m->n_params; p++) {
            bool hidden = c->hidden != NULL && strcmp(c->hidden, m->params[p].name) == 0;
            hidden_found = hidden_found || hidden;
            /* a list is of all words that are left, where the command does not read them by itself */
            bool words = command_can_type(&m->params[p]) ||
                         (m->params[p].type == PARAM_LIST && c->most != ARGUMENTS_JOINED);
            /* a hidden text is what the words are, also where other callers may leave it out */
            needed += (!m->params[p].optional && words) || (hidden && m->params[p].type == PARAM_STR);
            if ((!m->params[p].optional && words) || command_has_flag(c, &m->params[p]))
                assert_non_null(param_word_find(m->params[p].name));
        }
        assert_true(hidden_found);
        assert_true(m == NULL || needed == c->least);
    }
}

/* No flag may stand for two things. */
static void visit_no_common_flag(void *context, const struct help_flag *flag)
{
    (void)context;
    for (const struct flag *f = common_flags; f->name != NULL; f++)
        assert_string_not_equal(f->name, flag->name);
}

static void flags_of_commands_do_not_hide_common_ones(void **state)
{
    (void)state;
    for (size_t i = 0; i < command_count; i++)
        help_each_flag(LANGUAGE_EN, &commands[i], visit_no_common_flag, NULL);
}

static void manual_page_names_every_command(void **state)
{
    (void)state;
    struct buf out;
    char heading[64];
    buf_init(&out, 0);
    help_write_roff(&out);
    assert_false(buf_failed(&out));
    for (size_t i = 0; i < command_count; i++) {
        snprintf(heading, sizeof heading, ".SS peernet %s ", commands[i].name);
        assert_non_null(strstr(buf_string(&out), heading));
    }
    buf_free(&out);
}

static void mistyped_commands_find_the_one_that_was_meant(void **state)
{
    static const char *const typed[][2] = {
        {"netwroks", "networks"},   {"netwrk", "network"},  {"stauts", "status"},  {"serach", "search"},
        {"organiser", "organizer"}, {"regruop", "regroup"}, {"pubish", "publish"}, {"unmatch", "unmatched"},
        {"org", "organizer"},       {"hlep", "help"},       {"rnus", "runs"},      {"metods", "methods"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof typed / sizeof typed[0]; i++) {
        const char *found = command_nearest(typed[i][0]);
        assert_non_null(found);
        assert_string_equal(found, typed[i][1]);
    }
    assert_null(command_nearest("elephant"));
    assert_null(command_nearest("x"));
    assert_null(command_nearest(""));
}

static void shown(const char *in, size_t size, const char *expected)
{
    struct buf out;
    buf_init(&out, 0);
    show_bytes(&out, in, size);
    assert_string_equal(buf_string(&out), expected);
    buf_free(&out);
}
#define SHOWN(in, expected) shown(in, sizeof(in) - 1, expected)

static void what_a_terminal_would_obey_is_made_visible(void **state)
{
    (void)state;
    SHOWN("Skola \033[31mröd\033[0m", "Skola \\u001b[31mröd\\u001b[0m");
    SHOWN("a\nb\tc\rd", "a\\nb\\tc\\u000dd");
    SHOWN("nul\0inside", "nul\\u0000inside");
    SHOWN("\x7f\xc2\x9b"
          "31m",
          "\\u007f\\u009b31m");
    SHOWN("abc\xe2\x80\xae"
          "fed",
          "abc\\u202efed");
    SHOWN("zero\xe2\x80\x8bwidth\xef\xbb\xbf", "zero\\u200bwidth\\ufeff");
    SHOWN("tag\xf3\xa0\x81\x81", "tag\\udb40\\udc41");
    SHOWN("\xff\xc3(\xe2\x82", "\\xff\\xc3(\\xe2\\x82");
    SHOWN("\xc0\xaf\xed\xa0\x80", "\\xc0\\xaf\\xed\\xa0\\x80");
    SHOWN("Åäö 学校 🎓", "Åäö 学校 🎓");
}

static void ages_are_told_as_people_do(void **state)
{
    static const struct {
        double seconds;
        const char *en, *sv;
    } ages[] = {
        {0, "just now", "alldeles nyss"},
        {1.9, "just now", "alldeles nyss"},
        {-5, "just now", "alldeles nyss"},
        {2, "2 seconds ago", "för 2 sekunder sedan"},
        {60, "1 minute ago", "för 1 minut sedan"},
        {200, "3 minutes ago", "för 3 minuter sedan"},
        {3600, "1 hour ago", "för 1 timme sedan"},
        {86400, "1 day ago", "för 1 dag sedan"},
        {59 * 86400.0, "59 days ago", "för 59 dagar sedan"},
        {100 * 86400.0, "3 months ago", "för 3 månader sedan"},
        {800 * 86400.0, "2 years ago", "för 2 år sedan"},
    };
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        buf_clear(&out);
        show_ago(&out, LANGUAGE_EN, ages[i].seconds);
        assert_string_equal(buf_string(&out), ages[i].en);
        buf_clear(&out);
        show_ago(&out, LANGUAGE_SV, ages[i].seconds);
        assert_string_equal(buf_string(&out), ages[i].sv);
    }
    buf_free(&out);
}

static void numbers_follow_the_language(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    show_decimal(&out, LANGUAGE_SV, 0.834, 2);
    buf_text(&out, " ");
    show_decimal(&out, LANGUAGE_EN, -0.5, 1);
    buf_text(&out, " ");
    show_percent(&out, LANGUAGE_EN, 0.834);
    buf_text(&out, " ");
    show_count(&out, LANGUAGE_EN, 1234567);
    buf_text(&out, " ");
    show_count(&out, LANGUAGE_EN, -12345);
    buf_text(&out, " ");
    show_count(&out, LANGUAGE_EN, 2800);
    buf_text(&out, " ");
    show_count(&out, LANGUAGE_SV, 12345);
    assert_string_equal(buf_string(&out), "0,83 -0.5 83% 1,234,567 -12,345 2800 12\u00a0345");
    buf_free(&out);
}

static void lines_break_at_blanks_and_count_columns_not_bytes(void **state)
{
    struct buf out;
    (void)state;
    buf_init(&out, 0);
    show_wrapped(&out, "ååå äää ööö averylongwordindeed x", 8, 1);
    assert_string_equal(buf_string(&out), " ååå äää\n ööö\n averylongwordindeed\n x\n");
    assert_int_equal(show_width("学校", strlen("学校")), 4);
    assert_int_equal(show_fitting("aåb", 2), 3);
    assert_int_equal(show_fitting("学校", 3), 3);
    buf_free(&out);
}

static void json_and_messagepack_say_the_same(void **state)
{
    static const char source[] =
        "{\"a\": [1, -2, 3.5, true, null, \"å\\u0000b\"], \"b\": {\"c\": {}}, \"n\": "
        "9223372036854775807}";
    struct err e = ERR_INIT;
    struct buf bytes;
    struct mp_tree tree;
    (void)state;
    json_t *before = json_parse(source, strlen(source), &e);
    assert_non_null(before);
    buf_init(&bytes, 0);
    mp_array(&bytes, 1);
    mp_json_value(&bytes, before);
    assert_int_equal(mp_unpack(bytes.data, bytes.size, &tree, &e), 0);
    json_t *after = json_from_mp(mp_at(tree.top, 0), &e);
    assert_true(json_equal(before, after));
    mp_free(&tree);
    json_decref(before);
    json_decref(after);
    buf_free(&bytes);
}

static void invalid_json_is_told_with_line_and_column(void **state)
{
    struct err e = ERR_INIT;
    (void)state;
    assert_null(json_parse("{\"a\": 1,\n  nope}", 16, &e));
    assert_non_null(strstr(e.text, "line 2, column 6"));
}

static void printed_json_stays_json_without_controls(void **state)
{
    static const char sly[] = "\"\xc2\x9b"
                              "31m\xe2\x80\xae\x7f\"";
    struct err e = ERR_INIT;
    struct buf out;
    (void)state;
    json_t *value = json_parse(sly, strlen(sly), &e);
    assert_non_null(value);
    buf_init(&out, 0);
    assert_int_equal(json_write(&out, value, &e), 0);
    assert_string_equal(buf_string(&out), "\"\\u009b31m\\u202e\\u007f\"\n");
    json_t *again = json_parse((const char *)out.data, out.size, &e);
    assert_true(json_equal(value, again));
    json_decref(value);
    json_decref(again);
    buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_name_the_same_values_in_both_languages),
        cmocka_unit_test(what_the_daemon_refuses_with_is_said_in_the_persons_words),
        cmocka_unit_test(phrases_name_the_same_values_in_both_languages),
        cmocka_unit_test(text_is_filled_in_the_order_of_the_language),
        cmocka_unit_test(language_comes_from_the_first_variable_that_is_set),
        cmocka_unit_test(commands_rest_on_methods_that_exist),
        cmocka_unit_test(flags_of_commands_do_not_hide_common_ones),
        cmocka_unit_test(manual_page_names_every_command),
        cmocka_unit_test(mistyped_commands_find_the_one_that_was_meant),
        cmocka_unit_test(what_a_terminal_would_obey_is_made_visible),
        cmocka_unit_test(ages_are_told_as_people_do),
        cmocka_unit_test(numbers_follow_the_language),
        cmocka_unit_test(lines_break_at_blanks_and_count_columns_not_bytes),
        cmocka_unit_test(json_and_messagepack_say_the_same),
        cmocka_unit_test(invalid_json_is_told_with_line_and_column),
        cmocka_unit_test(printed_json_stays_json_without_controls),
    };
    setlocale(LC_CTYPE, "C.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
