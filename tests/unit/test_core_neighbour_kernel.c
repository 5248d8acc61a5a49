/* neighbour_kernel: every kernel gives what the definition gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/similarity/neighbour_kernel.h"

enum { GROUPS = 40 };

static uint64_t random_state = 7;

static uint32_t random_below(uint32_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(((random_state >> 33) * n) >> 31);
}

static uint8_t random_weight(uint32_t heaviest_of_ten)
{
    return random_below(10) < heaviest_of_ten ? NEIGHBOUR_HEAVIEST
                                              : (uint8_t)random_below(NEIGHBOUR_HEAVIEST + 1);
}

static void ask(struct neighbour_question *q, uint32_t n, uint32_t heaviest_of_ten)
{
    q->n = n;
    for (uint32_t i = 0; i < n; i++) {
        q->part[i].group = (i * 7 + 3) % GROUPS;
        for (int c = 0; c < NEIGHBOUR_COLUMNS; c++)
            q->part[i].weight[c] = random_weight(heaviest_of_ten);
    }
}

static int32_t product_of(const struct neighbour_question *q, const uint8_t *block, uint32_t row)
{
    int32_t sum = 0;
    for (uint32_t i = 0; i < q->n; i++)
        for (uint32_t c = 0; c < NEIGHBOUR_COLUMNS; c++)
            sum += q->part[i].weight[c] *
                   block[((size_t)q->part[i].group * NEIGHBOUR_ROWS + row) * NEIGHBOUR_COLUMNS + c];
    return sum;
}

static void assert_kernels_agree(const struct neighbour_question *q, const uint8_t *block, int32_t bound)
{
    neighbour_kernel *kernels[NEIGHBOUR_KERNELS_MOST];
    _Alignas(64) int32_t product[NEIGHBOUR_ROWS];
    for (uint32_t k = 0, n = neighbour_kernels(kernels); k < n; k++) {
        memset(product, 0xff, sizeof product);
        const uint64_t above = kernels[k](q, block, bound, product);
        for (uint32_t row = 0; row < NEIGHBOUR_ROWS; row++) {
            assert_int_equal(product[row], product_of(q, block, row));
            assert_int_equal(above >> row & 1, product[row] > bound);
        }
    }
}

/* Also of the heaviest weights side by side, where narrow sums would overflow first. */
static void kernels_give_the_products(void **state)
{
    (void)state;
    _Alignas(64) static uint8_t block[GROUPS * NEIGHBOUR_GROUP_BYTES];
    struct neighbour_question q;
    for (uint32_t round = 0; round < 200; round++) {
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = random_weight(round % 11);
        ask(&q, round % (GROUPS + 1), round % 11);
        assert_kernels_agree(&q, block, (int32_t)random_below(400000));
        assert_kernels_agree(&q, block, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(kernels_give_the_products)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
