/* batch.h - reports or organizers as a request brings them, checked value by value by the rules of
 * core/input.h, as one JSON array for the database. Owner: the caller, of the buf. Any thread. */
#ifndef PEERNET_NET_BATCH_H
#define PEERNET_NET_BATCH_H

#include <msgpack.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/population/input.h"

/* `list`: maps of fields by the names of the table's columns; of organizers also "attributes", a map of texts
 * or lists of texts. ERR_INVALID names the first entry that is wrong by its index, with its field, what is
 * wrong and what is allowed; ERR_LIMIT: more than `limit` entries (submit-entries). */
int batch_write(struct buf *json, enum input_table table, const msgpack_object *list, uint32_t limit,
                struct err *e);

#endif
