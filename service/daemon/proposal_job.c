#include "daemon/proposal_job.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "daemon/child_environment.h"
#include "proto/text.h"

static void on_over(void *context)
{
    struct proposal_job *job = context;
    job->ended(job->owner, job);
}

/* Looked at as it comes, so that nothing long is left to do at its end. */
static void take_answer(struct proposal_job *job, const char *data, size_t size)
{
    bool was_whole = job->scan.answer == FRAME_WHOLE;
    buf_append(&job->answer, data, size);
    if (!buf_failed(&job->answer) && !was_whole)
        frame_scan(&job->scan, job->answer.data, job->answer.size);
    job->too_long = buf_failed(&job->answer) || job->scan.broke == FRAME_BYTES;
    job->unusable = job->scan.answer == FRAME_BAD ||
                    (job->scan.answer == FRAME_WHOLE && job->scan.at != job->answer.size);
}

static void on_answer_bytes(void *context, const char *data, size_t size)
{
    struct proposal_job *job = context;
    if (job->too_long || job->unusable)
        return;
    take_answer(job, data, size);
    if (job->too_long || job->unusable)
        proposal_job_stop(job, true);
}

/* Keeps the end: the last words are most likely the reason. */
static void on_error_bytes(void *context, const char *data, size_t size)
{
    struct proposal_job *job = context;
    size_t room = sizeof job->said - 1;
    size_t take = size < room ? size : room, keep = room - take;
    if (job->n_said > keep) {
        memmove(job->said, job->said + job->n_said - keep, keep);
        job->n_said = keep;
    }
    memcpy(job->said + job->n_said, data + size - take, take);
    job->n_said += take;
}

void proposal_job_stop(struct proposal_job *job, bool kill)
{
    worker_process_stop(&job->process, kill);
}

int proposal_job_start(struct proposal_job *job, struct err *e)
{
    static const char *const none[] = {NULL}; /* the database is none of its business */
    const struct proposal_options *o = job->options;
    char memory[32], **environment = child_environment(none), *empty[] = {NULL};
    snprintf(memory, sizeof memory, "%" PRId64, o->memory_limit);
    const char *arguments[] = {o->worker, "propose", "--follow-parent", "--memory-limit", memory, NULL};
    struct worker_process_options process = {.loop = o->loop,
                                             .program = o->worker,
                                             .arguments = arguments,
                                             .environment = environment != NULL ? environment : empty,
                                             .time_limit_ms = o->time_limit_ms,
                                             .kill_after_ms = o->kill_after_ms,
                                             .nice = o->nice,
                                             .input = &job->problem,
                                             .out_fd = 1,
                                             .context = job,
                                             .out = on_answer_bytes,
                                             .said = on_error_bytes,
                                             .over = on_over};
    int code = worker_process_start(&job->process, &process, e);
    child_environment_free(environment);
    return code;
}

static int judge_crash(struct proposal_job *job, struct err *e)
{
    job->said[job->n_said] = '\0';
    char *said = job->said + strspn(job->said, "\n");
    while (job->n_said > 0 && job->said[job->n_said - 1] == '\n')
        job->said[--job->n_said] = '\0';
    text_repair(said, strlen(said));
    if (job->process.term_signal != 0)
        return err_set(e, ERR_INTERNAL, "the worker was ended by signal %d (%s)%s%s",
                       job->process.term_signal, strsignal(job->process.term_signal),
                       said[0] != '\0' ? ": " : "", said);
    return err_set(e, ERR_INTERNAL, "the worker ended with exit code %" PRId64 "%s%s",
                   job->process.exit_status, said[0] != '\0' ? ": " : "", said);
}

int proposal_job_judge(struct proposal_job *job, struct err *e)
{
    if (job->process.timed_out)
        return err_set(e, ERR_CANCELLED,
                       "the proposal took longer than %" PRIu64 " ms (propose-time-limit); ask for less "
                       "effort or fewer organizers",
                       job->options->time_limit_ms);
    if (job->too_long)
        return err_set(e, ERR_LIMIT,
                       "the proposal has more than %zu bytes (output-limit); ask for fewer organizers",
                       job->options->answer_limit);
    if (job->scan.answer == FRAME_WHOLE && !job->unusable && job->process.term_signal == 0)
        return ERR_OK;
    if (job->unusable || (job->answer.size > 0 && job->process.term_signal == 0))
        return err_set(e, ERR_INTERNAL, "the worker's answer cannot be used: %s",
                       job->scan.answer == FRAME_BAD    ? job->scan.reason
                       : job->scan.answer == FRAME_MORE ? "it ends too soon"
                                                        : "something follows it");
    return judge_crash(job, e);
}
