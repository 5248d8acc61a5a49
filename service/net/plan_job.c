#include "net/plan_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/encode.h"
#include "proto/mp.h"
#include "proto/mp_json.h"

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
    buf_init(&job->document, 0);
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
    buf_free(&job->document);
    snapshot_free(job->s);
    arena_free(&job->memory);
    free(job);
}

static int make(struct plan_job *job, struct err *e)
{
    int code = plan_people_gather(job->s, job->p, job->again, &job->people, &job->before, e);
    for (uint32_t i = 0; i < job->n_scenarios && code == ERR_OK; i++) {
        struct plan_scenario *x = &job->scenario[i];
        code = plan_make(&job->people, x->offices, x->n_offices, &x->options.settings, &x->plan, e);
    }
    return code;
}

/* What the database keeps. */
static int write_document(struct plan_job *job, struct err *e)
{
    struct buf packed;
    struct mp_tree tree;
    buf_init(&packed, 0);
    encode_scenario(&packed, job, &job->scenario[0]);
    int code = buf_failed(&packed) ? err_memory(e, "a plan") : mp_unpack(packed.data, packed.size, &tree, e);
    if (code == ERR_OK) {
        mp_to_json(&job->document, tree.top, false);
        mp_free(&tree);
    }
    buf_free(&packed);
    return code == ERR_OK && buf_failed(&job->document) ? err_memory(e, "a plan") : code;
}

static void work(uv_work_t *work)
{
    struct plan_job *job = work->data;
    if (make(job, &job->error) != ERR_OK)
        return;
    encode_plans(&job->result, job);
    if (buf_failed(&job->result))
        err_memory(&job->error, "a plan");
    else if (job->save != NULL)
        write_document(job, &job->error);
}

static void save(struct plan_job *job)
{
    struct ask ask;
    ask_begin(&ask, SERVICE_PLAN_SAVE);
    ask_text(&ask, 0, job->p->name, strlen(job->p->name));
    ask_text(&ask, 1, job->save, strlen(job->save));
    if (job->p->published_run != 0)
        ask_whole(&ask, 2, (int64_t)job->p->published_run);
    ask_text(&ask, 3, buf_string(&job->document), job->document.size);
    ask_text(&ask, 4, job->who, strlen(job->who));
    ask_text(&ask, 5, job->origin, strlen(job->origin));
    ask_for(&ask, job->service, job->ticket);
}

/* Who is gone by now has kept nothing, and hears nothing of it. */
static void made(uv_work_t *work, int status)
{
    struct plan_job *job = work->data;
    if (status != 0)
        err_set(&job->error, ERR_CANCELLED, "the plan was not made: the daemon ends");
    if (ticket_is_forgotten(job->ticket)) {
        ticket_drop(job->ticket);
    } else if (job->error.code != ERR_OK) {
        ticket_answer_json(job->ticket, NULL, &job->error);
    } else {
        ticket_set_head(job->ticket, &job->result);
        if (job->save != NULL)
            save(job);
        else
            ticket_answer_json(job->ticket, "null", NULL);
    }
    plan_job_drop(job);
}

int plan_job_start(struct plan_job *job, struct call *call, struct err *e)
{
    login_who(call->conn, job->who);
    snprintf(job->origin, sizeof job->origin, "%s", login_origin(call->conn));
    job->age_s = job->service->age_s(job->service->self);
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
