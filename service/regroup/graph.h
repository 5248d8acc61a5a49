/* graph.h - communities of the similarity graph by igraph's Leiden. graph.c is the only file that knows
 * igraph, whose errors come back as struct err with igraph's own words instead of ending the process.
 *
 * igraph here is not thread-safe: one thread of the process may call. */
#ifndef PEERNET_REGROUP_GRAPH_H
#define PEERNET_REGROUP_GRAPH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "core/similarity/neighbour.h"

struct graph_communities {
    uint32_t
        *of; /* per row of the graph: 0 is the largest community; POPULATION_NONE = no neighbour at all */
    uint32_t n;
    double modularity; /* weighted, at the resolution asked for */
    uint32_t rounds;   /* of Leiden, until one changed little */
};

/* Asked between rounds; true stops with ERR_CANCELLED. May be NULL. */
typedef bool (*graph_stop)(void);

/* `start`: labels to start from, any numbers, POPULATION_NONE = on its own; NULL = everybody on its own.
 * `resolution` multiplies what chance would expect: 1 is modularity. */
int graph_find_communities(const struct neighbour_graph *g, const uint32_t *start, double resolution,
                           uint64_t seed, graph_stop stop, struct graph_communities *out, struct err *e);
void graph_communities_free(struct graph_communities *c);

/* "0.10.2" */
const char *graph_version(void);

#endif
