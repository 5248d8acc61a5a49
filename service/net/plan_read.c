/* Offices, settings and scenarios of a plan as they come in a request. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "net/plan_job.h"
#include "proto/mp.h"
#include "proto/text.h"

#define NAME_MOST 100
#define WEIGHT_MOST 100.0
#define TERMS_A_YEAR_MOST 12
#define AT 80 /* "scenarios[7].offices[99].capacity[199]" */

/* The place of a value below another: "offices[0]" and ".name". */
static const char *below(char out[AT], const char *at, const char *more)
{
    size_t used = strnlen(at, AT - 1), room = AT - 1 - used, size = strnlen(more, room);
    memmove(out, at, used);
    memcpy(out + used, more, size);
    out[used + size] = '\0';
    return out;
}

static const char *below_key(char out[AT], const char *at, const char *key)
{
    char more[40];
    snprintf(more, sizeof more, ".%.30s", key);
    return below(out, at, more);
}

static const char *below_index(char out[AT], const char *at, size_t index)
{
    char more[32];
    snprintf(more, sizeof more, "[%zu]", index);
    return below(out, at, more);
}

static int refuse(struct err *e, const char *at, const msgpack_object *value, const char *allowed)
{
    return err_set(e, ERR_INVALID, "%s: %s came; %s is allowed", at,
                   value == NULL ? "nothing" : mp_type_name(value), allowed);
}

/* Every key of the map is one of those, which end with NULL. */
static int check_keys(const char *at, const msgpack_object *map, const char *const *keys, const char *allowed,
                      struct err *e)
{
    char shown[TEXT_SHOWN];
    if (map->type != MSGPACK_OBJECT_MAP)
        return refuse(e, at, map, allowed);
    for (uint32_t i = 0; i < map->via.map.size; i++) {
        const msgpack_object *key = &map->via.map.ptr[i].key;
        const char *text = "";
        size_t size = 0, k = 0;
        mp_get_str(key, &text, &size);
        while (keys[k] != NULL && !mp_equals(key, keys[k]))
            k++;
        if (keys[k] == NULL)
            return err_set(e, ERR_INVALID, "%s: %s is not known; %s is allowed", at,
                           text_show(text, size, shown), allowed);
    }
    return 0;
}

static int read_real(const char *at, const msgpack_object *value, double lowest, double highest, double *out,
                     struct err *e)
{
    double read;
    if (mp_get_double(value, &read) && read >= lowest && read <= highest) {
        *out = read;
        return 0;
    }
    if (!mp_get_double(value, &read))
        return err_set(e, ERR_INVALID, "%s: %s came; a number from %g to %g is allowed", at,
                       value == NULL ? "nothing" : mp_type_name(value), lowest, highest);
    return err_set(e, ERR_INVALID, "%s: %g came; a number from %g to %g is allowed", at, read, lowest,
                   highest);
}

static int read_name(struct plan_job *job, const char *at, const msgpack_object *value, const char **out,
                     struct err *e)
{
    const char *text;
    size_t size;
    if (!mp_get_str(value, &text, &size))
        return refuse(e, at, value, "a str, the name,");
    long characters = memchr(text, '\0', size) != NULL ? -1 : text_characters(text, size);
    if (characters < 1 || characters > NAME_MOST)
        return err_set(e, ERR_INVALID, "%s: a name of 1 to %d characters is allowed", at, NAME_MOST);
    *out = arena_text(&job->memory, text, size);
    return *out == NULL ? err_memory(e, "a plan") : 0;
}

static int read_places(const char *at, const msgpack_object *value, uint32_t *out, struct err *e)
{
    uint64_t places;
    if (!mp_get_uint(value, &places))
        return refuse(e, at, value, "a uint, or a list of them term by term,");
    if (places > PLAN_PLACES_MOST)
        return err_set(e, ERR_INVALID, "%s: %" PRIu64 " came; at most %d is allowed", at, places,
                       PLAN_PLACES_MOST);
    *out = (uint32_t)places;
    return 0;
}

/* One number, or one for each term, of which the last goes on. */
static int read_capacity(struct plan_job *job, const char *at, const msgpack_object *value,
                         const uint32_t **out, uint32_t *n, struct err *e)
{
    bool many = value != NULL && value->type == MSGPACK_OBJECT_ARRAY;
    char where[AT];
    size_t count = many ? mp_count(value) : 1;
    if (count < 1 || count > PLAN_TERMS_MOST)
        return err_set(e, ERR_INVALID, "%s: %zu terms came; 1 to %d are allowed", at, count, PLAN_TERMS_MOST);
    uint32_t *places = arena_alloc(&job->memory, count * sizeof *places);
    if (places == NULL)
        return err_memory(e, "a plan");
    for (size_t i = 0; i < count; i++) {
        if (many)
            below_index(where, at, i);
        if (read_places(many ? where : at, many ? mp_at(value, i) : value, &places[i], e))
            return (int)e->code;
    }
    *out = places;
    *n = (uint32_t)count;
    return 0;
}

