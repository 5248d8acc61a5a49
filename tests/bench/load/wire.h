/* wire.h - requests as bytes, and where answers end: MessagePack-RPC, and redis' protocol to compare with.
 * Requests are encoded once; only the four bytes of a msgid change from one to the next. Owner: the caller,
 * of everything. One thread. */
#ifndef PEERNET_BENCH_WIRE_H
#define PEERNET_BENCH_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/frame.h"

struct calls {
    struct buf bytes; /* all requests behind each other */
    size_t *at;       /* n + 1 places in it */
    size_t n;
    bool redis;
};

/* One call; `params` is JSON, "" = none. ERR_INVALID. */
int calls_add(struct calls *calls, const char *method, const char *params, struct err *e);
/* A call a line: METHOD, a blank, PARAMS-AS-JSON. ERR_INVALID names file and line; ERR_IO. */
int calls_read(struct calls *calls, const char *path, struct err *e);
int calls_redis(struct calls *calls, struct err *e); /* GET of the key that calls_redis_set sets */
void calls_redis_set(struct buf *out, size_t bytes);
void calls_free(struct calls *calls);

/* Appends call `which` (modulo their number) with that msgid. */
void calls_write(const struct calls *calls, size_t which, uint32_t msgid, struct buf *out);

struct answer {
    size_t size;
    bool is_answer; /* not a notification */
    uint32_t msgid; /* redis: answers come in order, and this is 0 */
    bool is_error;
};

/* Looks for one whole answer at the front of `data`. ERR_INVALID for what is none. `scan` keeps its place
 * from call to call and is begun anew after a whole one. */
int answer_scan(struct frame_scan *scan, bool redis, const uint8_t *data, size_t size, bool *whole,
                struct answer *out, struct err *e);
void answer_begin(struct frame_scan *scan);

#endif
