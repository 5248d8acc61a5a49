#include "peernet/fields.h"

#include <string.h>

#include "base/buf.h"

/* What `field` (`size` bytes, dots go inward) is in a map; NULL when there is no such thing. */
static json_t *look(const json_t *map, const char *field, size_t size)
{
    json_t *value = (json_t *)map;
    while (size > 0 && json_is_object(value)) {
        const char *dot = memchr(field, '.', size);
        size_t length = dot == NULL ? size : (size_t)(dot - field);
        value = json_object_getn(value, field, length);
        size -= dot == NULL ? size : length + 1;
        field += dot == NULL ? 0 : length + 1;
    }
    return size == 0 ? value : NULL;
}

/* An object of the fields alone, each called as it was asked for; NULL: out of memory. */
static json_t *pick(const json_t *map, const char *fields)
{
    json_t *picked = json_object();
    for (const char *at = fields; picked != NULL && *at != '\0';) {
        size_t size = strcspn(at, ",");
        json_t *value = look(map, at, size);
        if (json_object_setn_new(picked, at, size, value == NULL ? json_null() : json_incref(value)) != 0) {
            json_decref(picked);
            return NULL;
        }
        at += size + (at[size] == ',');
    }
    return picked;
}

static json_t *pick_all(const json_t *list, const char *fields)
{
    json_t *all = json_array(), *entry;
    size_t i;
    json_array_foreach(list, i, entry)
    {
        if (json_array_append_new(all, pick(entry, fields)) != 0) {
            json_decref(all);
            return NULL;
        }
    }
    return all;
}

static void name_fields(struct buf *out, json_t *map)
{
    for (void *i = json_object_iter(map); i != NULL; i = json_object_iter_next(map, i))
        buf_printf(out, "%s%s", out->size > 0 ? ", " : "", json_object_iter_key(i));
}

/* The lists of a result, or one without lists itself. */
static int refuse(json_t *result, const char *fields, struct err *e)
{
    struct buf names;
    buf_init(&names, 0);
    for (void *i = json_object_iter(result); i != NULL; i = json_object_iter_next(result, i))
        name_fields(&names, json_array_get(json_object_iter_value(i), 0));
    if (names.size == 0)
        name_fields(&names, result);
    err_set(e, ERR_NOT_FOUND, "--fields: there is no '%.*s'; there are %s", (int)strcspn(fields, ","), fields,
            buf_string(&names));
    buf_free(&names);
    return (int)e->code;
}

json_t *fields_pick(const json_t *result, const char *fields, struct err *e)
{
    json_t *map = (json_t *)result, *picked = NULL;
    const size_t first = strcspn(fields, ",");
    bool found = false, empty = false;
    for (void *i = json_object_iter(map); i != NULL && !found; i = json_object_iter_next(map, i)) {
        const json_t *list = json_object_iter_value(i);
        empty = empty || (json_is_array(list) && json_array_size(list) == 0);
        found = look(json_array_get(list, 0), fields, first) != NULL && json_is_array(list);
        picked = found ? pick_all(list, fields) : NULL;
    }
    if (!found && look(map, fields, first) != NULL) {
        found = true;
        picked = pick(map, fields);
    } else if (!found && empty) {
        found = true;
        picked = json_array();
    }
    if (!found)
        refuse(map, fields, e);
    else if (picked == NULL)
        err_memory(e, "fields");
    return picked;
}
