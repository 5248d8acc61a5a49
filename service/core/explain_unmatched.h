/* explain_unmatched.h - why one organizer was left out, in plain Swedish and English. Pure. */
#ifndef PEERNET_CORE_EXPLAIN_UNMATCHED_H
#define PEERNET_CORE_EXPLAIN_UNMATCHED_H

#include <stdint.h>

#include "base/buf.h"
#include "core/explain.h"

struct unmatched_facts {
    enum unmatched_reason reason;
    uint32_t waited; /* published runs in a row in which it found no room, this one included; 0 = it does not
                        wait */
    const char *since; /* the day of the first of them, as 2026-08-31 */
};

/* `language`: "sv" or "en". */
void unmatched_sentences(struct buf *out, const struct unmatched_facts *f, const char *language);

#endif
