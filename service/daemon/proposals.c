#include "daemon/proposals.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"

TAILQ_HEAD(job_list, proposal_job);

struct proposals {
    struct proposal_options options;
    struct job_list running, waiting;
    uint32_t n_running, n_waiting;
    uint64_t last_id;
    struct proposal_counts counts; /* but for running and waiting */
    bool stopped;
};

int proposals_open(struct proposals **out, const struct proposal_options *options, struct err *e)
{
    struct proposals *p = *out = calloc(1, sizeof *p);
    if (p == NULL)
        return err_memory(e, "the proposals");
    p->options = *options;
    TAILQ_INIT(&p->running);
    TAILQ_INIT(&p->waiting);
    return 0;
}

void proposals_free(struct proposals *p)
{
    free(p);
}

static void answer(struct proposal_job *job, const struct err *e)
{
    struct proposals *p = job->owner;
    service_proposal_done done = job->done;
    job->done = NULL;
    if (done == NULL)
        return;
    p->counts.done += e->code == ERR_OK;
    p->counts.cancelled += e->code == ERR_CANCELLED;
    p->counts.failed += e->code != ERR_OK && e->code != ERR_CANCELLED;
    if (e->code == ERR_OK)
        done(job->context, &job->answer, NULL);
    else
        done(job->context, NULL, e);
}

static void free_job(struct proposal_job *job)
{
    buf_free(&job->problem);
    buf_free(&job->answer);
    free(job);
}

static void start_next(struct proposals *p);

static void on_ended(void *owner, struct proposal_job *job)
{
    struct proposals *p = owner;
    struct err e = ERR_INIT;
    char quoted[1200];
    TAILQ_REMOVE(&p->running, job, link);
    p->n_running--;
    if (job->process.started && job->done != NULL && proposal_job_judge(job, &e) != ERR_OK)
        log_write(LOG_WARN, "proposal failed", "proposal=%" PRIu64 " error=%s", job->id,
                  log_quote(e.text, quoted, sizeof quoted));
    answer(job, &e);
    free_job(job);
    start_next(p);
    if (p->n_running == 0 && p->options.idle != NULL)
        p->options.idle(p->options.context);
}

static void start(struct proposals *p, struct proposal_job *job)
{
    struct err e = ERR_INIT;
    char quoted[1200];
    TAILQ_INSERT_TAIL(&p->running, job, link);
    p->n_running++;
    if (proposal_job_start(job, &e) == 0)
        return;
    log_write(LOG_ERROR, "proposal not started", "proposal=%" PRIu64 " error=%s", job->id,
              log_quote(e.text, quoted, sizeof quoted));
    answer(job, &e);
}

/* Room for a worker is given to who waits longest. */
static void start_next(struct proposals *p)
{
    while (!p->stopped && p->n_running < p->options.jobs && !TAILQ_EMPTY(&p->waiting)) {
        struct proposal_job *job = TAILQ_FIRST(&p->waiting);
        TAILQ_REMOVE(&p->waiting, job, link);
        p->n_waiting--;
        start(p, job);
    }
}

static struct proposal_job *job_new(struct proposals *p, struct buf *problem)
{
    struct proposal_job *job = calloc(1, sizeof *job);
    if (job == NULL)
        return NULL;
    job->options = &p->options;
    job->owner = p;
    job->ended = on_ended;
    job->id = ++p->last_id;
    job->problem = *problem;
    buf_init(problem, 0);
    buf_init(&job->answer, p->options.answer_limit);
    struct frame_limits limits = {
        .bytes = p->options.answer_limit + 16, .depth = FRAME_DEPTH_MAX, .elements = UINT32_MAX};
    frame_begin(&job->scan, &limits);
    return job;
}

int proposals_room(struct proposals *p, uint32_t more, struct err *e)
{
    if (p->stopped)
        return err_set(e, ERR_CANCELLED, "the daemon is ending");
    uint32_t n_waiting = p->n_waiting + more;
    if (p->n_running + n_waiting < p->options.jobs + p->options.queue)
        return 0;
    p->counts.refused++;
    return err_set(e, ERR_BUSY,
                   "%u proposals are under way and %u wait; the limits are %u (propose-jobs) and %u "
                   "(propose-queue)",
                   p->n_running, n_waiting, p->options.jobs, p->options.queue);
}

uint64_t proposals_add(struct proposals *p, struct buf *problem, service_proposal_done done, void *context,
                       struct err *e)
{
    if (proposals_room(p, 0, e) != 0)
        return 0;
    struct proposal_job *job = job_new(p, problem);
    if (job == NULL) {
        err_memory(e, "a proposal");
        return 0;
    }
    if (p->n_running >= p->options.jobs) {
        TAILQ_INSERT_TAIL(&p->waiting, job, link);
        p->n_waiting++;
    } else {
        TAILQ_INSERT_TAIL(&p->running, job, link);
        p->n_running++;
        if (proposal_job_start(job, e) != 0)
            return 0; /* it goes once its handles are closed; nobody waits for it */
    }
    job->done = done;
    job->context = context;
    return job->id;
}

static const struct err cancelled = {ERR_CANCELLED, "the proposal was cancelled"};

static void drop_waiting(struct proposals *p, struct proposal_job *job, const struct err *why)
{
    TAILQ_REMOVE(&p->waiting, job, link);
    p->n_waiting--;
    answer(job, why);
    free_job(job);
}

void proposals_cancel(struct proposals *p, uint64_t id)
{
    struct proposal_job *job;
    TAILQ_FOREACH(job, &p->waiting, link)
    {
        if (job->id == id) {
            drop_waiting(p, job, &cancelled);
            return;
        }
    }
    TAILQ_FOREACH(job, &p->running, link)
    {
        if (job->id == id) {
            proposal_job_stop(job, false);
            answer(job, &cancelled);
            return;
        }
    }
}

void proposals_stop(struct proposals *p)
{
    static const struct err ending = {ERR_CANCELLED, "the daemon is ending"};
    struct proposal_job *job, *next;
    p->stopped = true;
    for (job = TAILQ_FIRST(&p->waiting); job != NULL; job = next) {
        next = TAILQ_NEXT(job, link);
        drop_waiting(p, job, &ending);
    }
    TAILQ_FOREACH(job, &p->running, link)
    {
        proposal_job_stop(job, true);
        answer(job, &ending);
    }
}

void proposals_counts(const struct proposals *p, struct proposal_counts *out)
{
    *out = p->counts;
    out->running = p->n_running;
    out->waiting = p->n_waiting;
}

bool proposals_idle(const struct proposals *p)
{
    return p == NULL || p->n_running == 0;
}
