/* neighbour_probe.h - which blocks of rows an asker has most to expect of, by their means: for many rows,
 * where a look at every block that might hold a neighbour costs too much. Regions are chosen by the mean of
 * their rows, then blocks of these likewise; so some neighbours may be missed. Only neighbour*.c include it.
 * Owner: who called neighbour_probes_build. Immutable once built; room for choosing is each thread's. */
#ifndef PEERNET_CORE_NEIGHBOUR_PROBE_H
#define PEERNET_CORE_NEIGHBOUR_PROBE_H

#include "core/similarity/neighbour_blocks.h"

struct neighbour_probes {
    const struct neighbour_blocks *blocks; /* borrowed */
    uint32_t n;                            /* blocks that are chosen; 0 = nothing is built */
    uint32_t regions;                      /* that they are chosen from */
    uint8_t *mean;   /* by region: of its blocks, of unit length, laid out as a block's rows */
    uint8_t *middle; /* of regions, likewise */
};

struct neighbour_chosen {
    uint32_t *thing; /* candidates: regions, then blocks */
    uint8_t *like;   /* how much like the asker each is: of 255 */
    uint32_t *region, *block;
};

int neighbour_probes_build(struct neighbour_probes *p, const struct neighbour_blocks *b, uint32_t n,
                           struct err *e);
void neighbour_probes_free(struct neighbour_probes *p);

int neighbour_chosen_open(struct neighbour_chosen *c, const struct neighbour_probes *p, struct err *e);
void neighbour_chosen_free(struct neighbour_chosen *c);
/* Leaves the blocks in c->block, the most promising first; how many. */
uint32_t neighbour_choose(const struct neighbour_probes *p, const struct neighbour_asked *asked,
                          struct neighbour_chosen *c);

#endif
