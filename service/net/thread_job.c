#include "net/thread_job.h"

#include "net/encode.h"
#include "net/ticket.h"

int thread_job_open(struct thread_job *job, const struct thread_job_kind *kind, struct call *call,
                    const struct argument *programme, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    if (call_snapshot(call, &s, e) || call_programme(s, programme, &p, e))
        return (int)e->code;
    *job = (struct thread_job){.kind = kind,
                               .s = snapshot_hold(s),
                               .p = p,
                               .service = call->service,
                               .english = call->english,
                               .gate = call->server->threads,
                               .loop = call->server->loop};
    return 0;
}

void thread_job_drop(struct thread_job *job)
{
    struct snapshot *s = job->s;
    job->kind->free(job);
    snapshot_free(s);
}

static void work(uv_work_t *work)
{
    struct thread_job *job = work->data;
    job->kind->work(job, &job->error);
}

/* Also of one that no thread had begun when it was cancelled: nobody waits for it then. */
static void worked(uv_work_t *work, int status)
{
    struct thread_job *job = work->data;
    (void)status;
    gate_leave(job->gate);
    if (job->ticket != NULL) {
        ticket_when_gone(job->ticket, NULL, NULL);
        if (job->error.code != ERR_OK)
            ticket_answer_json(job->ticket, NULL, &job->error);
        else
            job->kind->answer(job);
    }
    thread_job_drop(job);
}

static bool begin(void *context)
{
    struct thread_job *job = context;
    job->work.data = job;
    int failed = uv_queue_work(job->loop, &job->work, work, worked);
    job->begun = failed == 0;
    if (job->begun)
        return true;
    err_set(&job->error, ERR_INTERNAL, "finding a thread: %s", uv_strerror(failed));
    ticket_when_gone(job->ticket, NULL, NULL);
    ticket_answer_json(job->ticket, NULL, &job->error);
    thread_job_drop(job);
    return false;
}

/* Whoever asked has gone, and is told nothing, or cancels it, and is told so. */
static void on_gone(void *context)
{
    static const struct err cancelled = {ERR_CANCELLED, "the request was cancelled; it changed nothing"};
    struct thread_job *job = context;
    ticket_answer_json(job->ticket, NULL, &cancelled);
    job->ticket = NULL;
    if (job->begun) {
        uv_cancel((uv_req_t *)&job->work);
        return;
    }
    gate_quit(job->gate, &job->pass);
    thread_job_drop(job);
}

static int enter(struct thread_job *job, struct server *s, struct err *e)
{
    struct gate_counts counts;
    gate_counts(job->gate, &counts);
    s->reached[LIMIT_THREAD_JOBS] += counts.running >= counts.places;
    job->pass = (struct gate_pass){.go = begin, .context = job, .client = ticket_client(job->ticket)};
    ticket_when_gone(job->ticket, on_gone, job);
    if (gate_enter(job->gate, &job->pass, e) == 0)
        return 0;
    s->reached[LIMIT_THREAD_QUEUE]++;
    return (int)e->code;
}

int thread_job_start(struct thread_job *job, struct call *call, struct err *e)
{
    job->ticket = ticket_open_json(call, e);
    if (job->ticket != NULL && enter(job, call->server, e) == 0)
        return HANDLER_LATER;
    if (job->ticket != NULL)
        ticket_drop(job->ticket);
    thread_job_drop(job);
    return (int)e->code;
}
