/* error.h - errors.def as a table: err_code <-> the name on the wire. Static data; any thread. */
#ifndef PEERNET_PROTO_ERROR_H
#define PEERNET_PROTO_ERROR_H

#include <stddef.h>

#include "base/err.h"

struct error_def {
    enum err_code code;
    const char *name;     /* "E_NOT_FOUND" */
    const char *sentence; /* when it comes */
};
extern const struct error_def error_defs[];
extern const size_t error_count;

const char *error_wire_name(enum err_code code); /* "E_INTERNAL" for what the table does not know */
/* The first code of that name; ERR_INTERNAL for a name that the table does not know. */
enum err_code error_wire_parse(const char *name, size_t size);

#endif
