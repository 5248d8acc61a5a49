/* figures.h - a run in numbers: the document that is kept with it and that --json prints.
 * The caller owns what it gets (json_decref). Pure but for the clock of the steps. */
#ifndef PEERNET_REGROUP_FIGURES_H
#define PEERNET_REGROUP_FIGURES_H

#include <jansson.h>

#include "regroup/grouping.h"
#include "regroup/inputs.h"
#include "regroup/progress.h"

/* NULL when memory ran out. */
json_t *figures_build(const struct inputs *in, const struct grouping *g, const struct progress *progress);

#endif
