/* daemon_end.c - signals and the orderly end: balancers and subscribers are told, listeners closed, requests
 * in flight finished, then all handles closed one after the other until the loop has nothing left. */
#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#include "daemon/daemon.h"

#define LAST_MOMENT_MS 2000
#define LAST_RESORT_S 5 /* an end at once takes milliseconds; should it hang, the kernel does it */

static void close_pg(struct daemon *d)
{
    if (!d->pg_closing && d->pg != NULL)
        pg_async_close(d->pg, NULL, NULL);
    d->pg_closing = true;
}

static void close_handle(uv_handle_t *handle)
{
    if (handle->data != NULL && !uv_is_closing(handle))
        uv_close(handle, NULL);
}

/* A name that is being looked up cannot be taken back: it is not worth waiting for. */
static void on_last_moment(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* Server and workers are gone: so may the rest, and the loop ends by itself. */
static void close_rest(struct daemon *d)
{
    d->phase = DAEMON_CLOSING;
    http_close(d->http);
    d->http = NULL;
    /* What is still asked of the database fails now, and that is no fault. */
    refresh_down(d->refresh);
    token_store_down(d->tokens);
    schedule_close(d->schedule);
    d->schedule = NULL;
    close_pg(d);
    refresh_close(d->refresh);
    d->refresh = NULL;
    token_store_close(d->tokens);
    d->tokens = NULL;
    close_handle((uv_handle_t *)&d->terminate);
    close_handle((uv_handle_t *)&d->interrupt);
    close_handle((uv_handle_t *)&d->hang_up);
    close_handle((uv_handle_t *)&d->opening);
    uv_timer_start(&d->deadline, on_last_moment, LAST_MOMENT_MS, 0);
    uv_unref((uv_handle_t *)&d->deadline);
}

static void close_when_done(struct daemon *d)
{
    if (d->server_closed && d->regroup_idle && proposals_idle(d->proposals) && d->phase != DAEMON_CLOSING)
        close_rest(d);
}

static void on_server_closed(void *context)
{
    struct daemon *d = context;
    d->server_closed = true;
    close_when_done(d);
}

static void on_regroup_idle(void *context)
{
    struct daemon *d = context;
    d->regroup_idle = true;
    close_when_done(d);
}

/* The last proposal's worker is gone, which matters only at the end. */
void daemon_proposals_idle(void *context)
{
    struct daemon *d = context;
    if (d->phase != DAEMON_RUNNING)
        close_when_done(d);
}

void daemon_stop(struct daemon *d)
{
    if (d->phase >= DAEMON_STOPPING)
        return;
    d->phase = DAEMON_STOPPING;
    schedule_detach(d->schedule);
    alarm(LAST_RESORT_S);
    if (!d->server_closed)
        server_stop(d->server, on_server_closed, d);
    /* Those who wait for the database are told so, and with the last of them all may be closed: so the
     * connection goes last, and nothing here is touched behind it. */
    refresh_down(d->refresh);
    token_store_down(d->tokens);
    proposals_stop(d->proposals);
    regroup_stop(d->regroup, true, on_regroup_idle, d);
    close_pg(d);
}

static void on_deadline(uv_timer_t *timer)
{
    log_write(LOG_WARN, "requests in flight took too long; ending all the same", "%s", "");
    daemon_stop(timer->data);
}

static void drain(struct daemon *d)
{
    d->phase = DAEMON_DRAINING;
    log_write(LOG_INFO, "ending: finishing what is in flight", "%s", "");
    uv_timer_start(&d->deadline, on_deadline, (uint64_t)d->options->drain_timeout, 0);
    if (d->options->reuse_port)
        http_stop_listening(d->http); /* the next daemon is asked there now */
    server_drain(d->server, on_server_closed, d);
    regroup_stop(d->regroup, false, on_regroup_idle, d);
}

static void on_delay_over(uv_timer_t *timer)
{
    drain(timer->data);
}

/* Balancers and subscribers are told; those who ask meanwhile are answered as ever. */
static void leave(struct daemon *d)
{
    const struct daemon_options *o = d->options;
    struct server_ending ending = {(double)o->drain_delay / 1000, (double)o->drain_timeout / 1000};
    d->phase = DAEMON_LEAVING;
    schedule_stop(d->schedule);
    server_notify_ending(d->server, &ending);
    uint64_t still_come_ms = server_steer_away(d->server), delay_ms = (uint64_t)o->drain_delay;
    if (delay_ms < still_come_ms)
        delay_ms = still_come_ms;
    systemd_stopping(delay_ms + (uint64_t)o->drain_timeout + LAST_RESORT_S * 1000);
    daemon_tell_status(d);
    if (delay_ms > 0)
        uv_timer_start(&d->deadline, on_delay_over, delay_ms, 0);
    else
        drain(d);
}

static void on_end_signal(uv_signal_t *handle, int number)
{
    struct daemon *d = handle->data;
    bool first = d->phase == DAEMON_RUNNING;
    log_write(LOG_INFO, first ? "told to end" : "ending at once", "signal=%d delay_ms=%" PRId64, number,
              first ? d->options->drain_delay : 0);
    if (first)
        leave(d);
    else
        daemon_stop(d);
}

static void on_hang_up(uv_signal_t *handle, int number)
{
    struct daemon *d = handle->data;
    (void)number;
    if (d->phase != DAEMON_RUNNING) {
        log_write(LOG_INFO, "SIGHUP ignored: it is ending", "%s", "");
        return;
    }
    systemd_reloading();
    daemon_reload(d);
    systemd_ready();
}

void daemon_watch_signals(struct daemon *d)
{
    signal(SIGPIPE, SIG_IGN); /* a peer that has gone is seen as an error of the write */
    uv_signal_init(&d->loop, &d->terminate);
    uv_signal_init(&d->loop, &d->interrupt);
    uv_signal_init(&d->loop, &d->hang_up);
    uv_timer_init(&d->loop, &d->deadline);
    d->terminate.data = d->interrupt.data = d->hang_up.data = d->deadline.data = d;
    uv_signal_start(&d->terminate, on_end_signal, SIGTERM);
    uv_signal_start(&d->interrupt, on_end_signal, SIGINT);
    uv_signal_start(&d->hang_up, on_hang_up, SIGHUP);
}

/* It could not start: closes what there is of it. */
void daemon_give_up(struct daemon *d)
{
    d->regroup_idle = true; /* nothing was started */
    if (d->server != NULL)
        server_stop(d->server, on_server_closed, d);
    else
        on_server_closed(d);
}
