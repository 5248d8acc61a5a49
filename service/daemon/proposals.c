#include "daemon/proposals.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"

TAILQ_HEAD(job_list, proposal_job);

struct proposals {
    struct proposal_options options;
    struct gate *gate;
    struct job_list jobs; /* all, in the order in which they came */
    uint64_t last_id;
    struct proposal_counts counts; /* of answers */
    bool stopped;
};

int proposals_open(struct proposals **out, const struct proposal_options *options, struct err *e)
{
    struct proposals *p = *out = calloc(1, sizeof *p);
    if (p == NULL)
        return err_memory(e, "the proposals");
    p->options = *options;
    TAILQ_INIT(&p->jobs);
    struct gate_options gate = {.what = "proposals",
                                .option = "propose-queue",
                                .places_option = "propose-jobs",
                                .places = options->jobs,
                                .queue = options->queue};
    return gate_open(&p->gate, &gate, e);
}

void proposals_free(struct proposals *p)
{
    if (p == NULL)
        return;
    gate_close(p->gate);
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
    struct proposals *p = job->owner;
    TAILQ_REMOVE(&p->jobs, job, link);
    buf_free(&job->problem);
    buf_free(&job->answer);
    free(job);
}

static void on_ended(void *owner, struct proposal_job *job)
{
    struct proposals *p = owner;
    struct err e = ERR_INIT;
    char quoted[1200];
    if (job->process.started && job->done != NULL && proposal_job_judge(job, &e) != ERR_OK)
        log_write(LOG_WARN, "proposal failed", "proposal=%" PRIu64 " error=%s", job->id,
                  log_quote(e.text, quoted, sizeof quoted));
    answer(job, &e);
    free_job(job);
    gate_leave(p->gate);
    if (proposals_idle(p) && p->options.idle != NULL)
        p->options.idle(p->options.context);
}

/* It has a place until on_ended, also when there is no worker: its handles have to be closed first. */
static bool start(void *context)
{
    struct proposal_job *job = context;
    char quoted[1200];
    job->let_in = true;
    if (proposal_job_start(job, &job->fault) == 0)
        return true;
    log_write(LOG_ERROR, "proposal not started", "proposal=%" PRIu64 " error=%s", job->id,
              log_quote(job->fault.text, quoted, sizeof quoted));
    answer(job, &job->fault);
    return true;
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
    job->fault = (struct err)ERR_INIT;
    TAILQ_INSERT_TAIL(&p->jobs, job, link);
    job->problem = *problem;
    buf_init(problem, 0);
    buf_init(&job->answer, p->options.answer_limit);
    struct frame_limits limits = {
        .bytes = p->options.answer_limit + 16, .depth = FRAME_DEPTH_MAX, .elements = UINT32_MAX};
    frame_begin(&job->scan, &limits);
    return job;
}

int proposals_room(struct proposals *p, uint64_t client, uint32_t ahead, uint32_t own, struct err *e)
{
    if (p->stopped)
        return err_set(e, ERR_CANCELLED, "the daemon is ending");
    return gate_room(p->gate, client, ahead, own, e);
}

uint64_t proposals_add(struct proposals *p, uint64_t client, struct buf *problem, service_proposal_done done,
                       void *context, struct err *e)
{
    struct proposal_job *job = p->stopped ? NULL : job_new(p, problem);
    if (job == NULL) {
        if (p->stopped)
            err_set(e, ERR_CANCELLED, "the daemon is ending");
        else
            err_memory(e, "a proposal");
        return 0;
    }
    job->pass = (struct gate_pass){.go = start, .context = job, .client = client};
    if (gate_enter(p->gate, &job->pass, e) != 0) {
        free_job(job);
        return 0;
    }
    if (job->fault.code != ERR_OK) { /* nobody waits for it */
        *e = job->fault;
        return 0;
    }
    job->done = done;
    job->context = context;
    return job->id;
}

static const struct err cancelled = {ERR_CANCELLED, "the proposal was cancelled"};

/* One that waits goes at once, one that has a worker when that has ended. */
static void end(struct proposal_job *job, const struct err *why, bool kill)
{
    const struct proposals *p = job->owner;
    if (job->let_in)
        proposal_job_stop(job, kill);
    else
        gate_quit(p->gate, &job->pass);
    answer(job, why);
    if (!job->let_in)
        free_job(job);
}

void proposals_cancel(struct proposals *p, uint64_t id)
{
    struct proposal_job *job;
    TAILQ_FOREACH(job, &p->jobs, link)
    {
        if (job->id == id) {
            end(job, &cancelled, false);
            return;
        }
    }
}

void proposals_stop(struct proposals *p)
{
    static const struct err ending = {ERR_CANCELLED, "the daemon is ending"};
    struct proposal_job *job, *next;
    p->stopped = true;
    for (job = TAILQ_FIRST(&p->jobs); job != NULL; job = next) {
        next = TAILQ_NEXT(job, link);
        end(job, &ending, true);
    }
}

void proposals_counts(const struct proposals *p, struct proposal_counts *out)
{
    struct gate_counts gate;
    gate_counts(p->gate, &gate);
    *out = p->counts;
    out->running = gate.running;
    out->waiting = gate.waiting;
    out->refused = gate.refused;
}

bool proposals_idle(const struct proposals *p)
{
    return p == NULL || TAILQ_EMPTY(&p->jobs);
}
