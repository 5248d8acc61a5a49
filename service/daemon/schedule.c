#include "daemon/schedule.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define LOOK_MS 30000 /* at least so often: a daemon that says nothing for two minutes is taken for lost */
#define SOON_MS 50
#define ENDS_SOON_MS 1000 /* what could not be started is tried again after so long, at the earliest */

/* A due time that this daemon sees to. */
struct due {
    struct schedule *schedule;
    struct due *next;
    int64_t run; /* 0 until it has a number */
    char programme[64], at[48];
    bool over, come_to; /* it has ended, by a run or without; the database is to be told */
    bool telling;
    char said[600]; /* how */
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

void schedule_stop(struct schedule *s)
{
    if (s != NULL)
        s->stopped = true;
}

void schedule_detach(struct schedule *s)
{
    schedule_stop(s);
    if (s != NULL)
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

static void forget(struct due *d)
{
    struct due **at = &d->schedule->dues;
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
    bool again = !d->come_to;
    if (e == NULL)
        forget(d);
    if ((e != NULL || again) && !s->stopped)
        look_in(s, ENDS_SOON_MS);
}

static void tell(struct due *d)
{
    struct schedule *s = d->schedule;
    struct err e = ERR_INIT;
    const char *values[] = {d->programme, d->at, d->come_to ? d->said : NULL};
    struct pg_async_query query = {.sql = "SELECT peernet.end_due($1, $2::timestamptz, $3)",
                                   .n = 3,
                                   .values = values,
                                   .context = d,
                                   .done = on_told};
    if (s->options.pg == NULL || pg_async_query(s->options.pg, &query, &e) != 0)
        return;
    s->waiting++;
    d->telling = true;
}

/* `said` NULL: it was not come to, somebody else may take it. */
static void end_due(struct due *d, const char *said)
{
    d->over = true;
    d->come_to = said != NULL;
    snprintf(d->said, sizeof d->said, "%s", said != NULL ? said : "");
    tell(d);
    if (!d->telling && !d->schedule->stopped)
        look_in(d->schedule, ENDS_SOON_MS);
}

static struct due *find(struct schedule *s, const char *programme, int64_t run)
{
    struct due *d = s == NULL ? NULL : s->dues;
    while (d != NULL && (strcmp(d->programme, programme) != 0 || (run != 0 && d->run != run)))
        d = d->next;
    return d;
}

/* A regrouping that somebody asked for at that time, or as many as may be: it is tried again. */
static bool is_in_the_way(const struct err *e)
{
    return e->code == ERR_BUSY || e->code == ERR_LIMIT || e->code == ERR_UNAVAILABLE ||
           e->code == ERR_CANCELLED;
}

static void on_started(void *context, const struct service_run_answer *answer, const struct err *e)
{
    struct due *d = context;
    char quoted[600];
    if (answer != NULL) {
        d->run = answer->run;
        return;
    }
    log_write(is_in_the_way(e) ? LOG_INFO : LOG_ERROR, "what is due could not be started",
              "programme=%s due=%s error=%s", d->programme, d->at, log_quote(e->text, quoted, sizeof quoted));
    end_due(d, is_in_the_way(e) ? NULL : e->text);
}

void schedule_finished(struct schedule *s, const struct regroup_job *job)
{
    char said[600];
    struct due *d = find(s, job->programme, job->run);
    if (d == NULL)
        return;
    bool by_us = job->outcome == JOB_CANCELLED && job->cancelled_by[0] == '\0';
    snprintf(said, sizeof said, "%s%s%s", job_outcome_name(job->outcome), job->error[0] != '\0' ? ": " : "",
             job->error);
    end_due(d, by_us ? NULL : said);
}

static void start(struct schedule *s, const char *programme, const char *at)
{
    char origin[100];
    struct due *d = find(s, programme, 0) == NULL ? calloc(1, sizeof *d) : NULL;
    if (d == NULL)
        return; /* no memory: it is taken again when this one says no more of it */
    d->schedule = s;
    snprintf(d->programme, sizeof d->programme, "%s", programme);
    snprintf(d->at, sizeof d->at, "%s", at);
    d->next = s->dues;
    s->dues = d;
    log_write(LOG_INFO, "due by its schedule", "programme=%s due=%s", programme, at);
    snprintf(origin, sizeof origin, "due %s", at);
    struct service_run_request request = {
        .programme = d->programme, .publish = true, .who = "schedule", .origin = origin};
    regroup_start(s->options.regroup, &request, on_started, d);
}

/* {"taken": [{"programme", "due"}], "next_s": 3600.5} */
static int on_due(void *context, const PGresult *result, int row, struct err *e)
{
    struct schedule *s = context;
    size_t i;
    json_t *one, *answer = json_loads(PQgetvalue(result, row, 0), 0, NULL);
    if (answer == NULL)
        return err_set(e, ERR_INTERNAL, "what is due is no JSON");
    double next_s = json_number_value(json_object_get(answer, "next_s"));
    look_in(s, next_s > 0 && next_s * 1000 < LOOK_MS ? (uint64_t)(next_s * 1000) + SOON_MS : LOOK_MS);
    json_array_foreach(json_object_get(answer, "taken"), i, one)
    {
        const char *programme = json_string_value(json_object_get(one, "programme"));
        const char *due = json_string_value(json_object_get(one, "due"));
        if (programme != NULL && due != NULL && !s->stopped)
            start(s, programme, due);
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

/* "{default,reading}": names have nothing in them that arrays would quote. */
static char *mine(const struct schedule *s)
{
    size_t room = 3;
    for (const struct due *d = s->dues; d != NULL; d = d->next)
        room += strlen(d->programme) + 1;
    char *list = malloc(room), *at = list;
    if (list == NULL)
        return NULL;
    at = stpcpy(at, "{");
    for (const struct due *d = s->dues; d != NULL; d = d->next)
        at = stpcpy(stpcpy(at, d->programme), d->next != NULL ? "," : "");
    stpcpy(at, "}");
    return list;
}

static void ask(struct schedule *s)
{
    struct err e = ERR_INIT;
    char *list = s->stopped || s->asking ? NULL : mine(s);
    const char *values[] = {list};
    struct pg_async_query query = {.sql = "SELECT peernet.take_due($1::text[])",
                                   .n = 1,
                                   .values = values,
                                   .context = s,
                                   .row = on_due,
                                   .done = on_asked};
    if (s->stopped || s->asking)
        return;
    look_in(s, LOOK_MS);
    for (struct due *d = s->dues; d != NULL; d = d->next)
        if (d->over && !d->telling)
            tell(d);
    if (list != NULL && pg_async_query(s->options.pg, &query, &e) == 0) {
        s->asking = true;
        s->waiting++;
    }
    free(list);
}
