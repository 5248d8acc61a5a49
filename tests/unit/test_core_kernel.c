/* kernel: every width of vector that the processor has finds what a plain loop finds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/group/group_kernel.c" /* for the widths that this processor would not choose */
#include "core/group/group_random.h"

enum { UNITS = 96, GROUPS_MOST = 70, TRIES = 300 };

struct scene {
    struct group_random random;
    int32_t weight[UNITS], sum[UNITS], own[UNITS], threshold[UNITS], there[GROUPS_MOST + GROUP_TABLE_LEAST];
    float coefficient[UNITS], threshold_value[UNITS], there_value[GROUPS_MOST + GROUP_TABLE_LEAST];
    uint32_t group[UNITS];
    struct group_scan scan;
};

static int32_t any(struct scene *s, int32_t most)
{
    return (int32_t)group_random_below(&s->random, 2 * (uint32_t)most + 1) - most;
}

/* Thresholds so high that about one unit in sixty passes. */
static void set_scene(struct scene *s, uint32_t groups)
{
    for (uint32_t v = 0; v < UNITS; v++) {
        s->group[v] = group_random_below(&s->random, groups + 1);
        s->weight[v] = any(s, 1000);
        s->sum[v] = any(s, 10000);
        s->own[v] = any(s, 10000);
        s->threshold[v] = 18000 + any(s, 3000);
        s->coefficient[v] = 1.0F / (float)(1 + group_random_below(&s->random, 12));
        s->threshold_value[v] = (float)(8000 + any(s, 3000));
    }
    for (uint32_t h = 0; h <= groups; h++) {
        s->there[h] = h == groups ? -(1 << 30) : any(s, 10000);
        s->there_value[h] = h == groups ? -1e30F : (float)any(s, 10000) / 3;
    }
    s->scan = (struct group_scan){.weight = s->weight,
                                  .sum = s->sum,
                                  .own = s->own,
                                  .group = s->group,
                                  .groups = groups,
                                  .there = s->there,
                                  .threshold = s->threshold,
                                  .coefficient = s->coefficient,
                                  .there_value = s->there_value,
                                  .threshold_value = s->threshold_value,
                                  .coefficient_here = 0.25F,
                                  .base = (float)any(s, 10000)};
}

static uint32_t plain_sum(const struct group_scan *q, uint32_t from, uint32_t to)
{
    for (uint32_t v = from; v < to; v++)
        if (q->sum[v] + q->there[q->group[v]] - q->own[v] - 2 * q->weight[v] > q->threshold[v])
            return v;
    return to;
}

static uint32_t plain_mean(const struct group_scan *q, uint32_t from, uint32_t to)
{
    for (uint32_t v = from; v < to; v++) {
        float here = ((float)(q->sum[v] - q->weight[v]) - q->base) * q->coefficient_here;
        float there = here + q->there_value[q->group[v]];
        if (there - (float)(q->own[v] + q->weight[v]) * q->coefficient[v] > q->threshold_value[v])
            return v;
    }
    return to;
}

/* Of groups, half of them full: the first that draws enough. */
static void assert_room(uint32_t (*room)(const struct group_room *),
                        uint32_t (*draw)(const float *, const float *, float, uint32_t))
{
    struct scene s;
    uint32_t load[UNITS], most[UNITS], found = 0;
    group_random_seed(&s.random, 9);
    for (uint32_t try = 0; try < TRIES; try++) {
        set_scene(&s, 3);
        uint32_t size = 1 + try % 3, first = UNITS, drawing = UNITS;
        for (uint32_t h = 0; h < UNITS; h++) {
            load[h] = group_random_below(&s.random, 10);
            most[h] = group_random_below(&s.random, 15);
            if (first == UNITS && load[h] + size <= most[h] && s.sum[h] > s.own[h] + 14000)
                first = h;
            if (drawing == UNITS && s.coefficient[h] > s.threshold_value[h] - 5100)
                drawing = h;
            s.own[h] += 14000;
        }
        assert_int_equal(room(&(struct group_room){.value = s.sum,
                                                   .threshold = s.own,
                                                   .load = load,
                                                   .most = most,
                                                   .size = size,
                                                   .count = UNITS}),
                         first);
        assert_int_equal(draw(s.coefficient, s.threshold_value, -5100, UNITS), drawing);
        found += first < UNITS && drawing < UNITS;
    }
    assert_true(found > TRIES / 8 && found < TRIES);
}

typedef uint32_t (*scan_function)(const struct group_scan *q, uint32_t from, uint32_t to);

static void assert_scans(scan_function sum, scan_function mean)
{
    struct scene s;
    uint32_t found = 0;
    group_random_seed(&s.random, 7);
    for (uint32_t try = 0; try < TRIES; try++) {
        set_scene(&s, 1 + try % GROUPS_MOST);
        for (uint32_t from = 0; from < UNITS; from += GROUP_LANES_MOST) {
            assert_int_equal(sum(&s.scan, from, UNITS), plain_sum(&s.scan, from, UNITS));
            assert_int_equal(mean(&s.scan, 0, from), plain_mean(&s.scan, 0, from));
            found += plain_sum(&s.scan, 0, from) < from && plain_mean(&s.scan, 0, from) < from;
        }
    }
    assert_true(found > TRIES / 4 && found < TRIES * 5); /* the scene tries both answers */
}

