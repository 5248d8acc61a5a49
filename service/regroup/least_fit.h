/* least_fit.h - where the settings ask for a least fit: takes out of found networks who stays below it, finds
 * other places for them, forms networks of those that are left, and gives up on the rest.
 *
 * Whom a pin holds stays where it is, whatever its fit; whom a pin keeps apart from others is not placed
 * anew. Pure but for the interrupts that the engine asks for. */
#ifndef PEERNET_REGROUP_LEAST_FIT_H
#define PEERNET_REGROUP_LEAST_FIT_H

#include "core/group/group.h"
#include "core/similarity/neighbour.h"
#include "core/similarity/profile.h"
#include "regroup/inputs.h"
#include "regroup/selection.h"

struct least_fit_task {
    const struct inputs *in;
    const struct profiles *profiles;
    const struct neighbour_graph *graph;
    const uint32_t *community; /* per organizer */
    uint64_t seed;
    uint32_t threads;
    group_progress progress;
    void *progress_context;
};

/* group: of each element, rewritten; GROUP_NONE = left out. *n_groups: how many there were, then are; their
 * order stays, new ones follow, moved_to[g] says where group g went (GROUP_NONE = dissolved). *rounds counts
 * further searches. */
int least_fit_reach(const struct least_fit_task *t, const struct selection *s, uint32_t *group,
                    uint32_t *n_groups, uint32_t *moved_to, uint32_t *rounds, struct err *e);

#endif
