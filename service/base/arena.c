#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES (64u * 1024u)

struct arena_block {
    struct arena_block *next;
    size_t used, size;
    alignas(max_align_t) unsigned char data[];
};

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

void arena_free(struct arena *a)
{
    struct arena_block *block = a->first;
    while (block != NULL) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    *a = (struct arena){0};
}

static struct arena_block *new_block(struct arena *a, size_t size)
{
    struct arena_block *block = malloc(sizeof *block + size);
    if (block == NULL)
        return NULL;
    *block = (struct arena_block){.next = a->first, .size = size};
    a->bytes += sizeof *block + size;
    a->first = block;
    return block;
}

/* `align` is a power of two, at most alignof(max_align_t). */
static void *bump(struct arena *a, size_t size, size_t align)
{
    struct arena_block *block = a->first;
    size_t start = block == NULL ? 0 : (block->used + align - 1) & ~(align - 1);
    if (block == NULL || start > block->size || block->size - start < size) {
        block = new_block(a, size > BLOCK_BYTES ? size : BLOCK_BYTES);
        if (block == NULL)
            return NULL;
        start = 0;
    }
    block->used = start + size;
    return block->data + start;
}

void *arena_alloc(struct arena *a, size_t size)
{
    return bump(a, size, alignof(max_align_t));
}

char *arena_text(struct arena *a, const char *text, size_t size)
{
    char *copy = size < SIZE_MAX ? bump(a, size + 1, 1) : NULL;
    if (copy == NULL)
        return NULL;
    if (size > 0)
        memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

void arena_join(struct arena *a, struct arena *other)
{
    struct arena_block **end = &other->first;
    while (*end != NULL)
        end = &(*end)->next;
    *end = a->first;
    *a = (struct arena){other->first, a->bytes + other->bytes};
    *other = (struct arena){0};
}
