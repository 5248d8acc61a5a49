#include "load/drive.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define READ_SIZE 65536
#define TICK_MS 1 /* with a rate: how often due calls are looked for */

struct line {
    struct drive *drive;
    struct stream *stream;
    uv_poll_t poll;
    int events;
    struct buf out, in;
    struct frame_scan scan;
    uint64_t *sent;   /* per slot: when its call was sent or due, ns; 0 = free */
    uint32_t *unused; /* stack of free slots */
    uint32_t n_unused, oldest;
    size_t next_call;
    double due; /* ns: when the next call is */
    bool over;
};

struct drive {
    const struct drive_plan *plan;
    struct drive_result *result;
    uv_loop_t loop;
    uv_timer_t tick, phase;
    struct line *lines;
    uint32_t opened;
    uint64_t from, until; /* ns: what ends in between is counted */
    bool stopping;
};

static void line_watch(struct line *line);

static void line_lose(struct line *line, const struct err *why)
{
    struct drive_result *r = line->drive->result;
    if (line->over)
        return;
    line->over = true;
    if (r->lost++ == 0)
        r->first_error = *why;
    uv_poll_stop(&line->poll);
}

static void line_send(struct line *line)
{
    size_t n = 0;
    short events = 0;
    struct err e = ERR_INIT;
    while (!line->over && line->out.size > 0) {
        if (stream_send(line->stream, line->out.data, line->out.size, &n, &events, &e) != 0)
            line_lose(line, &e);
        if (line->over || n == 0)
            break;
        buf_consume(&line->out, n);
    }
    line_watch(line);
}

static uint32_t slot_take(struct line *line)
{
    uint32_t depth = line->drive->plan->depth;
    if (line->drive->plan->calls->redis) /* answers come in order: a ring */
        return (line->oldest + depth - line->n_unused--) % depth;
    return line->unused[--line->n_unused];
}

/* Writes as many calls as there are free slots (and, with a rate, as are due). */
static void line_fill(struct line *line)
{
    struct drive *d = line->drive;
    uint64_t now = uv_hrtime();
    double step = d->plan->rate > 0 ? 1e9 * d->plan->connections / d->plan->rate : 0;
    while (!d->stopping && !line->over && line->n_unused > 0 && (step == 0 || line->due <= (double)now)) {
        uint32_t slot = slot_take(line);
        /* A call that is late by no more than a tick was late by our clock, not by the server. */
        bool waited = step > 0 && line->due + TICK_MS * 2e6 < (double)now;
        line->sent[slot] = waited ? (uint64_t)line->due : now;
        line->due += step;
        calls_write(d->plan->calls, line->next_call++, slot, &line->out);
    }
}

static void count(struct line *line, const struct answer *answer, uint64_t now)
{
    struct drive *d = line->drive;
    bool redis = d->plan->calls->redis;
    uint32_t slot = redis ? line->oldest : answer->msgid;
    if (!answer->is_answer || slot >= d->plan->depth || line->sent[slot] == 0)
        return;
    if (now >= d->from && now < d->until) {
        if (answer->is_error)
            d->result->errors++;
        else
            histogram_add(&d->result->took, now - line->sent[slot]);
    }
    line->sent[slot] = 0;
    line->oldest = (line->oldest + 1) % d->plan->depth;
    if (!redis)
        line->unused[line->n_unused] = slot;
    line->n_unused++;
}

static void line_take(struct line *line)
{
    struct answer answer;
    struct err e = ERR_INIT;
    bool whole = false;
    size_t at = 0;
    uint64_t now = uv_hrtime();
    do {
        if (answer_scan(&line->scan, line->drive->plan->calls->redis, line->in.data + at, line->in.size - at,
                        &whole, &answer, &e) != 0) {
            line_lose(line, &e);
            return;
        }
        if (whole) {
            count(line, &answer, now);
            at += answer.size;
            if (line->scan.at > 0)
                answer_begin(&line->scan);
        }
    } while (whole);
    buf_consume(&line->in, at);
}

static void line_receive(struct line *line)
{
    for (;;) {
        size_t n = 0;
        short events = 0;
        struct err e = ERR_INIT;
        uint8_t *room = buf_reserve(&line->in, READ_SIZE);
        int code = room == NULL ? err_memory(&e, "answers")
                                : stream_receive(line->stream, room, READ_SIZE, &n, &events, &e);
        if (code == 0 && n == 0 && events == 0)
            code = err_set(&e, ERR_UNAVAILABLE, "the server closed a connection");
        if (code != 0)
            line_lose(line, &e);
        if (code != 0 || n == 0)
            break;
        line->in.size += n;
        if (n < READ_SIZE / 2)
            break;
    }
    line_take(line);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct line *line = poll->data;
    (void)status; /* an error shows when the socket is read */
    if (events & UV_READABLE)
        line_receive(line);
    line_fill(line);
    line_send(line);
}

static void line_watch(struct line *line)
{
    int wanted = UV_READABLE | (line->out.size > 0 ? UV_WRITABLE : 0);
    if (line->over || wanted == line->events)
        return;
    line->events = wanted;
    uv_poll_start(&line->poll, wanted, on_ready);
}

