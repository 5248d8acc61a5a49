#include "net/batch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "proto/text.h"

#define WHY 400 /* of input.h's words */

struct batch {
    struct buf *json;
    const struct input_shape *shape;
    char latest[16];
    struct buf text; /* the text being looked at, with a NUL behind it */
    size_t index;    /* of the entry */
};

static int wrong(const struct batch *b, const char *why, struct err *e)
{
    return err_set(e, ERR_INVALID, "%s[%zu].%s", b->shape->name, b->index, why);
}

static int wrong_type(const struct batch *b, const char *field, const msgpack_object *value,
                      const char *allowed, struct err *e)
{
    return err_set(e, ERR_INVALID, "%s[%zu].%s: %s came; %s is allowed", b->shape->name, b->index, field,
                   mp_type_name(value), allowed);
}

/* A str, or a bin that is one, into b->text. */
static int take_text(struct batch *b, const char *field, const msgpack_object *value, struct err *e)
{
    char why[WHY];
    const char *text;
    size_t size;
    if (!mp_get_str(value, &text, &size))
        return wrong_type(b, field, value, "a str", e);
    snprintf(why, sizeof why, "%s holds bytes that are no UTF-8", field);
    if (text_characters(text, size) < 0)
        return wrong(b, why, e);
    snprintf(why, sizeof why, "%s holds a control character (0x00), which is not allowed", field);
    if (memchr(text, '\0', size) != NULL)
        return wrong(b, why, e);
    buf_clear(&b->text);
    buf_append(&b->text, text, size);
    return buf_string(&b->text)[0] == '\0' && size > 0 ? err_memory(e, "a batch") : 0;
}

static void write_name(struct batch *b, const char *name)
{
    const char *last = b->json->size > 0 ? (const char *)b->json->data + b->json->size - 1 : "";
    buf_text(b->json, *last == '{' ? "" : ",");
    input_json_text(b->json, name, strlen(name));
    buf_text(b->json, ":");
}

static int write_number(struct batch *b, const struct input_column *column, const msgpack_object *value,
                        struct err *e)
{
    bool whole = column->kind == INPUT_WHOLE;
    char why[WHY];
    double number;
    if (!mp_get_double(value, &number))
        return wrong_type(b, column->name, value, whole ? "a uint" : "a float", e);
    if (!input_number_check(column, number, why, sizeof why))
        return wrong(b, why, e);
    if (whole)
        buf_printf(b->json, "%" PRIu64, (uint64_t)number);
    else
        buf_printf(b->json, "%.17g", number);
    return 0;
}

static int write_text(struct batch *b, const struct input_column *column, const msgpack_object *value,
                      struct err *e)
{
    char why[WHY];
    if (take_text(b, column->name, value, e))
        return (int)e->code;
    if (!input_value_check(column, buf_string(&b->text), b->latest, why, sizeof why))
        return wrong(b, why, e);
    input_json_text(b->json, (const char *)b->text.data, b->text.size);
    return 0;
}

static int write_value(struct batch *b, const struct input_column *column, const msgpack_object *value,
                       struct err *e)
{
    char why[WHY];
    write_name(b, column->name);
    if (mp_is_nil(value)) {
        buf_text(b->json, "null");
        return input_value_check(column, "", b->latest, why, sizeof why) ? 0 : wrong(b, why, e);
    }
    return column->kind == INPUT_WHOLE || column->kind == INPUT_DECIMAL ? write_number(b, column, value, e)
                                                                        : write_text(b, column, value, e);
}

static int write_item(struct batch *b, const char *name, const msgpack_object *value, struct err *e)
{
    char why[WHY], field[300];
    snprintf(field, sizeof field, "attributes.%s", name);
    if (take_text(b, field, value, e))
        return (int)e->code;
    if (!input_attribute_item_check(name, buf_string(&b->text), why, sizeof why))
        return wrong(b, why, e);
    input_json_text(b->json, (const char *)b->text.data, b->text.size);
    return 0;
}

