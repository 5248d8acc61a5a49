/* log_limit.h - lines of one kind are few: some in a window of time, then only a count of the others, told
 * when the window is over. Owner: whoever has the struct, zeroed. One thread. */
#ifndef PEERNET_BASE_LOG_LIMIT_H
#define PEERNET_BASE_LOG_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#define LOG_LIMIT_LINES 10
#define LOG_LIMIT_MS 10000
#define LOG_LIMIT_KINDS 32 /* at a time; of more than that the oldest window ends early */

struct log_limit {
    struct log_limit_kind {
        const char *name; /* NULL: free */
        uint64_t since;   /* ms, when its window began */
        uint32_t lines;   /* written in it */
        uint64_t more;    /* not written */
    } kinds[LOG_LIMIT_KINDS];
};

/* Whether a line of that kind (a static text, as its message) may be written at `now` (ms of any clock). */
bool log_limit_may(struct log_limit *l, const char *kind, uint64_t now);
/* Tells of those that were not written in windows that are over ("12 more like this"); false when none is
 * left to tell of. `last`: also of windows that are not over. */
bool log_limit_tell(struct log_limit *l, uint64_t now, bool last);

#endif
