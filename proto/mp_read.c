#include "proto/mp.h"

#include <string.h>

bool mp_get_bool(const msgpack_object *value, bool *out)
{
    if (value == NULL || value->type != MSGPACK_OBJECT_BOOLEAN)
        return false;
    *out = value->via.boolean;
    return true;
}

bool mp_get_uint(const msgpack_object *value, uint64_t *out)
{
    if (value == NULL || value->type != MSGPACK_OBJECT_POSITIVE_INTEGER)
        return false;
    *out = value->via.u64;
    return true;
}

bool mp_get_int(const msgpack_object *value, int64_t *out)
{
    if (value == NULL)
        return false;
    if (value->type == MSGPACK_OBJECT_NEGATIVE_INTEGER) {
        *out = value->via.i64;
        return true;
    }
    if (value->type != MSGPACK_OBJECT_POSITIVE_INTEGER || value->via.u64 > INT64_MAX)
        return false;
    *out = (int64_t)value->via.u64;
    return true;
}

bool mp_get_double(const msgpack_object *value, double *out)
{
    if (value == NULL)
        return false;
    switch (value->type) {
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        *out = value->via.f64;
        return true;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        *out = (double)value->via.u64;
        return true;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        *out = (double)value->via.i64;
        return true;
    default:
        return false;
    }
}

bool mp_get_str(const msgpack_object *value, const char **text, size_t *size)
{
    if (value == NULL)
        return false;
    if (value->type != MSGPACK_OBJECT_STR && value->type != MSGPACK_OBJECT_BIN)
        return false;
    bool is_str = value->type == MSGPACK_OBJECT_STR;
    *size = is_str ? value->via.str.size : value->via.bin.size;
    *text = is_str ? value->via.str.ptr : value->via.bin.ptr;
    if (*size == 0)
        *text = ""; /* msgpack-c may leave NULL there */
    return true;
}

bool mp_is_nil(const msgpack_object *value)
{
    return value != NULL && value->type == MSGPACK_OBJECT_NIL;
}

bool mp_equals(const msgpack_object *value, const char *text)
{
    const char *data;
    size_t size;
    return mp_get_str(value, &data, &size) && size == strlen(text) && memcmp(data, text, size) == 0;
}

const msgpack_object *mp_find(const msgpack_object *map, const char *key)
{
    if (map == NULL || map->type != MSGPACK_OBJECT_MAP)
        return NULL;
    for (uint32_t i = 0; i < map->via.map.size; i++)
        if (mp_equals(&map->via.map.ptr[i].key, key))
            return &map->via.map.ptr[i].val;
    return NULL;
}

const msgpack_object *mp_at(const msgpack_object *array, size_t index)
{
    if (array == NULL || array->type != MSGPACK_OBJECT_ARRAY || index >= array->via.array.size)
        return NULL;
    return &array->via.array.ptr[index];
}

size_t mp_count(const msgpack_object *value)
{
    if (value == NULL)
        return 0;
    if (value->type == MSGPACK_OBJECT_ARRAY)
        return value->via.array.size;
    return value->type == MSGPACK_OBJECT_MAP ? value->via.map.size : 0;
}

const char *mp_type_name(const msgpack_object *value)
{
    if (value == NULL)
        return "nothing";
    switch (value->type) {
    case MSGPACK_OBJECT_NIL:
        return "nil";
    case MSGPACK_OBJECT_BOOLEAN:
        return "a bool";
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        return "an integer";
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        return "a negative integer";
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        return "a float";
    case MSGPACK_OBJECT_STR:
        return "a str";
    case MSGPACK_OBJECT_BIN:
        return "a bin";
    case MSGPACK_OBJECT_ARRAY:
        return "a list";
    case MSGPACK_OBJECT_MAP:
        return "a map";
    default:
        return "an ext";
    }
}

int mp_unpack(const uint8_t *data, size_t size, struct mp_tree *tree, struct err *e)
{
    size_t end = 0;
    tree->top = NULL;
    msgpack_unpacked_init(&tree->unpacked);
    msgpack_unpack_return answer = msgpack_unpack_next(&tree->unpacked, (const char *)data, size, &end);
    if (answer == MSGPACK_UNPACK_NOMEM_ERROR)
        return err_memory(e, "unpacking a message");
    if (answer != MSGPACK_UNPACK_SUCCESS || end != size)
        return err_set(e, ERR_INVALID, "%zu of %zu bytes are a MessagePack value", end, size);
    tree->top = &tree->unpacked.data;
    return 0;
}

void mp_free(struct mp_tree *tree)
{
    msgpack_unpacked_destroy(&tree->unpacked);
    tree->top = NULL;
}
