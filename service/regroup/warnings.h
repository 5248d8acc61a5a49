/* warnings.h - sentences for the run's figures about what could be obeyed only in part. Pure. */
#ifndef PEERNET_REGROUP_WARNINGS_H
#define PEERNET_REGROUP_WARNINGS_H

#include <jansson.h>

#include "regroup/inputs.h"

int warnings_add(json_t *warnings, struct err *e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Names in the settings that nothing bears: the catalogue and the organizers change, so that is no error. */
int warnings_of_settings(const struct inputs *in, json_t *warnings, struct err *e);

/* An attribute that nobody has: a slip, or the organizers changed. */
int warnings_of_attribute(const struct population *p, const char *setting, const char *attribute,
                          json_t *warnings, struct err *e);

#endif
