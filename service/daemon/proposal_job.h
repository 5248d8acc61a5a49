/* proposal_job.h - one worker process that solves one problem: what it is given goes into its standard input,
 * what it answers comes from its standard output, and the loop never waits for either. Owner: proposals.c.
 * Loop thread only. */
#ifndef PEERNET_DAEMON_PROPOSAL_JOB_H
#define PEERNET_DAEMON_PROPOSAL_JOB_H

#include <sys/queue.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/gate.h"
#include "daemon/worker_process.h"
#include "net/service.h"
#include "proto/frame.h"

struct proposal_job;

struct proposal_options {
    uv_loop_t *loop;
    const char *worker; /* path, or a name for the PATH */
    uint64_t time_limit_ms, kill_after_ms;
    int nice; /* of the worker */
    int64_t memory_limit;
    size_t answer_limit; /* bytes */
    uint32_t jobs;       /* at a time */
    uint32_t queue;      /* that wait besides */
    void *context;
    void (*idle)(void *context); /* the last worker is gone */
};

struct proposal_job {
    const struct proposal_options *options;
    void *owner;
    void (*ended)(void *owner, struct proposal_job *job); /* all its handles are closed */
    TAILQ_ENTRY(proposal_job) link;                       /* proposals.c's, like the next three */
    struct gate_pass pass;
    bool let_in;      /* else it waits */
    struct err fault; /* why its worker could not be started */
    uint64_t id;
    struct buf problem, answer;
    struct frame_scan scan;     /* of the answer, as it comes */
    service_proposal_done done; /* NULL once it is answered */
    void *context;

    struct worker_process process;
    bool too_long, unusable; /* the answer */
    char said[512];          /* the end of what it said on standard error */
    size_t n_said;
};

/* Starts the worker. `ended` comes later, also when it could not be started (*e). */
int proposal_job_start(struct proposal_job *job, struct err *e);
/* Tells it to end; killed when it does not, or at once. */
void proposal_job_stop(struct proposal_job *job, bool kill);
/* After its end: why there is no answer, or ERR_OK when there is one. */
int proposal_job_judge(struct proposal_job *job, struct err *e);

#endif
