/* What the daemon reads from a worker: either a map's fields that are sound MessagePack, or an error with
 * words. */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "net/problem.h"
#include "proto/frame.h"
#include "proto/mp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIELDS 5

static void demand(int holds)
{
    if (!holds)
        abort();
}

/* As a client gets them: within a response. */
static void demand_sound(const uint8_t *fields, size_t n)
{
    struct buf out;
    struct frame_limits limits = {.bytes = n + 16, .depth = FRAME_DEPTH_MAX, .elements = UINT32_MAX};
    struct frame_scan scan;
    buf_init(&out, 0);
    mp_array(&out, 1);
    mp_map(&out, FIELDS);
    mp_raw(&out, fields, n);
    frame_begin(&scan, &limits);
    demand(frame_scan(&scan, out.data, out.size) == FRAME_WHOLE && scan.at == out.size);
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *fields;
    size_t n;
    struct err e = ERR_INIT;
    if (problem_answer(data, size, FIELDS, &fields, &n, &e) == 0)
        demand_sound(fields, n);
    else
        demand(e.text[0] != '\0');
    return 0;
}