/* The login, before the clock runs: one call and its answer, waited for. */
static int line_greet(struct line *line, struct err *e)
{
    const struct buf *first = line->drive->plan->first;
    struct answer answer = {0};
    bool whole = first->size == 0;
    for (size_t sent = 0, n; !whole;) {
        short events = 0;
        if (sent < first->size
                ? stream_send(line->stream, first->data + sent, first->size - sent, &n, &events, e)
                : stream_receive(line->stream, buf_reserve(&line->in, READ_SIZE), READ_SIZE, &n, &events, e))
            return (int)e->code;
        if (n == 0 && events == 0)
            return err_set(e, ERR_UNAVAILABLE, "the server closed a connection");
        if (n == 0 && poll(&(struct pollfd){stream_descriptor(line->stream), events, 0}, 1, 10000) == 0)
            return err_set(e, ERR_UNAVAILABLE, "no answer to the first call in 10 s");
        if (sent < first->size)
            sent += n;
        else
            line->in.size += n;
        if (answer_scan(&line->scan, line->drive->plan->calls->redis, line->in.data, line->in.size, &whole,
                        &answer, e) != 0)
            return (int)e->code;
    }
    if (answer.is_error)
        return err_set(e, ERR_DENIED, "the server refused the first call: %.*s", (int)answer.size,
                       (const char *)line->in.data);
    buf_clear(&line->in);
    answer_begin(&line->scan);
    return 0;
}

static int line_open(struct drive *d, struct line *line, struct err *e)
{
    const struct drive_plan *plan = d->plan;
    line->drive = d;
    line->sent = calloc(plan->depth, sizeof *line->sent);
    line->unused = calloc(plan->depth, sizeof *line->unused);
    if (line->sent == NULL || line->unused == NULL)
        return err_memory(e, "a connection");
    for (uint32_t slot = 0; slot < plan->depth; slot++)
        line->unused[line->n_unused++] = slot;
    answer_begin(&line->scan);
    if (stream_open(&line->stream, &plan->address, &plan->trust, 10, e) != 0)
        return (int)e->code;
    uv_poll_init_socket(&d->loop, &line->poll, stream_descriptor(line->stream));
    line->poll.data = line;
    line->next_call = (size_t)(line - d->lines);
    d->opened++;
    return line_greet(line, e);
}

static void on_tick(uv_timer_t *timer)
{
    struct drive *d = timer->data;
    for (uint32_t i = 0; i < d->plan->connections; i++)
        if (!d->lines[i].over) {
            line_fill(&d->lines[i]);
            line_send(&d->lines[i]);
        }
}

static void on_end(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

/* What is in flight is still waited for, so that the server is left in order. */
static void on_measured(uv_timer_t *timer)
{
    struct drive *d = timer->data;
    d->stopping = true;
    uv_timer_stop(&d->tick);
    uv_timer_start(timer, on_end, d->plan->duration < 1 ? 100 : 500, 0);
}

static void drive_run(struct drive *d)
{
    const struct drive_plan *plan = d->plan;
    uv_update_time(&d->loop); /* it stands still while connections are made, and the timer counts from it */
    uint64_t start = uv_hrtime();
    d->from = start + (uint64_t)(plan->warm_up * 1e9);
    d->until = d->from + (uint64_t)(plan->duration * 1e9);
    for (uint32_t i = 0; i < plan->connections + plan->idle; i++) {
        struct line *line = &d->lines[i];
        if (i < plan->connections && plan->rate > 0) /* spread over one step */
            line->due = (double)start + 1e9 * i / plan->rate;
        if (i < plan->connections)
            line_fill(line);
        line_send(line);
    }
    if (plan->rate > 0)
        uv_timer_start(&d->tick, on_tick, TICK_MS, TICK_MS);
    uv_timer_start(&d->phase, on_measured, (uint64_t)((plan->warm_up + plan->duration) * 1e3), 0);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    d->result->seconds = plan->duration;
}

static void drive_close(struct drive *d)
{
    for (uint32_t i = 0; i < d->opened; i++)
        uv_close((uv_handle_t *)&d->lines[i].poll, NULL);
    uv_close((uv_handle_t *)&d->tick, NULL);
    uv_close((uv_handle_t *)&d->phase, NULL);
    uv_run(&d->loop, UV_RUN_DEFAULT);
    uv_loop_close(&d->loop);
    for (uint32_t i = 0; i < d->plan->connections + d->plan->idle; i++) {
        stream_close(d->lines[i].stream);
        buf_free(&d->lines[i].in);
        buf_free(&d->lines[i].out);
        free(d->lines[i].sent);
        free(d->lines[i].unused);
    }
    free(d->lines);
}

int drive(const struct drive_plan *plan, struct drive_result *out, struct err *e)
{
    struct drive d = {.plan = plan, .result = out};
    *out = (struct drive_result){.first_error = ERR_INIT};
    d.lines = calloc(plan->connections + plan->idle, sizeof *d.lines);
    if (d.lines == NULL)
        return err_memory(e, "connections");
    uv_loop_init(&d.loop);
    uv_timer_init(&d.loop, &d.tick);
    uv_timer_init(&d.loop, &d.phase);
    d.tick.data = d.phase.data = &d;
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < plan->connections + plan->idle; i++)
        if (line_open(&d, &d.lines[i], e) != 0)
            code = err_wrap(e, "connection %u of %u", i + 1, plan->connections + plan->idle);
    if (code == 0)
        drive_run(&d);
    drive_close(&d);
    return code;
}
