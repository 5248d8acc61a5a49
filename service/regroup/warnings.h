/* warnings.h - sentences for the run's figures about settings that could be obeyed only in part. Pure. */
#ifndef PEERNET_REGROUP_WARNINGS_H
#define PEERNET_REGROUP_WARNINGS_H

#include <jansson.h>

#include "core/rules/warnings.h"
#include "regroup/inputs.h"

/* Names in the settings that nothing bears: the catalogue and the organizers change, so that is no error. */
int warnings_of_settings(const struct inputs *in, json_t *warnings, struct err *e);

#endif
