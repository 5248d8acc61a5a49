#include "net/insight_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/encode.h"
#include "net/ticket.h"

static void drop(struct insight_job *j)
{
    snapshot_free(j->s);
    buf_free(&j->out);
    free(j);
}

static void work(uv_work_t *work)
{
    struct insight_job *j = work->data;
    if (j->reckon(j, &j->out, &j->error) == ERR_OK && buf_failed(&j->out))
        err_memory(&j->error, "the answer");
}

static void answer(struct insight_job *j)
{
    char age[32];
    snprintf(age, sizeof age, "%.3f", j->service->age_s(j->service->self));
    ticket_set_head(j->ticket, &j->out);
    ticket_answer_json(j->ticket, age, NULL);
}

static void reckoned(uv_work_t *work, int status)
{
    struct insight_job *j = work->data;
    if (status != 0)
        err_set(&j->error, ERR_CANCELLED, "nothing was reckoned: the daemon ends");
    if (ticket_is_forgotten(j->ticket))
        ticket_drop(j->ticket);
    else if (j->error.code != ERR_OK)
        ticket_answer_json(j->ticket, NULL, &j->error);
    else
        answer(j);
    drop(j);
}

int insight_job_start(struct call *call, const struct argument *programme, const struct insight_job *wanted,
                      struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    if (call_snapshot(call, &s, e) || call_programme(s, programme, &p, e))
        return (int)e->code;
    struct insight_job *j = malloc(sizeof *j);
    if (j == NULL)
        return err_memory(e, "insight");
    *j = *wanted;
    j->s = snapshot_hold(s);
    j->p = p;
    j->threshold = call->server->options.insight_threshold;
    j->english = call->english;
    j->service = call->service;
    j->error = (struct err)ERR_INIT;
    buf_init(&j->out, 0);
    j->work.data = j;
    j->ticket = ticket_open_json(call, e);
    if (j->ticket == NULL) {
        drop(j);
        return (int)e->code;
    }
    int failed = uv_queue_work(call->server->loop, &j->work, work, reckoned);
    if (failed == 0)
        return HANDLER_LATER;
    ticket_drop(j->ticket);
    drop(j);
    return err_set(e, ERR_INTERNAL, "reckoning: %s", uv_strerror(failed));
}
