#include "daemon/regroup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/cancel_note.h"

#define REMEMBERED 32 /* ends of runs that were not written, for run.get */
#define ENVIRONMENT 64

struct regroup {
    struct regroup_options options;
    struct regroup_job_options job_options;
    const char *environment[ENVIRONMENT + 1];
    struct regroup_job *jobs;  /* newest first; under way, or their end not announced yet */
    struct regroup_job *ended; /* newest first, without handles */
    char last_result[640];
    bool stopping;
    void (*idle)(void *context);
    void *idle_context;
};

/* What waits on behalf of one job; the job lives until `finished`. */
struct pending {
    struct regroup *regroup;
    struct regroup_job *job;
};

static void on_progress(void *context, struct regroup_job *job);
static void on_ended(void *context, struct regroup_job *job);

int regroup_open(struct regroup **out, const struct regroup_options *options, struct err *e)
{
    struct regroup *r = calloc(1, sizeof *r);
    *out = r;
    if (r == NULL)
        return err_memory(e, "regrouping");
    r->options = *options;
    size_t n = pg_async_environment(options->pg, r->environment, ENVIRONMENT);
    r->environment[n < ENVIRONMENT ? n : ENVIRONMENT] = NULL;
    r->job_options = (struct regroup_job_options){
        .loop = options->loop,
        .worker = options->worker,
        .environment = r->environment,
        .time_limit_ms = options->time_limit_ms,
        .kill_after_ms = options->kill_after_ms,
        .nice = options->nice,
        .memory_limit = options->memory_limit,
        .inputs_kept = options->inputs_kept,
        .runs_kept = options->runs_kept,
        .published_kept_ms = options->published_kept_ms,
        .threads = options->threads,
        .context = r,
        .progress = on_progress,
        .ended = on_ended,
    };
    return 0;
}

void regroup_free(struct regroup *r)
{
    if (r == NULL)
        return;
    while (r->ended != NULL) {
        struct regroup_job *job = r->ended;
        r->ended = job->next;
        free(job);
    }
    free(r);
}

static void unlink_job(struct regroup *r, struct regroup_job *job)
{
    struct regroup_job **at = &r->jobs;
    while (*at != NULL && *at != job)
        at = &(*at)->next;
    if (*at != NULL)
        *at = job->next;
}

static void tell_if_idle(struct regroup *r)
{
    void (*idle)(void *) = r->idle;
    if (r->jobs != NULL || idle == NULL)
        return;
    r->idle = NULL;
    idle(r->idle_context);
}

/* Keeps how it ended for those who ask later. */
static void remember(struct regroup *r, struct regroup_job *job)
{
    size_t n = 1;
    job->next = r->ended;
    r->ended = job;
    for (struct regroup_job *at = job; at != NULL; at = at->next, n++) {
        if (n < REMEMBERED)
            continue;
        struct regroup_job *rest = at->next;
        at->next = NULL;
        while (rest != NULL) {
            struct regroup_job *next = rest->next;
            free(rest);
            rest = next;
        }
    }
}

/* Answers whoever asked for it, once. */
static void answer(struct regroup_job *job, const struct err *e)
{
    service_done done = job->done;
    struct service_run_answer started = {.run = job->run, .programme = job->programme, .state = "running"};
    job->done = NULL;
    if (done != NULL)
        done(job->done_context, e == NULL ? &started : NULL, e);
}

/* Answers whoever cancelled it: it has ended. */
static void answer_cancel(struct regroup_job *job)
{
    service_done done = job->cancelled;
    struct service_run_answer ended = {
        .run = job->run, .programme = job->programme, .state = job_outcome_name(job->outcome)};
    job->cancelled = NULL;
    if (done != NULL)
        done(job->cancelled_context, &ended, NULL);
}

/* Never got as far as a process. */
static void give_up(struct regroup *r, struct regroup_job *job, const struct err *e)
{
    unlink_job(r, job);
    answer(job, e);
    free(job);
    tell_if_idle(r);
}

static int on_number(void *context, const PGresult *result, int row, struct err *e)
{
    struct pending *p = context;
    (void)e;
    p->job->run = strtoll(PQgetvalue(result, row, 0), NULL, 10);
    return 0;
}

static void on_numbered(void *context, const struct err *failed)
{
    struct pending *p = context;
    struct regroup *r = p->regroup;
    struct regroup_job *job = p->job;
    struct err e = ERR_INIT;
    free(p);
    if (failed == NULL && r->stopping)
        err_set(&e, ERR_CANCELLED, "the daemon is ending");
    else if (failed != NULL)
        e = *failed;
    if (e.code != ERR_OK) {
        give_up(r, job, &e);
        return;
    }
    int code = regroup_job_start(job, &e);
    if (code == ERR_MEMORY)
        give_up(r, job, &e);
    else
        answer(job, code == 0 ? NULL : &e); /* one that could not start ends by on_ended */
}

