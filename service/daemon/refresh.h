/* refresh.h - keeps the snapshot what the database holds. NOTIFY is only a hint: on every connection it
 * listens first and then compares versions, and it compares again on a slow timer. A newer state is loaded
 * aside and swapped in; a failed load leaves the old snapshot in place and is tried again. Bursts of changes
 * become one load. Owner: the daemon. Loop thread only. */
#ifndef PEERNET_DAEMON_REFRESH_H
#define PEERNET_DAEMON_REFRESH_H

#include <uv.h>

#include "core/snapshot/snapshot.h"
#include "store/pg_async.h"

struct refresh;

struct refresh_options {
    uint64_t interval_ms;
    int64_t runs_kept;
    void *context;
    /* A newer snapshot is in place; `old` (NULL at first) is freed when this returns. */
    void (*swapped)(void *context, const struct snapshot *old, const struct snapshot *now);
};

struct refresh_status {
    const struct snapshot *snapshot; /* NULL before the first load */
    double age_s;                    /* since it was last known to be what the database holds; < 0: none */
    bool loading;
    double load_ms;
    const char *error; /* of the last comparison or load, "" when it was well */
};

int refresh_open(struct refresh **out, uv_loop_t *loop, const struct refresh_options *options, struct err *e);
/* Tells all that wait, frees the snapshot; the memory goes when its timers are closed. */
void refresh_close(struct refresh *r);

/* What the connection tells. `pg` is given once it exists. */
void refresh_up(struct refresh *r, struct pg_async *pg);
void refresh_down(struct refresh *r);
void refresh_hint(struct refresh *r);

/* Calls back when what is committed now can be read here; at once when that cannot be had, since the database
 * is away. Exactly once; `then` may be called before this returns. */
void refresh_after(struct refresh *r, void (*then)(void *context), void *context);

void refresh_status(const struct refresh *r, struct refresh_status *out);
/* Two of them alone, which every request asks for. */
const struct snapshot *refresh_snapshot(const struct refresh *r);
double refresh_age(const struct refresh *r);
int32_t refresh_day(void); /* days since 1970-01-01, UTC, by this machine's clock */

#endif
