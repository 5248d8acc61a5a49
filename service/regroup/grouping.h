/* grouping.h - from inputs to networks: profiles, similarity graph, communities, who takes part, the search,
 * numbers and reasons. No database: the same inputs and seed give the same networks.
 * Owner: whoever called grouping_build; grouping_free also after a failure. One calling thread (igraph). */
#ifndef PEERNET_REGROUP_GROUPING_H
#define PEERNET_REGROUP_GROUPING_H

#include <stdint.h>

#include "core/explain/explain.h"
#include "regroup/graph.h"
#include "regroup/inputs.h"
#include "regroup/progress.h"
#include "regroup/selection.h"

struct grouping {
    struct profiles profiles;
    struct neighbour_graph graph;
    struct neighbour_lists
        lists; /* that it is made of, where the next run is to begin with them; else empty */
    struct carried carried;
    struct graph_communities communities;
    struct selection selection;
    uint32_t n_networks;
    uint32_t *network;   /* per organizer: index, ascending by number; POPULATION_NONE = unmatched */
    uint32_t *number;    /* per network */
    uint32_t *home;      /* per organizer: index of the network that it was in before, or POPULATION_NONE */
    double moving_price; /* what leaving it had to bring (group.h) */
    uint32_t *community; /* per network: that of most of its members; POPULATION_NONE = none */
    double objective, mean_fit;
    uint64_t effort, moves;
    uint32_t rounds; /* of the search; more than one where a least fit is asked for, or free places were
                        offered */
    struct left_out *left_out; /* per organizer: what is known of those in no network */
    struct explanation reasons;
    struct arena memory; /* what left_out and the rules point to */
};

/* threads: most to use; they change nothing. ERR_INVALID: settings or pins that cannot be met, by
 * name; ERR_CANCELLED. */
int grouping_build(struct grouping *g, const struct inputs *in, int64_t seed, uint32_t threads,
                   struct progress *progress, struct err *e);
void grouping_free(struct grouping *g);

#endif
