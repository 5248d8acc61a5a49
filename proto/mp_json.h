/* mp_json.h - JSON to MessagePack and back: documents that the database keeps (attributes, settings,
 * figures), and what the command line takes and prints. Owner: the caller. Any thread. */
#ifndef PEERNET_PROTO_MP_JSON_H
#define PEERNET_PROTO_MP_JSON_H

#include <jansson.h>
#include <msgpack.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/* Writes one JSON value of any kind. ERR_INVALID with line and column of the first mistake; then nothing was
 * written. */
int mp_from_json(struct buf *out, const char *json, size_t size, struct err *e);

/* One that jansson has read. Out of memory sticks in `out`. */
void mp_json_value(struct buf *out, const json_t *value);

/* Writes a value as JSON: pretty (two blanks a level) or on one line; a bin becomes text, a float that is no
 * number null, a map's key that is no str its JSON text (of a list or map only the
 * word). Out of memory sticks in `out`. */
void mp_to_json(struct buf *out, const msgpack_object *value, bool pretty);

#endif
