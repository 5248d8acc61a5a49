#include "daemon/proposal_job.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "daemon/child_environment.h"
#include "proto/text.h"

#define AFTER_EXIT_MS 1000 /* for the last bytes in the pipes */

static void on_closed(uv_handle_t *handle)
{
    struct proposal_job *job = handle->data;
    if (--job->handles == 0)
        job->ended(job->owner, job);
}

static void close_one(uv_handle_t *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_all(struct proposal_job *job)
{
    close_one((uv_handle_t *)&job->process);
    close_one((uv_handle_t *)&job->in);
    close_one((uv_handle_t *)&job->out);
    close_one((uv_handle_t *)&job->error);
    close_one((uv_handle_t *)&job->timer);
}

static void settle(struct proposal_job *job)
{
    if (job->exited && job->pipes_open == 0)
        close_all(job);
}

static void pipe_ended(struct proposal_job *job, uv_stream_t *pipe)
{
    uv_read_stop(pipe);
    job->pipes_open--;
    settle(job);
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    static char room[65536]; /* read callbacks follow at once, one at a time */
    (void)handle;
    (void)wanted;
    *out = uv_buf_init(room, sizeof room);
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

static void on_answer_bytes(uv_stream_t *pipe, ssize_t size, const uv_buf_t *data)
{
    struct proposal_job *job = pipe->data;
    if (size < 0) {
        pipe_ended(job, pipe);
    } else if (size > 0 && !job->too_long && !job->unusable) {
        take_answer(job, data->base, (size_t)size);
        if (job->too_long || job->unusable)
            proposal_job_stop(job, true);
    }
}

/* Keeps the end: the last words are most likely the reason. */
static void on_error_bytes(uv_stream_t *pipe, ssize_t size, const uv_buf_t *data)
{
    struct proposal_job *job = pipe->data;
    size_t room = sizeof job->said - 1;
    if (size < 0) {
        pipe_ended(job, pipe);
        return;
    }
    size_t take = (size_t)size < room ? (size_t)size : room, keep = room - take;
    if (job->n_said > keep) {
        memmove(job->said, job->said + job->n_said - keep, keep);
        job->n_said = keep;
    }
    memcpy(job->said + job->n_said, data->base + size - take, take);
    job->n_said += take;
}

static void on_timer(uv_timer_t *timer)
{
    struct proposal_job *job = timer->data;
    if (job->exited) { /* somebody else still holds its pipes open */
        job->pipes_open = 0;
        settle(job);
    } else if (job->told_to_end) {
        uv_process_kill(&job->process, SIGKILL);
    } else {
        job->timed_out = true;
        proposal_job_stop(job, false);
    }
}

void proposal_job_stop(struct proposal_job *job, bool kill)
{
    if (!job->started || job->exited || (job->told_to_end && !kill))
        return;
    job->told_to_end = true;
    uv_process_kill(&job->process, kill ? SIGKILL : SIGTERM);
    uv_timer_start(&job->timer, on_timer, job->options->kill_after_ms, 0);
}

static void on_exit_status(uv_process_t *process, int64_t status, int term_signal)
{
    struct proposal_job *job = process->data;
    job->exited = true;
    job->exit_status = status;
    job->term_signal = term_signal;
    uv_timer_start(&job->timer, on_timer, AFTER_EXIT_MS, 0);
    settle(job);
}

/* The end of the problem is the end of its standard input. A worker that did not want it all says why. */
static void on_written(uv_write_t *write, int status)
{
    struct proposal_job *job = write->data;
    (void)status;
    buf_free(&job->problem);
    close_one((uv_handle_t *)&job->in);
}

static int spawn(struct proposal_job *job, char **environment)
{
    char memory[32];
    snprintf(memory, sizeof memory, "%" PRId64, job->options->memory_limit);
    const char *arguments[] = {job->options->worker, "propose", "--follow-parent",
                               "--memory-limit",     memory,    NULL};
    uv_stdio_container_t stdio[3] = {
        {.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&job->in},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&job->out},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&job->error},
    };
    uv_process_options_t process = {.exit_cb = on_exit_status,
                                    .file = job->options->worker,
                                    .args = (char **)arguments, /* uv_spawn writes to none of it */
                                    .env = environment,
                                    .stdio_count = 3,
                                    .stdio = stdio};
    return uv_spawn(job->options->loop, &job->process, &process);
}

