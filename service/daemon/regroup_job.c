#include "daemon/regroup_job.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/child_environment.h"

#define WORKER_PREFIX "peernet-regroup: "
#define LINES_LOGGED 500   /* of one worker's standard error */
#define TELL_EVERY_MS 50   /* progress within a step */
#define AFTER_EXIT_MS 1000 /* for the last lines in the pipes */

const char *job_outcome_name(enum job_outcome outcome)
{
    static const char *const names[] = {"done", "unchanged", "superseded", "failed", "cancelled"};
    return names[outcome];
}

static enum job_outcome judge(struct regroup_job *job);
static void take_rest(struct regroup_job *job);

/* After the last handle the last lines are in, so that what it said can be judged. */
static void on_closed(uv_handle_t *handle)
{
    struct regroup_job *job = handle->data;
    if (--job->handles > 0)
        return;
    take_rest(job);
    job->over = true;
    job->outcome = judge(job);
    job->options->ended(job->options->context, job);
}

static void close_one(uv_handle_t *handle)
{
    if (handle->data != NULL && !uv_is_closing(handle))
        uv_close(handle, on_closed);
}

static void close_all(struct regroup_job *job)
{
    close_one((uv_handle_t *)&job->process);
    close_one((uv_handle_t *)&job->progress_pipe);
    close_one((uv_handle_t *)&job->error_pipe);
    close_one((uv_handle_t *)&job->timer);
}

/* Cuts to what fits, never inside a character. */
static void copy_text(char *out, size_t size, const char *text)
{
    size_t length = strlen(text);
    if (length >= size) {
        length = size - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xC0) == 0x80)
            length--;
    }
    memcpy(out, text, length);
    out[length] = '\0';
}

static void take_string(const json_t *object, const char *key, char *out, size_t size)
{
    const json_t *value = json_object_get(object, key);
    if (json_is_string(value))
        copy_text(out, size, json_string_value(value));
}

/* {"step":"networks","at":5,"of":8,"share":0.42,"text":"..."} */
static void on_progress_line(struct regroup_job *job, const char *line)
{
    json_t *object = json_loads(line, 0, NULL);
    char before[sizeof job->step];
    memcpy(before, job->step, sizeof before);
    if (!json_is_object(object)) {
        json_decref(object);
        return;
    }
    take_string(object, "step", job->step, sizeof job->step);
    take_string(object, "text", job->text, sizeof job->text);
    double share = json_number_value(json_object_get(object, "share"));
    job->share = share >= 0 && share <= 1 ? share : job->share;
    json_decref(object);
    uint64_t now = uv_now(job->options->loop);
    if (strcmp(before, job->step) == 0 && now - job->told_ms < TELL_EVERY_MS)
        return;
    job->told_ms = now;
    job->options->progress(job->options->context, job);
}

static void on_error_line(struct regroup_job *job, const char *line)
{
    char quoted[2100];
    if (line[0] == '\0')
        return;
    /* The last one is most likely the reason; that it is the worker's goes without saying. */
    const char *said =
        strncmp(line, WORKER_PREFIX, strlen(WORKER_PREFIX)) == 0 ? line + strlen(WORKER_PREFIX) : line;
    copy_text(job->error, sizeof job->error, said);
    if (job->lines_logged > LINES_LOGGED)
        return;
    if (job->lines_logged++ == LINES_LOGGED)
        log_write(LOG_WARN, "the worker says more; not logged", "run=%" PRId64, job->run);
    else
        log_write(LOG_WARN, "worker", "run=%" PRId64 " line=%s", job->run,
                  log_quote(line, quoted, sizeof quoted));
}

/* Gathers bytes into lines; what is longer than a line may be is cut. */
static void gather(struct regroup_job *job, struct job_line *line, const char *data, size_t size,
                   void (*take)(struct regroup_job *, const char *))
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\n') {
            if (line->used + 1 < sizeof line->text)
                line->text[line->used++] = data[i];
            continue;
        }
        line->text[line->used] = '\0';
        line->used = 0;
        take(job, line->text);
    }
}

/* Last words that no newline ended, as of a program that is cut short. */
static void take_rest(struct regroup_job *job)
{
    if (job->error_line.used > 0)
        gather(job, &job->error_line, "\n", 1, on_error_line);
}

static void settle(struct regroup_job *job)
{
    if (job->exited && job->pipes_open == 0)
        close_all(job);
}

