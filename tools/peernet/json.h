/* json.h - MessagePack values as JSON (the way back is proto/mp_json.h).
 * Owner: the caller, of what json_from_mp returns (json_decref). Any thread. */
#ifndef PEERNET_CLI_JSON_H
#define PEERNET_CLI_JSON_H

#include <jansson.h>
#include <msgpack.h>

#include "base/buf.h"
#include "base/err.h"

/* NULL with ERR_MEMORY, or ERR_INVALID for what JSON cannot hold. What JSON has no word for: a number that is
 * not finite becomes null, bytes that are no UTF-8 a string of hexadecimal digits, a key that is no text its
 * JSON. */
json_t *json_from_mp(const msgpack_object *value, struct err *e);

/* Reads JSON text; failure names line and column. */
json_t *json_parse(const char *data, size_t size, struct err *e);

/* Appends the document, indented, with a line break behind; nothing in it that a terminal would obey. */
int json_write(struct buf *out, const json_t *value, struct err *e);

/* Looks that never fail: a missing or other value reads as "" or 0. */
const char *json_text(const json_t *map, const char *key);
double json_number(const json_t *map, const char *key); /* NAN when there is none */
int64_t json_whole(const json_t *map, const char *key);

#endif
