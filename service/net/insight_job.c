#include "net/insight_job.h"

#include <stdio.h>
#include <stdlib.h>

#include "net/ticket.h"

static void drop(struct thread_job *job)
{
    struct insight_job *j = (struct insight_job *)job;
    buf_free(&j->out);
    free(j);
}

static int work(struct thread_job *job, struct err *e)
{
    struct insight_job *j = (struct insight_job *)job;
    if (j->reckon(j, &j->out, e) != ERR_OK)
        return (int)e->code;
    return buf_failed(&j->out) ? err_memory(e, "the answer") : 0;
}

static void answer(struct thread_job *job)
{
    struct insight_job *j = (struct insight_job *)job;
    char age[32];
    snprintf(age, sizeof age, "%.3f", job->service->age_s(job->service->self));
    ticket_set_head(job->ticket, &j->out);
    ticket_answer_json(job->ticket, age, NULL);
}

int insight_job_start(struct call *call, const struct argument *programme, const struct insight_job *wanted,
                      struct err *e)
{
    static const struct thread_job_kind kind = {work, answer, drop};
    struct insight_job *j = malloc(sizeof *j);
    if (j == NULL)
        return err_memory(e, "insight");
    *j = *wanted;
    j->threshold = call->server->options.insight_threshold;
    buf_init(&j->out, 0);
    if (thread_job_open(&j->job, &kind, call, programme, e)) {
        drop(&j->job);
        return (int)e->code;
    }
    return thread_job_start(&j->job, call, e);
}
