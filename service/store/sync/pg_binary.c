#include "store/pg_binary.h"

#include <string.h>

static void put(uint8_t *to, uint64_t value, int bytes)
{
    for (int i = bytes; i-- > 0; value >>= 8)
        to[i] = (uint8_t)value;
}

static void number(struct buf *out, uint64_t value, int bytes)
{
    uint8_t big[8];
    put(big, value, bytes);
    buf_append(out, big, (size_t)bytes);
}

/* Length, then so many bytes. */
static void field(struct buf *out, uint64_t value, int bytes)
{
    uint8_t *to = buf_reserve(out, 12);
    if (to == NULL)
        return;
    put(to, (uint64_t)bytes, 4);
    put(to + 4, value, bytes);
    out->size += 4 + (size_t)bytes;
}

void pg_binary_begin(struct buf *out)
{
    static const unsigned char header[19] = "PGCOPY\n\377\r\n"; /* and flags and extension: nothing */
    buf_append(out, header, sizeof header);
}

void pg_binary_end(struct buf *out)
{
    number(out, UINT16_MAX, 2);
}

void pg_binary_row(struct buf *out, uint16_t fields)
{
    number(out, fields, 2);
}

void pg_binary_null(struct buf *out)
{
    number(out, UINT32_MAX, 4);
}

void pg_binary_int2(struct buf *out, int16_t value)
{
    field(out, (uint16_t)value, 2);
}

void pg_binary_int4(struct buf *out, int32_t value)
{
    field(out, (uint32_t)value, 4);
}

void pg_binary_int8(struct buf *out, int64_t value)
{
    field(out, (uint64_t)value, 8);
}

void pg_binary_float4(struct buf *out, float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    field(out, bits, 4);
}

/* PostgreSQL counts from 2000-01-01. */
void pg_binary_date(struct buf *out, int32_t days)
{
    enum { DAY_2000 = 10957 };
    pg_binary_int4(out, days - DAY_2000);
}

void pg_binary_bytes(struct buf *out, const void *bytes, size_t size)
{
    uint8_t *to = size > INT32_MAX ? NULL : buf_reserve(out, size + 4);
    if (to == NULL) {
        out->failed = true;
        return;
    }
    put(to, size, 4);
    if (size > 0)
        memcpy(to + 4, bytes, size);
    out->size += size + 4;
}

void pg_binary_text(struct buf *out, const char *text)
{
    pg_binary_bytes(out, text, strlen(text));
}

size_t pg_binary_open(struct buf *out)
{
    number(out, 0, 4);
    return out->size;
}

void pg_binary_close(struct buf *out, size_t opened)
{
    if (!buf_failed(out))
        put(out->data + opened - 4, out->size - opened, 4);
}

size_t pg_binary_jsonb_open(struct buf *out)
{
    size_t opened = pg_binary_open(out);
    number(out, 1, 1); /* its version */
    return opened;
}

size_t pg_binary_texts_open(struct buf *out, uint32_t n)
{
    enum { TEXT_OID = 25 };
    size_t opened = pg_binary_open(out);
    number(out, n > 0, 4); /* dimensions */
    number(out, 0, 4);     /* no NULL among them */
    number(out, TEXT_OID, 4);
    if (n > 0) {
        number(out, n, 4);
        number(out, 1, 4); /* the first has number 1 */
    }
    return opened;
}
