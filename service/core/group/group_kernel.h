/* group_kernel.h - the two loops in which the dense search spends its time: looking along a row of the matrix
 * for a swap worth making, and carrying a move into the sums. Written for vectors of 4, 8 or 16 lanes; which
 * is used is decided by the processor at run time and cannot change a result: integers are exact, and floats
 * meet lane by lane in the same order of operations. Any thread; nothing is owned. Rows are padded to a
 * multiple of 16 with units of the group `groups`. */
#ifndef PEERNET_CORE_GROUP_KERNEL_H
#define PEERNET_CORE_GROUP_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

/* Rows are padded to a multiple of it. */
enum { GROUP_LANES_MOST = 16 };
/* Entries that must be readable of a table by group, whatever the number of groups. */
enum { GROUP_TABLE_LEAST = 32 };

/* A unit u of group g looks for a partner v in another group h. All arrays are by v but `there`, which is by
 * h. */
struct group_scan {
    const int32_t *weight;    /* u to v */
    const int32_t *sum;       /* v to g */
    const int32_t *own;       /* v to h */
    const uint32_t *group;    /* h */
    uint32_t groups;          /* h is at most this, for padding; tables by h have GROUP_TABLE_LEAST entries */
    const int32_t *there;     /* u to h less u to g; far below zero for g itself and for padding */
    const int32_t *threshold; /* a gain must be above it */
    /* The same for groups whose value has a coefficient: */
    const float *coefficient; /* of h */
    const float *there_value; /* coefficient of h times u to h; far below zero for g and padding */
    const float *threshold_value;
    float coefficient_here, base; /* of g; u to g */
};

/* The first v in from..to-1 whose swap gains more than its threshold; `to` if none. Both are multiples of
 * GROUP_LANES_MOST. */
uint32_t group_scan_sum(const struct group_scan *q, uint32_t from, uint32_t to);
uint32_t group_scan_mean(const struct group_scan *q, uint32_t from, uint32_t to);

/* The first group h in 0..count-1 (a multiple of GROUP_LANES_MOST) with room for `size` more elements and
 * value[h] above threshold[h]; `count` if none. */
struct group_room {
    const int32_t *value, *threshold;
    const uint32_t *load, *most; /* by h; behind the last group `most` is 0 */
    uint32_t size, count;
};
uint32_t group_scan_room(const struct group_room *q);
/* The first h in 0..count-1 (a multiple of GROUP_LANES_MOST) with draw[h] > threshold[h] + least; `count` if
 * none. */
uint32_t group_scan_draw(const float *draw, const float *threshold, float least, uint32_t count);

/* A move between groups g and h: each unit's weight to g grows by in[k] - out[k] and shrinks as much to h;
 * `own` follows. `in` may be NULL: all zero. */
struct group_shift {
    int32_t *sum_g, *sum_h, *own;
    const int32_t *out, *in;
    const uint32_t *group; /* after the move */
    uint32_t g, h, count;
};
void group_shift_sums(const struct group_shift *q);

/* out[k] = the whole part of scale * (sum over i of weight[i] * rows[column[i] * stride + k]), k < count (a
 * multiple of GROUP_LANES_MOST); in the order of i. */
struct group_blend {
    const float *rows, *weight;
    const uint32_t *column;
    int32_t *out;
    float scale;
    uint32_t n, stride, count;
};
void group_blend_rows(const struct group_blend *q);
/* out[k] = sum over i of sign[column[i]] * weight[i] * rows[column[i] * stride + k]; else as above. */
struct group_gather {
    const float *rows, *weight, *sign;
    const uint32_t *column;
    float *out;
    uint32_t n, stride, count;
};
void group_gather_rows(const struct group_gather *q);
/* The first k in from..count-1 (count a multiple of GROUP_LANES_MOST) with factor[k] * value[k] + base[k] >
 * least; `count` if none. `base` may be NULL: all zero. */
struct group_above {
    const float *value, *factor, *base;
    float least;
    uint32_t count;
};
uint32_t group_scan_above(const struct group_above *q, uint32_t from);
/* sum[k] += row[k], k < count (a multiple of GROUP_LANES_MOST). */
void group_add_row(int32_t *sum, const int32_t *row, uint32_t count);
void group_add_values(float *sum, const float *row, uint32_t count);

/* A move between groups g and h: g[k] += in[k] - out[k], h[k] -= as much, k < count (a multiple of
 * GROUP_LANES_MOST). `in` may be NULL: all zero. */
struct group_carry {
    float *g, *h;
    const float *out, *in;
    uint32_t count;
};
void group_carry_values(const struct group_carry *q);

#endif