static int check_programme(const struct regroup *r, const char *name, struct err *e)
{
    struct refresh_status status;
    refresh_status(r->options.refresh, &status);
    if (status.snapshot == NULL)
        return 0;
    const struct snapshot_programme *p = snapshot_find_programme(status.snapshot, name, strlen(name));
    if (p == NULL)
        return err_set(e, ERR_NOT_FOUND, "there is no programme \"%s\"", name);
    return p->archived ? err_set(e, ERR_INVALID, "programme %s is archived", name) : 0;
}

/* A job whose process has ended is still in the list until its end is told; it is in nobody's way. */
static int check_place(const struct regroup *r, const char *programme, struct err *e)
{
    uint32_t running = 0;
    for (const struct regroup_job *job = r->jobs; job != NULL; job = job->next) {
        if (job->process.exited)
            continue;
        running++;
        if (strcmp(job->programme, programme) == 0)
            return err_set(e, ERR_BUSY,
                           job->replay ? "programme %s: a replay of run %" PRId64 " is under way"
                                       : "a regrouping of programme %s is under way (run %" PRId64 ")",
                           programme, job->run);
    }
    if (running >= r->options.jobs)
        return err_set(e, ERR_LIMIT, "%u regroupings are under way, as many as --regroup-jobs allows",
                       running);
    return 0;
}

static int check(const struct regroup *r, const struct service_run_request *request, struct err *e)
{
    if (r->stopping)
        return err_set(e, ERR_CANCELLED, "the daemon is ending");
    if (request->has_seed && request->seed > INT64_MAX)
        return err_set(e, ERR_INVALID, "seed: %" PRIu64 " is not allowed; allowed is 0 to %" PRId64,
                       request->seed, INT64_MAX);
    int code = check_programme(r, request->programme, e);
    return code != 0 ? code : check_place(r, request->programme, e);
}

static struct regroup_job *job_of(struct regroup *r, const struct service_run_request *request)
{
    struct regroup_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->options = &r->job_options;
    snprintf(job->programme, sizeof job->programme, "%s", request->programme);
    snprintf(job->who, sizeof job->who, "%s", request->who);
    snprintf(job->origin, sizeof job->origin, "%s", request->origin);
    job->publish = request->publish;
    job->force = request->force;
    job->has_seed = request->has_seed;
    job->seed = request->seed;
    return job;
}

/* The number is drawn here, so that the answer can name it before the worker has said a word. */
static int draw_number(struct regroup *r, struct regroup_job *job, struct err *e)
{
    struct pending *p = malloc(sizeof *p);
    if (p == NULL)
        return err_memory(e, "a regrouping");
    *p = (struct pending){r, job};
    struct pg_async_query query = {
        .sql = "SELECT nextval('peernet.run_numbers')", .context = p, .row = on_number, .done = on_numbered};
    int code = pg_async_query(r->options.pg, &query, e);
    if (code != 0)
        free(p);
    return code;
}

void regroup_start(struct regroup *r, const struct service_run_request *request, service_done done,
                   void *context)
{
    struct err e = ERR_INIT;
    if (check(r, request, &e) != 0) {
        done(context, NULL, &e);
        return;
    }
    struct regroup_job *job = job_of(r, request);
    if (job == NULL) {
        err_memory(&e, "a regrouping");
        done(context, NULL, &e);
        return;
    }
    job->done = done;
    job->done_context = context;
    job->next = r->jobs;
    r->jobs = job;
    if (draw_number(r, job, &e) != 0)
        give_up(r, job, &e);
}

static void on_progress(void *context, struct regroup_job *job)
{
    struct regroup *r = context;
    struct service_run_progress progress;
    if (job->replay)
        return;
    regroup_job_describe(job, &progress);
    r->options.progress(r->options.context, &progress);
}

/* What it wrote can be read here now: tell of it. */
static void announce(void *context)
{
    struct pending *p = context;
    struct regroup *r = p->regroup;
    struct regroup_job *job = p->job;
    free(p);
    unlink_job(r, job);
    r->options.finished(r->options.context, job);
    answer_cancel(job);
    remember(r, job);
    tell_if_idle(r);
}

static void note_result(struct regroup *r, const struct regroup_job *job)
{
    char quoted[600];
    const char *name = job_outcome_name(job->outcome);
    snprintf(r->last_result, sizeof r->last_result, "%s%s%s", name, job->error[0] != '\0' ? ": " : "",
             job->error);
    log_write(job->outcome != JOB_FAILED ? LOG_INFO
              : job->passing             ? LOG_WARN
                                         : LOG_ERROR,
              "regrouping ended", "run=%" PRId64 " programme=%s outcome=%s seconds=%.3f error=%s", job->run,
              job->programme, name, (double)(job->process.exited_ms - job->process.started_ms) / 1000,
              log_quote(job->error, quoted, sizeof quoted));
}

