#include "daemon/schedule.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define LOOK_MS 30000 /* at least so often: a daemon that says nothing for two minutes is taken for lost */
#define SOON_MS 50
#define AGAIN_MS 1000     /* the end of a due run that the database could not be told is told again */
#define ELSEWHERE_MS 5000 /* a worker that found its way barred is not started again before */

enum due_state {
    DUE_STARTING, /* regroup_start has not answered */
    DUE_RUNNING,
    DUE_WAITING, /* something is in its way: it is tried again */
    DUE_OVER     /* it has ended, by a run or without; the database is to be told */
};

/* A due time that this daemon sees to. */
struct due {
    struct schedule *schedule;
    struct due *next;
    enum due_state state;
    int64_t run; /* 0 until it has a number */
    char programme[64], at[48], token[40];
    uint64_t not_before_ms; /* it waits so long at least */
    bool come_to;           /* else somebody else may take it */
    bool telling;
    bool logged;    /* that something is in its way */
    char said[600]; /* how it ended */
};

struct schedule {
    struct schedule_options options;
    uv_timer_t timer;
    struct due *dues;
    bool asking, stopped, closing, timer_closed;
    uint32_t waiting; /* answers of the database that are still to come */
    char logged[256]; /* the last failure */
};

static void ask(struct schedule *s);

static void free_when_done(struct schedule *s)
{
    if (!s->timer_closed || s->waiting > 0)
        return;
    while (s->dues != NULL) {
        struct due *d = s->dues;
        s->dues = d->next;
        free(d);
    }
    free(s);
}

static void on_timer(uv_timer_t *timer)
{
    ask(timer->data);
}

static void look_in(struct schedule *s, uint64_t ms)
{
    if (!s->closing)
        uv_timer_start(&s->timer, on_timer, ms, 0);
}

int schedule_open(struct schedule **out, const struct schedule_options *options, struct err *e)
{
    struct schedule *s = calloc(1, sizeof *s);
    *out = s;
    if (s == NULL)
        return err_memory(e, "schedules");
    s->options = *options;
    uv_timer_init(options->loop, &s->timer);
    s->timer.data = s;
    return 0;
}

void schedule_hint(struct schedule *s)
{
    if (s != NULL && !s->stopped && !s->asking)
        look_in(s, SOON_MS);
}

void schedule_detach(struct schedule *s)
{
    if (s == NULL)
        return;
    s->stopped = true;
    s->options.pg = NULL;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct schedule *s = handle->data;
    s->timer_closed = true;
    free_when_done(s);
}

void schedule_close(struct schedule *s)
{
    if (s == NULL || s->closing)
        return;
    schedule_detach(s);
    s->closing = true;
    uv_close((uv_handle_t *)&s->timer, on_timer_closed);
}

/* The same failure over and over is logged once: a standby takes no changes. */
static void note_failure(struct schedule *s, const struct err *e)
{
    char quoted[600];
    bool again = strncmp(s->logged, e->text, sizeof s->logged - 1) == 0;
    snprintf(s->logged, sizeof s->logged, "%.255s", e->text);
    if (!s->stopped && e->code != ERR_UNAVAILABLE)
        log_write(again ? LOG_DEBUG : LOG_WARN, "schedules cannot be looked at", "error=%s",
                  log_quote(e->text, quoted, sizeof quoted));
}

static void forget(struct schedule *s, struct due *d)
{
    struct due **at = &s->dues;
    while (*at != d)
        at = &(*at)->next;
    *at = d->next;
    free(d);
}

/* The database knows that it is over; else it is told again with the next look. */
static void on_told(void *context, const struct err *e)
{
    struct due *d = context;
    struct schedule *s = d->schedule;
    s->waiting--;
    d->telling = false;
    if (e != NULL)
        note_failure(s, e);
    if (s->closing) {
        free_when_done(s);
        return;
    }
    if (e == NULL)
        forget(s, d);
    else if (!s->stopped)
        look_in(s, AGAIN_MS);
}

