/* numbering.h - networks keep their number from run to run, so that people see their network change and not a
 * new numbering. A network takes the number of the published one with which it shares most members, all
 * networks together; new ones continue after the highest number ever published.
 * Pure. */
#ifndef PEERNET_REGROUP_NUMBERING_H
#define PEERNET_REGROUP_NUMBERING_H

#include <stdint.h>

#include "regroup/inputs.h"
#include "regroup/selection.h"

/* The published networks as groups of the engine: which group an element was in. Where fewer networks are
 * formed than are published, those stay that pins need, then those with the most members left. */
struct slots {
    uint32_t *of_element; /* group before, GROUP_NONE for newcomers */
};

/* ERR_INVALID: pins keep members in more networks than will be formed. */
int slots_build(const struct inputs *in, const struct selection *s, struct slots *out, struct err *e);
void slots_free(struct slots *s);

/* `group`: of each element; `community`: of each group. number[g] for each group of the selection. */
int numbering_build(const struct inputs *in, const struct selection *s, const struct slots *slots,
                    const uint32_t *group, const uint32_t *community, uint32_t *number, struct err *e);

#endif
