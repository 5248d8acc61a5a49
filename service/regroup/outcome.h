/* outcome.h - how a run ended, and how people and programs are told: one sentence, or one JSON object.
 * Owner: run_main. */
#ifndef PEERNET_REGROUP_OUTCOME_H
#define PEERNET_REGROUP_OUTCOME_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "regroup/exit_codes.h"
#include "regroup/run_options.h"

struct outcome {
    enum exit_code exit;
    int64_t run; /* written or found; 0 = none */
    bool published;
    char text[sizeof((struct err *)0)->text];
    json_t *figures; /* NULL where nothing was computed */
};

void outcome_set(struct outcome *o, enum exit_code code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void outcome_free(struct outcome *o);

/* JSON on standard output with --json; plain lines there for people otherwise; what went wrong on standard
 * error. */
void outcome_print(const struct outcome *o, const struct run_options *options);

#endif