static void tell(struct due *d)
{
    struct schedule *s = d->schedule;
    struct err e = ERR_INIT;
    const char *values[] = {d->token, d->come_to ? d->said : NULL};
    struct pg_async_query query = {.sql = "SELECT peernet.end_due($1::uuid, $2)",
                                   .n = 2,
                                   .values = values,
                                   .context = d,
                                   .done = on_told};
    if (s->options.pg == NULL || pg_async_query(s->options.pg, &query, &e) != 0)
        return;
    s->waiting++;
    d->telling = true;
}

/* `said` NULL: it was not come to, somebody else may take it. Who cannot be told of it takes this one for
 * lost. */
static void end_due(struct due *d, const char *said)
{
    d->state = DUE_OVER;
    d->come_to = said != NULL;
    snprintf(d->said, sizeof d->said, "%s", said != NULL ? said : "");
    tell(d);
    if (!d->telling && !d->schedule->stopped)
        look_in(d->schedule, AGAIN_MS);
}

static struct due *find(struct schedule *s, const char *programme)
{
    struct due *d = s->dues;
    while (d != NULL && strcmp(d->programme, programme) != 0)
        d = d->next;
    return d;
}

static void wait_for_it(struct due *d, uint64_t ms, const char *what)
{
    char quoted[600];
    d->state = DUE_WAITING;
    d->run = 0;
    d->not_before_ms = uv_now(d->schedule->options.loop) + ms;
    log_write(d->logged ? LOG_DEBUG : LOG_INFO, "what is due waits", "programme=%s due=%s for=%s",
              d->programme, d->at, log_quote(what, quoted, sizeof quoted));
    d->logged = true;
}

static void on_started(void *context, const struct service_run_answer *answer, const struct err *e)
{
    struct due *d = context;
    char quoted[600];
    if (answer != NULL) {
        d->run = answer->run;
        d->state = DUE_RUNNING;
    } else if (d->schedule->stopped) {
        end_due(d, NULL);
    } else if (e->code == ERR_BUSY || e->code == ERR_LIMIT || e->code == ERR_UNAVAILABLE) {
        /* A regrouping that somebody asked for, as many as may be, or the database is away. */
        wait_for_it(d, 0, e->text);
    } else {
        log_write(LOG_ERROR, "what is due could not be started", "programme=%s due=%s error=%s", d->programme,
                  d->at, log_quote(e->text, quoted, sizeof quoted));
        end_due(d, e->text);
    }
}

static void start(struct due *d)
{
    char origin[100];
    snprintf(origin, sizeof origin, "due %s", d->at);
    struct service_run_request request = {
        .programme = d->programme, .publish = true, .who = "schedule", .origin = origin};
    d->state = DUE_STARTING;
    regroup_start(d->schedule->options.regroup, &request, on_started, d);
}

/* What was in the way may be gone. */
static void start_waiting(struct schedule *s)
{
    for (struct due *d = s->dues; d != NULL && !s->stopped; d = d->next)
        if (d->state == DUE_WAITING && uv_now(s->options.loop) >= d->not_before_ms)
            start(d);
}

void schedule_stop(struct schedule *s)
{
    if (s == NULL)
        return;
    s->stopped = true;
    for (struct due *d = s->dues; d != NULL; d = d->next)
        if (d->state == DUE_WAITING)
            end_due(d, NULL);
}

static void on_end(struct due *d, const struct regroup_job *job)
{
    char said[600];
    bool by_us = job->outcome == JOB_CANCELLED && job->cancelled_by[0] == '\0';
    snprintf(said, sizeof said, "%s%s%s", job_outcome_name(job->outcome), job->error[0] != '\0' ? ": " : "",
             job->error);
    if (by_us || (job->passing && d->schedule->stopped))
        end_due(d, NULL);
    else if (job->passing)
        wait_for_it(d, ELSEWHERE_MS, job->error);
    else
        end_due(d, said);
}

void schedule_finished(struct schedule *s, const struct regroup_job *job)
{
    if (s == NULL)
        return;
    struct due *d = find(s, job->programme);
    if (d != NULL && d->state == DUE_RUNNING && d->run == job->run)
        on_end(d, job);
    start_waiting(s);
}

