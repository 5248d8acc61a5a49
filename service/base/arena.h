/* arena.h - many small things that live and die together: strings of a snapshot, rows of an import.
 * Allocation is a bump of a pointer; arena_free gives everything back at once.
 * Owner: whoever called arena_init. Not shared between threads while it grows. */
#ifndef PEERNET_BASE_ARENA_H
#define PEERNET_BASE_ARENA_H

#include <stddef.h>

struct arena_block;
struct arena {
    struct arena_block *first;
    size_t bytes; /* allocated from the system so far */
};

void arena_init(struct arena *a);
void arena_free(struct arena *a);
/* Uninitialised memory, aligned for anything; NULL when memory ran out. */
void *arena_alloc(struct arena *a, size_t size);
/* What `other` holds is `a`'s from now on; `other` is empty then. */
void arena_join(struct arena *a, struct arena *other);
/* A copy of `size` bytes with a NUL behind; NULL when memory ran out. */
char *arena_text(struct arena *a, const char *text, size_t size);

#endif
