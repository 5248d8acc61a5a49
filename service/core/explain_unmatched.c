#include "core/explain_unmatched.h"

#include <stdbool.h>
#include <string.h>

/* The attributes that every organizer has, and the kinds, in Swedish; others are named as they are written.
 */
static const char *swedish(const char *word)
{
    static const char *const words[][2] = {{"kind", "slag"},           {"county", "län"},
                                           {"municipality", "kommun"}, {"municipal", "kommunal"},
                                           {"independent", "enskild"}, {"state", "statlig"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i][0]) == 0)
            return words[i][1];
    return word;
}

static void say_not_alone(struct buf *out, const struct unmatched_facts *f, bool english)
{
    if (english)
        buf_printf(out,
                   "No network could take it together with another one of the same %s (%s), as the setting "
                   "%s requires. "
                   "It would help if more of them took part.",
                   f->attribute, f->value, f->setting);
    else
        buf_printf(out,
                   "Inget nätverk kunde ta emot den tillsammans med någon annan med samma %s (%s), som "
                   "inställningen %s "
                   "kräver. Det skulle hjälpa om fler sådana deltog.",
                   swedish(f->attribute), swedish(f->value), f->setting);
}

static void say_in_common(struct buf *out, const struct unmatched_facts *f, bool english)
{
    if (english)
        buf_printf(out,
                   "No network could take it in which it has something of %s in common with everybody, as "
                   "the setting %s "
                   "requires. It would help if more organizers like it in that took part.",
                   f->attribute, f->setting);
    else
        buf_printf(out,
                   "Inget nätverk kunde ta emot den där den har något av %s gemensamt med alla, som "
                   "inställningen %s "
                   "kräver. Det skulle hjälpa om fler som liknar den i detta deltog.",
                   swedish(f->attribute), f->setting);
}

static void say_distance(struct buf *out, const struct unmatched_facts *f, bool english)
{
    bool centre = f->limit == LIMIT_CENTRE;
    if (english)
        buf_printf(out,
                   "No network could take it with all members within %.10g km of %s, as the setting %s "
                   "requires. It would "
                   "help to allow a greater distance, or if more organizers nearby took part.",
                   f->km, centre ? "its centre" : "each other", f->setting);
    else
        buf_printf(out,
                   "Inget nätverk kunde ta emot den med alla medlemmar inom %.10g km från %s, som "
                   "inställningen %s kräver. "
                   "Det skulle hjälpa att tillåta ett större avstånd, eller om fler i närheten deltog.",
                   f->km, centre ? "nätverkets mitt" : "varandra", f->setting);
}

static void say_seats(struct buf *out, const struct unmatched_facts *f, bool english)
{
    buf_printf(
        out,
        english
            ? "Takes %u seats (the setting %s), but a network has at most %u. It would help to allow larger "
              "networks."
            : "Tar %u platser (inställningen %s), men ett nätverk har högst %u. Det skulle hjälpa att "
              "tillåta "
              "större nätverk.",
        f->seats, f->setting, f->max_size);
}

void unmatched_sentences(struct buf *out, const struct unmatched_facts *f, const char *language)
{
    bool english = strcmp(language, "en") == 0;
    switch (f->limit) {
    case LIMIT_NOT_ALONE:
        say_not_alone(out, f, english);
        break;
    case LIMIT_IN_COMMON:
        say_in_common(out, f, english);
        break;
    case LIMIT_DISTANCE:
    case LIMIT_CENTRE:
        say_distance(out, f, english);
        break;
    case LIMIT_SEATS:
        say_seats(out, f, english);
        break;
    case LIMIT_NONE:
        break;
    }
}
