/* daemon_service.c - what handlers ask of the daemon: the snapshot and its age, status, regroupings. */
#include "daemon/daemon.h"

static const struct snapshot *service_snapshot(void *self)
{
    struct daemon *d = self;
    return refresh_snapshot(d->refresh);
}

static double service_age(void *self)
{
    struct daemon *d = self;
    return refresh_age(d->refresh);
}

static void describe_worker(const struct daemon *d, struct service_status *out)
{
    const struct regroup_job *job = regroup_current(d->regroup);
    out->worker.last_result = regroup_last_result(d->regroup);
    if (job == NULL)
        return;
    out->worker.running = true;
    out->worker.run = job->run;
    out->worker.programme = job->programme;
    out->worker.stage = job->step;
    out->worker.share = job->share;
}

static void describe_proposals(const struct daemon *d, struct service_status *out)
{
    struct proposal_counts counts;
    proposals_counts(d->proposals, &counts);
    out->proposals.running = counts.running;
    out->proposals.waiting = counts.waiting;
    out->proposals.jobs = (uint32_t)d->options->propose_jobs;
    out->proposals.queue = (uint32_t)d->options->propose_queue;
    out->proposals.time_limit_s = (double)d->options->propose_time_limit / 1000;
    out->proposals.done = counts.done;
    out->proposals.failed = counts.failed;
    out->proposals.cancelled = counts.cancelled;
    out->proposals.refused = counts.refused;
}

static void describe_queue(struct service_status *out, const char *name, const char *option,
                           const struct gate_counts *counts)
{
    out->queues[out->n_queues++] = (struct service_queue){.name = name,
                                                          .option = option,
                                                          .running = counts->running,
                                                          .waiting = counts->waiting,
                                                          .places = counts->places,
                                                          .limit = counts->queue,
                                                          .taken = counts->taken,
                                                          .refused = counts->refused};
}

static void describe_queues(const struct daemon *d, struct service_status *out)
{
    struct gate_counts counts;
    intake_counts(d->intake, &counts);
    describe_queue(out, "submit", "submit-queue", &counts);
    gate_counts(d->reads, &counts);
    describe_queue(out, "reads", "ask-queue", &counts);
    gate_counts(d->changes, &counts);
    describe_queue(out, "changes", "ask-queue", &counts);
    server_thread_counts(d->server, &counts);
    describe_queue(out, "threads", "thread-queue", &counts);
}

static void service_status(void *self, struct service_status *out)
{
    struct daemon *d = self;
    struct pg_async_status database;
    struct refresh_status refresh;
    pg_async_status(d->pg, &database);
    refresh_status(d->refresh, &refresh);
    *out = (struct service_status){0};
    out->ready = refresh.snapshot != NULL;
    out->uptime_s = (double)(uv_now(&d->loop) - d->started_ms) / 1000;
    out->database.connected = database.connected;
    out->database.state = database.state;
    out->database.error = database.connected ? "" : d->logged.text;
    out->database.since_s = database.since_s;
    out->database.reconnects = database.reconnects;
    out->database.retry_s = database.retry_s;
    out->snapshot.age_s = refresh.age_s;
    out->snapshot.loading = refresh.loading;
    out->snapshot.load_ms = refresh.load_ms;
    out->snapshot.error = refresh.error;
    if (refresh.snapshot != NULL) {
        out->snapshot.inputs_version = refresh.snapshot->inputs_version;
        out->snapshot.results_version = refresh.snapshot->results_version;
    }
    daemon_past_describe(d, out);
    describe_worker(d, out);
    if (d->proposals != NULL)
        describe_proposals(d, out);
    if (d->server != NULL) /* all of them are open */
        describe_queues(d, out);
}

static void service_run_start(void *self, const struct service_run_request *request, service_done done,
                              void *context)
{
    struct daemon *d = self;
    regroup_start(d->regroup, request, done, context);
}

static void service_run_cancel(void *self, int64_t run, const char *who, const char *origin,
                               service_done done, void *context)
{
    struct daemon *d = self;
    regroup_cancel(d->regroup, run, who, origin, done, context);
}

static void service_run_replay(void *self, int64_t run, const char *programme, service_done done,
                               void *context)
{
    struct daemon *d = self;
    regroup_replay(d->regroup, run, programme, done, context);
}

static bool service_run_progress(void *self, int64_t run, struct service_run_progress *out)
{
    struct daemon *d = self;
    return regroup_progress(d->regroup, run, out);
}

static size_t service_runs_under_way(void *self, int64_t *runs, size_t max)
{
    struct daemon *d = self;
    return regroup_under_way(d->regroup, runs, max);
}

static int service_propose_room(void *self, uint64_t client, uint32_t ahead, uint32_t own, struct err *e)
{
    struct daemon *d = self;
    return proposals_room(d->proposals, client, ahead, own, e);
}

static uint64_t service_propose(void *self, uint64_t client, struct buf *problem, service_proposal_done done,
                                void *context, struct err *e)
{
    struct daemon *d = self;
    return proposals_add(d->proposals, client, problem, done, context, e);
}

static void service_propose_cancel(void *self, uint64_t proposal)
{
    struct daemon *d = self;
    proposals_cancel(d->proposals, proposal);
}

static void service_submit(void *self, const struct service_batch *batch, service_batch_done done,
                           void *context)
{
    struct daemon *d = self;
    intake_submit(d->intake, batch, done, context);
}

void daemon_service_fill(struct daemon *d)
{
    d->service = (struct service){.self = d,
                                  .snapshot = service_snapshot,
                                  .age_s = service_age,
                                  .status = service_status,
                                  .run_start = service_run_start,
                                  .run_decide = daemon_run_decide,
                                  .run_cancel = service_run_cancel,
                                  .run_replay = service_run_replay,
                                  .run_progress = service_run_progress,
                                  .runs_under_way = service_runs_under_way,
                                  .token_create = daemon_token_create,
                                  .token_revoke = daemon_token_revoke,
                                  .propose_room = service_propose_room,
                                  .propose = service_propose,
                                  .propose_cancel = service_propose_cancel,
                                  .logged_in = daemon_token_used,
                                  .ask = daemon_ask,
                                  .run_diff = daemon_run_diff,
                                  .past = daemon_past_read,
                                  .submit = service_submit};
}