static void take(struct schedule *s, const char *programme, const char *at, const char *token)
{
    struct due *d = find(s, programme);
    if (d != NULL) { /* lost, and taken again before its start was answered */
        snprintf(d->token, sizeof d->token, "%s", token);
        return;
    }
    d = calloc(1, sizeof *d);
    if (d == NULL)
        return; /* no memory: it is taken again when this one says no more of it */
    d->schedule = s;
    snprintf(d->programme, sizeof d->programme, "%s", programme);
    snprintf(d->at, sizeof d->at, "%s", at);
    snprintf(d->token, sizeof d->token, "%s", token);
    d->next = s->dues;
    s->dues = d;
    if (s->stopped) { /* the answer came while this one was ending */
        end_due(d, NULL);
        return;
    }
    log_write(LOG_INFO, "due by its schedule", "programme=%s due=%s", programme, at);
    start(d);
}

/* Another has it, since this one said nothing of it for too long, or its schedule is another now. What runs
 * goes on, and its end is nobody's business here. */
static void lose(struct schedule *s, const char *token)
{
    struct due *d = s->dues;
    while (d != NULL && strcmp(d->token, token) != 0)
        d = d->next;
    if (d == NULL || d->telling || d->state == DUE_STARTING)
        return;
    log_write(LOG_INFO, "what was due is seen to here no more", "programme=%s due=%s", d->programme, d->at);
    forget(s, d);
}

/* {"taken": [{"programme", "due", "token"}], "lost": [token], "next_s": 3600.5} */
static int on_due(void *context, const PGresult *result, int row, struct err *e)
{
    struct schedule *s = context;
    size_t i;
    json_t *one, *answer = json_loads(PQgetvalue(result, row, 0), 0, NULL);
    if (answer == NULL)
        return err_set(e, ERR_INTERNAL, "what is due is no JSON");
    double next_s = json_number_value(json_object_get(answer, "next_s"));
    look_in(s, next_s > 0 && next_s * 1000 < LOOK_MS ? (uint64_t)(next_s * 1000) + SOON_MS : LOOK_MS);
    json_array_foreach(json_object_get(answer, "lost"), i, one)
    {
        if (json_is_string(one))
            lose(s, json_string_value(one));
    }
    start_waiting(s);
    json_array_foreach(json_object_get(answer, "taken"), i, one)
    {
        const char *programme = json_string_value(json_object_get(one, "programme"));
        const char *due = json_string_value(json_object_get(one, "due"));
        const char *token = json_string_value(json_object_get(one, "token"));
        if (programme != NULL && due != NULL && token != NULL)
            take(s, programme, due, token);
    }
    json_decref(answer);
    return 0;
}

static void on_asked(void *context, const struct err *e)
{
    struct schedule *s = context;
    s->asking = false;
    s->waiting--;
    if (e != NULL)
        note_failure(s, e);
    else
        s->logged[0] = '\0';
    if (s->closing)
        free_when_done(s);
}

/* "{TOKEN,TOKEN}" */
static char *mine(const struct schedule *s)
{
    size_t room = 3;
    for (const struct due *d = s->dues; d != NULL; d = d->next)
        room += strlen(d->token) + 1;
    char *list = malloc(room), *at = list;
    if (list == NULL)
        return NULL;
    at = stpcpy(at, "{");
    for (const struct due *d = s->dues; d != NULL; d = d->next)
        at = stpcpy(stpcpy(at, d->token), d->next != NULL ? "," : "");
    stpcpy(at, "}");
    return list;
}

static void ask(struct schedule *s)
{
    struct err e = ERR_INIT;
    char *list = s->stopped || s->asking ? NULL : mine(s);
    const char *values[] = {list};
    struct pg_async_query query = {.sql = "SELECT peernet.take_due($1::uuid[])",
                                   .n = 1,
                                   .values = values,
                                   .context = s,
                                   .row = on_due,
                                   .done = on_asked};
    if (s->stopped || s->asking)
        return;
    look_in(s, LOOK_MS);
    for (struct due *d = s->dues; d != NULL; d = d->next)
        if (d->state == DUE_OVER && !d->telling)
            tell(d);
    if (list != NULL && pg_async_query(s->options.pg, &query, &e) == 0) {
        s->asking = true;
        s->waiting++;
    }
    free(list);
}