static int read_office(struct plan_job *job, const char *at, const msgpack_object *value,
                       struct plan_office *out, struct err *e)
{
    static const char *const keys[] = {"name", "lat", "lon", "capacity", NULL};
    char where[AT];
    if (check_keys(at, value, keys, "a map of name, lat, lon and capacity", e))
        return (int)e->code;
    below_key(where, at, "name");
    if (read_name(job, where, mp_find(value, "name"), &out->name, e))
        return (int)e->code;
    below_key(where, at, "lat");
    if (read_real(where, mp_find(value, "lat"), -90, 90, &out->lat, e))
        return (int)e->code;
    below_key(where, at, "lon");
    if (read_real(where, mp_find(value, "lon"), -180, 180, &out->lon, e))
        return (int)e->code;
    below_key(where, at, "capacity");
    return read_capacity(job, where, mp_find(value, "capacity"), &out->places, &out->n_places, e);
}

static int read_offices(struct plan_job *job, const char *at, const msgpack_object *list,
                        struct plan_scenario *out, struct err *e)
{
    char where[AT];
    size_t n = mp_count(list);
    if (list->type != MSGPACK_OBJECT_ARRAY)
        return refuse(e, at, list, "a list of offices");
    if (n < 1 || n > PLAN_OFFICES_MOST)
        return err_set(e, ERR_INVALID, "%s: %zu came; 1 to %d are allowed", at, n, PLAN_OFFICES_MOST);
    out->offices = arena_alloc(&job->memory, n * sizeof *out->offices);
    if (out->offices == NULL)
        return err_memory(e, "a plan");
    out->n_offices = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        below_index(where, at, i);
        if (read_office(job, where, mp_at(list, i), &out->offices[i], e))
            return (int)e->code;
        for (size_t k = 0; k < i; k++)
            if (strcmp(out->offices[k].name, out->offices[i].name) == 0)
                return err_set(e, ERR_INVALID, "%s.name: %s came before, as %s[%zu]", where,
                               out->offices[i].name, at, k);
    }
    return 0;
}

/* A share of all, or of each kind that is named. */
static int read_accept(const char *at, const msgpack_object *value, struct plan_settings *out, struct err *e)
{
    static const char *const kinds[] = {"municipal", "independent", "regional", "state", NULL};
    char where[AT];
    double share;
    if (value->type != MSGPACK_OBJECT_MAP) {
        if (read_real(at, value, 0, 1, &share, e))
            return (int)e->code;
        for (int k = 0; k < KIND_COUNT; k++)
            out->accept[k] = share;
        return 0;
    }
    if (check_keys(at, value, kinds, "a map of municipal, independent, regional and state", e))
        return (int)e->code;
    for (int k = 0; k < KIND_COUNT; k++) {
        const msgpack_object *one = mp_find(value, kinds[k]);
        below_key(where, at, kinds[k]);
        if (one != NULL && read_real(where, one, 0, 1, &out->accept[organizer_kind_parse(kinds[k])], e))
            return (int)e->code;
    }
    return 0;
}

static int read_unit(const char *at, const msgpack_object *value, enum plan_unit *out, struct err *e)
{
    if (mp_equals(value, "organizers"))
        *out = PLAN_ORGANIZERS;
    else if (mp_equals(value, "dialogues"))
        *out = PLAN_DIALOGUES;
    else
        return err_set(e, ERR_INVALID, "%s: organizers or dialogues is allowed", at);
    return 0;
}

static int read_weights(const char *at, const msgpack_object *map, struct plan_settings *out, struct err *e)
{
    static const char *const names[] = {"severity", "breadth", "waiting", "fairness"};
    double *const weights[] = {&out->severity, &out->breadth, &out->waiting, &out->fairness};
    char where[AT];
    for (size_t k = 0; k < 4; k++) {
        const msgpack_object *value = mp_find(map, names[k]);
        below_key(where, at, names[k]);
        if (value != NULL && read_real(where, value, 0, WEIGHT_MOST, weights[k], e))
            return (int)e->code;
    }
    return 0;
}

