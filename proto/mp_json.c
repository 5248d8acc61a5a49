#include "proto/mp_json.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/mp.h"
#include "proto/text.h"

static void write_array(struct buf *out, const json_t *array)
{
    size_t i;
    json_t *element;
    mp_array(out, (uint32_t)json_array_size(array));
    json_array_foreach(array, i, element) mp_json_value(out, element);
}

static void write_object(struct buf *out, const json_t *object)
{
    mp_map(out, (uint32_t)json_object_size(object));
    for (void *at = json_object_iter((json_t *)object); at != NULL;
         at = json_object_iter_next((json_t *)object, at)) {
        mp_str(out, json_object_iter_key(at), json_object_iter_key_len(at));
        mp_json_value(out, json_object_iter_value(at));
    }
}

void mp_json_value(struct buf *out, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        write_object(out, value);
        break;
    case JSON_ARRAY:
        write_array(out, value);
        break;
    case JSON_STRING:
        mp_str(out, json_string_value(value), json_string_length(value));
        break;
    case JSON_INTEGER:
        mp_int(out, json_integer_value(value));
        break;
    case JSON_REAL:
        mp_double(out, json_real_value(value));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        mp_bool(out, json_is_true(value));
        break;
    default:
        mp_nil(out);
    }
}

int mp_from_json(struct buf *out, const char *json, size_t size, struct err *e)
{
    json_error_t mistake;
    json_t *value =
        json_loadb(json, size, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &mistake);
    if (value == NULL)
        return err_set(e, ERR_INVALID, "JSON line %d, column %d: %s", mistake.line, mistake.column,
                       mistake.text);
    mp_json_value(out, value);
    json_decref(value);
    return buf_failed(out) ? err_memory(e, "converting JSON") : 0;
}

static void print_value(struct buf *out, const msgpack_object *value, bool pretty, unsigned level);

static void print_escaped(struct buf *out, const char *text, size_t size)
{
    buf_append(out, "\"", 1);
    for (size_t i = 0, plain; i < size; i += plain) {
        for (plain = 0; i + plain < size; plain++) {
            unsigned char c = (unsigned char)text[i + plain];
            if (c < 0x20 || c == '"' || c == '\\' || c == 0x7f)
                break;
        }
        buf_append(out, text + i, plain);
        if (i + plain < size) {
            unsigned char c = (unsigned char)text[i + plain++];
            if (c == '"' || c == '\\')
                buf_printf(out, "\\%c", c);
            else
                buf_printf(out, "\\u%04x", c);
        }
    }
    buf_append(out, "\"", 1);
}

/* A str is valid UTF-8 by the frame check; a bin may hold anything. */
static void print_bin(struct buf *out, const msgpack_object_bin *bin)
{
    struct buf text;
    buf_init(&text, 0);
    buf_append(&text, bin->ptr, bin->size);
    if (buf_failed(&text)) {
        out->failed = true;
    } else {
        text_repair((char *)text.data, text.size);
        print_escaped(out, (const char *)text.data, text.size);
    }
    buf_free(&text);
}

/* The shortest of 15 to 17 digits that reads back as the same number. */
static void print_double(struct buf *out, double value)
{
    char text[32];
    if (!isfinite(value)) {
        buf_text(out, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    buf_text(out, text);
    if (strpbrk(text, ".e") == NULL)
        buf_text(out, ".0");
}

static void new_line(struct buf *out, bool pretty, unsigned level)
{
    if (!pretty)
        return;
    buf_append(out, "\n", 1);
    for (unsigned i = 0; i < level; i++)
        buf_append(out, "  ", 2);
}

static void print_array(struct buf *out, const msgpack_object_array *array, bool pretty, unsigned level)
{
    buf_append(out, "[", 1);
    for (uint32_t i = 0; i < array->size; i++) {
        if (i > 0)
            buf_text(out, pretty ? "," : ", ");
        new_line(out, pretty, level + 1);
        print_value(out, &array->ptr[i], pretty, level + 1);
    }
    if (array->size > 0)
        new_line(out, pretty, level);
    buf_append(out, "]", 1);
}

/* JSON knows only text there. A list or map as a key is named by its type: written out, keys within keys
 * would grow without bound by the escaping of what is escaped already. */
static void print_key(struct buf *out, const msgpack_object *key)
{
    struct buf text;
    if (key->type == MSGPACK_OBJECT_STR || key->type == MSGPACK_OBJECT_BIN) {
        print_value(out, key, false, 0);
        return;
    }
    buf_init(&text, 0);
    if (key->type == MSGPACK_OBJECT_ARRAY || key->type == MSGPACK_OBJECT_MAP)
        buf_text(&text, mp_type_name(key));
    else
        print_value(&text, key, false, 0);
    print_escaped(out, buf_string(&text), text.size);
    out->failed |= buf_failed(&text);
    buf_free(&text);
}

static void print_map(struct buf *out, const msgpack_object_map *map, bool pretty, unsigned level)
{
    buf_append(out, "{", 1);
    for (uint32_t i = 0; i < map->size; i++) {
        if (i > 0)
            buf_text(out, pretty ? "," : ", ");
        new_line(out, pretty, level + 1);
        print_key(out, &map->ptr[i].key);
        buf_text(out, ": ");
        print_value(out, &map->ptr[i].val, pretty, level + 1);
    }
    if (map->size > 0)
        new_line(out, pretty, level);
    buf_append(out, "}", 1);
}

#define LINE_WIDTH 108 /* of pretty JSON: a list or map that fits stays on one line */

/* Tries a list or map on one line. */
static bool print_short(struct buf *out, const msgpack_object *value, unsigned level)
{
    size_t before = out->size, content = mp_count(value);
    if (content == 0 || content > LINE_WIDTH)
        return false;
    print_value(out, value, false, level);
    if (out->size - before + (size_t)level * 2 <= LINE_WIDTH)
        return true;
    out->size = before;
    return false;
}

static void print_value(struct buf *out, const msgpack_object *value, bool pretty, unsigned level)
{
    if (pretty && print_short(out, value, level))
        return;
    switch (value->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        buf_text(out, value->via.boolean ? "true" : "false");
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        buf_printf(out, "%" PRIu64, value->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        buf_printf(out, "%" PRId64, value->via.i64);
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        print_double(out, value->via.f64);
        break;
    case MSGPACK_OBJECT_STR:
        print_escaped(out, value->via.str.ptr, value->via.str.size);
        break;
    case MSGPACK_OBJECT_BIN:
        print_bin(out, &value->via.bin);
        break;
    case MSGPACK_OBJECT_ARRAY:
        print_array(out, &value->via.array, pretty, level);
        break;
    case MSGPACK_OBJECT_MAP:
        print_map(out, &value->via.map, pretty, level);
        break;
    default:
        buf_text(out, "null");
    }
}

void mp_to_json(struct buf *out, const msgpack_object *value, bool pretty)
{
    print_value(out, value, pretty, 0);
}
