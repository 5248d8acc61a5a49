/* What the worker reads from its standard input: taken whole, or refused with words. */
#include <stdint.h>
#include <stdlib.h>

#include "regroup/problem_read.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem p;
    struct err e = ERR_INIT;
    int code = problem_read(&p, data, size, &e);
    if (code != 0 && e.text[0] == '\0')
        abort();
    for (uint32_t i = 0; code == 0 && i < p.in.population.n_organizers; i++)
        if (p.in.base.number[i] > p.in.base.highest_number)
            abort();
    problem_free(&p);
    return 0;
}
