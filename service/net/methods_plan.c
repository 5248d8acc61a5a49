/* plan.*: who is invited when. */
#include "net/plan_job.h"

enum { OFFICES, SCENARIOS, SETTINGS, PROGRAMME, TERMS, DETAIL };

int handle_plan_make(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct plan_job *job = plan_job_open(call, &a[PROGRAMME], e);
    (void)out;
    if (job == NULL)
        return (int)e->code;
    job->terms = (uint32_t)a[TERMS].natural;
    job->detail = a[DETAIL].flag;
    if (plan_job_read(job, a[OFFICES].object, a[SCENARIOS].given ? a[SCENARIOS].object : NULL,
                      a[SETTINGS].given ? a[SETTINGS].object : NULL, e)) {
        plan_job_drop(job);
        return (int)e->code;
    }
    return plan_job_start(job, call, e);
}
