/* The frame check against msgpack-c: what it calls whole unpacks, in full and to the same length; what it
 * calls unfinished is unfinished there too; in whatever portions the bytes come, the answer is the same; and
 * the short way finds what is whole, and nothing else.
 * The first byte of an input chooses the portions and how many elements are allowed, the rest are the bytes.
 */
#include <msgpack.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int holds)
{
    if (!holds)
        abort();
}

/* One zone for all inputs: to make one each time took longer than everything else together. */
static void compare_with_msgpack(const struct frame_scan *scan, const uint8_t *data, size_t size)
{
    static msgpack_zone *zone;
    msgpack_object object;
    size_t end = 0;
    if (zone == NULL)
        zone = msgpack_zone_new(MSGPACK_ZONE_CHUNK_SIZE);
    demand(zone != NULL);
    msgpack_unpack_return answer = msgpack_unpack((const char *)data, size, &end, zone, &object);
    if (scan->answer == FRAME_WHOLE) {
        demand(answer == MSGPACK_UNPACK_SUCCESS || answer == MSGPACK_UNPACK_EXTRA_BYTES);
        demand(end == scan->at);
        demand(object.type == MSGPACK_OBJECT_ARRAY);
    } else {
        demand(answer == MSGPACK_UNPACK_CONTINUE);
    }
    msgpack_zone_clear(zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t input_size)
{
    struct frame_limits limits;
    struct frame_scan once, portions;
    if (input_size == 0)
        return 0;
    const uint8_t *data = input + 1;
    size_t size = input_size - 1, step = 1 + input[0] % 16u;
    frame_limits_default(&limits);
    /* msgpack-c makes room for all that is announced, which takes longer than the rest: mostly it is little.
     */
    if (input[0] < 248)
        limits.elements = 256;
    frame_begin(&once, &limits);
    frame_scan(&once, data, size);
    frame_begin(&portions, &limits);
    for (size_t seen = 0; portions.answer == FRAME_MORE && seen < size;) {
        seen = seen + step < size ? seen + step : size;
        frame_scan(&portions, data, seen);
    }
    if (once.answer == FRAME_WHOLE)
        demand(frame_skip(&limits, data, size) == once.at);
    else if (once.answer == FRAME_MORE)
        demand(frame_skip(&limits, data, size) == 0);
    demand(frame_quick(&limits, data, size) == (once.answer == FRAME_WHOLE ? once.at : 0));
    demand(once.answer == portions.answer && strcmp(once.reason, portions.reason) == 0);
    if (once.answer == FRAME_BAD) {
        demand(once.reason[0] != '\0');
        return 0;
    }
    demand(once.at == portions.at && once.at <= size);
    compare_with_msgpack(&once, data, size);
    return 0;
}
