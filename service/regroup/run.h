/* run.h - `peernet-regroup run`: the steps in their order. */
#ifndef PEERNET_REGROUP_RUN_H
#define PEERNET_REGROUP_RUN_H

#include "regroup/exit_codes.h"
#include "regroup/run_options.h"

/* Prints the outcome; the result is the program's exit code. */
enum exit_code run_main(const struct run_options *options);

#endif
