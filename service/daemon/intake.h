/* intake.h - batches of reports and organizers on their way into the database: one at a time, so that what
 * else the connection is for comes between them, and a short queue behind it. Each is one statement and so
 * one transaction, and is answered exactly once, after its commit. Owner: the daemon. Loop thread only. */
#ifndef PEERNET_DAEMON_INTAKE_H
#define PEERNET_DAEMON_INTAKE_H

#include "base/gate.h"
#include "net/service.h"
#include "store/pg_async.h"

struct intake;

struct intake_options {
    struct pg_async *pg;      /* outlives all that is answered */
    uint32_t queue;           /* batches that wait besides the one under way */
    int64_t keys_remember_ms; /* how long an idempotency key is known */
};

int intake_open(struct intake **out, const struct intake_options *options, struct err *e);
/* After the connection was closed, by which the last was answered. NULL is fine. */
void intake_free(struct intake *in);

/* The one that is written, and those that wait. */
void intake_counts(const struct intake *in, struct gate_counts *out);

/* service.h: submit. ERR_UNAVAILABLE: nothing was done, or it is not known (the text says which). */
void intake_submit(struct intake *in, const struct service_batch *batch, service_batch_done done,
                   void *context);

#endif
