#include "net/plan_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/encode.h"

struct plan_job *plan_job_open(struct call *call, const struct argument *programme, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    if (call_snapshot(call, &s, e) || call_programme(s, programme, &p, e))
        return NULL;
    struct plan_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        err_memory(e, "a plan");
        return NULL;
    }
    job->s = snapshot_hold(s);
    job->p = p;
    job->service = call->service;
    arena_init(&job->memory);
    buf_init(&job->result, 0);
    return job;
}

void plan_job_drop(struct plan_job *job)
{
    if (job == NULL)
        return;
    for (uint32_t i = 0; i < job->n_scenarios; i++)
        plan_free(&job->scenario[i].plan);
    plan_people_free(&job->people);
    buf_free(&job->result);
    snapshot_free(job->s);
    arena_free(&job->memory);
    free(job);
}

static int make(struct plan_job *job, struct err *e)
{
    int code = plan_people_gather(job->s, job->p, &job->people, e);
    for (uint32_t i = 0; i < job->n_scenarios && code == ERR_OK; i++) {
        struct plan_scenario *x = &job->scenario[i];
        code = plan_make(&job->people, x->offices, x->n_offices, &x->options.settings, &x->plan, e);
    }
    return code;
}

static void work(uv_work_t *work)
{
    struct plan_job *job = work->data;
    if (make(job, &job->error) == ERR_OK)
        encode_plans(&job->result, job);
}

/* Who is gone by now hears nothing of it. */
static void made(uv_work_t *work, int status)
{
    struct plan_job *job = work->data;
    char age[32];
    if (status != 0)
        err_set(&job->error, ERR_CANCELLED, "the plan was not made: the daemon ends");
    if (job->error.code == ERR_OK && buf_failed(&job->result))
        err_memory(&job->error, "a plan");
    if (ticket_is_forgotten(job->ticket)) {
        ticket_drop(job->ticket);
    } else if (job->error.code != ERR_OK) {
        ticket_answer_json(job->ticket, NULL, &job->error);
    } else {
        snprintf(age, sizeof age, "%.3f", job->service->age_s(job->service->self));
        ticket_set_head(job->ticket, &job->result);
        ticket_answer_json(job->ticket, age, NULL);
    }
    plan_job_drop(job);
}

int plan_job_start(struct plan_job *job, struct call *call, struct err *e)
{
    job->ticket = ticket_open_json(call, e);
    if (job->ticket == NULL) {
        plan_job_drop(job);
        return (int)e->code;
    }
    job->work.data = job;
    int failed = uv_queue_work(call->server->loop, &job->work, work, made);
    if (failed == 0)
        return HANDLER_LATER;
    ticket_drop(job->ticket);
    plan_job_drop(job);
    return err_set(e, ERR_INTERNAL, "making the plan: %s", uv_strerror(failed));
}
