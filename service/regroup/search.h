/* search.h - the search for networks: the engine's problem from the selection, its result, and what becomes
 * of it where a least fit is asked for (least_fit.h). Owner: whoever called search_run; search_result_free
 * also after a failure. */
#ifndef PEERNET_REGROUP_SEARCH_H
#define PEERNET_REGROUP_SEARCH_H

#include "core/group/group.h"
#include "core/similarity/neighbour.h"
#include "core/similarity/profile.h"
#include "regroup/inputs.h"
#include "regroup/numbering.h"
#include "regroup/progress.h"
#include "regroup/selection.h"

struct search_task {
    const struct inputs *in;
    const struct profiles *profiles;
    const struct neighbour_graph *graph;
    const uint32_t *community; /* per organizer */
    int64_t seed;
    uint64_t effort; /* the settings' or less */
    uint32_t threads;
    struct progress *progress;
};

struct search_result {
    struct group_result group; /* by elements of the selection as search_run leaves it */
    struct slots slots;
    uint32_t rounds; /* searches */
};

/* Whoever stays below settings.min_fit is taken out of the selection (no_fit), whom pins hold excepted, and
 * so is whom limits leave no place; who waits for want of room is offered the places that become free. */
int search_run(struct selection *s, const struct search_task *t, struct search_result *out, struct err *e);
void search_result_free(struct search_result *r);

#endif
