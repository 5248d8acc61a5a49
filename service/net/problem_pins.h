/* problem_pins.h - the rules of one proposal as the request has them, checked and written for the worker.
 * Part of problem.c. Loop thread only, as the snapshot. */
#ifndef PEERNET_NET_PROBLEM_PINS_H
#define PEERNET_NET_PROBLEM_PINS_H

#include <msgpack.h>

#include "core/snapshot/snapshot.h"

/* The organizer that a value of a list names; `where` says of which list. ERR_INVALID, ERR_NOT_FOUND. */
int problem_find(const struct snapshot *s, const char *where, const msgpack_object *value, uint32_t *out,
                 struct err *e);

/* The list [[rule, [id, ...]], ...] of `pins` (NULL: none) into `out`. ERR_LIMIT: too many, or with more than
 * `limit` organizers. `takes_part` says whether an organizer does. */
int problem_pins(struct buf *out, const struct snapshot *s, const msgpack_object *pins, uint32_t limit,
                 bool (*takes_part)(const void *context, uint32_t organizer), const void *context,
                 struct err *e);

#endif
