/* insight_job.h - figures over all organizers, reckoned and encoded by a thread (thread_job.h). Owner: itself
 * from insight_job_start on. Loop thread only, but for the reckoning. */
#ifndef PEERNET_NET_INSIGHT_JOB_H
#define PEERNET_NET_INSIGHT_JOB_H

#include "net/thread_job.h"

struct insight_job;
/* By the thread: writes all fields of the result but the last, age_s. */
typedef int (*insight_reckon)(const struct insight_job *job, struct buf *out, struct err *e);

struct insight_job {
    struct thread_job job;
    uint32_t threshold; /* fewer organizers than this are not told (insight-threshold) */
    int by;             /* enum insight_by */
    uint32_t limit;
    insight_reckon reckon;
    struct buf out;
};

/* A copy of `wanted`, whose programme the argument names, begins its work: HANDLER_LATER, else why not. */
int insight_job_start(struct call *call, const struct argument *programme, const struct insight_job *wanted,
                      struct err *e);

#endif
