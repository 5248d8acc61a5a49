#include "peernet/json.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "peernet/show.h"
#include "proto/mp.h"
#include "proto/mp_json.h"

static json_t *from_bytes(const char *data, size_t size)
{
    json_t *string = json_stringn(data, size);
    if (string != NULL)
        return string;
    struct buf hex;
    buf_init(&hex, 0);
    for (size_t i = 0; i < size; i++)
        buf_printf(&hex, "%02x", (unsigned char)data[i]);
    string = buf_failed(&hex) ? NULL : json_string(buf_string(&hex));
    buf_free(&hex);
    return string;
}

static json_t *from_array(const msgpack_object_array *array, struct err *e)
{
    json_t *list = json_array();
    if (list == NULL)
        err_memory(e, "a list of the reply");
    for (uint32_t i = 0; list != NULL && i < array->size; i++) {
        json_t *element = json_from_mp(&array->ptr[i], e);
        if (element == NULL || json_array_append_new(list, element) != 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

/* A key that is a str: itself. Anything else: its JSON. */
static int put_pair(json_t *map, const msgpack_object *key, json_t *value, struct err *e)
{
    const char *name;
    size_t size;
    if (mp_get_str(key, &name, &size)) {
        if (json_object_setn_new(map, name, size, value) == 0)
            return 0;
        return err_set(e, ERR_INVALID, "a key in the reply is no text that JSON can hold");
    }
    json_t *json = json_from_mp(key, e);
    char *dumped = json == NULL ? NULL : json_dumps(json, JSON_ENCODE_ANY | JSON_COMPACT);
    json_decref(json);
    int failed = dumped == NULL;
    if (dumped == NULL)
        json_decref(value);
    else
        failed = json_object_set_new(map, dumped, value);
    free(dumped);
    return failed ? err_memory(e, "a map of the reply") : 0;
}

static json_t *from_map(const msgpack_object_map *pairs, struct err *e)
{
    json_t *map = json_object();
    if (map == NULL)
        err_memory(e, "a map of the reply");
    for (uint32_t i = 0; map != NULL && i < pairs->size; i++) {
        json_t *value = json_from_mp(&pairs->ptr[i].val, e);
        if (value == NULL || put_pair(map, &pairs->ptr[i].key, value, e) != 0) {
            json_decref(map);
            return NULL;
        }
    }
    return map;
}

static json_t *from_scalar(const msgpack_object *value)
{
    double real;
    int64_t whole;
    if (value->type == MSGPACK_OBJECT_BOOLEAN)
        return json_boolean(value->via.boolean);
    if (mp_get_int(value, &whole))
        return json_integer(whole);
    if (mp_get_double(value, &real) && isfinite(real))
        return json_real(real);
    return json_null();
}

json_t *json_from_mp(const msgpack_object *value, struct err *e)
{
    json_t *json;
    switch (value->type) {
    case MSGPACK_OBJECT_ARRAY:
        return from_array(&value->via.array, e);
    case MSGPACK_OBJECT_MAP:
        return from_map(&value->via.map, e);
    case MSGPACK_OBJECT_STR:
        json = from_bytes(value->via.str.ptr, value->via.str.size);
        break;
    case MSGPACK_OBJECT_BIN:
        json = from_bytes(value->via.bin.ptr, value->via.bin.size);
        break;
    default:
        json = from_scalar(value);
    }
    if (json == NULL)
        err_memory(e, "a value of the reply");
    return json;
}

json_t *json_parse(const char *data, size_t size, struct err *e)
{
    json_error_t at;
    json_t *value = json_loadb(data, size, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY | JSON_ALLOW_NUL, &at);
    if (value == NULL)
        err_set(e, ERR_INVALID, "line %d, column %d: %s", at.line, at.column, at.text);
    return value;
}

/* By way of MessagePack, whose printer writes each number in the fewest digits that read back the same. */
int json_write(struct buf *out, const json_t *value, struct err *e)
{
    struct buf bytes, text;
    struct mp_tree tree = {0};
    if (value == NULL)
        return err_memory(e, "JSON to print");
    buf_init(&bytes, 0);
    buf_init(&text, 0);
    mp_json_value(&bytes, value);
    int failed =
        buf_failed(&bytes) ? err_memory(e, "JSON to print") : mp_unpack(bytes.data, bytes.size, &tree, e);
    if (failed == 0) {
        mp_to_json(&text, tree.top, true);
        show_json(out, (const char *)text.data, text.size);
        buf_text(out, "\n");
        failed = buf_failed(&text) || buf_failed(out) ? err_memory(e, "JSON to print") : 0;
        mp_free(&tree);
    }
    buf_free(&bytes);
    buf_free(&text);
    return failed;
}

const char *json_text(const json_t *map, const char *key)
{
    const char *value = json_string_value(json_object_get(map, key));
    return value == NULL ? "" : value;
}

double json_number(const json_t *map, const char *key)
{
    const json_t *value = json_object_get(map, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

int64_t json_whole(const json_t *map, const char *key)
{
    const json_t *value = json_object_get(map, key);
    return json_is_number(value) ? (int64_t)json_number_value(value) : 0;
}
