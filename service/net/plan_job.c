#include "net/plan_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/ask.h"
#include "net/ticket.h"
#include "proto/mp.h"
#include "proto/mp_json.h"

static struct plan_job *plan_of(struct thread_job *job)
{
    return (struct plan_job *)job;
}

static void drop(struct thread_job *thread_job)
{
    struct plan_job *job = plan_of(thread_job);
    for (uint32_t i = 0; i < job->n_scenarios; i++)
        plan_free(&job->scenario[i].plan);
    plan_people_free(&job->people);
    buf_free(&job->result);
    buf_free(&job->document);
    arena_free(&job->memory);
    free(job);
}

static int make(struct plan_job *job, struct err *e)
{
    int code = plan_people_gather(job->job.s, job->job.p, job->again, &job->people, &job->before, e);
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

static int work(struct thread_job *thread_job, struct err *e)
{
    struct plan_job *job = plan_of(thread_job);
    if (make(job, e) != ERR_OK)
        return (int)e->code;
    encode_plans(&job->result, job);
    if (buf_failed(&job->result))
        return err_memory(e, "a plan");
    return job->save != NULL ? write_document(job, e) : 0;
}

static void save(struct plan_job *job)
{
    const struct snapshot_programme *p = job->job.p;
    struct ask ask;
    ask_begin(&ask, SERVICE_PLAN_SAVE);
    ask_text(&ask, 0, p->name, strlen(p->name));
    ask_text(&ask, 1, job->save, strlen(job->save));
    if (p->published_run != 0)
        ask_whole(&ask, 2, (int64_t)p->published_run);
    ask_text(&ask, 3, buf_string(&job->document), job->document.size);
    ask_text(&ask, 4, job->who, strlen(job->who));
    ask_text(&ask, 5, job->origin, strlen(job->origin));
    ask_for(&ask, job->job.service, job->job.ticket);
}

static void answer(struct thread_job *thread_job)
{
    struct plan_job *job = plan_of(thread_job);
    ticket_set_head(thread_job->ticket, &job->result);
    if (job->save != NULL)
        save(job);
    else
        ticket_answer_json(thread_job->ticket, "null", NULL);
}

struct plan_job *plan_job_open(struct call *call, const struct argument *programme, struct err *e)
{
    static const struct thread_job_kind kind = {work, answer, drop};
    struct plan_job *job = calloc(1, sizeof *job);
    if (job == NULL) {
        err_memory(e, "a plan");
        return NULL;
    }
    arena_init(&job->memory);
    buf_init(&job->result, 0);
    buf_init(&job->document, 0);
    if (thread_job_open(&job->job, &kind, call, programme, e) == 0)
        return job;
    drop(&job->job);
    return NULL;
}

void plan_job_drop(struct plan_job *job)
{
    thread_job_drop(&job->job);
}

int plan_job_start(struct plan_job *job, struct call *call, struct err *e)
{
    login_who(call->conn, job->who);
    snprintf(job->origin, sizeof job->origin, "%s", login_origin(call->conn));
    job->age_s = call->service->age_s(call->service->self);
    return thread_job_start(&job->job, call, e);
}
