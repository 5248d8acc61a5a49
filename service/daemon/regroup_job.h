/* regroup_job.h - one worker process from its start to its end: its progress, what it says on standard error,
 * its time limit, and what its end means. Owner: regroup.c, which keeps the list of them. Loop thread only.
 */
#ifndef PEERNET_DAEMON_REGROUP_JOB_H
#define PEERNET_DAEMON_REGROUP_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "daemon/worker_process.h"
#include "net/service.h"

struct regroup_job;

struct regroup_job_options {
    uv_loop_t *loop;
    const char *worker;             /* path, or a name for the PATH */
    const char *const *environment; /* of the child, besides this process's own; ends with NULL */
    uint64_t time_limit_ms, kill_after_ms;
    int nice; /* of the worker */
    int64_t memory_limit, threads, inputs_kept;
    int64_t runs_kept, published_kept_ms; /* 0 runs = all */
    void *context;
    void (*progress)(void *context, struct regroup_job *job);
    void (*ended)(void *context,
                  struct regroup_job *job); /* all its handles are closed; `outcome` says how */
};

enum job_outcome {
    JOB_DONE,
    JOB_UNCHANGED,
    JOB_SUPERSEDED,
    JOB_FAILED,
    JOB_CANCELLED,
    JOB_DIFFERENT /* a replay */
};
const char *job_outcome_name(enum job_outcome outcome);

struct regroup_job {
    const struct regroup_job_options *options;
    struct regroup_job *next;
    char programme[64];
    char who[300], origin[100]; /* asked for it; from where, "" = not said */
    bool publish, force, has_seed;
    bool replay; /* computes `run` again, writes nothing */
    uint64_t seed;
    int64_t run;    /* 0 until it has a number */
    int64_t result; /* the run that it came to, by the worker's last words: its own, or one that was there; 0
                       = none */

    bool over; /* it has ended and `outcome` says how */
    enum job_outcome outcome;
    char step[32], text[512]; /* the last progress */
    char error[512];          /* why it failed, "" otherwise */
    bool passing; /* it failed since another regrouping was under way elsewhere, or the database away */
    double share;
    uint64_t told_ms;
    struct worker_process process;
    struct job_line {
        char text[2048];
        size_t used; /* what is longer is cut */
    } progress_line, error_line;
    uint32_t lines_logged;

    service_done done; /* who asked for it, until answered */
    void *done_context;
    char cancelled_by[300]; /* "" = nobody has */
    service_done cancelled; /* likewise who cancelled it */
    void *cancelled_context;
};

/* Starts the worker; `run` is set. When that fails, `ended` comes later all the same, once its handles are
 * closed; ERR_MEMORY alone means that there is nothing to be closed and no `ended`. */
int regroup_job_start(struct regroup_job *job, struct err *e);
/* Asks it to end; kills it when it does not. Does nothing to one that has ended. */
void regroup_job_stop(struct regroup_job *job);
void regroup_job_kill(struct regroup_job *job);
void regroup_job_describe(const struct regroup_job *job, struct service_run_progress *out);

#endif
