/* regroup.h - the regroupings that this daemon started: at most one of a programme and a few in all; numbers
 * drawn from the database before the worker starts; ends announced once what was written can be read here.
 * Owner: the daemon. Loop thread only. */
#ifndef PEERNET_DAEMON_REGROUP_H
#define PEERNET_DAEMON_REGROUP_H

#include "daemon/refresh.h"
#include "daemon/regroup_job.h"
#include "net/service.h"
#include "store/pg_async.h"

struct regroup;

struct regroup_options {
    uv_loop_t *loop;
    const char *worker;
    uint64_t time_limit_ms, kill_after_ms;
    int nice; /* of the worker */
    int64_t memory_limit, threads, inputs_kept;
    int64_t runs_kept, published_kept_ms; /* 0 runs = all */
    uint32_t jobs;                        /* at a time */
    struct pg_async *pg;
    struct refresh *refresh;
    void *context;
    void (*progress)(void *context, const struct service_run_progress *progress);
    /* The end; what the run wrote is in the snapshot, if the database could be reached. */
    void (*finished)(void *context, const struct regroup_job *job);
};

int regroup_open(struct regroup **out, const struct regroup_options *options, struct err *e);
/* Frees; no job may be left. NULL is allowed. */
void regroup_free(struct regroup *r);

void regroup_start(struct regroup *r, const struct service_run_request *request, service_done done,
                   void *context);
/* Tells it to end; `done` when it has, with its state. ERR_NOT_FOUND: no such run is under way here;
 * ERR_BUSY: somebody has cancelled it. */
void regroup_cancel(struct regroup *r, int64_t run, const char *who, const char *origin, service_done done,
                    void *context);
/* Computes a run again; `done` when that has ended. It takes a place like any regrouping, and nobody else
 * hears of it. */
void regroup_replay(struct regroup *r, int64_t run, const char *programme, service_done done, void *context);
/* No further one is started; those that run are told to end, or killed at once. `idle`, if not NULL, is
 * called when none is left, perhaps before this returns; a second call replaces it. */
void regroup_stop(struct regroup *r, bool kill, void (*idle)(void *context), void *context);

bool regroup_progress(const struct regroup *r, int64_t run, struct service_run_progress *out);
size_t regroup_under_way(const struct regroup *r, int64_t *runs, size_t max); /* newest first */
/* The newest that runs, NULL when none does; and how the last one ended, "" before that. */
const struct regroup_job *regroup_current(const struct regroup *r);
const char *regroup_last_result(const struct regroup *r);

#endif
