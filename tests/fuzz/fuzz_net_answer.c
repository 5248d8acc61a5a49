/* What the daemon reads from a worker: either a map's fields that are sound MessagePack, or an error with
 * words. */
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "net/problem.h"
#include "proto/frame.h"
#include "proto/mp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FIELDS 5 /* of the worker; the daemon appends one */

static void demand(int holds)
{
    if (!holds)
        abort();
}

static int is_whole(const struct buf *bytes)
{
    struct frame_limits limits = {
        .bytes = bytes->size + 16, .depth = FRAME_DEPTH_MAX, .elements = UINT32_MAX};
    struct frame_scan scan;
    frame_begin(&scan, &limits);
    return frame_scan(&scan, bytes->data, bytes->size) == FRAME_WHOLE && scan.at == bytes->size;
}

/* What is no whole frame is refused where its bytes come in. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf answer;
    struct err e = ERR_INIT;
    buf_init(&answer, 0);
    buf_append(&answer, data, size);
    if (size > 0 && is_whole(&answer)) {
        if (problem_answer(&answer, 0, FIELDS + 1, &e) == 0) {
            mp_key(&answer, "age_s");
            mp_double(&answer, 1.5);
            demand(is_whole(&answer));
        } else {
            demand(e.text[0] != '\0');
        }
    }
    buf_free(&answer);
    return 0;
}
