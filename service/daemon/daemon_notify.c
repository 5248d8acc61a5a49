/* daemon_notify.c - what happened, as notifications to whoever subscribed. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "daemon/daemon.h"

/* A publication is told by every daemon of the database, however it came about: it is seen in the snapshots.
 */
void daemon_notify_swapped(struct daemon *d, const struct snapshot *old, const struct snapshot *now)
{
    if (old == NULL)
        return;
    for (uint32_t i = 0; i < now->n_programmes; i++) {
        const struct snapshot_programme *p = &now->programmes[i];
        const struct snapshot_programme *before = snapshot_find_programme(old, p->name, strlen(p->name));
        uint64_t run_before = before == NULL ? 0 : before->published_run;
        if (p->published_run != 0 && p->published_run != run_before)
            server_notify_published(d->server, (int64_t)p->published_run, p->name);
    }
}

static double mean_fit_of(const struct snapshot_run *run)
{
    json_t *figures = json_loads(run->figures, 0, NULL);
    const json_t *value = json_object_get(figures, "mean_fit");
    double fit = json_is_number(value) ? json_number_value(value) : NAN;
    json_decref(figures);
    return fit;
}

/* What went wrong, or why what was to be published is a proposal: the programme's policy, as the worker says
 * at its end. */
static const char *error_of(const struct regroup_job *job, bool published)
{
    bool kept = job->outcome == JOB_DONE && job->publish && !published;
    return job->error[0] == '\0' && kept ? job->text : job->error;
}

void daemon_notify_finished(struct daemon *d, const struct regroup_job *job)
{
    struct refresh_status status;
    refresh_status(d->refresh, &status);
    /* A proposal that waited may have been published in the place of a run of its own. */
    uint64_t result = (uint64_t)(job->result > 0 ? job->result : job->run);
    const struct snapshot_run *run =
        status.snapshot == NULL ? NULL : snapshot_find_run(status.snapshot, result);
    const bool published = run != NULL && snapshot_run_state(status.snapshot, run) == RUN_PUBLISHED;
    struct server_run_end end = {
        .run = job->run,
        .programme = job->programme,
        .state = job_outcome_name(job->outcome),
        .error = error_of(job, published),
        .mean_fit = run == NULL ? NAN : mean_fit_of(run),
        .result = run == NULL ? 0 : (int64_t)result,
        .published = published,
    };
    server_notify_finished(d->server, &end);
}
