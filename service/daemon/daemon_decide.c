/* daemon_decide.c - what people decide about runs that are written: publish, reject, roll back. The database
 * checks and does it, in one transaction with its row in the trail; who asked is answered once the snapshot
 * shows it. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/daemon.h"
#include "daemon/gated_query.h"
#include "daemon/sql_time.h"

struct decision {
    struct daemon *daemon;
    int64_t run, replaced;
    char programme[64], at[32];
    service_done done;
    void *context;
};

/* Each gives programme, time and the run that was replaced; $1 run, $2 who, $3 origin, $4 and $5 the rest.
 * publish_current is the worker's too, which may wait for an import as long as it takes; here others wait
 * behind it on this connection. */
static const char *const sql_of[] = {
    [SERVICE_PUBLISH] = "SELECT programme, " AS_TIME(
        "published_at") ", was FROM (SELECT $1::bigint AS run, set_config('lock_timeout', '1s', true), "
                        "(SELECT p.published_run FROM peernet.runs AS r JOIN peernet.programmes AS p ON "
                        "p.name = r.programme WHERE r.run = $1::bigint) AS was) AS now, "
                        "LATERAL peernet.publish_current(now.run, $2::text, $4::text, $3::text)",
    [SERVICE_REJECT] = "SELECT programme, " AS_TIME(
        "rejected_at") ", NULL FROM peernet.reject_run($1::bigint, $2::text, $4::text, $3::text)",
    [SERVICE_ROLLBACK] = "SELECT programme, " AS_TIME(
        "published_at") ", replaced FROM peernet.rollback_run($1::bigint, $2::text, "
                        "$4::text, $5::bigint, $3::text)",
};

static int on_row(void *context, const PGresult *result, int row, struct err *e)
{
    struct decision *d = context;
    (void)e;
    snprintf(d->programme, sizeof d->programme, "%s", PQgetvalue(result, row, 0));
    snprintf(d->at, sizeof d->at, "%s", PQgetvalue(result, row, 1));
    d->replaced = strtoll(PQgetvalue(result, row, 2), NULL, 10);
    return 0;
}

/* The snapshot shows it: whoever asked reads its own write from now on. */
static void answer(void *context)
{
    struct decision *d = context;
    struct service_run_answer a = {
        .run = d->run, .programme = d->programme, .at = d->at, .replaced = d->replaced};
    d->done(d->context, &a, NULL);
    free(d);
}

static void on_done(void *context, const struct err *e)
{
    struct decision *d = context;
    struct err why = ERR_INIT;
    if (e == NULL) {
        refresh_after(d->daemon->refresh, answer, d);
        return;
    }
    why = *e;
    if (why.code == ERR_UNAVAILABLE)
        err_wrap(&why,
                 "the database was lost while run %" PRId64
                 " was being decided about; what came of it will show",
                 d->run);
    d->done(d->context, NULL, &why);
    free(d);
}

void daemon_run_decide(void *self, const struct service_decision_request *request, service_done done,
                       void *context)
{
    struct daemon *daemon = self;
    struct err e = ERR_INIT;
    char number[32], expected[32];
    snprintf(number, sizeof number, "%" PRId64, request->run);
    snprintf(expected, sizeof expected, "%" PRId64, request->expected);
    bool publish = request->decision == SERVICE_PUBLISH;
    const char *values[] = {number, request->who, request->origin,
                            publish ? (request->force ? "all" : "none") : request->why,
                            request->expected > 0 ? expected : NULL};
    struct decision *d = calloc(1, sizeof *d);
    if (d == NULL) {
        err_memory(&e, "a decision");
        done(context, NULL, &e);
        return;
    }
    *d = (struct decision){.daemon = daemon, .run = request->run, .done = done, .context = context};
    struct pg_async_query query = {.sql = sql_of[request->decision],
                                   .n = request->decision == SERVICE_ROLLBACK ? 5 : 4,
                                   .values = values,
                                   .context = d,
                                   .row = on_row,
                                   .done = on_done};
    if (gated_query(daemon->changes, daemon->pg, &query, 0, NULL, &e) != 0) {
        free(d);
        done(context, NULL, &e);
    }
}
