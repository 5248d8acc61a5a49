/* The scope of a programme: read from JSON and printed. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "core/population/population.h"
#include "core/settings/settings_parts.h"

enum { VALUES_MOST = 1000, ORGANIZERS_MOST = 100000, ATTRIBUTES_MOST = 32 };

static const char *const keys[] = {"kind",       "county",         "municipality", "category",
                                   "organizers", "reported_since", "attributes"};
enum { KIND, COUNTY, MUNICIPALITY, CATEGORY, ORGANIZERS, REPORTED_SINCE, ATTRIBUTES, KEYS };

void say_scope_allowed(struct buf *out)
{
    buf_text(out, "an object with");
    for (size_t i = 0; i < KEYS; i++)
        buf_printf(out, "%s %s", i == 0 ? "" : i + 1 < KEYS ? "," : " and", keys[i]);
}

static void read_kinds(struct setting_scope *scope, const json_t *json, struct buf *wrong)
{
    struct setting_names *names =
        setting_names_read("scope.kind", json, KIND_COUNT,
                           "kinds of organizers: municipal, independent, regional, state", wrong);
    for (size_t i = 0; names != NULL && i < names->n; i++) {
        int kind = organizer_kind_parse(names->at[i]);
        if (kind >= 0) {
            scope->kinds |= 1u << kind;
            continue;
        }
        const char *kinds[KIND_COUNT];
        for (int k = 0; k < KIND_COUNT; k++)
            kinds[k] = organizer_kind_name((enum organizer_kind)k);
        complain_name(wrong, "kind of organizer (scope.kind)", names->at[i], kinds, KIND_COUNT);
    }
    free(names);
}

static void read_since(struct setting_scope *scope, const json_t *json, struct buf *wrong)
{
    const char *text = json_string_value(json);
    if (text != NULL && date_parse(text, &scope->since)) {
        snprintf(scope->reported_since, sizeof scope->reported_since, "%s", text);
        return;
    }
    complain_of_json(wrong, "scope.reported_since", json);
    buf_text(wrong, "a date as \"2026-08-31\"");
}

static int filter_compare(const void *a, const void *b)
{
    return strcmp(((const struct setting_filter *)a)->attribute,
                  ((const struct setting_filter *)b)->attribute);
}

static void read_filter(struct setting_scope *scope, const char *name, const json_t *json, struct buf *wrong)
{
    char path[200];
    snprintf(path, sizeof path, "scope.attributes.%.160s", name);
    const struct setting_names *values =
        setting_names_read(path, json, VALUES_MOST, "values of the attribute", wrong);
    if (values == NULL)
        return;
    struct setting_filter *filter = &scope->attributes[scope->n_attributes++];
    *filter = (struct setting_filter){strdup(name), values};
    wrong->failed = wrong->failed || filter->attribute == NULL;
}

static void read_attributes(struct setting_scope *scope, const json_t *json, struct buf *wrong)
{
    size_t n = json_object_size(json);
    if (n < 1 || n > ATTRIBUTES_MOST) {
        complain_of_json(wrong, "scope.attributes", json);
        buf_printf(
            wrong,
            "an object of 1 to %d attributes with a list of values each, such as {\"forms\": [\"gr\"]}",
            ATTRIBUTES_MOST);
        return;
    }
    scope->attributes = calloc(n, sizeof *scope->attributes);
    if (scope->attributes == NULL) {
        wrong->failed = true;
        return;
    }
    const char *name;
    json_t *values;
    json_object_foreach((json_t *)json, name, values) read_filter(scope, name, values, wrong);
    if (!wrong->failed)
        qsort(scope->attributes, scope->n_attributes, sizeof *scope->attributes, filter_compare);
}

static void read_key(struct setting_scope *scope, const char *key, const json_t *json, struct buf *wrong)
{
    size_t at = 0;
    while (at < KEYS && strcmp(keys[at], key) != 0)
        at++;
    switch (at) {
    case KIND:
        read_kinds(scope, json, wrong);
        return;
    case COUNTY:
        scope->county = setting_names_read("scope.county", json, VALUES_MOST, "codes of counties", wrong);
        return;
    case MUNICIPALITY:
        scope->municipality =
            setting_names_read("scope.municipality", json, VALUES_MOST, "codes of municipalities", wrong);
        return;
    case CATEGORY:
        scope->category =
            setting_names_read("scope.category", json, VALUES_MOST, "categories of challenges", wrong);
        return;
    case ORGANIZERS:
        scope->organizers =
            setting_names_read("scope.organizers", json, ORGANIZERS_MOST, "organisation numbers", wrong);
        return;
    case REPORTED_SINCE:
        read_since(scope, json, wrong);
        return;
    case ATTRIBUTES:
        read_attributes(scope, json, wrong);
        return;
    default:
        complain_name(wrong, "key of \"scope\" named", key, keys, KEYS);
    }
}

const struct setting_scope *setting_scope_read(const json_t *json, struct buf *wrong)
{
    if (!json_is_object(json)) {
        complain_of_json(wrong, "scope", json);
        say_scope_allowed(wrong);
        return NULL;
    }
    if (json_object_size(json) == 0)
        return NULL;
    struct setting_scope *scope = calloc(1, sizeof *scope);
    if (scope == NULL) {
        wrong->failed = true;
        return NULL;
    }
    scope->since = INT32_MIN;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)json, key, value) read_key(scope, key, value, wrong);
    return scope; /* after a complaint too: the caller frees */
}

void setting_scope_free(const struct setting_scope *scope)
{
    if (scope == NULL)
        return;
    const struct setting_names *lists[] = {scope->county, scope->municipality, scope->category,
                                           scope->organizers};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        free((void *)lists[i]);
    for (size_t i = 0; i < scope->n_attributes; i++) {
        free((void *)scope->attributes[i].attribute);
        free((void *)scope->attributes[i].values);
    }
    free(scope->attributes);
    free((void *)scope);
}

static json_t *kinds_json(uint32_t kinds)
{
    json_t *list = json_array();
    for (int k = 0; k < KIND_COUNT; k++)
        if (kinds & (1u << k))
            json_array_append_new(list, json_string(organizer_kind_name((enum organizer_kind)k)));
    return list;
}

static json_t *scope_json(const struct setting_scope *scope)
{
    json_t *all = json_object();
    const struct setting_names *lists[KEYS] = {[COUNTY] = scope->county,
                                               [MUNICIPALITY] = scope->municipality,
                                               [CATEGORY] = scope->category,
                                               [ORGANIZERS] = scope->organizers};
    if (scope->kinds != 0)
        json_object_set_new(all, keys[KIND], kinds_json(scope->kinds));
    for (size_t i = 0; i < KEYS; i++)
        if (lists[i] != NULL)
            json_object_set_new(all, keys[i], setting_names_json(lists[i]));
    if (scope->since != INT32_MIN)
        json_object_set_new(all, keys[REPORTED_SINCE], json_string(scope->reported_since));
    json_t *attributes = json_object();
    for (size_t i = 0; i < scope->n_attributes; i++)
        json_object_set_new(attributes, scope->attributes[i].attribute,
                            setting_names_json(scope->attributes[i].values));
    if (scope->n_attributes > 0)
        json_object_set_new(all, keys[ATTRIBUTES], json_incref(attributes));
    json_decref(attributes);
    return all;
}

void setting_scope_print(struct buf *out, const struct setting_scope *scope)
{
    json_t *all = scope == NULL ? json_object() : scope_json(scope);
    char *text = json_dumps(all, 0);
    if (text == NULL)
        out->failed = true;
    else
        buf_text(out, text);
    free(text);
    json_decref(all);
}
