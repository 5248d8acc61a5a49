/* waiters.h - who wants to be told when the next round of reading has ended: a list for those modules that
 * read the database in rounds, one at a time. Owner: the module; a zeroed struct is an empty list, and one
 * that was told up to WAITERS_ALL holds nothing. Loop thread only. */
#ifndef PEERNET_DAEMON_WAITERS_H
#define PEERNET_DAEMON_WAITERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WAITERS_ALL UINT64_MAX

typedef void (*waiters_then)(void *context);
struct waiter;
struct waiters {
    struct waiter *first;
};

/* `then` is called once round `round` has ended. False when memory ran out: it will not be called. */
bool waiters_add(struct waiters *w, uint64_t round, waiters_then then, void *context);
/* Calls those that waited for a round up to this one; they may add others, which are looked at too. */
void waiters_tell(struct waiters *w, uint64_t round);
static inline bool waiters_any(const struct waiters *w)
{
    return w->first != NULL;
}

#endif
