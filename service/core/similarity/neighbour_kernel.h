/* neighbour_kernel.h - the loop in which the search for all rows' neighbours spends its time: the products of
 * one question with the 64 rows of a block, in whole numbers. Which processor it runs on cannot change a
 * result. Any thread; nothing is owned. */
#ifndef PEERNET_CORE_NEIGHBOUR_KERNEL_H
#define PEERNET_CORE_NEIGHBOUR_KERNEL_H

#include <stdint.h>

enum {
    NEIGHBOUR_ROWS = 64,     /* of a block */
    NEIGHBOUR_COLUMNS = 4,   /* side by side: a group of columns */
    NEIGHBOUR_GROUPS = 256,  /* a row has at most so many groups */
    NEIGHBOUR_HEAVIEST = 127 /* a weight is 0 to this */
};
/* Bytes of one group of columns of a block: of each row its weights in these columns. */
enum { NEIGHBOUR_GROUP_BYTES = NEIGHBOUR_ROWS * NEIGHBOUR_COLUMNS };

/* A row that is compared with others: those groups in which it has any weight. */
struct neighbour_question {
    uint32_t n;
    struct neighbour_part {
        uint32_t group;
        uint8_t weight[NEIGHBOUR_COLUMNS];
    } part[NEIGHBOUR_GROUPS];
};

/* product[i] = the sum over columns of the question's weight times that of the block's row i. Returns a bit
 * for each row whose product is above `bound`. `block`: its groups one behind the other, aligned to 64 bytes.
 */
uint64_t neighbour_products(const struct neighbour_question *q, const uint8_t *block, int32_t bound,
                            int32_t product[NEIGHBOUR_ROWS]);

/* Every way in which this processor can do it, plain C first; the last one is that of neighbour_products. For
 * tests. */
typedef uint64_t neighbour_kernel(const struct neighbour_question *q, const uint8_t *block, int32_t bound,
                                  int32_t product[NEIGHBOUR_ROWS]);
enum { NEIGHBOUR_KERNELS_MOST = 3 };
uint32_t neighbour_kernels(neighbour_kernel *out[NEIGHBOUR_KERNELS_MOST]);

#endif
