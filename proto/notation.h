/* notation.h - reads the notation of methods.def: "name?:type(lowest..highest)=preset" separated by blanks.
 * For method.c and its tests. */
#ifndef PEERNET_PROTO_NOTATION_H
#define PEERNET_PROTO_NOTATION_H

#include <stddef.h>

#include "proto/method.h"

/* Fills `out` and returns how many there were. A mistake, or more than `max`, ends the program with `where`
 * and the place: the notation is part of the program, not of its input. */
size_t notation_parse(const char *where, const char *notation, struct param *out, size_t max);
/* The same, as an error (ERR_INVALID): for tests. */
int notation_parse_one(const char **at, struct param *out, struct err *e);

#endif
