/* solve_options.h - the flags of `peernet-regroup solve`. Strings are argv's, nothing has to be
 * freed. */
#ifndef PEERNET_REGROUP_SOLVE_OPTIONS_H
#define PEERNET_REGROUP_SOLVE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/settings/settings.h"

struct solve_options {
    const char *mdgp, *edges, *profiles; /* exactly one is given */
    const char *organizers, *challenges; /* beside profiles; NULL = none */
    const char *output;                  /* NULL = nowhere, "-" = standard output */
    const char *previous;                /* an earlier grouping; NULL = none */
    bool as_of_given;                    /* else the day of the latest report */
    int32_t as_of;
    double seconds;
    uint64_t effort, seed;
    int64_t threads;
    uint32_t elements; /* of an edges file; 0 = as many as it names */
    bool groups_given, min_given, max_given;
    struct settings settings; /* --groups, --min, --max and --objective are settings too */
    uint64_t exact_nodes;     /* > 0: look for proof */
    bool help;
};

int solve_options_read(struct solve_options *o, int argc, char **argv, struct err *e);
void solve_options_help(struct buf *out);

#endif