static int read_settings(const char *at, const msgpack_object *map, struct plan_options *out, struct err *e)
{
    static const char *const keys[] = {"unit",    "accept",   "severity",       "breadth",
                                       "waiting", "fairness", "terms_per_year", NULL};
    char where[AT];
    uint64_t terms;
    if (check_keys(at, map, keys,
                   "a map of unit, accept, severity, breadth, waiting, fairness and terms_per_year", e))
        return (int)e->code;
    const msgpack_object *accept = mp_find(map, "accept"), *unit = mp_find(map, "unit"),
                         *year = mp_find(map, "terms_per_year");
    below_key(where, at, "accept");
    if (accept != NULL && read_accept(where, accept, &out->settings, e))
        return (int)e->code;
    below_key(where, at, "unit");
    if (unit != NULL && read_unit(where, unit, &out->settings.unit, e))
        return (int)e->code;
    if (year != NULL) {
        if (!mp_get_uint(year, &terms) || terms < 1 || terms > TERMS_A_YEAR_MOST)
            return err_set(e, ERR_INVALID, "%s.terms_per_year: a uint of 1 to %d is allowed", at,
                           TERMS_A_YEAR_MOST);
        out->terms_per_year = (uint32_t)terms;
    }
    return read_weights(at, map, &out->settings, e);
}

/* So many places of all offices together, split as their own are. */
static int spread(struct plan_job *job, struct plan_scenario *x, const uint32_t *totals, uint32_t n,
                  struct err *e)
{
    struct plan_office *offices = arena_alloc(&job->memory, x->n_offices * sizeof *offices);
    uint32_t *parts = arena_alloc(&job->memory, x->n_offices * sizeof *parts);
    if (offices == NULL || parts == NULL)
        return err_memory(e, "a plan");
    for (uint32_t o = 0; o < x->n_offices; o++) {
        offices[o] = x->offices[o];
        offices[o].places = arena_alloc(&job->memory, n * sizeof *offices[o].places);
        offices[o].n_places = n;
        if (offices[o].places == NULL)
            return err_memory(e, "a plan");
    }
    for (uint32_t t = 0; t < n; t++) {
        plan_spread(x->offices, x->n_offices, totals[t], parts);
        for (uint32_t o = 0; o < x->n_offices; o++)
            ((uint32_t *)offices[o].places)[t] = parts[o];
    }
    x->offices = offices;
    return 0;
}

static int read_scenario(struct plan_job *job, const char *at, const msgpack_object *map,
                         struct plan_scenario *x, struct err *e)
{
    static const char *const keys[] = {"name", "offices", "capacity", "settings", NULL};
    char where[AT];
    const uint32_t *totals;
    uint32_t n;
    if (check_keys(at, map, keys, "a map of name, offices, capacity and settings", e))
        return (int)e->code;
    const msgpack_object *offices = mp_find(map, "offices"), *capacity = mp_find(map, "capacity"),
                         *settings = mp_find(map, "settings");
    below_key(where, at, "name");
    if (read_name(job, where, mp_find(map, "name"), &x->name, e))
        return (int)e->code;
    below_key(where, at, "offices");
    if (offices != NULL && read_offices(job, where, offices, x, e))
        return (int)e->code;
    below_key(where, at, "settings");
    if (settings != NULL && read_settings(where, settings, &x->options, e))
        return (int)e->code;
    below_key(where, at, "capacity");
    if (capacity == NULL)
        return 0;
    if (read_capacity(job, where, capacity, &totals, &n, e))
        return (int)e->code;
    return spread(job, x, totals, n, e);
}

static int read_scenarios(struct plan_job *job, const msgpack_object *list, const struct plan_scenario *base,
                          struct err *e)
{
    char where[AT];
    size_t n = mp_count(list);
    if (n < 1 || n > PLAN_SCENARIOS_MOST)
        return err_set(e, ERR_INVALID, "scenarios: %zu came; 1 to %d are allowed", n, PLAN_SCENARIOS_MOST);
    for (size_t i = 0; i < n; i++) {
        below_index(where, "scenarios", i);
        job->scenario[i] = *base;
        job->n_scenarios++;
        if (read_scenario(job, where, mp_at(list, i), &job->scenario[i], e))
            return (int)e->code;
        for (size_t k = 0; k < i; k++)
            if (strcmp(job->scenario[k].name, job->scenario[i].name) == 0)
                return err_set(e, ERR_INVALID, "%s.name: %s came before, as scenarios[%zu]", where,
                               job->scenario[i].name, k);
    }
    return 0;
}

int plan_job_read(struct plan_job *job, const msgpack_object *offices, const msgpack_object *scenarios,
                  const msgpack_object *settings, struct err *e)
{
    struct plan_scenario base = {.name = "plan", .options.terms_per_year = 2};
    plan_settings_default(&base.options.settings);
    if (read_offices(job, "offices", offices, &base, e) ||
        (settings != NULL && read_settings("settings", settings, &base.options, e)))
        return (int)e->code;
    if (scenarios != NULL)
        return read_scenarios(job, scenarios, &base, e);
    job->scenario[0] = base;
    job->n_scenarios = 1;
    return 0;
}
