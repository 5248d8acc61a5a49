#include "core/settings/scope.h"

#include <jansson.h>

static bool names(const struct setting_names *values, const char *value)
{
    return values == NULL || settings_names_has(values, value);
}

/* An attribute is a text or a list of texts. */
static bool attribute_has(const json_t *attribute, const struct setting_names *values)
{
    size_t i;
    json_t *one;
    if (json_is_string(attribute))
        return settings_names_has(values, json_string_value(attribute));
    json_array_foreach(attribute, i, one)
    {
        if (json_is_string(one) && settings_names_has(values, json_string_value(one)))
            return true;
    }
    return false;
}

static bool attributes_match(const struct setting_scope *scope, const char *attributes)
{
    json_t *all = json_loads(attributes, 0, NULL);
    bool match = true;
    for (size_t i = 0; match && i < scope->n_attributes; i++)
        match =
            attribute_has(json_object_get(all, scope->attributes[i].attribute), scope->attributes[i].values);
    json_decref(all);
    return match;
}

bool scope_has_organizer(const struct setting_scope *scope, const struct organizer *o)
{
    if (scope == NULL)
        return true;
    if (scope->kinds != 0 && (scope->kinds & 1u << o->kind) == 0)
        return false;
    return names(scope->county, o->county) && names(scope->municipality, o->municipality) &&
           names(scope->organizers, o->id) &&
           (scope->n_attributes == 0 || attributes_match(scope, o->attributes));
}

bool scope_has_category(const struct setting_scope *scope, const char *category)
{
    return scope == NULL || names(scope->category, category);
}

bool scope_has_day(const struct setting_scope *scope, int32_t day)
{
    return scope == NULL || day >= scope->since;
}
