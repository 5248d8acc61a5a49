/* fields.h - of a result as JSON only the fields that were asked for, so that a script needs no second
 * program to take it apart: --fields number,label or --fields organizer.name,fit. Owner: the caller, of what
 * is returned. Any thread. */
#ifndef PEERNET_CLI_FIELDS_H
#define PEERNET_CLI_FIELDS_H

#include <jansson.h>

#include "base/err.h"

/* The entries of the first list of `result` that have the first field, as a list of objects with these fields
 * (commas between; a dot goes inward; null where an entry has none); of a result without such a list, one
 * object of its own fields. A list that is empty gives an empty one. NULL: ERR_NOT_FOUND, naming the fields
 * that there are, or ERR_MEMORY. */
json_t *fields_pick(const json_t *result, const char *fields, struct err *e);

#endif