static void init_handles(struct proposal_job *job)
{
    uv_loop_t *loop = job->options->loop;
    uv_pipe_init(loop, &job->in, 0);
    uv_pipe_init(loop, &job->out, 0);
    uv_pipe_init(loop, &job->error, 0);
    uv_timer_init(loop, &job->timer);
    job->in.data = job->out.data = job->error.data = job->timer.data = job->process.data = job->write.data =
        job;
    job->handles = 5;
}

static int not_started(struct proposal_job *job, int failed, struct err *e)
{
    job->exited = true; /* it never was; but its handle has to be closed all the same */
    close_all(job);
    return err_set(e, ERR_INTERNAL, "starting the worker %s: %s", job->options->worker, uv_strerror(failed));
}

int proposal_job_start(struct proposal_job *job, struct err *e)
{
    static const char *const none[] = {NULL}; /* the database is none of its business */
    char **environment = child_environment(none), *empty[] = {NULL};
    init_handles(job);
    int failed = spawn(job, environment != NULL ? environment : empty);
    child_environment_free(environment);
    if (failed != 0)
        return not_started(job, failed, e);
    job->started = true;
    job->started_ms = uv_now(job->options->loop);
    job->pipes_open = 2;
    uv_read_start((uv_stream_t *)&job->out, give_room, on_answer_bytes);
    uv_read_start((uv_stream_t *)&job->error, give_room, on_error_bytes);
    uv_timer_start(&job->timer, on_timer, job->options->time_limit_ms, 0);
    uv_buf_t bytes = uv_buf_init((char *)job->problem.data, (unsigned)job->problem.size);
    if (uv_write(&job->write, (uv_stream_t *)&job->in, &bytes, 1, on_written) != 0)
        close_one((uv_handle_t *)&job->in); /* it will say that its problem ends too soon */
    return 0;
}

static int judge_crash(struct proposal_job *job, struct err *e)
{
    job->said[job->n_said] = '\0';
    char *said = job->said + strspn(job->said, "\n");
    while (job->n_said > 0 && job->said[job->n_said - 1] == '\n')
        job->said[--job->n_said] = '\0';
    text_repair(said, strlen(said));
    if (job->term_signal != 0)
        return err_set(e, ERR_INTERNAL, "the worker was ended by signal %d (%s)%s%s", job->term_signal,
                       strsignal(job->term_signal), said[0] != '\0' ? ": " : "", said);
    return err_set(e, ERR_INTERNAL, "the worker ended with exit code %" PRId64 "%s%s", job->exit_status,
                   said[0] != '\0' ? ": " : "", said);
}

int proposal_job_judge(struct proposal_job *job, struct err *e)
{
    if (job->timed_out)
        return err_set(e, ERR_CANCELLED,
                       "the proposal took longer than %" PRIu64 " ms (propose-time-limit); ask for less "
                       "effort or fewer organizers",
                       job->options->time_limit_ms);
    if (job->too_long)
        return err_set(e, ERR_LIMIT,
                       "the proposal has more than %zu bytes (output-limit); ask for fewer organizers",
                       job->options->answer_limit);
    if (job->scan.answer == FRAME_WHOLE && !job->unusable && job->term_signal == 0)
        return ERR_OK;
    if (job->unusable || (job->answer.size > 0 && job->term_signal == 0))
        return err_set(e, ERR_INTERNAL, "the worker's answer cannot be used: %s",
                       job->scan.answer == FRAME_BAD    ? job->scan.reason
                       : job->scan.answer == FRAME_MORE ? "it ends too soon"
                                                        : "something follows it");
    return judge_crash(job, e);
}
