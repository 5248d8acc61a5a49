/* buf.h - bytes that grow, with one sticky failure: append as you like, ask buf_failed() once at the end.
 * Owner: whoever called buf_init; buf_free gives the memory back. Not shared between threads. */
#ifndef PEERNET_BASE_BUF_H
#define PEERNET_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    uint8_t *data;
    size_t size;     /* bytes in use */
    size_t capacity; /* bytes allocated */
    size_t limit;    /* most bytes it may hold; 0 = no limit */
    bool failed;     /* an append was refused (memory or limit); sticks until buf_clear */
    bool secret; /* set by the owner: bytes are overwritten before their memory is used anew or given back */
};

void buf_init(struct buf *b, size_t limit);
void buf_free(struct buf *b);
/* Empties it, keeps its memory, forgets a failure. */
void buf_clear(struct buf *b);
void buf_append(struct buf *b, const void *data, size_t size);
void buf_text(struct buf *b, const char *text);
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What buf_reserve does where there is no room yet, or never will be. */
uint8_t *buf_grow(struct buf *b, size_t size);
/* Room for `size` more bytes to be written at the end by the caller, who then adds to b->size; NULL on
 * failure. Here in full: nearly always there is room, and whoever writes an answer asks for it often. */
static inline uint8_t *buf_reserve(struct buf *b, size_t size)
{
    bool there = !b->failed && b->data != NULL && size <= b->capacity - b->size &&
                 (b->limit == 0 || b->size + size <= b->limit);
    return there ? b->data + b->size : buf_grow(b, size);
}
/* Drops the first `size` bytes. */
void buf_consume(struct buf *b, size_t size);
/* The bytes as a C string (a NUL is kept behind the content); "" on failure. */
const char *buf_string(struct buf *b);
bool buf_failed(const struct buf *b);

#endif
