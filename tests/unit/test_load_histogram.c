#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "load/histogram.h"

static struct histogram h;

static void quantiles_are_right_to_a_64th(void **state)
{
    (void)state;
    h = (struct histogram){0};
    for (uint64_t i = 1; i <= 100000; i++)
        histogram_add(&h, i * 37);
    const double shares[] = {0.001, 0.5, 0.9, 0.99, 0.999};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        double exact = shares[i] * 100000 * 37, found = (double)histogram_quantile(&h, shares[i]);
        assert_true(found >= exact - 37 && found <= exact * (1 + 1.0 / 64) + 37);
    }
    assert_int_equal(histogram_quantile(&h, 1), 3700000);
}

static void small_and_huge_times_have_a_place(void **state)
{
    (void)state;
    h = (struct histogram){0};
    assert_int_equal(histogram_quantile(&h, 0.5), 0);
    histogram_add(&h, 0);
    assert_int_equal(histogram_quantile(&h, 1), 0);
    for (uint64_t value = 1; value < 64; value++) {
        h = (struct histogram){0};
        histogram_add(&h, value);
        assert_int_equal(histogram_quantile(&h, 0.5), value);
    }
    histogram_add(&h, UINT64_MAX);
    assert_int_equal(h.largest, UINT64_MAX);
    assert_true(histogram_quantile(&h, 1) > 3600ull * 1000000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles_are_right_to_a_64th),
        cmocka_unit_test(small_and_huge_times_have_a_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
