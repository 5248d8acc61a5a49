#include "regroup/run.h"

#include <string.h>
#include <unistd.h>

#include "regroup/carry_rows.h"
#include "regroup/digest.h"
#include "regroup/figures.h"
#include "regroup/grouping.h"
#include "regroup/inputs.h"
#include "regroup/interrupt.h"
#include "regroup/kept_inputs.h"
#include "regroup/old_runs.h"
#include "regroup/outcome.h"
#include "regroup/process.h"
#include "regroup/session.h"
#include "regroup/writer.h"

struct work {
    const struct run_options *options;
    struct progress progress;
    struct pg pg;
    struct input_rows rows;
    struct inputs in;
    char digest[DIGEST_SIZE];
    struct grouping grouping;
    struct outcome outcome;
};

static bool anybody_reported(const struct inputs *in)
{
    return in->population.n_reports > 0;
}

static bool same_digest(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

/* A run of exactly these inputs waits to be published, and may be. */
static bool proposal_waits(const struct work *w)
{
    const struct inputs *in = &w->in;
    return w->options->publish && in->newest.run > 0 && in->newest.run != in->base.run &&
           in->newest.base == in->base.run && same_digest(in->newest.digest, w->digest);
}

/* A proposal whose inputs changed and changed back may be published again. */
static int confirm(struct work *w, struct err *e)
{
    const struct inputs *in = &w->in;
    bool waits = in->newest.run > 0 && in->newest.run == w->outcome.run && in->newest.run != in->base.run &&
                 same_digest(in->newest.digest, w->digest);
    return waits ? writer_confirm(&w->pg, in->newest.run, in->version, e) : ERR_OK;
}

static void say_nothing_to_do(struct work *w, int64_t run)
{
    w->outcome.run = run;
    w->outcome.published = run == w->in.base.run;
    outcome_set(&w->outcome, EXIT_NOTHING, "nothing has changed since run %lld, which is %s", (long long)run,
                w->outcome.published ? "published" : "a proposal");
}

/* True when there is no reason to compute; the outcome then says why. */
static bool nothing_to_do(struct work *w)
{
    const struct inputs *in = &w->in;
    if (in->population.n_organizers == 0 && in->n_outside > 0) {
        outcome_set(&w->outcome, EXIT_NOTHING,
                    "all %u organizers are outside the programme's scope: there is nobody to place",
                    in->n_outside);
        return true;
    }
    if (!anybody_reported(in)) {
        outcome_set(&w->outcome, EXIT_NOTHING,
                    "no organizer%s has a report%s from the last %lld days: there is nobody to place",
                    in->settings.scope != NULL ? " in the programme's scope" : "",
                    in->settings.scope != NULL ? " within it" : "", (long long)in->settings.window_days);
        return true;
    }
    if (w->options->force || w->options->full) /* which may find other networks in the same inputs */
        return false;
    if (in->base.run > 0 && same_digest(in->base.digest, w->digest)) {
        say_nothing_to_do(w, in->base.run);
        return true;
    }
    if (proposal_waits(w) && in->newest.rejected_by[0] != '\0') {
        outcome_set(&w->outcome, EXIT_NOTHING, "nothing has changed since run %lld, which %s rejected",
                    (long long)in->newest.run, in->newest.rejected_by);
        w->outcome.run = in->newest.run;
        return true;
    }
    /* What was changed and changed back leaves the same inputs. */
    if (w->options->publish && in->newest.replaced_by[0] != '\0' &&
        (!in->newest.changed || same_digest(in->newest.digest, w->digest))) {
        outcome_set(
            &w->outcome, EXIT_NOTHING,
            "nothing has changed since run %lld, which was in force until %s put run %lld in force again",
            (long long)in->newest.run, in->newest.replaced_by, (long long)in->base.run);
        w->outcome.run = in->newest.run;
        return true;
    }
    if (!w->options->publish && in->newest.run > 0 && in->newest.base == in->base.run &&
        same_digest(in->newest.digest, w->digest)) {
        say_nothing_to_do(w, in->newest.run);
        return true;
    }
    return false;
}

static int publish_proposal(struct work *w, struct err *e)
{
    struct written written;
    progress_step(&w->progress, STEP_PUBLISH, "publishing run %lld", (long long)w->in.newest.run);
    w->outcome.run = w->in.newest.run;
    int code = writer_publish(&w->pg, w->options, w->in.newest.run, &written, e);
    if (code != ERR_OK)
        return code;
    if (written.by_policy) {
        outcome_set(&w->outcome, EXIT_NOTHING,
                    "nothing has changed since run %lld, which is kept as a proposal: %s",
                    (long long)written.run, written.refused);
        return confirm(w, e);
    }
    w->outcome.published = true;
    outcome_set(&w->outcome, EXIT_DONE, "run %lld, computed before from the same inputs, is published",
                (long long)written.run);
    return ERR_OK;
}

static void say_written(struct work *w, const struct written *written)
{
    w->outcome.run = written->run;
    w->outcome.published = written->published;
    if (written->refused[0] != '\0')
        outcome_set(&w->outcome, written->by_policy ? EXIT_DONE : EXIT_SUPERSEDED,
                    "run %lld is kept as a proposal: %s", (long long)written->run, written->refused);
    else
        outcome_set(&w->outcome, EXIT_DONE, "run %lld is %s", (long long)written->run,
                    written->published ? "published" : "written as a proposal");
}

static int compute_and_write(struct work *w, struct err *e)
{
    int code = carry_read(&w->pg, w->options, &w->in, e);
    if (code == ERR_OK)
        code = grouping_build(&w->grouping, &w->in, w->options->seed, (uint32_t)w->options->threads,
                              &w->progress, e);
    if (code != ERR_OK)
        return code;
    progress_step(&w->progress, STEP_WRITE, "writing %u networks", w->grouping.n_networks);
    w->outcome.figures = figures_build(&w->in, &w->grouping, &w->progress);
    if (w->outcome.figures == NULL)
        return err_memory(e, "the run's figures");
    code = interrupt_check(e);
    if (code != ERR_OK)
        return code;
    struct written written;
    code = writer_store(&w->pg, w->options, &w->in, w->digest, &w->grouping, w->outcome.figures, &w->progress,
                        &written, e);
    if (code == ERR_OK)
        say_written(w, &written);
    return code;
}

static int read_and_digest(struct work *w, struct err *e)
{
    progress_step(&w->progress, STEP_READ, "reading what is reported");
    int code = session_open(&w->pg, w->options->db, w->options->programme, e);
    input_rows_open(&w->rows, &w->pg, w->options->keep_inputs > 0 ? KEPT_INPUTS_MOST : 0);
    if (code == ERR_OK)
        code = inputs_read(&w->in, &w->rows, w->options, e);
    if (code == ERR_OK)
        code = digest_build(&w->in, w->options->seed, w->digest, e);
    return code == ERR_OK ? interrupt_check(e) : code;
}

static int prepare_process(const struct run_options *options, struct err *e)
{
    interrupt_open();
    process_offer_memory();
    int code = options->progress_fd >= 0 ? process_follow_parent(e) : ERR_OK;
    return code == ERR_OK ? process_limit_memory(options->memory_limit, e) : code;
}

static int steps(struct work *w, struct err *e)
{
    int code = prepare_process(w->options, e);
    if (code == ERR_OK)
        code = read_and_digest(w, e);
    if (code != ERR_OK)
        return code;
    if (nothing_to_do(w))
        return confirm(w, e);
    return proposal_waits(w) && !w->options->force ? publish_proposal(w, e) : compute_and_write(w, e);
}

enum exit_code run_main(const struct run_options *options)
{
    struct work w = {.options = options};
    struct err e = ERR_INIT;
    bool terminal = isatty(STDERR_FILENO) && !options->quiet;
    progress_open(&w.progress, options->progress_fd, terminal && options->progress_fd < 0);
    int code = steps(&w, &e);
    if (code != ERR_OK) {
        /* Whatever broke after a signal broke because of it. */
        enum exit_code ended = interrupt_asked() ? EXIT_CANCELLED : exit_of((enum err_code)code);
        outcome_free(&w.outcome); /* figures of a run that was not written */
        outcome_set(&w.outcome, ended, "%s", e.text);
    }
    progress_end(&w.progress, w.outcome.exit, w.outcome.run, w.outcome.text);
    outcome_print(&w.outcome, options);
    if (code == ERR_OK) /* when it is told: whoever waits for the run is not to wait for this */
        old_runs_forget(&w.pg, options);
    code = (int)w.outcome.exit;
    outcome_free(&w.outcome);
    grouping_free(&w.grouping);
    inputs_free(&w.in);
    input_rows_free(&w.rows);
    session_close(&w.pg);
    return (enum exit_code)code;
}
