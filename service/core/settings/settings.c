#include "core/settings/settings.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings/settings_parts.h"

const struct setting_def setting_defs[] = {
#define SETTING(field, type, lowest, highest, preset, unit, sentence) \
    {#field, SETTING_##type, lowest, highest, preset, unit, sentence, offsetof(struct settings, field)},
#include "core/settings/settings.def"
#undef SETTING
};
enum { SETTINGS = sizeof setting_defs / sizeof setting_defs[0] };
const size_t setting_count = SETTINGS;

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
    default:
        return NAN;
    }
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
    default:
        return;
    }
}

/* Objects, lists and names are pointers of different types, so they are copied as bytes. */
static const void *pointer_get(const struct settings *s, const struct setting_def *d)
{
    const void *value;
    memcpy(&value, (const char *)s + d->offset, sizeof value);
    return value;
}

static void pointer_put(struct settings *s, const struct setting_def *d, const void *value)
{
    memcpy((char *)s + d->offset, &value, sizeof value);
}

/* Gives back those of `mine` that are not also those of `kept`. */
static void free_others(const struct settings *mine, const struct settings *kept)
{
    for (size_t i = 0; i < setting_count; i++) {
        const struct setting_def *d = &setting_defs[i];
        if (!setting_is_plain(d->type) && pointer_get(mine, d) != pointer_get(kept, d))
            setting_value_free(d->type, pointer_get(mine, d));
    }
}

void settings_default(struct settings *s)
{
    memset(s, 0, sizeof *s); /* padding too: callers may compare or digest whole structs */
    for (size_t i = 0; i < setting_count; i++)
        setting_put(s, &setting_defs[i], setting_defs[i].preset);
}

void settings_free(struct settings *s)
{
    struct settings preset;
    settings_default(&preset);
    free_others(s, &preset);
    *s = preset;
}

static bool setting_allows(const struct setting_def *d, double value)
{
    bool whole = d->type == SETTING_REAL || value == floor(value);
    return whole && value >= d->lowest && value <= d->highest;
}

static const struct setting_def *setting_find(const char *name)
{
    for (size_t i = 0; i < setting_count; i++)
        if (strcmp(setting_defs[i].name, name) == 0)
            return &setting_defs[i];
    return NULL;
}

