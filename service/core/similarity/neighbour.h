/* neighbour.h - exact nearest neighbours by similarity: of all rows (the graph) or of one (a live question).
 * Ties are broken by lower index, so the answer is a function of the data. A live question goes to an
 * inverted index over the profiles' columns. Owner: whoever built it. Immutable once built; a query needs a
 * scratch of its own, so one scratch per thread. */
#ifndef PEERNET_CORE_NEIGHBOUR_H
#define PEERNET_CORE_NEIGHBOUR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/similarity/profile.h"

struct neighbour_index; /* columns -> rows with weights; borrows the profiles */
struct neighbour_scratch;

struct neighbour {
    uint32_t row;
    float similarity; /* > 0 */
};

int neighbour_index_build(const struct profiles *p, struct neighbour_index **out, struct err *e);
void neighbour_index_free(struct neighbour_index *index);
size_t neighbour_index_bytes(const struct neighbour_index *index); /* memory; of NULL 0 */
struct neighbour_scratch *
neighbour_scratch_new(const struct neighbour_index *index); /* NULL: out of memory */
void neighbour_scratch_free(struct neighbour_scratch *scratch);

/* The at most k most similar other rows with similarity > 0, best first. Returns how many. */
size_t neighbours_of(const struct neighbour_index *index, struct neighbour_scratch *scratch, uint32_t row,
                     size_t k, struct neighbour *out);

/* All rows' most similar others, each row's best first, one list behind the other. */
struct neighbour_lists {
    uint32_t n;
    size_t most;   /* in a list */
    size_t *start; /* n + 1 */
    struct neighbour *all;
    float *beyond; /* by row: who is not in its list is at most so similar to it; exact lists only */
};

/* All rows' top k, union-symmetrised: i-j is an edge when either lists the other. Compressed rows, each row's
 * neighbours ascending by index; every edge appears in both rows. */
struct neighbour_graph {
    uint32_t n;
    size_t *start; /* n + 1 */
    uint32_t *row; /* the other end */
    float *similarity;
};
#define NEIGHBOUR_EXACT_MOST 100000 /* rows, of which the graph is always exact */
/* `probes`: of more rows only so many blocks of 64 like ones are looked through for each, so that some
 * neighbours may be missed; 0 = all. `threads`: most threads to use; the graph does not depend on it. */
int neighbour_graph_build(const struct profiles *p, size_t k, uint32_t probes, uint32_t threads,
                          struct neighbour_graph *out, struct err *e);
/* The lists that the graph is made of, of `most` each; of the same rows shorter lists begin longer ones,
 * where they are exact. */
int neighbour_lists_build(const struct profiles *p, size_t most, uint32_t probes, uint32_t threads,
                          struct neighbour_lists *out, struct err *e);
void neighbour_lists_free(struct neighbour_lists *l);
/* Of the first k of each list. */
int neighbour_graph_of(const struct neighbour_lists *lists, size_t k, struct neighbour_graph *out,
                       struct err *e);
void neighbour_graph_free(struct neighbour_graph *g);

#endif
