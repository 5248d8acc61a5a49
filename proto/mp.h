/* mp.h - MessagePack by hand: a writer over struct buf that reads straight down (failure sticks in the buf
 * and is asked for once, with buf_failed), and typed looks at values that msgpack-c unpacked from a checked
 * frame.
 *
 *     mp_map(out, 2);
 *     mp_key(out, "id");   mp_text(out, o->id);
 *     mp_key(out, "fit");  mp_double(out, fit);
 *
 * Always the shortest encoding of a number or length. Owner: the caller, of everything. Any thread, one buf
 * each. */
#ifndef PEERNET_PROTO_MP_H
#define PEERNET_PROTO_MP_H

#include <msgpack.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "proto/frame.h"

/* Writing. */
void mp_nil(struct buf *out);
void mp_bool(struct buf *out, bool value);
void mp_uint(struct buf *out, uint64_t value);
void mp_int(struct buf *out, int64_t value);
void mp_double(struct buf *out, double value);
void mp_str(struct buf *out, const char *text, size_t size);
void mp_text(struct buf *out, const char *text); /* NUL-terminated; NULL writes nil */
void mp_key(struct buf *out, const char *name);  /* the same, for a map's key */
void mp_bin(struct buf *out, const void *data, size_t size);
void mp_array(struct buf *out, uint32_t count);              /* header: `count` values follow */
void mp_map(struct buf *out, uint32_t count);                /* header: `count` pairs follow */
void mp_raw(struct buf *out, const void *data, size_t size); /* bytes that are MessagePack already */
void mp_value(struct buf *out, const msgpack_object *value); /* a copy of an unpacked value */

/* A list whose length is known only at its end: open, count what is written, close with what open gave. */
size_t mp_array_open(struct buf *out);
void mp_array_close(struct buf *out, size_t opened, uint32_t count);

/* A text that is appended to `out` piece by piece: open, append, close with what open gave. */
size_t mp_text_open(struct buf *out);
void mp_text_close(struct buf *out, size_t opened);

/* Writes a double rounded to `digits` decimals, so that 0.8312345 of a float does not read
 * 0.8312345027923584; nil where it is not a finite number. */
void mp_rounded(struct buf *out, double value, int digits);

/* Reading. Each answers false, and leaves *out alone, when the value is NULL or of another type or range. An
 * integer is taken for a float where one is asked for. */
bool mp_get_bool(const msgpack_object *value, bool *out);
bool mp_get_uint(const msgpack_object *value, uint64_t *out);
bool mp_get_int(const msgpack_object *value, int64_t *out);
bool mp_get_double(const msgpack_object *value, double *out);
bool mp_get_str(const msgpack_object *value, const char **text,
                size_t *size); /* str or bin; not NUL-terminated */
bool mp_is_nil(const msgpack_object *value);
/* The value of a key in a map; NULL when there is none or `map` is no map. First match wins. */
const msgpack_object *mp_find(const msgpack_object *map, const char *key);
/* An element of an array; NULL past its end or when it is no array. */
const msgpack_object *mp_at(const msgpack_object *array, size_t index);
size_t mp_count(const msgpack_object *value); /* elements of an array, pairs of a map, else 0 */
bool mp_equals(const msgpack_object *value, const char *text); /* is it this str? */
/* "an integer", "a list": for messages that say what came. */
const char *mp_type_name(const msgpack_object *value);

/* A frame that frame_scan called whole, unpacked. `mp_unpack` refuses (ERR_INVALID, or ERR_MEMORY) what
 * msgpack-c will not take in full. The object borrows from `data`: keep the bytes until mp_free. */
struct mp_tree {
    msgpack_unpacked unpacked;
    const msgpack_object *top; /* NULL after a failure */
};
int mp_unpack(const uint8_t *data, size_t size, struct mp_tree *tree, struct err *e);
void mp_free(struct mp_tree *tree); /* also after a failure; twice is fine */

#endif
