#include "daemon/daemon.h"

#include <inttypes.h>
#include <stdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/descriptors.h"

static void on_utc(void *context, const struct err *e)
{
    char quoted[1200];
    (void)context;
    if (e != NULL)
        log_write(LOG_DEBUG, "the database's days are not those of UTC", "error=%s",
                  log_quote(e->text, quoted, sizeof quoted));
}

static void on_up(void *context)
{
    struct daemon *d = context;
    log_write(LOG_INFO, "database connected", "%s", "");
    d->logged = (struct err)ERR_INIT;
    /* Days are those of UTC, here as there, whatever the zone that the database is set to. */
    struct pg_async_query utc = {.sql = "SET TimeZone TO 'UTC'", .done = on_utc};
    pg_async_query(d->pg, &utc, NULL);
    daemon_past_forget(d);         /* this may be another server */
    refresh_up(d->refresh, d->pg); /* listens, before the tokens are read */
    token_store_up(d->tokens, d->pg);
    schedule_hint(d->schedule);
    daemon_tell_status(d);
}

static void on_down(void *context, const struct err *why)
{
    struct daemon *d = context;
    char quoted[900];
    d->logged = *why;
    log_write(LOG_WARN, "database lost; answering from memory", "error=%s",
              log_quote(why->text, quoted, sizeof quoted));
    refresh_down(d->refresh);
    token_store_down(d->tokens);
    daemon_tell_status(d);
}

/* The same failure over and over is logged once. */
static void on_failed(void *context, const struct err *why, uint64_t retry_ms)
{
    struct daemon *d = context;
    char quoted[900];
    bool again = strcmp(d->logged.text, why->text) == 0;
    d->logged = *why;
    log_write(again ? LOG_DEBUG : LOG_WARN, "database not reached", "retry_ms=%" PRIu64 " error=%s", retry_ms,
              log_quote(why->text, quoted, sizeof quoted));
    if (!again)
        daemon_tell_status(d);
}

static void on_notify(void *context, const char *channel, const char *payload)
{
    struct daemon *d = context;
    char quoted[200];
    log_write(LOG_DEBUG, "told of a change", "channel=%s payload=%s", channel,
              log_quote(payload, quoted, sizeof quoted));
    if (strcmp(payload, "tokens") == 0)
        token_store_hint(d->tokens);
    else
        refresh_hint(d->refresh);
}

static void on_swapped(void *context, const struct snapshot *old, const struct snapshot *now)
{
    struct daemon *d = context;
    daemon_notify_swapped(d, old, now);
    schedule_hint(d->schedule); /* somebody may have changed one */
    daemon_tell_status(d);
}

static void on_progress(void *context, const struct service_run_progress *progress)
{
    struct daemon *d = context;
    server_notify_progress(d->server, progress);
}

static void on_finished(void *context, const struct regroup_job *job)
{
    struct daemon *d = context;
    d->runs_ended[job->outcome]++;
    daemon_notify_finished(d, job);
    schedule_finished(d->schedule, job);
    daemon_tell_status(d);
}

static int open_database(struct daemon *d, struct err *e)
{
    const struct daemon_options *o = d->options;
    struct pg_async_options options = {.conninfo = o->database,
                                       .application_name = "peernetd",
                                       .connect_ms = (uint64_t)o->connect_timeout,
                                       .retry_first_ms = (uint64_t)o->retry_first,
                                       .retry_most_ms = (uint64_t)o->retry_most,
                                       .liveness_ms = (uint64_t)o->liveness_interval,
                                       .answer_ms = (uint64_t)o->answer_timeout,
                                       .rows_per_turn = (uint32_t)o->rows_per_turn,
                                       .context = d,
                                       .up = on_up,
                                       .down = on_down,
                                       .failed = on_failed,
                                       .notify = on_notify};
    return pg_async_open(&d->pg, &d->loop, &options, e);
}

static int open_refresh(struct daemon *d, struct err *e)
{
    struct refresh_options options = {.interval_ms = (uint64_t)d->options->refresh_interval,
                                      .runs_kept = d->options->runs_kept,
                                      .context = d,
                                      .swapped = on_swapped};
    return refresh_open(&d->refresh, &d->loop, &options, e);
}

static int open_regroup(struct daemon *d, struct err *e)
{
    const struct daemon_options *o = d->options;
    struct regroup_options options = {.loop = &d->loop,
                                      .worker = o->worker,
                                      .time_limit_ms = (uint64_t)o->regroup_time_limit,
                                      .kill_after_ms = (uint64_t)o->regroup_kill_after,
                                      .nice = (int)o->worker_nice,
                                      .memory_limit = o->regroup_memory_limit,
                                      .threads = o->regroup_threads,
                                      .inputs_kept = o->regroup_inputs_kept,
                                      .runs_kept = o->regroup_keep_runs,
                                      .published_kept_ms = o->regroup_keep_published,
                                      .jobs = (uint32_t)o->regroup_jobs,
                                      .pg = d->pg,
                                      .refresh = d->refresh,
                                      .context = d,
                                      .progress = on_progress,
                                      .finished = on_finished};
    return regroup_open(&d->regroup, &options, e);
}

static int open_schedule(struct daemon *d, struct err *e)
{
    struct schedule_options options = {.loop = &d->loop, .pg = d->pg, .regroup = d->regroup};
    return d->options->schedules ? schedule_open(&d->schedule, &options, e) : 0;
}

