#include "store/pg_async.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "store/async/pg_state.h"

static void on_timer(uv_timer_t *timer);

void pg_async_enter(struct pg_async *pg, enum pg_phase phase)
{
    bool was_up = pg->phase == PG_UP, is_up = phase == PG_UP;
    if (was_up != is_up)
        pg->since_ms = uv_now(pg->loop);
    pg->phase = phase;
}

int pg_async_open(struct pg_async **out, uv_loop_t *loop, const struct pg_async_options *options,
                  struct err *e)
{
    struct pg_async *pg = calloc(1, sizeof *pg);
    *out = NULL;
    if (pg == NULL)
        return err_memory(e, "a database connection");
    int code = pg_conninfo_open(&pg->conninfo, options->conninfo, options->application_name, e);
    if (code != 0) {
        free(pg);
        return code;
    }
    pg->loop = loop;
    pg->options = *options;
    pg->options.conninfo = pg->options.application_name = NULL; /* not ours to keep */
    pg->since_ms = uv_now(loop);
    pg->retry_ms = options->retry_first_ms;
    uv_timer_init(loop, &pg->timer);
    uv_idle_init(loop, &pg->more);
    pg->timer.data = pg->more.data = pg;
    pg->handles = 2;
    *out = pg;
    /* From the loop, so that no callback comes before this has returned. */
    pg->retry_at_ms = uv_now(loop);
    uv_timer_start(&pg->timer, on_timer, 0, 0);
    return 0;
}

static void on_timer(uv_timer_t *timer)
{
    struct pg_async *pg = timer->data;
    struct err why = ERR_INIT;
    switch (pg->phase) {
    case PG_WAITING:
        pg_connect_start(pg);
        break;
    case PG_RESOLVING:
        err_set(&why, ERR_UNAVAILABLE, "looking up %s took more than %" PRIu64 " ms",
                pg->conninfo.hosts[pg->host].host, pg->options.connect_ms);
        pg_connect_next(pg, &why);
        break;
    case PG_CONNECTING:
        err_set(&why, ERR_UNAVAILABLE, "%s did not answer within %" PRIu64 " ms",
                pg->conninfo.hosts[pg->host].host[0] != '\0' ? pg->conninfo.hosts[pg->host].host
                                                             : "the server",
                pg->options.connect_ms);
        pg_connect_next(pg, &why);
        break;
    case PG_UP:
        pg_queue_tick(pg);
        break;
    case PG_CLOSED:
        break;
    }
}

static void restart_timer(struct pg_async *pg, uint64_t ms, uint64_t repeat)
{
    uv_update_time(pg->loop);
    uv_timer_start(&pg->timer, on_timer, ms, repeat);
}

/* Waits before the next attempt: longer each time, and not in step with other daemons. */
static uint64_t plan_retry(struct pg_async *pg)
{
    uint32_t chance = 0;
    uv_random(NULL, NULL, &chance, sizeof chance, 0, NULL);
    uint64_t wait = pg->retry_ms - pg->retry_ms / 2 * (chance % 1000) / 1000;
    pg->retry_ms =
        pg->retry_ms * 2 < pg->options.retry_most_ms ? pg->retry_ms * 2 : pg->options.retry_most_ms;
    pg_async_enter(pg, PG_WAITING);
    restart_timer(pg, wait, 0);
    pg->retry_at_ms = uv_now(pg->loop) + wait;
    return wait;
}

void pg_async_limit(struct pg_async *pg, uint64_t ms)
{
    restart_timer(pg, ms, 0);
}

void pg_async_gave_up(struct pg_async *pg)
{
    pg->error = pg->trial;
    pg_connect_drop(pg);
    uint64_t wait = plan_retry(pg);
    if (pg->options.failed != NULL)
        pg->options.failed(pg->options.context, &pg->error, wait);
}

void pg_async_went_up(struct pg_async *pg)
{
    pg_async_enter(pg, PG_UP);
    pg->connections++;
    pg->heard_ms = uv_now(pg->loop);
    uint64_t step =
        pg->options.liveness_ms < pg->options.answer_ms ? pg->options.liveness_ms : pg->options.answer_ms;
    restart_timer(pg, step / 4 + 1, step / 4 + 1);
    pg->options.up(pg->options.context);
}

void pg_async_went_down(struct pg_async *pg, const struct err *why)
{
    /* A server that takes us and drops us at once must not be asked ten times a second. */
    bool lasted = uv_now(pg->loop) - pg->since_ms >= pg->options.retry_most_ms;
    pg->error = *why;
    pg_connect_drop(pg);
    if (lasted)
        pg->retry_ms = pg->options.retry_first_ms;
    plan_retry(pg);
    pg_queue_fail(pg, why);
    if (pg->phase != PG_CLOSED)
        pg->options.down(pg->options.context, &pg->error);
}

void pg_async_release(struct pg_async *pg)
{
    if (--pg->handles > 0)
        return;
    void (*closed)(void *) = pg->closed;
    void *context = pg->closed_context;
    pg_conninfo_free(&pg->conninfo);
    free(pg);
    if (closed != NULL)
        closed(context);
}

static void on_handle_closed(uv_handle_t *handle)
{
    pg_async_release(handle->data);
}

void pg_async_close(struct pg_async *pg, void (*closed)(void *context), void *context)
{
    struct err why = ERR_INIT;
    if (pg->phase == PG_CLOSED)
        return;
    pg->closed = closed;
    pg->closed_context = context;
    pg_connect_drop(pg);
    pg_async_enter(pg, PG_CLOSED);
    err_set(&why, ERR_CANCELLED, "the connection to the database is being closed");
    pg_queue_fail(pg, &why);
    uv_close((uv_handle_t *)&pg->timer, on_handle_closed);
    uv_close((uv_handle_t *)&pg->more, on_handle_closed);
}

void pg_async_status(const struct pg_async *pg, struct pg_async_status *out)
{
    static const char *const names[] = {[PG_WAITING] = "waiting",
                                        [PG_RESOLVING] = "resolving",
                                        [PG_CONNECTING] = "connecting",
                                        [PG_UP] = "connected",
                                        [PG_CLOSED] = "closed"};
    uint64_t now = uv_now(pg->loop);
    *out = (struct pg_async_status){
        .connected = pg->phase == PG_UP,
        .state = names[pg->phase],
        .error = pg->error.text,
        .since_s = (double)(now - pg->since_ms) / 1000,
        .retry_s = -1,
        .reconnects = pg->connections > 1 ? pg->connections - 1 : 0,
    };
    if (pg->phase == PG_WAITING)
        out->retry_s = pg->retry_at_ms > now ? (double)(pg->retry_at_ms - now) / 1000 : 0;
}

size_t pg_async_environment(const struct pg_async *pg, const char **out, size_t max)
{
    for (size_t i = 0; i < pg->conninfo.n_environment && i < max; i++)
        out[i] = pg->conninfo.environment[i];
    return pg->conninfo.n_environment;
}
