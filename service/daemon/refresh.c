#include "daemon/refresh.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "daemon/load.h"
#include "daemon/waiters.h"

#define GATHER_MS 10 /* hints that come within this time are one */

struct refresh {
    uv_loop_t *loop;
    struct refresh_options options;
    struct pg_async *pg; /* NULL while away */
    struct snapshot *snapshot;
    struct load *load;
    uv_timer_t slow, soon;
    int handles;
    bool listening, comparing, wanted;
    uint64_t connection, load_from,
        held_from;            /* connections by number: present, of the load, of the snapshot */
    uint64_t round;           /* comparisons begun */
    uint64_t inputs, results; /* versions that the present comparison read */
    uint64_t began_ms, load_began_ms, confirmed_ms, not_before_ms;
    double load_ms;
    struct err error;
    struct waiters waiters; /* for comparisons */
};

static void compare(struct refresh *r);

int32_t refresh_day(void)
{
    return (int32_t)(time(NULL) / 86400);
}

static void on_slow(uv_timer_t *timer)
{
    compare(timer->data);
}

static void on_soon(uv_timer_t *timer)
{
    compare(timer->data);
}

int refresh_open(struct refresh **out, uv_loop_t *loop, const struct refresh_options *options, struct err *e)
{
    struct refresh *r = calloc(1, sizeof *r);
    *out = r;
    if (r == NULL)
        return err_memory(e, "refreshing");
    r->loop = loop;
    r->options = *options;
    uv_timer_init(loop, &r->slow);
    uv_timer_init(loop, &r->soon);
    r->slow.data = r->soon.data = r;
    r->handles = 2;
    uv_timer_start(&r->slow, on_slow, options->interval_ms, options->interval_ms);
    return 0;
}

static void on_closed(uv_handle_t *handle)
{
    struct refresh *r = handle->data;
    if (--r->handles == 0)
        free(r);
}

void refresh_close(struct refresh *r)
{
    if (r == NULL)
        return;
    if (r->load != NULL)
        load_abandon(r->load);
    r->load = NULL;
    r->pg = NULL;
    waiters_tell(&r->waiters, WAITERS_ALL);
    snapshot_free(r->snapshot);
    r->snapshot = NULL;
    uv_close((uv_handle_t *)&r->slow, on_closed);
    uv_close((uv_handle_t *)&r->soon, on_closed);
}

/* The present comparison, and the load if one followed, is over. */
static void settle(struct refresh *r, const struct err *e)
{
    bool news = e != NULL && strcmp(e->text, r->error.text) != 0;
    char quoted[900];
    r->comparing = false;
    if (news && r->pg != NULL)
        log_write(LOG_ERROR, "refreshing failed; answering from what was loaded before", "error=%s",
                  log_quote(e->text, quoted, sizeof quoted));
    if (e != NULL)
        r->error = *e;
    else
        r->error = (struct err)ERR_INIT;
    waiters_tell(&r->waiters, r->pg == NULL ? WAITERS_ALL : r->round);
    if (r->wanted && r->pg != NULL)
        refresh_hint(r);
}

static void confirm(struct refresh *r)
{
    r->confirmed_ms = r->began_ms;
}

static void on_loaded(void *context, struct snapshot *snapshot, const struct err *e)
{
    struct refresh *r = context;
    r->load = NULL;
    uv_update_time(r->loop);
    r->load_ms = (double)(uv_now(r->loop) - r->load_began_ms);
    /* At most half of the time goes to loading, however fast the changes come. */
    r->not_before_ms = uv_now(r->loop) + (uint64_t)r->load_ms;
    if (snapshot != NULL) {
        r->held_from = r->load_from;
        struct snapshot *old = r->snapshot;
        r->snapshot = snapshot;
        confirm(r);
        log_write(LOG_INFO, "loaded",
                  "inputs=%" PRIu64 " results=%" PRIu64 " organizers=%u reports=%zu ms=%.0f",
                  snapshot->inputs_version, snapshot->results_version, snapshot->population.n_organizers,
                  snapshot->population.n_reports, r->load_ms);
        r->options.swapped(r->options.context, old, snapshot);
        snapshot_free(old);
    }
    settle(r, e);
}

static void load(struct refresh *r)
{
    struct err e = ERR_INIT;
    const struct load_wish wish = {.today = refresh_day(), .runs = r->options.runs_kept};
    r->load_began_ms = uv_now(r->loop);
    r->load_from = r->connection;
    if (load_start(&r->load, r->loop, r->pg, &wish, on_loaded, r, &e) != 0)
        settle(r, &e);
}

