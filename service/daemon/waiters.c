#include "daemon/waiters.h"

#include <stdlib.h>

struct waiter {
    struct waiter *next;
    uint64_t round; /* the one, begun after it came, that has to end */
    waiters_then then;
    void *context;
};

bool waiters_add(struct waiters *w, uint64_t round, waiters_then then, void *context)
{
    struct waiter *fresh = malloc(sizeof *fresh);
    if (fresh == NULL)
        return false;
    *fresh = (struct waiter){.next = w->first, .round = round, .then = then, .context = context};
    w->first = fresh;
    return true;
}

void waiters_tell(struct waiters *w, uint64_t round)
{
    struct waiter **at = &w->first;
    while (*at != NULL) {
        struct waiter *told = *at;
        if (told->round > round) {
            at = &told->next;
            continue;
        }
        *at = told->next;
        told->then(told->context);
        free(told);
        at = &w->first; /* the callback may have changed the list */
    }
}
