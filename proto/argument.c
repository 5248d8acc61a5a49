/* Checks a request's parameters against the table: the second half of method.h. */
#include "proto/method.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "proto/mp.h"
#include "proto/text.h"

static const char *type_words(enum param_type type)
{
    static const char *const words[] = {"a bool", "an int", "a uint", "a float",
                                        "a str",  "a list", "a map",  "any value"};
    return words[type];
}

const char *param_describe(const struct param *p, char *out, size_t size)
{
    if (!p->ranged)
        snprintf(out, size, "%s%s", type_words(p->type), p->type == PARAM_UINT ? " (0 or more)" : "");
    else if (p->type == PARAM_STR)
        snprintf(out, size, "a str of %" PRIu64 " to %" PRIu64 " characters", p->lowest, p->highest);
    else if (p->type == PARAM_UINT)
        snprintf(out, size, "a uint of %" PRIu64 " to %" PRIu64, p->lowest, p->highest);
    else if (p->type == PARAM_INT)
        snprintf(out, size, "an int of %" PRId64 " to %" PRId64, p->lowest_int, p->highest_int);
    else
        snprintf(out, size, "a float of %g to %g", p->lowest_real, p->highest_real);
    return out;
}

/* "limit: 500 came; a uint of 1 to 200 is allowed". */
static int refuse(const struct param *p, const char *came, struct err *e)
{
    char allowed[128];
    return err_set(e, ERR_INVALID, "%s: %s came; %s is allowed%s", p->name, came,
                   param_describe(p, allowed, sizeof allowed), p->optional ? ", or leaving it out" : "");
}

static int check_text(const struct param *p, const msgpack_object *value, struct argument *a, struct err *e)
{
    char came[64];
    if (!mp_get_str(value, &a->text, &a->text_size))
        return refuse(p, mp_type_name(value), e);
    long characters = text_characters(a->text, a->text_size);
    if (characters < 0)
        return refuse(p, "invalid UTF-8", e);
    if (memchr(a->text, '\0', a->text_size) != NULL)
        return refuse(p, "a text with a NUL character", e);
    if (p->ranged && ((uint64_t)characters < p->lowest || (uint64_t)characters > p->highest)) {
        snprintf(came, sizeof came, "a text of %ld characters", characters);
        return refuse(p, came, e);
    }
    return 0;
}

static int check_uint(const struct param *p, const msgpack_object *value, struct argument *a, struct err *e)
{
    char came[64];
    if (!mp_get_uint(value, &a->natural))
        return refuse(p, mp_type_name(value), e);
    if (a->natural < p->lowest || a->natural > p->highest) {
        snprintf(came, sizeof came, "%" PRIu64, a->natural);
        return refuse(p, came, e);
    }
    return 0;
}

static int check_int(const struct param *p, const msgpack_object *value, struct argument *a, struct err *e)
{
    char came[64];
    if (!mp_get_int(value, &a->integer))
        return refuse(p, mp_type_name(value), e);
    if (a->integer < p->lowest_int || a->integer > p->highest_int) {
        snprintf(came, sizeof came, "%" PRId64, a->integer);
        return refuse(p, came, e);
    }
    return 0;
}

static int check_float(const struct param *p, const msgpack_object *value, struct argument *a, struct err *e)
{
    char came[64];
    if (!mp_get_double(value, &a->real))
        return refuse(p, mp_type_name(value), e);
    if (!(a->real >= p->lowest_real && a->real <= p->highest_real)) { /* NAN too */
        snprintf(came, sizeof came, "%g", a->real);
        return refuse(p, came, e);
    }
    return 0;
}

static int check_object(const struct param *p, const msgpack_object *value, struct argument *a, struct err *e)
{
    if ((p->type == PARAM_LIST && value->type != MSGPACK_OBJECT_ARRAY) ||
        (p->type == PARAM_MAP && value->type != MSGPACK_OBJECT_MAP))
        return refuse(p, mp_type_name(value), e);
    a->object = value;
    return 0;
}

static int check_value(const struct param *p, const msgpack_object *value, struct argument *a, struct err *e)
{
    if (mp_is_nil(value) && p->optional)
        return 0; /* as if it were left out */
    a->given = true;
    switch (p->type) {
    case PARAM_BOOL:
        return mp_get_bool(value, &a->flag) ? 0 : refuse(p, mp_type_name(value), e);
    case PARAM_INT:
        return check_int(p, value, a, e);
    case PARAM_UINT:
        return check_uint(p, value, a, e);
    case PARAM_FLOAT:
        return check_float(p, value, a, e);
    case PARAM_STR:
        return check_text(p, value, a, e);
    default:
        return check_object(p, value, a, e);
    }
}

