/* neighbour_best.h - the best k neighbours so far: more similar first, of equals the lower row. A heap with
 * the worst at its root, in an array of the caller's. Only neighbour*.c include it. */
#ifndef PEERNET_CORE_NEIGHBOUR_BEST_H
#define PEERNET_CORE_NEIGHBOUR_BEST_H

#include <stdbool.h>

#include "core/similarity/neighbour.h"

struct neighbour_best {
    struct neighbour *heap;
    size_t n, k; /* k > 0 */
};

static inline bool neighbour_worse(const struct neighbour *a, const struct neighbour *b)
{
    return a->similarity != b->similarity ? a->similarity < b->similarity : a->row > b->row;
}

static inline void neighbour_sift_down(struct neighbour *heap, size_t n, size_t at)
{
    struct neighbour moving = heap[at];
    for (size_t child; (child = 2 * at + 1) < n; at = child) {
        if (child + 1 < n && neighbour_worse(&heap[child + 1], &heap[child]))
            child++;
        if (!neighbour_worse(&heap[child], &moving))
            break;
        heap[at] = heap[child];
    }
    heap[at] = moving;
}

static inline void neighbour_best_offer(struct neighbour_best *b, struct neighbour new)
{
    if (b->n == b->k) {
        if (!neighbour_worse(&b->heap[0], &new))
            return;
        b->heap[0] = new;
        neighbour_sift_down(b->heap, b->n, 0);
        return;
    }
    size_t at = b->n++;
    for (; at > 0 && neighbour_worse(&new, &b->heap[(at - 1) / 2]); at = (at - 1) / 2)
        b->heap[at] = b->heap[(at - 1) / 2];
    b->heap[at] = new;
}

/* What the worst of k is similar; 0 while there is room. */
static inline float neighbour_best_least(const struct neighbour_best *b)
{
    return b->n == b->k ? b->heap[0].similarity : 0;
}

/* Takes the worst away again and again, to where the heap has just ended: best first. What is no neighbour,
 * because rounding or distance made nothing of it, goes. */
static inline void neighbour_best_sort(struct neighbour_best *b)
{
    for (size_t n = b->n; n > 1; n--) {
        struct neighbour worst = b->heap[0];
        b->heap[0] = b->heap[n - 1];
        b->heap[n - 1] = worst;
        neighbour_sift_down(b->heap, n - 1, 0);
    }
    while (b->n > 0 && b->heap[b->n - 1].similarity <= 0)
        b->n--;
}

#endif
