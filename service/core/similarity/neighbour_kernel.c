/* Two weights of at most 127 each and their neighbours' give at most 32,258, which a signed 16-bit number
 * holds: no way of adding up overflows. */
#include "core/similarity/neighbour_kernel.h"

#include <string.h>

static uint64_t products_plain(const struct neighbour_question *q, const uint8_t *block, int32_t bound,
                               int32_t product[NEIGHBOUR_ROWS])
{
    uint64_t above = 0;
    memset(product, 0, NEIGHBOUR_ROWS * sizeof *product);
    for (uint32_t i = 0; i < q->n; i++) {
        const uint8_t *w = q->part[i].weight;
        const uint8_t *at = block + (size_t)q->part[i].group * NEIGHBOUR_GROUP_BYTES;
        for (int row = 0; row < NEIGHBOUR_ROWS; row++, at += NEIGHBOUR_COLUMNS)
            product[row] += w[0] * at[0] + w[1] * at[1] + w[2] * at[2] + w[3] * at[3];
    }
    for (int row = 0; row < NEIGHBOUR_ROWS; row++)
        above |= (uint64_t)(product[row] > bound) << row;
    return above;
}

#if defined(__x86_64__)
#include <immintrin.h>

#define UNROLL _Pragma("GCC unroll 8")

/* What is kept on the stack needs no alignment: a checker's stack may have less than a register's worth. */
typedef int32_t ints_16 __attribute__((vector_size(64), aligned(4), may_alias));
typedef int32_t ints_8 __attribute__((vector_size(32), aligned(4), may_alias));

static __attribute__((target("avx512f,avx512vnni"))) uint64_t products_512(const struct neighbour_question *q,
                                                                           const uint8_t *block,
                                                                           int32_t bound,
                                                                           int32_t product[NEIGHBOUR_ROWS])
{
    enum { PARTS = 4, ROWS = NEIGHBOUR_ROWS / PARTS };
    ints_16 sum[PARTS];
    uint64_t above = 0;
    UNROLL for (int k = 0; k < PARTS; k++) sum[k] = (ints_16)_mm512_setzero_si512();
    for (uint32_t i = 0; i < q->n; i++) {
        const uint8_t *at = block + (size_t)q->part[i].group * NEIGHBOUR_GROUP_BYTES;
        int32_t weights;
        memcpy(&weights, q->part[i].weight, sizeof weights);
        const __m512i asked = _mm512_set1_epi32(weights);
        UNROLL for (int k = 0; k < PARTS; k++) sum[k] =
            (ints_16)_mm512_dpbusd_epi32((__m512i)sum[k], _mm512_load_si512(at + 64 * k), asked);
    }
    const __m512i least = _mm512_set1_epi32(bound);
    UNROLL for (int k = 0; k < PARTS; k++)
    {
        above |= (uint64_t)_mm512_cmpgt_epi32_mask((__m512i)sum[k], least) << (ROWS * k);
        _mm512_storeu_si512(product + ROWS * k, (__m512i)sum[k]);
    }
    return above;
}

static __attribute__((target("avx2"))) uint64_t products_256(const struct neighbour_question *q,
                                                             const uint8_t *block, int32_t bound,
                                                             int32_t product[NEIGHBOUR_ROWS])
{
    enum { PARTS = 8, ROWS = NEIGHBOUR_ROWS / PARTS };
    const __m256i ones = _mm256_set1_epi16(1), least = _mm256_set1_epi32(bound);
    ints_8 sum[PARTS];
    uint64_t above = 0;
    UNROLL for (int k = 0; k < PARTS; k++) sum[k] = (ints_8)_mm256_setzero_si256();
    for (uint32_t i = 0; i < q->n; i++) {
        const uint8_t *at = block + (size_t)q->part[i].group * NEIGHBOUR_GROUP_BYTES;
        int32_t weights;
        memcpy(&weights, q->part[i].weight, sizeof weights);
        const __m256i asked = _mm256_set1_epi32(weights);
        UNROLL for (int k = 0; k < PARTS; k++)
        {
            __m256i pairs = _mm256_maddubs_epi16(_mm256_load_si256((const __m256i *)(at + 32 * k)), asked);
            sum[k] = (ints_8)_mm256_add_epi32((__m256i)sum[k], _mm256_madd_epi16(pairs, ones));
        }
    }
    UNROLL for (int k = 0; k < PARTS; k++)
    {
        __m256 hit = (__m256)_mm256_cmpgt_epi32((__m256i)sum[k], least);
        above |= (uint64_t)(uint32_t)_mm256_movemask_ps(hit) << (ROWS * k);
        _mm256_storeu_si256((__m256i *)(product + ROWS * k), (__m256i)sum[k]);
    }
    return above;
}

#define HAVE_512 (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vnni"))
#define HAVE_256 __builtin_cpu_supports("avx2")

uint64_t neighbour_products(const struct neighbour_question *q, const uint8_t *block, int32_t bound,
                            int32_t product[NEIGHBOUR_ROWS])
{
    return HAVE_512   ? products_512(q, block, bound, product)
           : HAVE_256 ? products_256(q, block, bound, product)
                      : products_plain(q, block, bound, product);
}

uint32_t neighbour_kernels(neighbour_kernel *out[NEIGHBOUR_KERNELS_MOST])
{
    uint32_t n = 0;
    out[n++] = products_plain;
    if (HAVE_256)
        out[n++] = products_256;
    if (HAVE_512)
        out[n++] = products_512;
    return n;
}
#else
uint64_t neighbour_products(const struct neighbour_question *q, const uint8_t *block, int32_t bound,
                            int32_t product[NEIGHBOUR_ROWS])
{
    return products_plain(q, block, bound, product);
}

uint32_t neighbour_kernels(neighbour_kernel *out[NEIGHBOUR_KERNELS_MOST])
{
    out[0] = products_plain;
    return 1;
}
#endif
