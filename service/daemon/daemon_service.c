/* daemon_service.c - what handlers ask of the daemon: the snapshot and its age, status, regroupings,
 * publishing. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"

static const struct snapshot *service_snapshot(void *self)
{
    struct daemon *d = self;
    struct refresh_status status;
    refresh_status(d->refresh, &status);
    return status.snapshot;
}

static double service_age(void *self)
{
    struct daemon *d = self;
    struct refresh_status status;
    refresh_status(d->refresh, &status);
    return status.age_s;
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
    describe_worker(d, out);
}

static void service_run_start(void *self, const struct service_run_request *request, service_done done,
                              void *context)
{
    struct daemon *d = self;
    regroup_start(d->regroup, request, done, context);
}

struct publication {
    struct daemon *daemon;
    int64_t run;
    char programme[64], published_at[32];
    service_done done;
    void *context;
};

static int on_published_row(void *context, const PGresult *result, int row, struct err *e)
{
    struct publication *p = context;
    (void)e;
    snprintf(p->programme, sizeof p->programme, "%s", PQgetvalue(result, row, 0));
    snprintf(p->published_at, sizeof p->published_at, "%s", PQgetvalue(result, row, 1));
    return 0;
}

/* The snapshot shows it: whoever asked reads its own write from now on. */
static void answer_publication(void *context)
{
    struct publication *p = context;
    struct service_run_answer answer = {
        .run = p->run, .programme = p->programme, .state = "published", .published_at = p->published_at};
    p->done(p->context, &answer, NULL);
    free(p);
}

static void on_published(void *context, const struct err *e)
{
    struct publication *p = context;
    struct err why = ERR_INIT;
    if (e == NULL) {
        refresh_after(p->daemon->refresh, answer_publication, p);
        return;
    }
    why = *e;
    if (why.code == ERR_UNAVAILABLE)
        err_wrap(&why,
                 "the database was lost while run %" PRId64 " was being published; whether it is will show",
                 p->run);
    p->done(p->context, NULL, &why);
    free(p);
}

static void service_run_publish(void *self, int64_t run, const char *who, const char *origin,
                                service_done done, void *context)
{
    struct daemon *d = self;
    struct err e = ERR_INIT;
    char number[32];
    snprintf(number, sizeof number, "%" PRId64, run);
    const char *values[] = {number, who, origin};
    struct publication *p = calloc(1, sizeof *p);
    if (p == NULL) {
        err_memory(&e, "a publication");
        done(context, NULL, &e);
        return;
    }
    *p = (struct publication){.daemon = d, .run = run, .done = done, .context = context};
    struct pg_async_query query = {
        .sql = "SELECT programme, to_char(published_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') "
               "FROM peernet.publish_run($1::bigint, $2::text, $3::text)",
        .n = 3,
        .values = values,
        .context = p,
        .row = on_published_row,
        .done = on_published};
    if (pg_async_query(d->pg, &query, &e) != 0) {
        free(p);
        done(context, NULL, &e);
    }
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

static uint64_t service_propose(void *self, struct buf *problem, service_proposal_done done, void *context,
                                struct err *e)
{
    struct daemon *d = self;
    return proposals_add(d->proposals, problem, done, context, e);
}

static void service_propose_cancel(void *self, uint64_t proposal)
{
    struct daemon *d = self;
    proposals_cancel(d->proposals, proposal);
}

void daemon_service_fill(struct daemon *d)
{
    d->service = (struct service){.self = d,
                                  .snapshot = service_snapshot,
                                  .age_s = service_age,
                                  .status = service_status,
                                  .run_start = service_run_start,
                                  .run_publish = service_run_publish,
                                  .run_progress = service_run_progress,
                                  .runs_under_way = service_runs_under_way,
                                  .token_create = daemon_token_create,
                                  .token_revoke = daemon_token_revoke,
                                  .propose = service_propose,
                                  .propose_cancel = service_propose_cancel,
                                  .logged_in = daemon_token_used,
                                  .ask = daemon_ask,
                                  .run_diff = daemon_run_diff};
}
