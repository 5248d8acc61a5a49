/* key_table.h - from a text key to a row of an array of structs whose first member is that key (const char
 * *). Open addressing; the hash beside the row saves most looks at the rows themselves. Only for building a
 * population. Owner: whoever zeroed the table; its slots are freed with free(). One thread. */
#ifndef PEERNET_CORE_KEY_TABLE_H
#define PEERNET_CORE_KEY_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define KEY_NONE UINT32_MAX

struct key_slot {
    uint32_t hash, row; /* row: KEY_NONE where the slot is free */
};
struct key_table {
    struct key_slot *slots;
    size_t capacity; /* a power of two */
};

uint32_t key_hash(const char *key, size_t length);
/* The key of a row: the pointer at its start. */
const char *key_of(const void *rows, size_t stride, uint32_t row);

/* Room for one more than `used` keys, at most half full. Before key_slot_of. */
int key_table_reserve(struct key_table *t, size_t used, struct err *e);
/* The slot that holds the key, or the free one where it belongs. `key` holds no NUL within `length`. */
struct key_slot *key_slot_of(const struct key_table *t, const void *rows, size_t stride, const char *key,
                             size_t length);
/* Its row, or KEY_NONE. */
uint32_t key_find(const struct key_table *t, const void *rows, size_t stride, const char *key, size_t length);
/* After the rows have been sorted: the same keys, at their new rows. */
void key_table_refill(struct key_table *t, const void *rows, size_t stride, uint32_t n);

#endif
