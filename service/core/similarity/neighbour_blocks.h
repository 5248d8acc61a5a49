/* neighbour_blocks.h - the rows of profiles laid out for comparing many with many: sorted, so that rows of
 * the same heaviest columns lie together, in blocks of 64, with weights rounded up to 7 bits; of each block
 * the greatest weight in each column, in blocks again. A product of such weights is never less than the
 * cosine, so rows, and whole blocks, whose product is too small need not be looked at. Only neighbour*.c
 * include it. Owner: who called neighbour_blocks_build. Immutable once built. */
#ifndef PEERNET_CORE_NEIGHBOUR_BLOCKS_H
#define PEERNET_CORE_NEIGHBOUR_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/similarity/neighbour_kernel.h"
#include "core/similarity/profile.h"

struct neighbour_entry {
    uint32_t column;
    float weight;
};

struct neighbour_blocks {
    const struct profiles *profiles; /* borrowed */
    uint32_t n;                      /* rows that have anything, each at a place */
    uint32_t *row;                   /* by place */
    uint32_t *start;                 /* by place, n + 1 offsets into entry */
    struct neighbour_entry *entry;   /* as in the profiles, but in the order of places */
    uint32_t *position;              /* by column: columns that go together lie side by side */
    uint32_t groups;                 /* of columns */
    uint32_t n_blocks, n_regions;    /* a region is a block of blocks */
    uint8_t *weights;                /* by block: NEIGHBOUR_GROUP_BYTES for each group */
    uint8_t *most;                   /* by region, likewise: the greatest weights of its blocks */
};

/* What one row in so many columns is worth it for. */
enum { NEIGHBOUR_COLUMNS_MOST = NEIGHBOUR_GROUPS * NEIGHBOUR_COLUMNS };

int neighbour_blocks_build(struct neighbour_blocks *b, const struct profiles *p, struct err *e);
void neighbour_blocks_free(struct neighbour_blocks *b);

/* The question that the row at a place is. A product with it of at most neighbour_bound is a cosine below
 * `cosine`. */
struct neighbour_asked {
    struct neighbour_question question;
    double scale; /* of its products: of 1 */
};
void neighbour_ask(const struct neighbour_blocks *b, uint32_t place, struct neighbour_asked *out);

/* The weights of the row at a place, times 1 or 0, into `question`, one number a column: for exact
 * similarities of many to one. */
static inline void neighbour_spread(const struct neighbour_blocks *b, uint32_t place, double times,
                                    double *question)
{
    for (uint32_t i = b->start[place]; i < b->start[place + 1]; i++)
        question[b->entry[i].column] = times * b->entry[i].weight;
}

/* Of the row spread in `question` and the one at `place`, as profiles_cosine computes it, to the bit: adding
 * the zeros of columns that the question lacks changes no sum. */
static inline double neighbour_cosine(const struct neighbour_blocks *b, const double *question,
                                      uint32_t place)
{
    double cosine = 0;
    for (uint32_t i = b->start[place]; i < b->start[place + 1]; i++)
        cosine += question[b->entry[i].column] * b->entry[i].weight;
    return cosine > 1 ? 1 : cosine;
}

/* Of two rows, the one spread in `question`, the other at `place`, as profiles_similarity computes it, to the
 * bit. */
float neighbour_similarity(const struct neighbour_blocks *b, const double *question, uint32_t row,
                           uint32_t place);

/* Where the weight of a block's row in a column stands. */
static inline size_t neighbour_offset(const struct neighbour_blocks *b, uint32_t column, uint32_t row)
{
    const uint32_t position = b->position[column];
    return ((size_t)(position / NEIGHBOUR_COLUMNS) * NEIGHBOUR_ROWS + row) * NEIGHBOUR_COLUMNS +
           position % NEIGHBOUR_COLUMNS;
}

static inline const uint8_t *neighbour_block(const struct neighbour_blocks *b, const uint8_t *of,
                                             uint32_t block)
{
    return of + (size_t)block * b->groups * NEIGHBOUR_GROUP_BYTES;
}

#endif