static void pipe_ended(struct regroup_job *job, uv_stream_t *pipe)
{
    uv_read_stop(pipe);
    job->pipes_open--;
    settle(job);
}

static void give_room(uv_handle_t *handle, size_t wanted, uv_buf_t *out)
{
    static char room[16384]; /* read callbacks follow at once, one at a time */
    (void)handle;
    (void)wanted;
    *out = uv_buf_init(room, sizeof room);
}

static void on_progress_bytes(uv_stream_t *pipe, ssize_t size, const uv_buf_t *data)
{
    struct regroup_job *job = pipe->data;
    if (size > 0)
        gather(job, &job->progress_line, data->base, (size_t)size, on_progress_line);
    else if (size < 0)
        pipe_ended(job, pipe);
}

static void on_error_bytes(uv_stream_t *pipe, ssize_t size, const uv_buf_t *data)
{
    struct regroup_job *job = pipe->data;
    if (size > 0)
        gather(job, &job->error_line, data->base, (size_t)size, on_error_line);
    else if (size < 0)
        pipe_ended(job, pipe);
}

static void on_timer(uv_timer_t *timer)
{
    struct regroup_job *job = timer->data;
    if (job->exited) { /* somebody else still holds its pipes open */
        job->pipes_open = 0;
        settle(job);
    } else if (job->told_to_end) {
        log_write(LOG_WARN, "the worker did not end when told to; killing it", "run=%" PRId64, job->run);
        uv_process_kill(&job->process, SIGKILL);
    } else {
        job->timed_out = true;
        log_write(LOG_WARN, "the worker has reached its time limit", "run=%" PRId64 " limit_ms=%" PRIu64,
                  job->run, job->options->time_limit_ms);
        regroup_job_stop(job);
    }
}

void regroup_job_stop(struct regroup_job *job)
{
    if (!job->started || job->exited || job->told_to_end)
        return;
    job->told_to_end = true;
    uv_process_kill(&job->process, SIGTERM);
    uv_timer_start(&job->timer, on_timer, job->options->kill_after_ms, 0);
}

void regroup_job_kill(struct regroup_job *job)
{
    if (job->started && !job->exited)
        uv_process_kill(&job->process, SIGKILL);
}

/* What the worker's exit codes mean (service/regroup/exit_codes.def). */
static enum job_outcome judge(struct regroup_job *job)
{
    static const struct {
        int code;
        enum job_outcome outcome;
        const char *error; /* NULL: what the worker said last */
    } meanings[] = {
        {0, JOB_DONE, ""},
        {2, JOB_FAILED, NULL},
        {10, JOB_FAILED, "another regrouping of this programme is under way elsewhere"},
        {11, JOB_UNCHANGED, ""},
        {12, JOB_SUPERSEDED, ""},
        {13, JOB_FAILED, NULL},
        {14, JOB_FAILED, NULL},
        {15, JOB_CANCELLED, "it was told to stop"},
    };
    const char *error = NULL;
    enum job_outcome outcome = JOB_FAILED;
    char said[sizeof job->error];
    for (size_t i = 0; job->term_signal == 0 && i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].code == job->exit_status) {
            outcome = meanings[i].outcome;
            error = meanings[i].error;
        }
    }
    memcpy(said, job->error, sizeof said);
    if (job->timed_out)
        snprintf(job->error, sizeof job->error, "it took longer than the time limit of %" PRIu64 " ms",
                 job->options->time_limit_ms);
    else if (job->term_signal != 0)
        snprintf(job->error, sizeof job->error, "the worker was ended by signal %d (%s)", job->term_signal,
                 strsignal(job->term_signal));
    else if (outcome == JOB_CANCELLED && job->cancelled_by[0] != '\0')
        snprintf(job->error, sizeof job->error, "%s cancelled it", job->cancelled_by);
    else if (error != NULL)
        copy_text(job->error, sizeof job->error, error);
    else if (said[0] == '\0')
        snprintf(job->error, sizeof job->error, "the worker ended with exit code %" PRId64, job->exit_status);
    if (job->told_to_end && !job->timed_out && outcome == JOB_FAILED)
        outcome = JOB_CANCELLED;
    return outcome;
}

static void on_exit_status(uv_process_t *process, int64_t status, int term_signal)
{
    struct regroup_job *job = process->data;
    job->exited = true;
    job->exit_status = status;
    job->term_signal = term_signal;
    job->ended_ms = uv_now(job->options->loop);
    uv_timer_start(&job->timer, on_timer, AFTER_EXIT_MS, 0);
    settle(job);
}

