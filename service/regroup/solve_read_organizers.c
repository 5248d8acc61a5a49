/* The organizers of `solve`: id, and where it stands kind, county, municipality, lat, lon and attr.NAME, as
 * in `peernet db import`. */
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "regroup/solve_read.h"
#include "regroup/solve_table.h"

enum { ID, LAT, LON, KIND, COUNTY, MUNICIPALITY, COLUMNS };

static int read_degrees(const char *text, const char *what, double most, double *out, struct err *e)
{
    char *end = NULL;
    *out = NAN;
    if (text[0] == '\0')
        return ERR_OK;
    *out = strtod(text, &end);
    if (*end != '\0' || !(*out >= -most && *out <= most))
        return err_set(e, ERR_INVALID, "%s '%.40s': degrees from -%g to %g are needed, or nothing", what,
                       text, most, most);
    return ERR_OK;
}

static int read_kind(const char *text, enum organizer_kind *out, struct err *e)
{
    int kind = text[0] == '\0' ? KIND_INDEPENDENT : organizer_kind_parse(text);
    if (kind < 0)
        return err_set(e, ERR_INVALID,
                       "kind '%.40s': municipal, independent, regional or state is needed, or nothing", text);
    *out = (enum organizer_kind)kind;
    return ERR_OK;
}

/* A text, or a list where ';' parts the items. */
static json_t *attribute_value(const char *text)
{
    if (strchr(text, ';') == NULL)
        return json_string(text);
    json_t *list = json_array();
    while (text[0] != '\0') {
        size_t n = strcspn(text, ";");
        if (n > 0)
            json_array_append_new(list, json_stringn(text, n));
        text += n + (text[n] == ';');
    }
    return list;
}

/* The further attributes as JSON; the caller frees. NULL when memory ran out. */
static char *attributes_of(const struct solve_table *t)
{
    json_t *all = json_object();
    for (size_t i = 0; i < t->n_attributes; i++) {
        const char *text = t->csv.fields[t->attributes[i].at].text;
        if (text[0] != '\0')
            json_object_set_new(all, t->attributes[i].name, attribute_value(text));
    }
    char *text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return text;
}

static int take_organizer(const struct solve_table *t, struct population *p, struct err *e)
{
    const char *id = solve_table_field(t, ID);
    struct organizer o = {.id = id,
                          .name = id,
                          .county = solve_table_field(t, COUNTY),
                          .municipality = solve_table_field(t, MUNICIPALITY),
                          .pupils = -1};
    if (read_degrees(solve_table_field(t, LAT), "lat", 90, &o.lat, e) ||
        read_degrees(solve_table_field(t, LON), "lon", 180, &o.lon, e) ||
        read_kind(solve_table_field(t, KIND), &o.kind, e))
        return (int)e->code;
    char *attributes = attributes_of(t);
    o.attributes = attributes;
    int code = attributes == NULL ? err_memory(e, "the organizers") : population_add_organizer(p, &o, e);
    free(attributes);
    return code;
}

int solve_read_organizers(const char *path, struct population *p, struct err *e)
{
    static const struct solve_column columns[COLUMNS] = {
        [ID] = {"id", true},      [LAT] = {"lat", false},       [LON] = {"lon", false},
        [KIND] = {"kind", false}, [COUNTY] = {"county", false}, [MUNICIPALITY] = {"municipality", false}};
    return solve_table_read(path, columns, COLUMNS, take_organizer, p, e);
}
