/* coarse.h - a graph of bunches: each a few nodes that are tied closely, so that communities are found on a
 * graph a fraction as large. Whom a bunch holds together would hardly ever be parted. Owner: whoever called
 * coarse_build. One thread. */
#ifndef PEERNET_REGROUP_COARSE_H
#define PEERNET_REGROUP_COARSE_H

#include <stdint.h>

#include "base/err.h"
#include "core/similarity/neighbour.h"

struct coarse {
    uint32_t n;
    uint32_t *of;     /* by node: its bunch */
    uint32_t *first;  /* by bunch: its lowest node */
    double *strength; /* by bunch: of its nodes, what ties them to each other included */
    /* Ties between bunches, both directions; those inside are left out. */
    size_t *start;
    uint32_t *bunch;
    double *weight;
};

/* `label`: only nodes with the same label come together; NULL: all may. */
int coarse_build(struct coarse *c, const struct neighbour_graph *g, const uint32_t *label, double resolution,
                 struct err *e);
/* Nodes go where modularity gains, a few times over: what bunches held together may be parted. `of`:
 * communities by node, below n. */
int coarse_refine(const struct neighbour_graph *g, double resolution, uint32_t *of, uint32_t n,
                  struct err *e);
void coarse_free(struct coarse *c);

#endif
