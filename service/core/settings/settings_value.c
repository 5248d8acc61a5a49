/* Settings that are objects, lists or names: read from JSON into one block each, and printed. */
#include <stdlib.h>
#include <string.h>

#include "core/settings/settings_parts.h"

enum { ENTRIES_MOST = 1000, NAME_LETTERS_MOST = 128 };

bool setting_is_plain(enum setting_type type)
{
    return type <= SETTING_OBJECTIVE;
}

static int number_compare(const void *a, const void *b)
{
    return strcmp(((const struct setting_number *)a)->name, ((const struct setting_number *)b)->name);
}

double settings_number(const struct setting_numbers *numbers, const char *name, double otherwise)
{
    const struct setting_number wanted = {.name = name}, *found = NULL;
    if (numbers != NULL)
        found = bsearch(&wanted, numbers->at, numbers->n, sizeof *numbers->at, number_compare);
    return found != NULL ? found->value : otherwise;
}

static int text_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool settings_names_has(const struct setting_names *names, const char *name)
{
    return bsearch(&name, names->at, names->n, sizeof *names->at, text_compare) != NULL;
}

/* As the database has names: not empty, not too long, no control characters, no space at either end. */
static bool name_valid(const char *name)
{
    size_t letters = 0, n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return false;
        letters += ((unsigned char)name[i] & 0xc0u) != 0x80u;
    }
    return n > 0 && letters <= NAME_LETTERS_MOST && name[0] != ' ' && name[n - 1] != ' ';
}

static const char name_rule[] =
    "1 to 128 characters, none of them a control character, no space at either end";

/* Sorts the texts; those that come twice are kept once. */
static struct setting_names *names_make(const char **texts, size_t n)
{
    size_t kept = 0, size = sizeof(struct setting_names);
    qsort(texts, n, sizeof *texts, text_compare);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 || strcmp(texts[kept - 1], texts[i]) != 0)
            texts[kept++] = texts[i];
    for (size_t i = 0; i < kept; i++)
        size += sizeof *texts + strlen(texts[i]) + 1;
    struct setting_names *made = malloc(size);
    if (made == NULL)
        return NULL;
    made->n = kept;
    char *text = (char *)(made->at + kept);
    for (size_t i = 0; i < kept; i++) {
        made->at[i] = text;
        text = stpcpy(text, texts[i]) + 1;
    }
    return made;
}

/* The texts of a list; false after a complaint. */
static bool texts_of(const char *path, const json_t *list, const char **texts, struct buf *wrong)
{
    size_t i;
    json_t *one;
    json_array_foreach(list, i, one)
    {
        texts[i] = json_string_value(one);
        if (texts[i] != NULL && name_valid(texts[i]))
            continue;
        char item[96];
        snprintf(item, sizeof item, "%.64s[%zu]", path, i);
        complain_of_json(wrong, item, one);
        buf_printf(wrong, "a name of %s", name_rule);
        return false;
    }
    return true;
}

struct setting_names *setting_names_read(const char *path, const json_t *json, size_t most,
                                         const char *allowed, struct buf *wrong)
{
    json_t *list = json_is_string(json) ? json_pack("[O]", json) : json_incref((json_t *)json);
    size_t n = json_array_size(list);
    struct setting_names *made = NULL;
    if (list != NULL && (!json_is_array(list) || n == 0 || n > most)) {
        complain_of_json(wrong, path, json);
        buf_printf(wrong, "a list of 1 to %zu %s", most, allowed);
    } else {
        const char **texts = malloc((n + 1) * sizeof *texts);
        bool good = texts != NULL && list != NULL && texts_of(path, list, texts, wrong);
        if (good)
            made = names_make(texts, n);
        if (texts == NULL || list == NULL || (good && made == NULL))
            wrong->failed = true;
        free(texts);
    }
    json_decref(list);
    return made;
}

json_t *setting_names_json(const struct setting_names *names)
{
    json_t *list = json_array();
    for (size_t i = 0; names != NULL && i < names->n; i++)
        json_array_append_new(list, json_string(names->at[i]));
    return list;
}

static const struct setting_names *read_names(const struct setting_def *d, const json_t *json,
                                              struct buf *wrong)
{
    if (json_is_array(json) && json_array_size(json) == 0)
        return NULL;
    size_t n = json_array_size(json);
    if ((json_is_array(json) && n <= (size_t)d->highest) || json_is_string(json))
        return setting_names_read(d->name, json, (size_t)d->highest, d->unit, wrong);
    complain_of_json(wrong, d->name, json);
    say_allowed(wrong, d);
    return NULL;
}