static int write_items(struct batch *b, const char *name, const msgpack_object *list, struct err *e)
{
    char why[WHY];
    int code = 0;
    snprintf(why, sizeof why, "attributes.%s is an empty list; nil removes the attribute", name);
    if (mp_count(list) == 0)
        return wrong(b, why, e);
    buf_text(b->json, "[");
    for (size_t i = 0; code == 0 && i < mp_count(list); i++) {
        buf_text(b->json, i > 0 ? "," : "");
        code = write_item(b, name, mp_at(list, i), e);
    }
    buf_text(b->json, "]");
    return code;
}

static int write_attribute(struct batch *b, const msgpack_object *key, const msgpack_object *value,
                           struct err *e)
{
    char why[WHY], name[4 * 64 + 1];
    if (take_text(b, "attributes, a name", key, e))
        return (int)e->code;
    if (b->text.size == 0)
        return wrong(b, "attributes: a name is empty; 1 to 64 characters are allowed", e);
    if (!input_attribute_name_check(buf_string(&b->text), why, sizeof why))
        return wrong(b, why, e);
    snprintf(name, sizeof name, "%s", buf_string(&b->text));
    write_name(b, name);
    if (mp_is_nil(value)) {
        buf_text(b->json, "null");
        return 0;
    }
    return value->type == MSGPACK_OBJECT_ARRAY ? write_items(b, name, value, e)
                                               : write_item(b, name, value, e);
}

static int by_name(const void *a, const void *b)
{
    const char *x, *y;
    size_t n = 0, m = 0;
    mp_get_str(*(const msgpack_object *const *)a, &x, &n);
    mp_get_str(*(const msgpack_object *const *)b, &y, &m);
    int order = memcmp(x, y, n < m ? n : m);
    return order != 0 ? order : (n > m) - (n < m);
}

/* Of two the database would keep the last. All names are texts, as they have been looked at. */
static int check_twice(const struct batch *b, const msgpack_object *map, struct err *e)
{
    char why[WHY], shown[TEXT_SHOWN];
    const char *name;
    size_t size;
    uint32_t n = map->via.map.size;
    const msgpack_object **names = malloc(((size_t)n + 1) * sizeof *names);
    int code = names != NULL ? 0 : err_memory(e, "a batch");
    for (uint32_t i = 0; code == 0 && i < n; i++)
        names[i] = &map->via.map.ptr[i].key;
    if (code == 0)
        qsort(names, n, sizeof *names, by_name);
    for (uint32_t i = 1; code == 0 && i < n; i++) {
        if (by_name(&names[i - 1], &names[i]) != 0)
            continue;
        mp_get_str(names[i], &name, &size);
        snprintf(why, sizeof why, "attributes: %s stands twice; each attribute stands once",
                 text_show(name, size, shown));
        code = wrong(b, why, e);
    }
    free(names);
    return code;
}

static int write_attributes(struct batch *b, const msgpack_object *map, struct err *e)
{
    int code = 0;
    if (map->type != MSGPACK_OBJECT_MAP)
        return wrong_type(b, "attributes", map, "a map of texts or lists of texts", e);
    write_name(b, "attributes");
    buf_text(b->json, "{");
    for (uint32_t i = 0; code == 0 && i < map->via.map.size; i++)
        code = write_attribute(b, &map->via.map.ptr[i].key, &map->via.map.ptr[i].val, e);
    buf_text(b->json, "}");
    return code == 0 ? check_twice(b, map, e) : code;
}

