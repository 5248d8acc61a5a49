/* pin_words.h - the words by which people know a rule that one of them set. Pure. */
#ifndef PEERNET_CORE_PIN_WORDS_H
#define PEERNET_CORE_PIN_WORDS_H

#include "base/arena.h"
#include "core/group/group.h"

/* "together", "apart", "keep" */
const char *pin_rule_name(enum group_rule_type type);
int pin_rule_parse(const char *name); /* -1 for anything else */

struct pin_words {
    int64_t number; /* 0: the one that is about to be set */
    enum group_rule_type type;
    uint32_t network; /* keep: in this one; 0 = where it is */
    bool lock;        /* it is the lock of that network */
    uint32_t n;       /* organizers */
    const char *made_by, *why;
    const char *(*name_of)(void *context, uint32_t k); /* of the k-th organizer */
    void *context;
};

/* "pin 3 (together: Alvesta, Tingsryd), set by Anna: shared staff" or "network 7 is locked by
 * Anna", in `memory`; NULL when that ran out. */
const char *pin_words(const struct pin_words *w, struct arena *memory);

#endif
