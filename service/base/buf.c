#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_init(struct buf *b, size_t limit)
{
    *b = (struct buf){.limit = limit};
}

static void forget(struct buf *b, size_t from, size_t size)
{
    if (b->secret && size > 0)
        explicit_bzero(b->data + from, size);
}

void buf_free(struct buf *b)
{
    forget(b, 0, b->capacity);
    free(b->data);
    *b = (struct buf){.limit = b->limit, .secret = b->secret};
}

void buf_clear(struct buf *b)
{
    forget(b, 0, b->size);
    b->size = 0;
    b->failed = false;
}

/* As realloc, which leaves the old bytes where they were. */
static uint8_t *move(struct buf *b, size_t capacity)
{
    uint8_t *data = malloc(capacity);
    if (data == NULL)
        return NULL;
    if (b->size > 0)
        memcpy(data, b->data, b->size);
    forget(b, 0, b->capacity);
    free(b->data);
    return data;
}

uint8_t *buf_grow(struct buf *b, size_t size)
{
    if (b->failed)
        return NULL;
    if (size > SIZE_MAX / 4 - b->size || (b->limit != 0 && b->size + size > b->limit)) {
        b->failed = true;
        return NULL;
    }
    size_t capacity = b->capacity < 64 ? 64 : b->capacity * 2;
    while (capacity < b->size + size)
        capacity *= 2;
    uint8_t *data = b->secret ? move(b, capacity) : realloc(b->data, capacity);
    if (data == NULL) {
        b->failed = true;
        return NULL;
    }
    b->data = data;
    b->capacity = capacity;
    return b->data + b->size;
}

void buf_append(struct buf *b, const void *data, size_t size)
{
    uint8_t *end = buf_reserve(b, size);
    if (end == NULL || size == 0)
        return;
    memcpy(end, data, size);
    b->size += size;
}

void buf_text(struct buf *b, const char *text)
{
    buf_append(b, text, strlen(text));
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int size = vsnprintf(NULL, 0, format, args);
    va_end(args);
    uint8_t *end = size < 0 ? NULL : buf_reserve(b, (size_t)size + 1);
    if (end != NULL) {
        vsnprintf((char *)end, (size_t)size + 1, format, again);
        b->size += (size_t)size;
    } else {
        b->failed = true;
    }
    va_end(again);
}

void buf_consume(struct buf *b, size_t size)
{
    if (size >= b->size) {
        forget(b, 0, b->size);
        b->size = 0;
        return;
    }
    memmove(b->data, b->data + size, b->size - size);
    forget(b, b->size - size, size);
    b->size -= size;
}

const char *buf_string(struct buf *b)
{
    uint8_t *end = buf_reserve(b, 1);
    if (end == NULL)
        return "";
    *end = '\0';
    return (const char *)b->data;
}

bool buf_failed(const struct buf *b)
{
    return b->failed;
}