/* `seen`: a bit for each column, and one behind them for the attributes. */
static int write_field(struct batch *b, const msgpack_object_kv *pair, uint32_t *seen, struct err *e)
{
    char shown[TEXT_SHOWN], allowed[200];
    const char *name = "";
    size_t size = 0;
    mp_get_str(&pair->key, &name, &size);
    int column = input_column_find(b->shape, name, size);
    bool attributes = b->shape->attributes && mp_equals(&pair->key, "attributes");
    if (column < 0 && !attributes) {
        input_columns_list(b->shape, ", attributes", allowed, sizeof allowed);
        return err_set(e, ERR_INVALID, "%s[%zu]: %s is no field; the fields are %s", b->shape->name, b->index,
                       text_show(name, size, shown), allowed);
    }
    uint32_t bit = 1u << (attributes ? b->shape->count : column);
    if (*seen & bit)
        return err_set(e, ERR_INVALID, "%s[%zu].%.*s stands twice; each field stands once", b->shape->name,
                       b->index, (int)size, name);
    *seen |= bit;
    if (attributes)
        return mp_is_nil(&pair->val) ? 0 : write_attributes(b, &pair->val, e);
    return write_value(b, &b->shape->columns[column], &pair->val, e);
}

static int check_missing(const struct batch *b, uint32_t seen, struct err *e)
{
    char why[WHY];
    for (int i = 0; i < b->shape->count; i++) {
        snprintf(why, sizeof why, "%s is missing; it must be given", b->shape->columns[i].name);
        if (!b->shape->columns[i].optional && !(seen & (1u << i)))
            return wrong(b, why, e);
    }
    return 0;
}

static bool is_given(const msgpack_object *entry, const char *name)
{
    const msgpack_object *value = mp_find(entry, name);
    return value != NULL && !mp_is_nil(value);
}

/* Of a place both numbers are given, or both emptied, or both left as they are. */
static int check_place(const struct batch *b, const msgpack_object *entry, struct err *e)
{
    char why[WHY];
    if (!input_place_check(is_given(entry, "lat"), is_given(entry, "lon"), why, sizeof why) ||
        !input_place_check(mp_find(entry, "lat") != NULL, mp_find(entry, "lon") != NULL, why, sizeof why))
        return wrong(b, why, e);
    return 0;
}

static int write_entry(struct batch *b, const msgpack_object *entry, struct err *e)
{
    uint32_t seen = 0;
    char allowed[200];
    int code = 0;
    if (entry->type != MSGPACK_OBJECT_MAP) {
        input_columns_list(b->shape, ", attributes", allowed, sizeof allowed);
        return err_set(e, ERR_INVALID, "%s[%zu]: %s came; a map of %s is allowed", b->shape->name, b->index,
                       mp_type_name(entry), allowed);
    }
    buf_text(b->json, b->index > 0 ? ",{" : "{");
    for (uint32_t i = 0; code == 0 && i < entry->via.map.size; i++)
        code = write_field(b, &entry->via.map.ptr[i], &seen, e);
    buf_text(b->json, "}");
    if (code == 0)
        code = check_missing(b, seen, e);
    return code == 0 && b->shape->attributes ? check_place(b, entry, e) : code;
}

static int check_count(const struct input_shape *shape, size_t n, uint32_t limit, struct err *e)
{
    if (n == 0)
        return err_set(e, ERR_INVALID, "%s: an empty list came; 1 to %u entries are allowed (submit-entries)",
                       shape->name, limit);
    if (n > limit)
        return err_set(e, ERR_LIMIT, "%s: %zu entries came; at most %u are allowed (submit-entries)",
                       shape->name, n, limit);
    return 0;
}

int batch_write(struct buf *json, enum input_table table, const msgpack_object *list, uint32_t limit,
                struct err *e)
{
    struct batch b = {.json = json, .shape = &input_shapes[table]};
    int code = check_count(b.shape, mp_count(list), limit, e);
    input_latest_date(b.latest);
    buf_init(&b.text, 0);
    buf_text(json, "[");
    for (; code == 0 && b.index < mp_count(list); b.index++)
        code = write_entry(&b, mp_at(list, b.index), e);
    buf_text(json, "]");
    buf_free(&b.text);
    return code == 0 && buf_failed(json) ? err_memory(e, "a batch") : code;
}
