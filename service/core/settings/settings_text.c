/* The words of complaints about settings. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "core/settings/settings_parts.h"

enum { CAME_MOST = 60 }; /* bytes of what came that are shown */

static char *real_text(double value)
{
    char *text = NULL;
    json_t *number = json_real(value);
    for (size_t digits = 15; number != NULL && digits <= 17; digits++) {
        free(text);
        text = json_dumps(number, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        json_t *back = text == NULL ? NULL : json_loads(text, JSON_DECODE_ANY, NULL);
        bool same = back != NULL && json_number_value(back) == value;
        json_decref(back);
        if (same)
            break;
    }
    json_decref(number);
    return text;
}

void say_json_number(struct buf *out, double value)
{
    char *text = real_text(value);
    if (text == NULL)
        out->failed = true;
    else
        buf_text(out, text);
    free(text);
}

void say_number(struct buf *out, double value)
{
    if (value == floor(value) && fabs(value) < 1e15)
        buf_printf(out, "%.0f", value);
    else
        say_json_number(out, value);
}

static void say_range(struct buf *out, const struct setting_def *d)
{
    say_number(out, d->lowest);
    buf_text(out, " to ");
    say_number(out, d->highest);
}

static void say_allowed_number(struct buf *out, const struct setting_def *d)
{
    buf_text(out, d->type == SETTING_INT ? "a whole number from " : "a number from ");
    say_range(out, d);
    if (d->unit[0] != '\0')
        buf_printf(out, " (%s)", d->unit);
}

void say_allowed(struct buf *out, const struct setting_def *d)
{
    switch (d->type) {
    case SETTING_BOOL:
        buf_text(out, "true or false");
        return;
    case SETTING_OBJECTIVE:
        buf_text(out, "\"mean\" or \"sum\"");
        return;
    case SETTING_NUMBERS:
        buf_printf(out, "an object with a number from ");
        say_range(out, d);
        buf_printf(out, " for each %s, such as {\"NAME\": ", d->unit);
        say_number(out, d->highest);
        buf_text(out, "}");
        return;
    case SETTING_NAMES:
        buf_printf(out, "a list of at most %.0f names of %s", d->highest, d->unit);
        return;
    case SETTING_NAME:
        buf_printf(out, "the name of %s, or null", d->unit);
        return;
    case SETTING_SCOPE:
        say_scope_allowed(out);
        return;
    case SETTING_INT:
    case SETTING_REAL:
        say_allowed_number(out, d);
        return;
    }
}

static void say_separator(struct buf *out)
{
    if (out->size > 0)
        buf_text(out, "; ");
}

/* The beginning of a text, never cut within a letter. */
static void say_beginning(struct buf *out, const char *text)
{
    size_t n = strlen(text);
    bool cut = n > CAME_MOST;
    for (n = cut ? CAME_MOST : n; cut && n > 0 && ((unsigned char)text[n] & 0xc0u) == 0x80u;)
        n--;
    buf_append(out, text, n);
    if (cut)
        buf_text(out, "...");
}

void complain_of(struct buf *wrong, const char *path, const char *came)
{
    say_separator(wrong);
    buf_text(wrong, "setting \"");
    say_beginning(wrong, path);
    buf_text(wrong, "\" is ");
    say_beginning(wrong, came);
    buf_text(wrong, "; allowed is ");
}

void complain_of_json(struct buf *wrong, const char *path, const json_t *came)
{
    char *text = json_dumps(came, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    complain_of(wrong, path, text == NULL ? "of a kind that cannot be shown" : text);
    free(text);
}

void complain_value(struct buf *wrong, const struct setting_def *d, const char *came)
{
    complain_of(wrong, d->name, came);
    say_allowed(wrong, d);
}

void complain_name(struct buf *wrong, const char *what, const char *name, const char *const *names, size_t n)
{
    bool first = wrong->size == 0;
    say_separator(wrong);
    buf_printf(wrong, "there is no %s \"", what);
    say_beginning(wrong, name);
    buf_text(wrong, "\"");
    const char *nearest = options_nearest(name, names, n);
    if (nearest != NULL) {
        buf_printf(wrong, "; did you mean \"%s\"?", nearest);
        return;
    }
    if (!first)
        return; /* the list once is enough */
    buf_text(wrong, "; there are");
    for (size_t i = 0; i < n; i++)
        buf_printf(wrong, "%s %s", i == 0 ? "" : ",", names[i]);
}