static int on_versions(void *context, const PGresult *result, int row, struct err *e)
{
    struct refresh *r = context;
    (void)e;
    r->inputs = strtoull(PQgetvalue(result, row, 0), NULL, 10);
    r->results = strtoull(PQgetvalue(result, row, 1), NULL, 10);
    return 0;
}

static bool is_current(const struct refresh *r)
{
    const struct snapshot *s = r->snapshot;
    return s != NULL && r->held_from == r->connection && s->inputs_version == r->inputs &&
           s->results_version == r->results && s->today == refresh_day();
}

static void on_compared(void *context, const struct err *e)
{
    struct refresh *r = context;
    if (r->pg == NULL && e == NULL)
        return; /* closed meanwhile */
    if (e != NULL) {
        struct err why = *e;
        if (strstr(why.text, "\"peernet") != NULL && strstr(why.text, "does not exist") != NULL)
            err_wrap(&why, "this database has no peernet tables yet (peernet db init makes them)");
        settle(r, &why);
    } else if (is_current(r)) {
        confirm(r);
        settle(r, NULL);
    } else {
        load(r);
    }
}

/* Asks for the versions, unless that is under way: then once more after it. */
static void compare(struct refresh *r)
{
    struct err e = ERR_INIT;
    if (r->pg == NULL || !r->listening)
        return;
    r->wanted = r->comparing;
    if (r->comparing)
        return;
    uv_timer_stop(&r->soon);
    struct pg_async_query query = {.sql = "SELECT inputs_version, results_version FROM peernet.state",
                                   .context = r,
                                   .row = on_versions,
                                   .done = on_compared};
    r->round++;
    r->comparing = true;
    r->began_ms = uv_now(r->loop);
    if (pg_async_query(r->pg, &query, &e) != 0)
        settle(r, &e);
}

void refresh_hint(struct refresh *r)
{
    uint64_t now = uv_now(r->loop), wait = GATHER_MS;
    if (r->comparing) {
        r->wanted = true;
        return;
    }
    r->wanted = false;
    if (uv_is_active((uv_handle_t *)&r->soon))
        return;
    if (waiters_any(&r->waiters))
        wait = 0;
    else if (r->not_before_ms > now + wait)
        wait = r->not_before_ms - now;
    uv_timer_start(&r->soon, on_soon, wait, 0);
}

/* A standby takes no LISTEN, but it can be asked. */
static void on_listening(void *context, const struct err *e)
{
    struct refresh *r = context;
    struct pg_async_status status = {0};
    char quoted[900];
    if (r->pg != NULL)
        pg_async_status(r->pg, &status);
    if (!status.connected)
        return; /* lost meanwhile */
    if (e != NULL)
        log_write(LOG_WARN, "not told of changes; only looking for them", "every_ms=%" PRIu64 " error=%s",
                  r->options.interval_ms, log_quote(e->text, quoted, sizeof quoted));
    r->listening = true;
    compare(r);
}

/* LISTEN first: what changes after it is told, what changed before it is found by comparing. But behind a new
 * connection there may be another server, to which not everything had come that we saw on the old one; then
 * its versions may be the same and the rest is not. So the first state is always loaded. */
void refresh_up(struct refresh *r, struct pg_async *pg)
{
    struct err e = ERR_INIT;
    struct pg_async_query query = {.sql = "LISTEN peernet", .context = r, .done = on_listening};
    r->pg = pg;
    r->connection++;
    if (pg_async_query(pg, &query, &e) != 0)
        settle(r, &e);
}

/* Its queries were told before, so a load under way has failed already. */
void refresh_down(struct refresh *r)
{
    r->pg = NULL;
    r->listening = r->wanted = false;
    uv_timer_stop(&r->soon);
    if (!r->comparing)
        waiters_tell(&r->waiters, WAITERS_ALL);
}

void refresh_after(struct refresh *r, void (*then)(void *context), void *context)
{
    if (r->pg == NULL || !r->listening || !waiters_add(&r->waiters, r->round + 1, then, context)) {
        then(context);
        return;
    }
    uv_timer_stop(&r->soon);
    compare(r);
}

const struct snapshot *refresh_snapshot(const struct refresh *r)
{
    return r->snapshot;
}

double refresh_age(const struct refresh *r)
{
    return r->snapshot == NULL ? -1 : (double)(uv_now(r->loop) - r->confirmed_ms) / 1000;
}

void refresh_status(const struct refresh *r, struct refresh_status *out)
{
    *out = (struct refresh_status){
        .snapshot = r->snapshot,
        .age_s = refresh_age(r),
        .loading = r->load != NULL,
        .load_ms = r->load_ms,
        .error = r->error.text,
    };
}