/* "organizer, limit, programme": what a method takes. */
static const char *list_params(const struct method *m, char *out, size_t size)
{
    size_t used = 0;
    snprintf(out, size, "no parameters");
    for (size_t i = 0; i < m->n_params && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s", i > 0 ? ", " : "", m->params[i].name);
    return out;
}

static int refuse_name(const struct method *m, const char *name, size_t size, struct err *e)
{
    char shown[TEXT_SHOWN], takes[256];
    const char *nearest = NULL;
    unsigned best = 4; /* further than this is another word */
    for (size_t i = 0; i < m->n_params; i++) {
        unsigned distance = text_distance(name, size, m->params[i].name, strlen(m->params[i].name));
        if (distance < best) {
            best = distance;
            nearest = m->params[i].name;
        }
    }
    return err_set(e, ERR_INVALID, "%s has no parameter %s%s%s%s; it takes %s", m->name,
                   text_show(name, size, shown), nearest != NULL ? " (did you mean " : "",
                   nearest != NULL ? nearest : "", nearest != NULL ? "?)" : "",
                   list_params(m, takes, sizeof takes));
}

static const struct param *find_param(const struct method *m, const char *name, size_t size)
{
    for (size_t i = 0; i < m->n_params; i++)
        if (strlen(m->params[i].name) == size && memcmp(m->params[i].name, name, size) == 0)
            return &m->params[i];
    return NULL;
}

static int take_named(const struct method *m, const msgpack_object_map *map, struct argument *arguments,
                      struct err *e)
{
    bool seen[METHOD_PARAMS_MAX] = {false};
    for (uint32_t i = 0; i < map->size; i++) {
        const char *name;
        size_t size;
        if (!mp_get_str(&map->ptr[i].key, &name, &size))
            return err_set(e, ERR_INVALID, "%s: a parameter's name has to be a str; %s came", m->name,
                           mp_type_name(&map->ptr[i].key));
        const struct param *p = find_param(m, name, size);
        if (p == NULL)
            return refuse_name(m, name, size, e);
        size_t index = (size_t)(p - m->params);
        if (seen[index])
            return err_set(e, ERR_INVALID, "%s: it is given twice", p->name);
        seen[index] = true;
        if (check_value(p, &map->ptr[i].val, &arguments[index], e))
            return e->code;
    }
    return 0;
}

static int take_positional(const struct method *m, const msgpack_object_array *array,
                           struct argument *arguments, struct err *e)
{
    char takes[256];
    if (array->size > m->n_params)
        return err_set(e, ERR_INVALID, "%s: %" PRIu32 " parameters came; it takes %zu (%s)", m->name,
                       array->size, m->n_params, list_params(m, takes, sizeof takes));
    for (uint32_t i = 0; i < array->size; i++)
        if (check_value(&m->params[i], &array->ptr[i], &arguments[i], e))
            return e->code;
    return 0;
}

/* One map is parameters by name, unless the first parameter may itself be a map. */
static bool are_named(const struct method *m, const msgpack_object *params)
{
    if (mp_count(params) != 1 || mp_at(params, 0)->type != MSGPACK_OBJECT_MAP)
        return false;
    return m->n_params == 0 || (m->params[0].type != PARAM_MAP && m->params[0].type != PARAM_ANY);
}

int method_arguments(const struct method *m, const msgpack_object *params,
                     struct argument arguments[METHOD_PARAMS_MAX], struct err *e)
{
    memset(arguments, 0, METHOD_PARAMS_MAX * sizeof *arguments);
    if (params->type != MSGPACK_OBJECT_ARRAY)
        return err_set(e, ERR_INVALID, "%s: params has to be a list; %s came", m->name, mp_type_name(params));
    if (are_named(m, params) ? take_named(m, &mp_at(params, 0)->via.map, arguments, e)
                             : take_positional(m, &params->via.array, arguments, e))
        return e->code;
    for (size_t i = 0; i < m->n_params; i++) {
        if (arguments[i].given)
            continue;
        if (!m->params[i].optional)
            return refuse(&m->params[i], "nothing", e);
        arguments[i] = m->params[i].preset;
    }
    return 0;
}