struct arguments {
    const char *list[24];
    size_t n;
    char run[32], seed[32], memory[32], threads[32];
};

static void arguments_of(const struct regroup_job *job, struct arguments *a)
{
    a->n = 0;
#define ADD(text) a->list[a->n++] = (text)
    ADD(job->options->worker);
    ADD("run");
    ADD("--programme");
    ADD(job->programme);
    snprintf(a->run, sizeof a->run, "%" PRId64, job->run);
    ADD("--run");
    ADD(a->run);
    if (job->has_seed) {
        snprintf(a->seed, sizeof a->seed, "%" PRIu64, job->seed);
        ADD("--seed");
        ADD(a->seed);
    }
    if (job->publish)
        ADD("--publish");
    if (job->force)
        ADD("--force");
    snprintf(a->memory, sizeof a->memory, "%" PRId64, job->options->memory_limit);
    ADD("--memory-limit");
    ADD(a->memory);
    snprintf(a->threads, sizeof a->threads, "%" PRId64, job->options->threads);
    ADD("--threads");
    ADD(a->threads);
    ADD("--who");
    ADD(job->who);
    ADD("--quiet");
    ADD("--progress-fd");
    ADD("3");
    a->list[a->n] = NULL;
#undef ADD
}

static void init_handles(struct regroup_job *job)
{
    uv_loop_t *loop = job->options->loop;
    uv_pipe_init(loop, &job->progress_pipe, 0);
    uv_pipe_init(loop, &job->error_pipe, 0);
    uv_timer_init(loop, &job->timer);
    job->progress_pipe.data = job->error_pipe.data = job->timer.data = job->process.data = job;
    job->handles = 4;
}

static int spawn(struct regroup_job *job, char **environment)
{
    struct arguments arguments;
    uv_stdio_container_t stdio[4] = {
        {.flags = UV_IGNORE},
        {.flags = UV_IGNORE},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&job->error_pipe},
        {.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&job->progress_pipe},
    };
    arguments_of(job, &arguments);
    uv_process_options_t process = {
        .exit_cb = on_exit_status,
        .file = job->options->worker,
        .args = (char **)arguments.list, /* uv_spawn writes to none of it */
        .env = environment,
        .stdio_count = 4,
        .stdio = stdio,
    };
    return uv_spawn(job->options->loop, &job->process, &process);
}

int regroup_job_start(struct regroup_job *job, struct err *e)
{
    char **environment = child_environment(job->options->environment);
    if (environment == NULL)
        return err_memory(e, "the worker's environment");
    init_handles(job);
    int failed = spawn(job, environment);
    child_environment_free(environment);
    job->started_ms = uv_now(job->options->loop);
    if (failed != 0) {
        job->exited = true; /* it never was; but its handle has to be closed all the same */
        job->ended_ms = job->started_ms;
        job->exit_status = 1;
        err_set(e, ERR_INTERNAL, "starting the worker %s: %s", job->options->worker, uv_strerror(failed));
        copy_text(job->error, sizeof job->error, e->text);
        close_all(job);
        return ERR_INTERNAL;
    }
    job->started = true;
    job->pipes_open = 2;
    uv_read_start((uv_stream_t *)&job->progress_pipe, give_room, on_progress_bytes);
    uv_read_start((uv_stream_t *)&job->error_pipe, give_room, on_error_bytes);
    uv_timer_start(&job->timer, on_timer, job->options->time_limit_ms, 0);
    log_write(LOG_INFO, "regrouping started", "run=%" PRId64 " programme=%s pid=%d", job->run, job->programme,
              job->process.pid);
    return 0;
}

void regroup_job_describe(const struct regroup_job *job, struct service_run_progress *out)
{
    uint64_t end = job->over ? job->ended_ms : uv_now(job->options->loop);
    bool failed = job->over && (job->outcome == JOB_FAILED || job->outcome == JOB_CANCELLED);
    *out = (struct service_run_progress){
        .run = job->run,
        .programme = job->programme,
        .state = job->over ? job_outcome_name(job->outcome) : "running",
        .stage = job->step,
        .text = job->text,
        .share = job->share,
        .elapsed_s = job->started_ms == 0 ? 0 : (double)(end - job->started_ms) / 1000,
        .error = failed ? job->error : "",
    };
}
