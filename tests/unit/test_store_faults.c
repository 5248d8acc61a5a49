#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "store/sync/import_job.h"

static void a_fault_that_is_too_long_is_cut_between_letters(void **state)
{
    (void)state;
    static struct import_job job;
    char words[801] = "";
    for (int i = 0; i < 400; i++)
        strcat(words, "å");
    for (uint32_t i = 0; i < 2; i++) {
        import_fault_add(&job, INPUT_REPORTS, i + 1, 1, "%s%s", i == 0 ? "" : "x", words);
        const struct import_fault *fault = &job.faults[INPUT_REPORTS].first[i];
        size_t size = strlen(fault->text);
        assert_int_equal(size % 2, i);
        assert_in_range(size, sizeof fault->text - 4, sizeof fault->text - 1);
        assert_string_equal(fault->text + size - 2, "å");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fault_that_is_too_long_is_cut_between_letters),
    };
    return cmocka_run_group_tests_name("store/faults", tests, NULL, NULL);
}