static void complain_setting(struct buf *wrong, const char *name)
{
    const char *names[SETTINGS];
    for (size_t i = 0; i < setting_count; i++)
        names[i] = setting_defs[i].name;
    complain_name(wrong, "setting", name, names, setting_count);
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

static void apply_one(struct settings *s, const struct setting_def *d, const json_t *json, struct buf *wrong)
{
    double value;
    if (!setting_is_plain(d->type))
        pointer_put(s, d, setting_value_read(d, json, wrong));
    else if (value_of(d, json, &value) && setting_allows(d, value))
        setting_put(s, d, value);
    else {
        complain_of_json(wrong, d->name, json);
        say_allowed(wrong, d);
    }
}

/* What only holds together. */
static void check_together(const struct settings *s, struct buf *wrong)
{
    if (!(s->min_size <= s->target_size && s->target_size <= s->max_size))
        buf_printf(wrong,
                   "%smin_size <= target_size <= max_size does not hold: they are %" PRId64 ", %" PRId64
                   " and %" PRId64,
                   wrong->size > 0 ? "; " : "", s->min_size, s->target_size, s->max_size);
    if (s->capacity > 0 && s->networks > s->capacity)
        buf_printf(wrong, "%snetworks <= capacity does not hold: they are %" PRId64 " and %" PRId64,
                   wrong->size > 0 ? "; " : "", s->networks, s->capacity);
}

/* Turns what was found wrong into the error, and gives the memory of `wrong` back. */
static int verdict(struct buf *wrong, struct err *e)
{
    int code = 0;
    if (buf_failed(wrong))
        code = err_memory(e, "the settings");
    else if (wrong->size > 0)
        code = err_set(e, ERR_INVALID, "%s", buf_string(wrong));
    buf_free(wrong);
    return code;
}

/* What was read comes in force whole, or not at all. */
static int conclude(struct settings *s, const struct settings *changed, struct buf *wrong, struct err *e)
{
    int code = verdict(wrong, e);
    if (code != 0) {
        free_others(changed, s);
        return code;
    }
    free_others(s, changed);
    *s = *changed;
    return 0;
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
    json_object_foreach(document, name, value)
    {
        const struct setting_def *d = setting_find(name);
        if (d == NULL)
            complain_setting(&wrong, name);
        else
            apply_one(&changed, d, value, &wrong);
    }
    if (wrong.size == 0)
        check_together(&changed, &wrong);
    json_decref(document);
    return conclude(s, &changed, &wrong, e);
}

/* "kind,county" as a list. */
static json_t *list_of(const char *text)
{
    json_t *list = json_array();
    while (text[0] != '\0') {
        size_t n = strcspn(text, ",");
        json_array_append_new(list, json_stringn(text, n));
        text += n + (text[n] == ',');
    }
    return list;
}

/* As JSON, so that 0.5 is read the same in every locale; words stand for strings. NULL: not to be read. */
static json_t *json_of(const struct setting_def *d, const char *text)
{
    bool quoted = text[0] == '"' || text[0] == '[';
    if (d->type == SETTING_OBJECTIVE || (d->type == SETTING_NAME && !quoted && strcmp(text, "null") != 0))
        return json_string(text);
    if (d->type == SETTING_NAMES && !quoted)
        return list_of(text);
    return json_loads(text, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
}

int settings_set(struct settings *s, const char *name, const char *value, struct err *e)
{
    struct settings changed = *s;
    struct buf wrong;
    buf_init(&wrong, 0);
    const struct setting_def *d = setting_find(name);
    json_t *json = d == NULL ? NULL : json_of(d, value);
    double number;
    if (d == NULL)
        complain_setting(&wrong, name);
    else if (json != NULL && !setting_is_plain(d->type))
        apply_one(&changed, d, json, &wrong);
    else if (json != NULL && value_of(d, json, &number) && setting_allows(d, number))
        setting_put(&changed, d, number);
    else
        complain_value(&wrong, d, value[0] == '\0' ? "empty" : value);
    json_decref(json);
    return conclude(s, &changed, &wrong, e);
}

int settings_check(const struct settings *s, struct err *e)
{
    struct buf wrong, came;
    buf_init(&wrong, 0);
    buf_init(&came, 0);
    for (size_t i = 0; i < setting_count; i++) {
        double value = setting_get(s, &setting_defs[i]);
        /* Objects, lists and names were checked where they were read. */
        if (!setting_is_plain(setting_defs[i].type) || setting_allows(&setting_defs[i], value))
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
    switch (d->type) {
    case SETTING_INT:
        buf_printf(out, "%.0f", setting_get(s, d));
        return;
    case SETTING_REAL:
        say_json_number(out, setting_get(s, d));
        return;
    case SETTING_BOOL:
        buf_text(out, setting_get(s, d) != 0 ? "true" : "false");
        return;
    case SETTING_OBJECTIVE:
        buf_printf(out, "\"%s\"", objective_names[s->objective != OBJECTIVE_MEAN]);
        return;
    default:
        setting_value_print(out, d->type, pointer_get(s, d));
        return;
    }
}

/* Says how a run goes about it, not what is asked for. */
static bool is_manner(const struct setting_def *def)
{
    return strcmp(def->name, "carry_from") == 0;
}

static char *to_json(const struct settings *s, bool manners)
{
    struct buf out;
    buf_init(&out, 0);
    for (size_t i = 0; i < setting_count; i++) {
        if (!manners && is_manner(&setting_defs[i]))
            continue;
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

char *settings_to_json(const struct settings *s)
{
    return to_json(s, true);
}

char *settings_for_digest(const struct settings *s)
{
    return to_json(s, false);
}
