/* run_options.h - the command line of `peernet-regroup run`. Texts are borrowed from argv.
 * Owner: main, for the length of the program. */
#ifndef PEERNET_REGROUP_RUN_OPTIONS_H
#define PEERNET_REGROUP_RUN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

struct run_options {
    const char *programme, *db, *as_of, *who; /* as_of: NULL = today as the database has it */
    const char *origin;                       /* NULL = as the database sees it */
    const char **set;                         /* NAME=VALUE, in order */
    size_t n_set;
    int64_t seed;
    int64_t run;                 /* number to write it under; 0 = the next one */
    int64_t replay;              /* inputs are read as this run had them; 0 = as they are */
    const char *settings;        /* the programme's, for a run that is computed again; NULL = as they are */
    int64_t keep_inputs;         /* of how many of the programme's newest runs */
    int64_t keep_runs;           /* so many of the programme's newest; 0 = all */
    int64_t keep_published_days; /* and those that were in force within so many days */
    int64_t memory_limit;
    int64_t threads;
    int progress_fd; /* -1 = none */
    bool publish, json, force, full, quiet, help, version;
};

/* ERR_INVALID names the flag, what came and what is allowed. run_options_free also after a failure. */
int run_options_read(struct run_options *o, int argc, char **argv, struct err *e);
void run_options_free(struct run_options *o);

void run_options_help(struct buf *out);

#endif
