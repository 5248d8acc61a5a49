/* drive.h - many connections that call all the time, or at a rate, and how long answers took.
 *
 * With a rate, every call has a time at which it is due. One that could not be sent then because all `depth`
 * slots of its connection waited for answers is measured from when it was due, so that a server that stops
 * for a second shows as a second (the "coordinated omission" of load programs that wait with it).
 * Owner: the caller. One thread, a libuv loop of its own. */
#ifndef PEERNET_BENCH_DRIVE_H
#define PEERNET_BENCH_DRIVE_H

#include <stdint.h>

#include "base/err.h"
#include "load/histogram.h"
#include "load/wire.h"
#include "proto/client/address.h"
#include "proto/client/stream.h"

struct drive_plan {
    struct address address;
    struct stream_trust trust;
    const struct calls *calls;
    const struct buf *first; /* sent once on each connection, answered once: a login; empty = nothing */
    uint32_t connections, idle, depth;
    double warm_up, duration; /* seconds */
    double rate;              /* calls a second of all together; 0 = without end */
};

struct drive_result {
    struct histogram took;
    uint64_t errors, lost; /* answers that are errors, connections that ended (neither is in `took`) */
    double seconds;
    struct err first_error; /* the first connection's or login's */
};

/* ERR_UNAVAILABLE where not all connections could be made, ERR_DENIED for a login that was refused. */
int drive(const struct drive_plan *plan, struct drive_result *out, struct err *e);

#endif
