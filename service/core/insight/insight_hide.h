/* insight_hide.h - which counts of a table are withheld so that none below a threshold is told, neither by
 * itself nor by what can be reckoned from the others.
 *
 * A table is a circulation: each count is an edge, and each sum that a reader knows to hold is a node, where
 * what comes in equals what goes out. A table of one row: every cell an edge from node 1 to node 0, their sum
 * the edge from 0 to 1. A table of rows and columns: a cell goes from its row's node to its column's, a row's
 * sum from the columns' common node to the row's, a column's sum to the rows' common node, and the sum of all
 * from that one to the former.
 *
 * What a reader can conclude of a withheld count is how far it could be another number while all that is
 * shown stays as it is: the most that could flow round through withheld edges. Counts are whole and so are
 * flows, so this is exact, not an estimate. Where it is too little, the cheapest way round is withheld too
 * (as in Cox's and Castro's work on cell suppression). Pure; any thread, one table each. */
#ifndef PEERNET_CORE_INSIGHT_HIDE_H
#define PEERNET_CORE_INSIGHT_HIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define HIDE_ANY UINT32_MAX /* as `most`: there is no bound that a reader knows */

struct hide_edge {
    uint32_t from, to; /* nodes */
    uint32_t count;    /* the truth */
    uint32_t most;     /* what a reader knows it to be at most, at least `count` */
    uint32_t price;    /* of withholding it, before its count is added */
    bool fixed;        /* a reader knows it anyway, or it stands in another table too: never withheld */
    bool hidden;       /* withheld; those below the threshold are so from the beginning */
    uint32_t down, up; /* how much less and more it has to be able to be, for all that a reader knows */
};

/* A count below the threshold: a reader can rule out neither 0 nor the threshold itself, so that not even
 * that it is small can be concluded. */
void hide_small(struct hide_edge *edge, uint32_t threshold);

/* Withholds further edges until each hidden one has the room that it needs. *met is false where that cannot
 * be had even so (fixed edges, bounds); what was withheld on the way stays so. Nodes are 0 to n_nodes - 1.
 * Errors: ERR_MEMORY. */
int hide_protect(struct hide_edge *edges, uint32_t n, uint32_t n_nodes, bool *met, struct err *e);

#endif
