#include "daemon/regroup_job.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/child_environment.h"

#define WORKER_PREFIX "peernet-regroup: "
#define LINES_LOGGED 500 /* of one worker's standard error */
#define TELL_EVERY_MS 50 /* progress within a step */
#define PROGRESS_FD 3

const char *job_outcome_name(enum job_outcome outcome)
{
    static const char *const names[] = {"done",   "unchanged", "superseded",
                                        "failed", "cancelled", "different"};
    return names[outcome];
}

static enum job_outcome judge(struct regroup_job *job);
static void take_rest(struct regroup_job *job);

/* After the last handle the last lines are in, so that what it said can be judged. */
static void on_over(void *context)
{
    struct regroup_job *job = context;
    take_rest(job);
    job->over = true;
    job->outcome = judge(job);
    job->options->ended(job->options->context, job);
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
    if (strcmp(job->step, "end") == 0)
        job->result = json_integer_value(json_object_get(object, "run"));
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

static void on_progress_bytes(void *context, const char *data, size_t size)
{
    struct regroup_job *job = context;
    gather(job, &job->progress_line, data, size, on_progress_line);
}

static void on_error_bytes(void *context, const char *data, size_t size)
{
    struct regroup_job *job = context;
    gather(job, &job->error_line, data, size, on_error_line);
}

static void on_late(void *context, bool killed)
{
    const struct regroup_job *job = context;
    if (killed)
        log_write(LOG_WARN, "the worker did not end when told to; killing it", "run=%" PRId64, job->run);
    else
        log_write(LOG_WARN, "the worker has reached its time limit", "run=%" PRId64 " limit_ms=%" PRIu64,
                  job->run, job->options->time_limit_ms);
}

void regroup_job_stop(struct regroup_job *job)
{
    worker_process_stop(&job->process, false);
}

void regroup_job_kill(struct regroup_job *job)
{
    worker_process_kill(&job->process);
}

/* What the worker's exit codes mean (service/regroup/exit_codes.def). */
static enum job_outcome judge(struct regroup_job *job)
{
    static const struct {
        int code;
        enum job_outcome outcome;
        const char *error; /* NULL: what the worker said last */
        bool passing;
    } meanings[] = {
        {0, JOB_DONE, "", false},
        {2, JOB_FAILED, NULL, false},
        {10, JOB_FAILED, "another regrouping of this programme is under way elsewhere", true},
        {11, JOB_UNCHANGED, "", false},
        {12, JOB_SUPERSEDED, "", false},
        {13, JOB_FAILED, NULL, false},
        {14, JOB_FAILED, NULL, true},
        {15, JOB_CANCELLED, "it was told to stop", false},
        {16, JOB_DIFFERENT, "", false},
    };
    const char *error = NULL;
    enum job_outcome outcome = JOB_FAILED;
    char said[sizeof job->error];
    for (size_t i = 0; job->process.term_signal == 0 && i < sizeof meanings / sizeof meanings[0]; i++) {
        if (meanings[i].code == job->process.exit_status) {
            outcome = meanings[i].outcome;
            error = meanings[i].error;
            job->passing = meanings[i].passing;
        }
    }
    if (outcome == JOB_DIFFERENT && !job->replay) { /* no word of a run's */
        outcome = JOB_FAILED;
        error = NULL;
    }
    memcpy(said, job->error, sizeof said);
    if (job->process.timed_out)
        snprintf(job->error, sizeof job->error, "it took longer than the time limit of %" PRIu64 " ms",
                 job->options->time_limit_ms);
    else if (job->process.term_signal != 0)
        snprintf(job->error, sizeof job->error, "the worker was ended by signal %d (%s)",
                 job->process.term_signal, strsignal(job->process.term_signal));
    else if (outcome == JOB_CANCELLED && job->cancelled_by[0] != '\0')
        snprintf(job->error, sizeof job->error, "%s cancelled it", job->cancelled_by);
    else if (error != NULL)
        copy_text(job->error, sizeof job->error, error);
    else if (said[0] == '\0')
        snprintf(job->error, sizeof job->error, "the worker ended with exit code %" PRId64,
                 job->process.exit_status);
    if (job->process.told_to_end && !job->process.timed_out && outcome == JOB_FAILED)
        outcome = JOB_CANCELLED;
    job->passing = job->passing && outcome == JOB_FAILED && !job->process.timed_out;
    return outcome;
}

struct arguments {
    const char *list[32];
    size_t n;
    char run[32], seed[32], memory[32], threads[32], kept[32], runs[32], days[32];
};

static void arguments_of(const struct regroup_job *job, struct arguments *a)
{
    a->n = 0;
#define ADD(text) a->list[a->n++] = (text)
    ADD(job->options->worker);
    ADD(job->replay ? "replay" : "run");
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
    snprintf(a->kept, sizeof a->kept, "%" PRId64, job->options->inputs_kept);
    ADD("--keep-inputs");
    ADD(a->kept);
    if (job->options->runs_kept > 0) {
        const int64_t day = INT64_C(86400000);
        snprintf(a->runs, sizeof a->runs, "%" PRId64, job->options->runs_kept);
        ADD("--keep-runs");
        ADD(a->runs);
        snprintf(a->days, sizeof a->days, "%" PRId64, (job->options->published_kept_ms + day - 1) / day);
        ADD("--keep-published");
        ADD(a->days);
    }
    ADD("--who");
    ADD(job->who);
    if (job->origin[0] != '\0') {
        ADD("--origin");
        ADD(job->origin);
    }
    ADD("--quiet");
    ADD("--progress-fd");
    ADD("3"); /* PROGRESS_FD */
    a->list[a->n] = NULL;
#undef ADD
}

int regroup_job_start(struct regroup_job *job, struct err *e)
{
    const struct regroup_job_options *o = job->options;
    struct arguments arguments;
    char **environment = child_environment(o->environment);
    if (environment == NULL)
        return err_memory(e, "the worker's environment");
    arguments_of(job, &arguments);
    struct worker_process_options process = {.loop = o->loop,
                                             .program = o->worker,
                                             .arguments = arguments.list,
                                             .environment = environment,
                                             .time_limit_ms = o->time_limit_ms,
                                             .kill_after_ms = o->kill_after_ms,
                                             .nice = o->nice,
                                             .out_fd = PROGRESS_FD,
                                             .context = job,
                                             .out = on_progress_bytes,
                                             .said = on_error_bytes,
                                             .late = on_late,
                                             .over = on_over};
    int code = worker_process_start(&job->process, &process, e);
    child_environment_free(environment);
    if (code != 0)
        copy_text(job->error, sizeof job->error, e->text);
    else
        log_write(LOG_INFO, "regrouping started", "run=%" PRId64 " programme=%s pid=%d", job->run,
                  job->programme, job->process.process.pid);
    return code;
}

void regroup_job_describe(const struct regroup_job *job, struct service_run_progress *out)
{
    uint64_t end = job->over ? job->process.exited_ms : uv_now(job->options->loop);
    bool failed = job->over && (job->outcome == JOB_FAILED || job->outcome == JOB_CANCELLED);
    *out = (struct service_run_progress){
        .run = job->run,
        .programme = job->programme,
        .state = job->over ? job_outcome_name(job->outcome) : "running",
        .stage = job->step,
        .text = job->text,
        .share = job->share,
        .elapsed_s = job->process.started_ms == 0 ? 0 : (double)(end - job->process.started_ms) / 1000,
        .error = failed ? job->error : "",
    };
}