/* Its last words on the progress pipe are the verdict. */
static void answer_replay(struct regroup *r, struct regroup_job *job)
{
    struct err e = ERR_INIT;
    bool different = job->outcome == JOB_DIFFERENT;
    struct service_run_answer verdict = {.run = job->run,
                                         .programme = job->programme,
                                         .state = different ? "different" : "identical",
                                         .text = job->text};
    log_write(LOG_INFO, "replay ended", "run=%" PRId64 " outcome=%s", job->run,
              job_outcome_name(job->outcome));
    unlink_job(r, job);
    if (job->outcome == JOB_CANCELLED)
        err_set(&e, ERR_CANCELLED, "the replay of run %" PRId64 " was cancelled", job->run);
    else if (job->outcome != JOB_DONE && !different)
        err_set(&e, ERR_INTERNAL, "the replay of run %" PRId64 " failed: %s", job->run, job->error);
    if (job->done != NULL)
        job->done(job->done_context, e.code == ERR_OK ? &verdict : NULL, e.code == ERR_OK ? NULL : &e);
    answer_cancel(job);
    free(job);
    tell_if_idle(r);
}

void regroup_replay(struct regroup *r, int64_t run, const char *programme, service_done done, void *context)
{
    struct err e = ERR_INIT;
    struct regroup_job *job = NULL;
    struct pg_async_status database;
    pg_async_status(r->options.pg, &database);
    if (r->stopping)
        err_set(&e, ERR_CANCELLED, "the daemon is ending");
    else if (!database.connected) /* as drawing a number says it where a run is started */
        err_set(&e, ERR_UNAVAILABLE, "the database is not connected (%s)", database.state);
    else if (check_place(r, programme, &e) == 0 && (job = calloc(1, sizeof *job)) == NULL)
        err_memory(&e, "a replay");
    if (job == NULL) {
        done(context, NULL, &e);
        return;
    }
    job->options = &r->job_options;
    job->replay = true;
    job->run = run;
    snprintf(job->programme, sizeof job->programme, "%s", programme);
    snprintf(job->who, sizeof job->who, "replay");
    job->next = r->jobs;
    r->jobs = job;
    job->done = done;
    job->done_context = context;
    if (regroup_job_start(job, &e) == ERR_MEMORY)
        give_up(r, job, &e);
}

static void on_ended(void *context, struct regroup_job *job)
{
    struct regroup *r = context;
    if (job->replay) {
        answer_replay(r, job);
        return;
    }
    struct pending *p = malloc(sizeof *p);
    note_result(r, job);
    if (p == NULL) { /* no memory to wait with: tell of it before it can be read */
        unlink_job(r, job);
        r->options.finished(r->options.context, job);
        answer_cancel(job);
        free(job);
        tell_if_idle(r);
        return;
    }
    *p = (struct pending){r, job};
    refresh_after(r->options.refresh, announce, p);
}

void regroup_cancel(struct regroup *r, int64_t run, const char *who, const char *origin, service_done done,
                    void *context)
{
    struct err e = ERR_INIT;
    struct regroup_job *job = r->jobs;
    while (job != NULL && (job->run != run || job->process.exited))
        job = job->next;
    if (job == NULL)
        err_set(&e, ERR_NOT_FOUND, "no run %" PRId64 " is under way in this daemon", run);
    else if (job->cancelled_by[0] != '\0' || job->process.told_to_end)
        err_set(&e, ERR_BUSY, "run %" PRId64 " is ending already", run);
    if (e.code != ERR_OK) {
        done(context, NULL, &e);
        return;
    }
    snprintf(job->cancelled_by, sizeof job->cancelled_by, "%s", who);
    job->cancelled = done;
    job->cancelled_context = context;
    if (!job->replay) /* which writes nothing, so that nothing is missing */
        cancel_note_write(r->options.pg, job->run, job->programme, who, origin);
    regroup_job_stop(job);
}

void regroup_stop(struct regroup *r, bool kill, void (*idle)(void *context), void *context)
{
    r->stopping = true;
    r->idle = idle;
    r->idle_context = context;
    for (struct regroup_job *job = r->jobs; job != NULL; job = job->next) {
        if (kill)
            regroup_job_kill(job);
        else
            regroup_job_stop(job);
    }
    tell_if_idle(r);
}

static const struct regroup_job *find(const struct regroup *r, int64_t run)
{
    for (const struct regroup_job *job = r->jobs; job != NULL; job = job->next)
        if (job->run == run)
            return job;
    for (const struct regroup_job *job = r->ended; job != NULL; job = job->next)
        if (job->run == run)
            return job;
    return NULL;
}

bool regroup_progress(const struct regroup *r, int64_t run, struct service_run_progress *out)
{
    const struct regroup_job *job = run > 0 ? find(r, run) : NULL;
    if (job != NULL)
        regroup_job_describe(job, out);
    return job != NULL;
}

size_t regroup_under_way(const struct regroup *r, int64_t *runs, size_t max)
{
    size_t n = 0;
    for (const struct regroup_job *job = r->jobs; job != NULL && n < max; job = job->next)
        if (job->run > 0 && !job->replay)
            runs[n++] = job->run;
    return n;
}

const struct regroup_job *regroup_current(const struct regroup *r)
{
    for (const struct regroup_job *job = r->jobs; job != NULL; job = job->next)
        if (job->process.started && !job->over)
            return job;
    return NULL;
}

const char *regroup_last_result(const struct regroup *r)
{
    return r->last_result;
}
