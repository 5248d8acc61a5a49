#include "core/group/group_kernel.h"

#include <string.h>

#define VECTOR(type) type __attribute__((vector_size(LANES * 4), aligned(4), may_alias))
#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#include <immintrin.h>

#define LANES 16
#define TABLE 32
#define TARGET __attribute__((target("avx512f")))
#define NAME(x) x##_16
#define ABOVE(a, b) (uint32_t) _mm512_cmpgt_epi32_mask((__m512i)(a), (__m512i)(b))
#define ABOVE_VALUE(a, b) (uint32_t) _mm512_cmp_ps_mask((__m512)(a), (__m512)(b), _CMP_GT_OQ)
typedef VECTOR(int32_t) ints_16;
typedef VECTOR(float) floats_16;
struct table_16 {
    const int32_t *at;
    ints_16 low, high; /* need no alignment: a checker's stack may have less than 64 bytes' worth */
};
typedef struct table_16 table_16;

INLINE TARGET void table_open_16(table_16 *t, const int32_t *at, bool few)
{
    t->at = at;
    t->low = (ints_16)(few ? _mm512_loadu_si512(at) : _mm512_setzero_si512());
    t->high = (ints_16)(few ? _mm512_loadu_si512(at + 16) : _mm512_setzero_si512());
}

INLINE TARGET ints_16 lookup_16(const table_16 *t, const uint32_t *index, bool few)
{
    __m512i i = _mm512_loadu_si512(index);
    return (ints_16)(few ? _mm512_permutex2var_epi32((__m512i)t->low, i, (__m512i)t->high)
                         : _mm512_i32gather_epi32(i, t->at, 4));
}
#include "core/group/group_kernel_lanes.h"

#define LANES 8
#define TABLE 16
#define TARGET __attribute__((target("avx2")))
#define NAME(x) x##_8
#define ABOVE(a, b) (uint32_t) _mm256_movemask_ps((__m256)((a) > (b)))
#define ABOVE_VALUE(a, b) (uint32_t) _mm256_movemask_ps((__m256)((a) > (b)))
typedef VECTOR(int32_t) ints_8;
typedef VECTOR(float) floats_8;
struct table_8 {
    const int32_t *at;
    ints_8 low, high;
};
typedef struct table_8 table_8;

INLINE TARGET void table_open_8(table_8 *t, const int32_t *at, bool few)
{
    t->at = at;
    t->low = (ints_8)(few ? _mm256_loadu_si256((const __m256i *)at) : _mm256_setzero_si256());
    t->high = (ints_8)(few ? _mm256_loadu_si256((const __m256i *)(at + 8)) : _mm256_setzero_si256());
}

/* The fourth bit of an index, moved up to the sign, chooses between the halves of the table. */
INLINE TARGET ints_8 lookup_8(const table_8 *t, const uint32_t *index, bool few)
{
    __m256i i = _mm256_loadu_si256((const __m256i *)index);
    if (!few)
        return (ints_8)_mm256_i32gather_epi32(t->at, i, 4);
    __m256 low = (__m256)_mm256_permutevar8x32_epi32((__m256i)t->low, i);
    __m256 high = (__m256)_mm256_permutevar8x32_epi32((__m256i)t->high, i);
    return (ints_8)_mm256_blendv_ps(low, high, (__m256)_mm256_slli_epi32(i, 28));
}
#include "core/group/group_kernel_lanes.h"

#define ABOVE(a, b) (uint32_t) _mm_movemask_ps((__m128)((a) > (b)))
#define HAVE_16 __builtin_cpu_supports("avx512f")
#define HAVE_8 __builtin_cpu_supports("avx2")
#define WIDEST(f, ...) (HAVE_16 ? f##_16(__VA_ARGS__) : HAVE_8 ? f##_8(__VA_ARGS__) : f##_4(__VA_ARGS__))
#else
#define ABOVE(a, b) bits_4((ints_4)((a) > (b)))
#define WIDEST(f, ...) f##_4(__VA_ARGS__)
#endif

#define LANES 4
#define TABLE 1
#define TARGET
#define NAME(x) x##_4
#define ABOVE_VALUE(a, b) ABOVE(a, b)
typedef VECTOR(int32_t) ints_4;
typedef VECTOR(float) floats_4;
typedef const int32_t *table_4;

#if !defined(__x86_64__)
INLINE uint32_t bits_4(ints_4 hit)
{
    return (uint32_t)((hit[0] & 1) | (hit[1] & 2) | (hit[2] & 4) | (hit[3] & 8));
}
#endif

INLINE void table_open_4(table_4 *t, const int32_t *at, bool few)
{
    (void)few;
    *t = at;
}

INLINE ints_4 lookup_4(const table_4 *t, const uint32_t *index, bool few)
{
    (void)few;
    return (ints_4){(*t)[index[0]], (*t)[index[1]], (*t)[index[2]], (*t)[index[3]]};
}
#include "core/group/group_kernel_lanes.h"

uint32_t group_scan_sum(const struct group_scan *q, uint32_t from, uint32_t to)
{
    return WIDEST(scan_sum, q, from, to);
}

uint32_t group_scan_mean(const struct group_scan *q, uint32_t from, uint32_t to)
{
    return WIDEST(scan_mean, q, from, to);
}

uint32_t group_scan_room(const struct group_room *q)
{
    return WIDEST(room, q);
}

uint32_t group_scan_draw(const float *draw, const float *threshold, float least, uint32_t count)
{
    return WIDEST(draw, draw, threshold, least, count);
}

void group_shift_sums(const struct group_shift *q)
{
    WIDEST(shift, q);
}

void group_blend_rows(const struct group_blend *q)
{
    WIDEST(blend, q);
}

void group_gather_rows(const struct group_gather *q)
{
    WIDEST(gather, q);
}

uint32_t group_scan_above(const struct group_above *q, uint32_t from)
{
    return WIDEST(above, q, from);
}

void group_add_row(int32_t *sum, const int32_t *row, uint32_t count)
{
    WIDEST(add, sum, row, count);
}

void group_add_values(float *sum, const float *row, uint32_t count)
{
    WIDEST(add_values, sum, row, count);
}

void group_carry_values(const struct group_carry *q)
{
    WIDEST(carry, q);
}
