#include "core/population/key_table.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

uint32_t key_hash(const char *key, size_t length)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a, with the high half folded in */
    for (size_t i = 0; i < length; i++)
        h = (h ^ (unsigned char)key[i]) * 0x100000001b3u;
    return (uint32_t)(h ^ (h >> 32));
}

const char *key_of(const void *rows, size_t stride, uint32_t row)
{
    const char *key;
    memcpy(&key, (const char *)rows + row * stride, sizeof key);
    return key;
}

static bool key_is(const char *key, const char *text, size_t length)
{
    return strncmp(key, text, length) == 0 && key[length] == '\0';
}

struct key_slot *key_slot_of(const struct key_table *t, const void *rows, size_t stride, const char *key,
                             size_t length)
{
    uint32_t hash = key_hash(key, length);
    size_t at = hash & (t->capacity - 1);
    for (;; at = (at + 1) & (t->capacity - 1)) {
        struct key_slot *slot = &t->slots[at];
        if (slot->row == KEY_NONE)
            return slot;
        if (slot->hash == hash && key_is(key_of(rows, stride, slot->row), key, length))
            return slot;
    }
}

uint32_t key_find(const struct key_table *t, const void *rows, size_t stride, const char *key, size_t length)
{
    if (t->capacity == 0)
        return KEY_NONE;
    return key_slot_of(t, rows, stride, key, length)->row;
}

static void key_insert(struct key_table *t, uint32_t hash, uint32_t row)
{
    size_t at = hash & (t->capacity - 1);
    while (t->slots[at].row != KEY_NONE)
        at = (at + 1) & (t->capacity - 1);
    t->slots[at] = (struct key_slot){hash, row};
}

int key_table_reserve(struct key_table *t, size_t used, struct err *e)
{
    if (2 * (used + 1) <= t->capacity)
        return 0;
    struct key_table wide = {.capacity = t->capacity == 0 ? 64 : 2 * t->capacity};
    wide.slots = malloc(wide.capacity * sizeof *wide.slots);
    if (wide.slots == NULL)
        return err_memory(e, "the table of ids");
    memset(wide.slots, 0xff, wide.capacity * sizeof *wide.slots);
    for (size_t i = 0; i < t->capacity; i++)
        if (t->slots[i].row != KEY_NONE)
            key_insert(&wide, t->slots[i].hash, t->slots[i].row);
    free(t->slots);
    *t = wide;
    return 0;
}

void key_table_refill(struct key_table *t, const void *rows, size_t stride, uint32_t n)
{
    if (t->capacity > 0)
        memset(t->slots, 0xff, t->capacity * sizeof *t->slots);
    for (uint32_t row = 0; row < n; row++) {
        const char *key = key_of(rows, stride, row);
        key_insert(t, key_hash(key, strlen(key)), row);
    }
}
