#include "regroup/old_runs.h"

#include <stdio.h>

#include "regroup/interrupt.h"

/* Each in a transaction of its own. More than one, so that their number falls where it was set lower; not all
 * at once, since whoever asked for the run waits for the process to end. */
enum { AT_A_TIME = 2 };

static int forget_one(struct pg *pg, const struct run_options *options, bool *more, struct err *e)
{
    char newest[24], days[24];
    const char *values[] = {options->programme, newest, days, "peernet-regroup"};
    PGresult *r = NULL;
    snprintf(newest, sizeof newest, "%lld", (long long)options->keep_runs);
    snprintf(days, sizeof days, "%lld", (long long)options->keep_published_days);
    int code = pg_query(pg, "SELECT forget_run($1, $2::integer, $3::integer, $4)", 4, values, &r, e);
    *more = code == ERR_OK && !PQgetisnull(r, 0, 0);
    PQclear(r);
    return code;
}

void old_runs_forget(struct pg *pg, const struct run_options *options)
{
    struct err e = ERR_INIT;
    bool more = options->keep_runs > 0;
    int code = ERR_OK;
    for (int i = 0; i < AT_A_TIME && more && !interrupt_asked(); i++)
        code = forget_one(pg, options, &more, &e);
    /* Held by somebody, or put in force meanwhile: it goes after another run. */
    bool later = code == ERR_BUSY || code == ERR_STALE;
    if (code != ERR_OK && !later && !interrupt_asked())
        fprintf(stderr, "peernet-regroup: old runs were not removed: %s\n", e.text);
}
