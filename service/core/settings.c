#include "core/settings.h"

#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

#define NAME_MOST 64

const struct setting_def setting_defs[] = {
#define SETTING(field, type, lowest, highest, preset, unit, sentence) \
    {#field, SETTING_##type, lowest, highest, preset, unit, sentence, offsetof(struct settings, field)},
#include "core/settings.def"
#undef SETTING
};
const size_t setting_count = sizeof setting_defs / sizeof setting_defs[0];

static const char *const objective_names[] = {[OBJECTIVE_MEAN] = "mean", [OBJECTIVE_SUM] = "sum"};
#define OBJECTIVE_NAMES (sizeof objective_names / sizeof objective_names[0])

static double setting_get(const struct settings *s, const struct setting_def *d)
{
    const char *field = (const char *)s + d->offset;
    switch (d->type) {
    case SETTING_INT:
        return (double)*(const int64_t *)(const void *)field;
    case SETTING_REAL:
        return *(const double *)(const void *)field;
    case SETTING_BOOL:
        return *(const bool *)(const void *)field;
    case SETTING_OBJECTIVE:
        return (double)*(const enum objective *)(const void *)field;
    }
    return NAN;
}

static void setting_put(struct settings *s, const struct setting_def *d, double value)
{
    char *field = (char *)s + d->offset;
    switch (d->type) {
    case SETTING_INT:
        *(int64_t *)(void *)field = (int64_t)value;
        return;
    case SETTING_REAL:
        *(double *)(void *)field = value;
        return;
    case SETTING_BOOL:
        *(bool *)(void *)field = value != 0;
        return;
    case SETTING_OBJECTIVE:
        *(enum objective *)(void *)field = (enum objective)value;
        return;
    }
}

void settings_default(struct settings *s)
{
    memset(s, 0, sizeof *s); /* padding too: callers may compare or digest whole structs */
    for (size_t i = 0; i < setting_count; i++)
        setting_put(s, &setting_defs[i], setting_defs[i].preset);
}

static bool setting_allows(const struct setting_def *d, double value)
{
    bool whole = d->type == SETTING_REAL || value == floor(value);
    return whole && value >= d->lowest && value <= d->highest;
}

/* A number as JSON has it, whatever the locale, in the fewest digits that read back as the same number. */
static json_t *real_text(double value, char **text)
{
    *text = NULL;
    json_t *number = json_real(value);
    for (size_t digits = 15; number != NULL && digits <= 17; digits++) {
        free(*text);
        *text = json_dumps(number, JSON_ENCODE_ANY | JSON_REAL_PRECISION(digits));
        json_t *back = *text == NULL ? NULL : json_loads(*text, JSON_DECODE_ANY, NULL);
        bool same = back != NULL && json_number_value(back) == value;
        json_decref(back);
        if (same)
            break;
    }
    return number;
}

static void say_number(struct buf *out, double value)
{
    if (value == floor(value) && fabs(value) < 1e15) {
        buf_printf(out, "%.0f", value);
        return;
    }
    char *text;
    json_decref(real_text(value, &text));
    buf_text(out, text == NULL ? "?" : text);
    free(text);
}

/* "an integer from 2 to 1000 organizers" */
static void say_allowed(struct buf *out, const struct setting_def *d)
{
    if (d->type == SETTING_BOOL) {
        buf_text(out, "true or false");
        return;
    }
    if (d->type == SETTING_OBJECTIVE) {
        buf_text(out, "\"mean\" or \"sum\"");
        return;
    }
    buf_text(out, d->type == SETTING_INT ? "a whole number from " : "a number from ");
    say_number(out, d->lowest);
    buf_text(out, " to ");
    say_number(out, d->highest);
    if (d->unit[0] != '\0')
        buf_printf(out, " (%s)", d->unit);
}

static void say_separator(struct buf *out)
{
    if (out->size > 0)
        buf_text(out, "; ");
}

static void complain_value(struct buf *out, const struct setting_def *d, const char *came)
{
    say_separator(out);
    buf_printf(out, "setting \"%s\" is %.60s; allowed is ", d->name, came);
    say_allowed(out, d);
}

/* How many letters apart two names are: inserted, dropped, changed or two neighbours exchanged. */
static size_t name_distance(const char *a, const char *b)
{
    size_t rows[3][NAME_MOST + 1];
    size_t na = strlen(a), nb = strlen(b);
    if (na > NAME_MOST || nb > NAME_MOST)
        return NAME_MOST;
    for (size_t i = 0; i <= na; i++) {
        size_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= nb; j++) {
            if (i == 0) {
                now[j] = j;
                continue;
            }
            size_t best = before[j - 1] + (a[i - 1] != b[j - 1]);
            best = before[j] + 1 < best ? before[j] + 1 : best;
            best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && earlier[j - 2] + 1 < best)
                best = earlier[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[na % 3][nb];
}

static const struct setting_def *setting_find(const char *name)
{
    for (size_t i = 0; i < setting_count; i++)
        if (strcmp(setting_defs[i].name, name) == 0)
            return &setting_defs[i];
    return NULL;
}

/* The nearest name, or NULL when none is near enough to be what was meant. */
static const char *setting_nearest(const char *name)
{
    const char *nearest = NULL;
    size_t least = strlen(name) / 3 + 2;
    for (size_t i = 0; i < setting_count; i++) {
        size_t distance = name_distance(name, setting_defs[i].name);
        if (distance < least) {
            least = distance;
            nearest = setting_defs[i].name;
        }
    }
    return nearest;
}

static void complain_name(struct buf *out, const char *name)
{
    bool first = out->size == 0;
    say_separator(out);
    buf_printf(out, "there is no setting \"%.60s\"", name);
    const char *nearest = setting_nearest(name);
    if (nearest != NULL) {
        buf_printf(out, "; did you mean \"%s\"?", nearest);
        return;
    }
    if (!first)
        return; /* the list once is enough */
    buf_text(out, "; there are");
    for (size_t i = 0; i < setting_count; i++)
        buf_printf(out, "%s %s", i == 0 ? "" : ",", setting_defs[i].name);
}

/* The value a JSON value has for a setting; false where it has the wrong type. */
static bool value_of(const struct setting_def *d, const json_t *json, double *value)
{
    if (d->type == SETTING_BOOL) {
        *value = json_is_true(json);
        return json_is_boolean(json);
    }
    if (d->type == SETTING_OBJECTIVE) {
        for (size_t i = 0; i < OBJECTIVE_NAMES; i++) {
            *value = (double)i;
            if (json_is_string(json) && strcmp(json_string_value(json), objective_names[i]) == 0)
                return true;
        }
        return false;
    }
    *value = json_number_value(json);
    return json_is_number(json);
}

static void apply_one(struct settings *s, const char *name, const json_t *json, struct buf *wrong)
{
    const struct setting_def *d = setting_find(name);
    double value;
    if (d == NULL) {
        complain_name(wrong, name);
        return;
    }
    if (value_of(d, json, &value) && setting_allows(d, value)) {
        setting_put(s, d, value);
        return;
    }
    char *came = json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(15));
    complain_value(wrong, d, came == NULL ? "of a kind that cannot be shown" : came);
    free(came);
}

/* What only holds together. */
static void check_together(const struct settings *s, struct buf *wrong)
{
    if (s->min_size <= s->target_size && s->target_size <= s->max_size)
        return;
    say_separator(wrong);
    buf_printf(wrong,
               "min_size <= target_size <= max_size does not hold: they are %" PRId64 ", %" PRId64
               " and %" PRId64,
               s->min_size, s->target_size, s->max_size);
}

/* Turns what was found wrong into the error, and gives the memory of `wrong` back. */
static int verdict(struct buf *wrong, struct err *e)
{
    int code = 0;
    if (buf_failed(wrong))
        code = err_memory(e, "the complaints about settings");
    else if (wrong->size > 0)
        code = err_set(e, ERR_INVALID, "%s", buf_string(wrong));
    buf_free(wrong);
    return code;
}

int settings_apply_json(struct settings *s, const char *json, struct err *e)
{
    json_error_t where;
    json_t *document = json_loads(json, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    if (document == NULL)
        return err_set(e, ERR_INVALID, "the settings are not valid JSON: line %d, column %d: %s", where.line,
                       where.column, where.text);
    if (!json_is_object(document)) {
        json_decref(document);
        return err_set(e, ERR_INVALID,
                       "the settings have to be a JSON object such as {\"min_size\": 5}, not %.60s", json);
    }
    struct settings changed = *s;
    struct buf wrong;
    buf_init(&wrong, 0);
    const char *name;
    json_t *value;
    json_object_foreach(document, name, value) apply_one(&changed, name, value, &wrong);
    if (wrong.size == 0)
        check_together(&changed, &wrong);
    json_decref(document);
    int code = verdict(&wrong, e);
    if (code == 0)
        *s = changed;
    return code;
}

int settings_set(struct settings *s, const char *name, const char *value, struct err *e)
{
    struct buf wrong;
    buf_init(&wrong, 0);
    const struct setting_def *d = setting_find(name);
    /* As JSON, so that 0.5 is read the same in every locale; words stand for strings. */
    json_t *json = d != NULL && d->type == SETTING_OBJECTIVE ? json_string(value)
                                                             : json_loads(value, JSON_DECODE_ANY, NULL);
    double number;
    if (d == NULL)
        complain_name(&wrong, name);
    else if (json != NULL && value_of(d, json, &number) && setting_allows(d, number))
        setting_put(s, d, number);
    else
        complain_value(&wrong, d, value[0] == '\0' ? "empty" : value);
    json_decref(json);
    return verdict(&wrong, e);
}

int settings_check(const struct settings *s, struct err *e)
{
    struct buf wrong, came;
    buf_init(&wrong, 0);
    buf_init(&came, 0);
    for (size_t i = 0; i < setting_count; i++) {
        double value = setting_get(s, &setting_defs[i]);
        if (setting_allows(&setting_defs[i], value))
            continue;
        buf_clear(&came);
        buf_printf(&came, "%g", value);
        complain_value(&wrong, &setting_defs[i], buf_string(&came));
    }
    check_together(s, &wrong);
    buf_free(&came);
    return verdict(&wrong, e);
}

static void print_value(struct buf *out, const struct settings *s, const struct setting_def *d)
{
    double value = setting_get(s, d);
    char *text = NULL;
    switch (d->type) {
    case SETTING_INT:
        buf_printf(out, "%.0f", value);
        return;
    case SETTING_REAL:
        json_decref(real_text(value, &text));
        if (text == NULL)
            out->failed = true;
        else
            buf_text(out, text);
        free(text);
        return;
    case SETTING_BOOL:
        buf_text(out, value != 0 ? "true" : "false");
        return;
    case SETTING_OBJECTIVE:
        buf_printf(out, "\"%s\"", objective_names[value != 0]);
        return;
    }
}

char *settings_to_json(const struct settings *s)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < setting_count; i++) {
        buf_printf(&out, "%s\"%s\": ", i == 0 ? "{" : ", ", setting_defs[i].name);
        print_value(&out, s, &setting_defs[i]);
    }
    buf_text(&out, "}");
    char *json = strdup(buf_string(&out));
    if (buf_failed(&out)) {
        free(json);
        json = NULL;
    }
    buf_free(&out);
    return json;
}
