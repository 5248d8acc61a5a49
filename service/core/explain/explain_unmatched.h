/* explain_unmatched.h - which limit that people set left an organizer out, and what would help, in plain
 * Swedish and English: in words, for who reads them need not know the settings' names. Pure. */
#ifndef PEERNET_CORE_EXPLAIN_UNMATCHED_H
#define PEERNET_CORE_EXPLAIN_UNMATCHED_H

#include <stdint.h>

#include "base/buf.h"

enum unmatched_limit {
    LIMIT_NONE, /* or not known which */
    LIMIT_NOT_ALONE,
    LIMIT_IN_COMMON,
    LIMIT_DISTANCE,
    LIMIT_CENTRE,
    LIMIT_SEATS
};

struct unmatched_facts { /* the limit that kept it out */
    enum unmatched_limit limit;
    const char *attribute; /* not alone, in common, seats */
    const char *value;     /* not alone: the organizer's */
    double km;             /* distance, centre */
    uint32_t seats, max_size;
};

/* Nothing where no limit is known; `language`: "sv" or "en". */
void unmatched_sentences(struct buf *out, const struct unmatched_facts *f, const char *language);

#endif
