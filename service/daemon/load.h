/* load.h - one load: reads one state of the database (a read-only repeatable-read transaction) row by row
 * into a snapshot builder, then has the costly part done by a thread of libuv's pool, and hands the finished
 * snapshot over: of what is published now, or of what one run holds. The loop is held up only for a
 * bounded number of rows at a time. Owner: itself, until `done`; load_abandon before that. Loop thread only.
 */
#ifndef PEERNET_DAEMON_LOAD_H
#define PEERNET_DAEMON_LOAD_H

#include <uv.h>

#include "core/snapshot/snapshot.h"
#include "store/pg_async.h"

struct load;

/* Exactly once, unless abandoned: a snapshot, now the receiver's, or an error. */
typedef void (*load_done)(void *context, struct snapshot *snapshot, const struct err *e);

struct load_wish {
    int32_t today; /* days since 1970-01-01 */
    int64_t runs;  /* at most so many of each programme's newest runs are taken along */
    int64_t past;  /* instead of all that, this run's networks, as if it were what is published, among
                      today's organizers and without reports; 0 = no */
    const char
        *networks; /* with `past`: only these of its networks with their members, by number: "3,17" (what
                      they name beside their members is there too, without its members); NULL = all */
};
int load_start(struct load **out, uv_loop_t *loop, struct pg_async *pg, const struct load_wish *wish,
               load_done done, void *context, struct err *e);
/* Nobody waits for it any more; it frees itself when its queries and its thread are done. */
void load_abandon(struct load *load);

#endif
