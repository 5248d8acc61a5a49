#include "proto/mp.h"

#include <math.h>
#include <string.h>

/* A header byte and `bytes` of a number, big end first. */
static void put(struct buf *out, uint8_t tag, uint64_t value, unsigned bytes)
{
    uint8_t *end = buf_reserve(out, 1 + bytes);
    if (end == NULL)
        return;
    end[0] = tag;
    for (unsigned i = 0; i < bytes; i++)
        end[1 + i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
    out->size += 1 + bytes;
}

/* The header of something with a length: 8 (where it exists), 16 or 32 bits of it. */
static void put_length(struct buf *out, uint8_t tag8, uint8_t tag16, uint64_t length)
{
    if (length > UINT32_MAX)
        out->failed = true;
    else if (tag8 != 0 && length <= UINT8_MAX)
        put(out, tag8, length, 1);
    else if (length <= UINT16_MAX)
        put(out, tag16, length, 2);
    else
        put(out, tag16 + 1, length, 4);
}

void mp_nil(struct buf *out)
{
    put(out, 0xc0, 0, 0);
}

void mp_bool(struct buf *out, bool value)
{
    put(out, value ? 0xc3 : 0xc2, 0, 0);
}

void mp_uint(struct buf *out, uint64_t value)
{
    if (value < 0x80)
        put(out, (uint8_t)value, 0, 0);
    else if (value <= UINT8_MAX)
        put(out, 0xcc, value, 1);
    else if (value <= UINT16_MAX)
        put(out, 0xcd, value, 2);
    else if (value <= UINT32_MAX)
        put(out, 0xce, value, 4);
    else
        put(out, 0xcf, value, 8);
}

void mp_int(struct buf *out, int64_t value)
{
    if (value >= 0)
        mp_uint(out, (uint64_t)value);
    else if (value >= -32)
        put(out, (uint8_t)value, 0, 0);
    else if (value >= INT8_MIN)
        put(out, 0xd0, (uint64_t)value, 1);
    else if (value >= INT16_MIN)
        put(out, 0xd1, (uint64_t)value, 2);
    else if (value >= INT32_MIN)
        put(out, 0xd2, (uint64_t)value, 4);
    else
        put(out, 0xd3, (uint64_t)value, 8);
}

void mp_double(struct buf *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    put(out, 0xcb, bits, 8);
}

void mp_rounded(struct buf *out, double value, int digits)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6}; /* pow takes longer than all the rest */
    double scale = digits < 7 ? powers[digits] : pow(10, digits);
    if (!isfinite(value))
        mp_nil(out);
    else
        mp_double(out, round(value * scale) / scale);
}

static void put_str(struct buf *out, size_t size)
{
    if (size < 32)
        put(out, (uint8_t)(0xa0 | size), 0, 0);
    else
        put_length(out, 0xd9, 0xda, size);
}

void mp_str(struct buf *out, const char *text, size_t size)
{
    put_str(out, size);
    buf_append(out, text, size);
}

void mp_text(struct buf *out, const char *text)
{
    if (text == NULL)
        mp_nil(out);
    else
        mp_str(out, text, strlen(text));
}

void mp_key(struct buf *out, const char *name)
{
    mp_str(out, name, strlen(name));
}

void mp_bin(struct buf *out, const void *data, size_t size)
{
    put_length(out, 0xc4, 0xc5, size);
    buf_append(out, data, size);
}

void mp_array(struct buf *out, uint32_t count)
{
    if (count < 16)
        put(out, (uint8_t)(0x90 | count), 0, 0);
    else
        put_length(out, 0, 0xdc, count);
}

void mp_map(struct buf *out, uint32_t count)
{
    if (count < 16)
        put(out, (uint8_t)(0x80 | count), 0, 0);
    else
        put_length(out, 0, 0xde, count);
}

void mp_raw(struct buf *out, const void *data, size_t size)
{
    buf_append(out, data, size);
}

#define OPEN_BYTES 5 /* room for the longest header of an array */

size_t mp_array_open(struct buf *out)
{
    size_t opened = out->size;
    put(out, 0xdd, 0, OPEN_BYTES - 1);
    return opened;
}

void mp_array_close(struct buf *out, size_t opened, uint32_t count)
{
    if (buf_failed(out))
        return;
    size_t content = out->size - opened - OPEN_BYTES;
    size_t header = count < 16 ? 1 : count <= UINT16_MAX ? 3 : 5;
    memmove(out->data + opened + header, out->data + opened + OPEN_BYTES, content);
    out->size = opened; /* the header goes where its room was, then the content counts again */
    mp_array(out, count);
    out->size += content;
}

size_t mp_text_open(struct buf *out)
{
    size_t opened = out->size;
    put(out, 0xdb, 0, OPEN_BYTES - 1);
    return opened;
}

void mp_text_close(struct buf *out, size_t opened)
{
    if (buf_failed(out))
        return;
    size_t size = out->size - opened - OPEN_BYTES;
    size_t header = size < 32 ? 1 : size <= UINT8_MAX ? 2 : size <= UINT16_MAX ? 3 : 5;
    memmove(out->data + opened + header, out->data + opened + OPEN_BYTES, size);
    out->size = opened; /* as with a list */
    put_str(out, size);
    out->size += size;
}

static void write_array(struct buf *out, const msgpack_object_array *array)
{
    mp_array(out, array->size);
    for (uint32_t i = 0; i < array->size; i++)
        mp_value(out, &array->ptr[i]);
}

static void write_map(struct buf *out, const msgpack_object_map *map)
{
    mp_map(out, map->size);
    for (uint32_t i = 0; i < map->size; i++) {
        mp_value(out, &map->ptr[i].key);
        mp_value(out, &map->ptr[i].val);
    }
}

void mp_value(struct buf *out, const msgpack_object *value)
{
    switch (value->type) {
    case MSGPACK_OBJECT_BOOLEAN:
        mp_bool(out, value->via.boolean);
        break;
    case MSGPACK_OBJECT_POSITIVE_INTEGER:
        mp_uint(out, value->via.u64);
        break;
    case MSGPACK_OBJECT_NEGATIVE_INTEGER:
        mp_int(out, value->via.i64);
        break;
    case MSGPACK_OBJECT_FLOAT32:
    case MSGPACK_OBJECT_FLOAT64:
        mp_double(out, value->via.f64);
        break;
    case MSGPACK_OBJECT_STR:
        mp_str(out, value->via.str.ptr, value->via.str.size);
        break;
    case MSGPACK_OBJECT_BIN:
        mp_bin(out, value->via.bin.ptr, value->via.bin.size);
        break;
    case MSGPACK_OBJECT_ARRAY:
        write_array(out, &value->via.array);
        break;
    case MSGPACK_OBJECT_MAP:
        write_map(out, &value->via.map);
        break;
    case MSGPACK_OBJECT_NIL:
    default: /* ext: the frame check lets none in */
        mp_nil(out);
    }
}