static const char *read_name(const struct setting_def *d, const json_t *json, struct buf *wrong)
{
    const char *name = json_string_value(json);
    if (json_is_null(json) || (name != NULL && name[0] == '\0'))
        return NULL;
    if (name != NULL && name_valid(name)) {
        char *copy = strdup(name);
        wrong->failed = wrong->failed || copy == NULL;
        return copy;
    }
    complain_of_json(wrong, d->name, json);
    say_allowed(wrong, d);
    return NULL;
}

/* One entry of an object of numbers; false after a complaint. */
static bool number_of(const struct setting_def *d, const char *name, const json_t *json, struct buf *wrong)
{
    char path[256];
    snprintf(path, sizeof path, "%s.%.160s", d->name, name);
    if (!name_valid(name)) {
        json_t *text = json_string(name);
        complain_of_json(wrong, d->name, text);
        buf_printf(wrong, "for each %s a name of %s", d->unit, name_rule);
        json_decref(text);
        return false;
    }
    double value = json_number_value(json);
    if (json_is_number(json) && value >= d->lowest && value <= d->highest)
        return true;
    complain_of_json(wrong, path, json);
    buf_text(wrong, "a number from ");
    say_number(wrong, d->lowest);
    buf_text(wrong, " to ");
    say_number(wrong, d->highest);
    return false;
}

static struct setting_numbers *numbers_make(const json_t *json)
{
    size_t n = json_object_size(json),
           size = sizeof(struct setting_numbers) + n * sizeof(struct setting_number);
    const char *name;
    json_t *number;
    json_object_foreach((json_t *)json, name, number) size += strlen(name) + 1;
    struct setting_numbers *made = malloc(size);
    if (made == NULL)
        return NULL;
    char *text = (char *)(made->at + n);
    made->n = 0;
    json_object_foreach((json_t *)json, name, number)
    {
        made->at[made->n++] = (struct setting_number){text, json_number_value(number)};
        text = stpcpy(text, name) + 1;
    }
    qsort(made->at, n, sizeof *made->at, number_compare);
    return made;
}

static const struct setting_numbers *read_numbers(const struct setting_def *d, const json_t *json,
                                                  struct buf *wrong)
{
    size_t n = json_object_size(json);
    if (!json_is_object(json) || n > ENTRIES_MOST) {
        complain_of_json(wrong, d->name, json);
        say_allowed(wrong, d);
        return NULL;
    }
    const char *name;
    json_t *number;
    bool good = true;
    json_object_foreach((json_t *)json, name, number) good = number_of(d, name, number, wrong) && good;
    if (!good || n == 0)
        return NULL;
    struct setting_numbers *made = numbers_make(json);
    wrong->failed = wrong->failed || made == NULL;
    return made;
}

const void *setting_value_read(const struct setting_def *d, const json_t *json, struct buf *wrong)
{
    switch (d->type) {
    case SETTING_NUMBERS:
        return read_numbers(d, json, wrong);
    case SETTING_NAMES:
        return read_names(d, json, wrong);
    case SETTING_NAME:
        return read_name(d, json, wrong);
    case SETTING_SCOPE:
        return setting_scope_read(json, wrong);
    default:
        return NULL;
    }
}

void setting_value_free(enum setting_type type, const void *value)
{
    if (type == SETTING_SCOPE)
        setting_scope_free(value);
    else
        free((void *)value);
}

static void print_json(struct buf *out, json_t *json)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY);
    if (text == NULL)
        out->failed = true;
    else
        buf_text(out, text);
    free(text);
    json_decref(json);
}

static void print_numbers(struct buf *out, const struct setting_numbers *numbers)
{
    buf_text(out, "{");
    for (size_t i = 0; numbers != NULL && i < numbers->n; i++) {
        buf_text(out, i == 0 ? "" : ", ");
        print_json(out, json_string(numbers->at[i].name));
        buf_text(out, ": ");
        say_json_number(out, numbers->at[i].value);
    }
    buf_text(out, "}");
}

void setting_value_print(struct buf *out, enum setting_type type, const void *value)
{
    switch (type) {
    case SETTING_NUMBERS:
        print_numbers(out, value);
        return;
    case SETTING_NAMES:
        print_json(out, setting_names_json(value));
        return;
    case SETTING_NAME:
        print_json(out, value == NULL ? json_null() : json_string(value));
        return;
    case SETTING_SCOPE:
        setting_scope_print(out, value);
        return;
    default:
        return;
    }
}
