/* warnings.h - sentences about what could be obeyed only in part, in a list (JSON) of the caller's; NULL:
 * nobody is told. Pure. */
#ifndef PEERNET_CORE_WARNINGS_H
#define PEERNET_CORE_WARNINGS_H

#include "base/err.h"
#include "core/population/population.h"

struct json_t;

int warnings_add(struct json_t *warnings, struct err *e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* An attribute that nobody has: a slip, or the organizers changed. */
int warnings_of_attribute(const struct population *p, const char *setting, const char *attribute,
                          struct json_t *warnings, struct err *e);

#endif
