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
static void refuse(json_t *result, const char *field, struct err *e)
{
    struct buf names;
    buf_init(&names, 0);
    for (void *i = json_object_iter(result); i != NULL; i = json_object_iter_next(result, i))
        name_fields(&names, json_array_get(json_object_iter_value(i), 0));
    if (names.size == 0)
        name_fields(&names, result);
    err_set(e, ERR_NOT_FOUND, "--fields: there is no '%.*s'; there are %s", (int)strcspn(field, ","), field,
            buf_string(&names));
    buf_free(&names);
}

/* What may be left out is in some entries only. */
static bool some_has(const json_t *list, const char *field)
{
    size_t i, size = strcspn(field, ",");
    json_t *entry;
    json_array_foreach((json_t *)list, i, entry)
    {
        if (look(entry, field, size) != NULL)
            return true;
    }
    return false;
}

/* The list whose entries have the first field; NULL: none. *empty: a list, where all that there are are
 * empty. */
static const json_t *list_with(const json_t *result, const char *fields, const json_t **empty)
{
    bool all_empty = true;
    *empty = NULL;
    for (void *i = json_object_iter((json_t *)result); i != NULL;
         i = json_object_iter_next((json_t *)result, i)) {
        const json_t *list = json_object_iter_value(i);
        if (some_has(list, fields))
            return list;
        if (json_is_array(list))
            *empty = list;
        all_empty = all_empty && json_array_size(list) == 0;
    }
    if (!all_empty)
        *empty = NULL;
    return NULL;
}

/* Of the first field it is demanded that it is somewhere; others may be what this result happens to have none
 * of. */
json_t *fields_pick(const json_t *result, const char *fields, struct err *e)
{
    const json_t *empty, *list = list_with(result, fields, &empty);
    json_t *picked;
    if (list != NULL) {
        picked = pick_all(list, fields);
    } else if (look(result, fields, strcspn(fields, ",")) != NULL) {
        picked = pick(result, fields);
    } else if (empty != NULL) {
        picked = pick_all(empty, fields);
    } else {
        refuse((json_t *)result, fields, e);
        return NULL;
    }
    if (picked == NULL)
        err_memory(e, "fields");
    return picked;
}
