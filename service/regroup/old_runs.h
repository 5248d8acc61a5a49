/* old_runs.h - runs that are not to be kept any longer are removed, a few after each regrouping. */
#ifndef PEERNET_REGROUP_OLD_RUNS_H
#define PEERNET_REGROUP_OLD_RUNS_H

#include "regroup/run_options.h"
#include "store/pg_sync.h"

/* Of the programme, as options->keep_runs and keep_published_days have it; nothing where all are kept. What
 * fails is told on standard error and changes nothing of the run that was written before; what somebody holds
 * for a second, or put in force meanwhile, is left for the next time without a word. */
void old_runs_forget(struct pg *pg, const struct run_options *options);

#endif
