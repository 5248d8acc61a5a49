#include "core/group_kernel.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>

#define LANES 8
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_8
#define ANY(hit) (_mm256_movemask_epi8((__m256i)(hit)) != 0)
#include "core/group_kernel_lanes.h"
#undef LANES
#undef TARGET
#undef NAME
#undef ANY
#define ANY(hit) (_mm_movemask_epi8((__m128i)(hit)) != 0)
#define HAVE_WIDE __builtin_cpu_supports("avx2")
#else
static inline int any_lane(const void *hit)
{
    uint64_t halves[2];
    memcpy(halves, hit, sizeof halves);
    return (halves[0] | halves[1]) != 0;
}
#define ANY(hit) any_lane(&(hit))
#define HAVE_WIDE 0
#define scan_sum_8 scan_sum_4
#define scan_mean_8 scan_mean_4
#define shift_8 shift_4
#define blend_8 blend_4
#define products_8 products_4
#endif

#define LANES 4
#define TARGET
#define NAME(x) x##_4
#include "core/group_kernel_lanes.h"

uint32_t group_scan_sum(const struct group_scan *q, uint32_t from, uint32_t to)
{
    return HAVE_WIDE ? scan_sum_8(q, from, to) : scan_sum_4(q, from, to);
}

uint32_t group_scan_mean(const struct group_scan *q, uint32_t from, uint32_t to)
{
    return HAVE_WIDE ? scan_mean_8(q, from, to) : scan_mean_4(q, from, to);
}

void group_shift_sums(const struct group_shift *q)
{
    if (HAVE_WIDE)
        shift_8(q);
    else
        shift_4(q);
}

void group_blend_rows(const struct group_blend *q)
{
    if (HAVE_WIDE)
        blend_8(q);
    else
        blend_4(q);
}

uint32_t group_scan_products(const float *a, const float *b, float above, uint32_t from, uint32_t to)
{
    return HAVE_WIDE ? products_8(a, b, above, from, to) : products_4(a, b, above, from, to);
}
