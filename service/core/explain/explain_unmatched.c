#include "core/explain/explain_unmatched.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "core/population/county.h"

/* How an attribute is spoken of; others than these are named as they are written. */
struct words {
    const char *attribute;
    const char *same_sv, *same_en;   /* somebody ... */
    const char *alone_sv, *alone_en; /* nobody may be alone ... */
    const char *noun_sv;
};

static const struct words known[] = {
    {"kind", "av samma slag", "of the same kind", "av sitt slag", "of its kind", "slag"},
    {"county", "från samma län", "from the same county", "från sitt län", "from its county", "län"},
    {"municipality", "från samma kommun", "from the same municipality", "från sin kommun",
     "from its municipality", "kommun"},
};

static const struct words *words_of(const char *attribute)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(attribute, known[i].attribute) == 0)
            return &known[i];
    return NULL;
}

static void say_value(struct buf *out, const struct unmatched_facts *f, bool english)
{
    static const char *const kinds[][2] = {
        {"municipal", "kommunal"}, {"independent", "enskild"}, {"state", "statlig"}};
    const char *value = f->value;
    if (strcmp(f->attribute, "county") == 0 && county_name(value, english) != NULL)
        value = county_name(value, english);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !english; i++)
        if (strcmp(f->attribute, "kind") == 0 && strcmp(value, kinds[i][0]) == 0)
            value = kinds[i][1];
    buf_text(out, value);
}

/* The comma is Swedish. */
static void say_km(struct buf *out, double km, bool english)
{
    char text[32];
    snprintf(text, sizeof text, "%.10g", km);
    char *point = strchr(text, '.');
    if (point != NULL && !english)
        *point = ',';
    buf_text(out, text);
}

static void say_not_alone(struct buf *out, const struct unmatched_facts *f, bool english)
{
    const struct words *w = words_of(f->attribute);
    buf_text(out, english ? "No network could take it together with another one "
                          : "Inget nätverk kunde ta emot den tillsammans med någon annan ");
    if (w != NULL)
        buf_text(out, english ? w->same_en : w->same_sv);
    else
        buf_printf(out, english ? "with the same %s" : "med samma %s", f->attribute);
    buf_text(out, " (");
    say_value(out, f, english);
    buf_text(out, english ? "), and nobody is to be alone " : "), och ingen ska vara ensam ");
    if (w != NULL)
        buf_text(out, english ? w->alone_en : w->alone_sv);
    else
        buf_printf(out, english ? "with its %s" : "om sitt värde av %s", f->attribute);
    buf_text(out, english ? ". It would help if more of them took part."
                          : ". Det skulle hjälpa om fler sådana deltog.");
}

static void say_in_common(struct buf *out, const struct unmatched_facts *f, bool english)
{
    const struct words *w = words_of(f->attribute);
    if (english)
        buf_printf(out,
                   "Members of a network are to have something of %s in common, each with each, and no "
                   "network could take it so. It would help if more organizers like it in that took part.",
                   f->attribute);
    else
        buf_printf(out,
                   "Medlemmar i ett nätverk ska ha något av %s gemensamt, var och en med alla, och inget "
                   "nätverk kunde ta emot den så. Det skulle hjälpa om fler som liknar den i detta deltog.",
                   w != NULL ? w->noun_sv : f->attribute);
}

static void say_distance(struct buf *out, const struct unmatched_facts *f, bool english)
{
    bool centre = f->limit == LIMIT_CENTRE;
    buf_text(out,
             english ? "Members of a network are to be within " : "Medlemmar i ett nätverk ska vara inom ");
    say_km(out, f->km, english);
    if (english)
        buf_printf(
            out,
            " km of %s, and no network could take it so. It would help to allow a greater distance, or "
            "if more organizers nearby took part.",
            centre ? "its centre" : "each other");
    else
        buf_printf(out,
                   " km från %s, och inget nätverk kunde ta emot den så. Det skulle hjälpa att tillåta ett "
                   "större avstånd, eller om fler i närheten deltog.",
                   centre ? "nätverkets mitt" : "varandra");
}

static void say_seats(struct buf *out, const struct unmatched_facts *f, bool english)
{
    buf_printf(
        out,
        english
            ? "Takes %u seats, but a network has at most %u. It would help to allow larger networks."
            : "Tar %u platser, men ett nätverk har högst %u. Det skulle hjälpa att tillåta större nätverk.",
        f->seats, f->max_size);
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