static int open_proposals(struct daemon *d, struct err *e)
{
    const struct daemon_options *o = d->options;
    struct proposal_options options = {.loop = &d->loop,
                                       .worker = o->worker,
                                       .time_limit_ms = (uint64_t)o->propose_time_limit,
                                       .kill_after_ms = (uint64_t)o->regroup_kill_after,
                                       .nice = (int)o->worker_nice,
                                       .memory_limit = o->propose_memory_limit,
                                       .answer_limit = (size_t)o->output_limit,
                                       .jobs = (uint32_t)o->propose_jobs,
                                       .queue = (uint32_t)o->propose_queue,
                                       .context = d,
                                       .idle = daemon_proposals_idle};
    return proposals_open(&d->proposals, &options, e);
}

static int open_intake(struct daemon *d, struct err *e)
{
    struct intake_options options = {.pg = d->pg,
                                     .queue = (uint32_t)d->options->submit_queue,
                                     .keys_remember_ms = d->options->submit_keys_kept};
    return intake_open(&d->intake, &options, e);
}

static int open_gates(struct daemon *d, struct err *e)
{
    struct gate_options reads = {.what = "questions to the database",
                                 .option = "ask-queue",
                                 .places = 1,
                                 .queue = (uint32_t)d->options->ask_queue};
    struct gate_options changes = reads;
    changes.what = "changes in the database";
    int code = gate_open(&d->reads, &reads, e);
    if (code == 0)
        code = gate_open(&d->changes, &changes, e);
    if (code == 0)
        code = daemon_past_open(d, e);
    return code == 0 ? daemon_audit_open(d, e) : code;
}

static int open_server(struct daemon *d, struct err *e)
{
    struct server_options options = d->options->server;
    descriptors_for(&options);
    int code = server_open(&d->server, &d->loop, &options, &d->service, e);
    token_store_serve(d->tokens, d->server);
    if (code == 0 && d->options->tls.certificate[0] != '\0')
        code = server_tls(d->server, &d->options->tls, e);
    return code;
}

static int open_all(struct daemon *d, struct err *e)
{
    int code = open_refresh(d, e);
    if (code == 0)
        code = token_store_open(&d->tokens, &d->loop, (uint64_t)d->options->refresh_interval, e);
    if (code == 0)
        code = open_database(d, e);
    if (code == 0)
        code = open_regroup(d, e);
    if (code == 0)
        code = open_schedule(d, e);
    if (code == 0)
        code = open_proposals(d, e);
    if (code == 0)
        code = open_intake(d, e);
    if (code == 0)
        code = open_gates(d, e);
    if (code == 0)
        code = open_server(d, e);
    if (code == 0)
        code = daemon_http_open(d, e);
    return code == 0 ? daemon_listen(d, e) : code;
}

/* libuv starts its threads when one is first needed: enough for requests (thread-jobs), one for the
 * snapshot's load and one for the gate of reads, where a diff and a past load never come at a time. The
 * database's name is looked up by the same ones, while it is away and there is nothing new to load or to
 * compare. Whoever has set the variable knows why. */
static void size_thread_pool(const struct daemon_options *options)
{
    char threads[24];
    int64_t wanted = options->thread_jobs + 2;
    snprintf(threads, sizeof threads, "%" PRId64, wanted > 4 ? wanted : 4);
    setenv("UV_THREADPOOL_SIZE", threads, 0);
}

int daemon_run(const struct daemon_options *options, struct err *e)
{
    struct daemon d = {.current = *options, .options = &d.current};
    if (systemd_passed(&d.passed, e))
        return (int)e->code;
    size_thread_pool(options);
    int failed = uv_loop_init(&d.loop);
    if (failed != 0)
        return err_set(e, ERR_INTERNAL, "starting the event loop: %s", uv_strerror(failed));
    d.started_ms = uv_now(&d.loop);
    daemon_service_fill(&d);
    /* Signals come when there is a loop to take them, and to its thread. */
    sigset_t ends, before;
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &ends, &before);
    daemon_watch_signals(&d);
    d.watchdog.data = systemd_watchdog(&d.loop, &d.watchdog) ? &d : NULL;
    int code = open_all(&d, e);
    if (code != 0)
        daemon_give_up(&d);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    uv_run(&d.loop, UV_RUN_DEFAULT);
    uv_close((uv_handle_t *)&d.deadline, NULL);
    if (d.watchdog.data != NULL)
        uv_close((uv_handle_t *)&d.watchdog, NULL);
    uv_run(&d.loop, UV_RUN_NOWAIT);
    if (code == 0 && d.unopened.code != ERR_OK) {
        *e = d.unopened;
        code = (int)e->code;
    }
    daemon_reload_free(&d);
    server_free(d.server);
    regroup_free(d.regroup);
    proposals_free(d.proposals);
    intake_free(d.intake);
    gate_close(d.reads);
    gate_close(d.changes);
    daemon_past_free(&d);
    daemon_audit_free(&d);
    bool left = uv_loop_close(&d.loop) != 0;
    if (left)
        log_write(LOG_WARN, "something was left open at the end", "%s", "");
    if (code == 0)
        log_write(LOG_INFO, "ended", "%s", "");
    if (left && code == 0)
        _exit(0); /* libuv would wait for its threads in an exit handler */
    return code;
}
