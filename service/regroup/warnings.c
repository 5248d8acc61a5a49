#include "regroup/warnings.h"

#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "core/population/attribute.h"

enum { TOLD_MOST = 5 }; /* of one setting */

/* Categories of the challenges that take part. */
static int warn_categories(const struct inputs *in, const struct setting_numbers *weights, json_t *warnings,
                           struct err *e)
{
    const struct population *p = &in->population;
    int code = ERR_OK;
    for (size_t i = 0; weights != NULL && code == ERR_OK && i < weights->n; i++) {
        const char *name = weights->at[i].name;
        bool there = false;
        for (uint32_t c = 0; c < p->n_categories; c++)
            there = there || strcmp(p->categories[c], name) == 0;
        if (there)
            continue;
        const char *nearest = options_nearest(name, p->categories, p->n_categories);
        code = warnings_add(warnings, e,
                            "category_weights: no challenge that takes part has the category \"%s\"%s%s%s",
                            name, nearest != NULL ? "; did you mean \"" : "", nearest != NULL ? nearest : "",
                            nearest != NULL ? "\"?" : "");
    }
    return code;
}

/* Does a thing of the population (an organizer, a category) bear the name? Asked of each in turn up to n. */
typedef bool (*bearer)(const struct population *p, uint32_t at, const char *name);

static bool has_county(const struct population *p, uint32_t at, const char *name)
{
    return strcmp(p->organizers[at].county, name) == 0;
}

static bool has_municipality(const struct population *p, uint32_t at, const char *name)
{
    return strcmp(p->organizers[at].municipality, name) == 0;
}

/* There may be a hundred thousand names, and as many organizers: the index is asked, once. */
static bool has_id(const struct population *p, uint32_t at, const char *name)
{
    (void)at;
    return population_find_organizer(p, name, strlen(name)) != POPULATION_NONE;
}

static bool is_category(const struct population *p, uint32_t at, const char *name)
{
    return strcmp(p->categories[at], name) == 0;
}

static int warn_names(const struct population *p, uint32_t n, const char *setting,
                      const struct setting_names *names, bearer has, json_t *warnings, struct err *e)
{
    uint32_t missing = 0;
    int code = ERR_OK;
    for (size_t i = 0; names != NULL && code == ERR_OK && i < names->n; i++) {
        uint32_t at = 0;
        while (at < n && !has(p, at, names->at[i]))
            at++;
        if (at < n || ++missing > TOLD_MOST)
            continue;
        code = warnings_add(warnings, e, "%s: nothing within the scope is \"%s\"", setting, names->at[i]);
    }
    if (code == ERR_OK && missing > TOLD_MOST)
        code = warnings_add(warnings, e, "%s: and %u more that nothing within the scope is", setting,
                            missing - TOLD_MOST);
    return code;
}

static int warn_attributes(const struct population *p, const struct setting_scope *scope, json_t *warnings,
                           struct err *e)
{
    int code = ERR_OK;
    for (size_t i = 0; code == ERR_OK && i < scope->n_attributes; i++) {
        struct attribute a;
        code = attribute_read(&a, p, scope->attributes[i].attribute, true, e);
        if (code != ERR_OK)
            return code;
        if (a.n_values == 0)
            code = warnings_of_attribute(p, "scope.attributes", scope->attributes[i].attribute, warnings, e);
        attribute_free(&a);
    }
    return code;
}

int warnings_of_settings(const struct inputs *in, json_t *warnings, struct err *e)
{
    const struct population *p = &in->population;
    const struct setting_scope *scope = in->settings.scope;
    int code = warn_categories(in, in->settings.category_weights, warnings, e);
    if (scope == NULL || code != ERR_OK)
        return code;
    const struct {
        const char *setting;
        const struct setting_names *names;
        bearer has;
        uint32_t n;
    } lists[] = {{"scope.county", scope->county, has_county, p->n_organizers},
                 {"scope.municipality", scope->municipality, has_municipality, p->n_organizers},
                 {"scope.organizers", scope->organizers, has_id, 1},
                 {"scope.category", scope->category, is_category, p->n_categories}};
    code = warn_attributes(p, scope, warnings, e);
    for (size_t i = 0; code == ERR_OK && i < sizeof lists / sizeof lists[0]; i++)
        code = warn_names(p, lists[i].n, lists[i].setting, lists[i].names, lists[i].has, warnings, e);
    return code;
}