static void assert_shift(void (*shift)(const struct group_shift *))
{
    struct scene s;
    group_random_seed(&s.random, 8);
    for (uint32_t try = 0; try < TRIES; try++) {
        int32_t sum_h[UNITS], out[UNITS];
        set_scene(&s, 3);
        for (uint32_t k = 0; k < UNITS; k++) {
            sum_h[k] = any(&s, 10000);
            out[k] = any(&s, 1000);
        }
        struct scene before = s;
        shift(&(struct group_shift){.sum_g = s.sum,
                                    .sum_h = sum_h,
                                    .own = s.own,
                                    .out = out,
                                    .in = try % 2 ? s.weight : NULL,
                                    .group = s.group,
                                    .g = 0,
                                    .h = 1,
                                    .count = UNITS});
        for (uint32_t k = 0; k < UNITS; k++) {
            assert_int_equal(s.sum[k], before.sum[k] - out[k] + (try % 2 ? s.weight[k] : 0));
            int32_t own = s.group[k] == 0 ? s.sum[k] : s.group[k] == 1 ? sum_h[k] : before.own[k];
            assert_int_equal(s.own[k], own);
        }
    }
}

/* Rows of three columns, one of them turned, at widths with and without a rest; then the first that is above.
 */
static void assert_gather(void (*gather)(const struct group_gather *),
                          uint32_t (*above)(const struct group_above *, uint32_t))
{
    struct scene s;
    const float sign[] = {1, -1, 1};
    uint32_t column[] = {2, 0, 1}, found = 0;
    group_random_seed(&s.random, 11);
    for (uint32_t try = 0; try < TRIES; try++) {
        float rows[3 * UNITS], out[UNITS], weight[] = {0.5F, 0.25F, 2};
        uint32_t stride = try % 2 ? UNITS : UNITS - GROUP_LANES_MOST;
        set_scene(&s, 3);
        for (uint32_t k = 0; k < 3 * UNITS; k++)
            rows[k] = (float)any(&s, 1000) / 7;
        gather(&(struct group_gather){.rows = rows,
                                      .weight = weight,
                                      .sign = sign,
                                      .column = column,
                                      .out = out,
                                      .n = 3,
                                      .stride = stride,
                                      .count = stride});
        for (uint32_t k = 0; k < stride; k++)
            assert_true(out[k] == rows[2 * stride + k] * 0.5F + rows[k] * 0.25F - rows[stride + k] * 2);
        struct group_above q = {out, s.coefficient, try % 3 ? s.threshold_value : NULL, 0, stride};
        q.least = q.base ? 10900 : 100;
        for (uint32_t from = 0; from < stride; from += 7) {
            uint32_t first = from;
            while (first < stride &&
                   !(out[first] * s.coefficient[first] + (q.base ? q.base[first] : 0) > q.least))
                first++;
            assert_int_equal(above(&q, from), first);
            found += first < stride;
        }
    }
    assert_true(found > TRIES && found < TRIES * 12);
}

static void assert_carry(void (*carry)(const struct group_carry *),
                         void (*add_values)(float *, const float *, uint32_t))
{
    enum { COUNT = 48 };
    struct scene s;
    float value[4][COUNT], g[COUNT], h[COUNT];
    for (uint32_t try = 0; try < TRIES; try++) {
        set_scene(&s, 3);
        for (uint32_t k = 0; k < 4 * COUNT; k++)
            value[k / COUNT][k % COUNT] = (float)any(&s, 1000) / 7;
        const float *out = value[2], *in = try % 2 ? value[3] : NULL;
        memcpy(g, value[0], sizeof g);
        memcpy(h, value[1], sizeof h);
        carry(&(struct group_carry){.g = g, .h = h, .out = out, .in = in, .count = COUNT});
        for (uint32_t k = 0; k < COUNT; k++) {
            float change = -out[k] + (in ? in[k] : 0);
            assert_true(g[k] == value[0][k] + change && h[k] == value[1][k] - change);
        }
        memcpy(g, value[0], sizeof g);
        add_values(g, out, COUNT);
        for (uint32_t k = 0; k < COUNT; k++)
            assert_true(g[k] == value[0][k] + out[k]);
    }
}

static void four_lanes_agree_with_a_plain_loop(void **state)
{
    (void)state;
    assert_scans(scan_sum_4, scan_mean_4);
    assert_shift(shift_4);
    assert_room(room_4, draw_4);
    assert_gather(gather_4, above_4);
    assert_carry(carry_4, add_values_4);
}

static void eight_lanes_agree_with_a_plain_loop(void **state)
{
    (void)state;
#if defined(__x86_64__)
    if (!HAVE_8)
        skip();
    assert_scans(scan_sum_8, scan_mean_8);
    assert_shift(shift_8);
    assert_room(room_8, draw_8);
    assert_gather(gather_8, above_8);
    assert_carry(carry_8, add_values_8);
#else
    skip();
#endif
}

static void sixteen_lanes_agree_with_a_plain_loop(void **state)
{
    (void)state;
#if defined(__x86_64__)
    if (!HAVE_16)
        skip();
    assert_scans(scan_sum_16, scan_mean_16);
    assert_shift(shift_16);
    assert_room(room_16, draw_16);
    assert_gather(gather_16, above_16);
    assert_carry(carry_16, add_values_16);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_lanes_agree_with_a_plain_loop),
        cmocka_unit_test(eight_lanes_agree_with_a_plain_loop),
        cmocka_unit_test(sixteen_lanes_agree_with_a_plain_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
