/* option_value.h - one value of an option: from text, against its bounds, into the program's struct. Internal
 * to options.h's implementation. Pure but for the arena that texts are kept in. */
#ifndef PEERNET_BASE_OPTION_VALUE_H
#define PEERNET_BASE_OPTION_VALUE_H

#include "base/options.h"

/* The name without its letter ("output|o" -> "output"), as length; *letter is 0 when it has none. */
size_t option_name_length(const struct option_def *def, char *letter);
bool option_is_named(const struct option_def *def, const char *name, size_t length);

/* Reads `text`, checks it against the option's bounds, stores it in the field that `values` holds for it. The
 * error says what came and what is allowed, without naming the option. */
int option_store(const struct option_def *def, const char *text, void *values, struct arena *keep,
                 struct err *e);

/* "a duration of 100ms to 1h": what the option allows, in words. Writes into `out`, returns it. */
const char *option_allowed(const struct option_def *def, char *out, size_t size);

/* Applies the lines `name = value` of a file. Errors name file and line. */
int option_file_read(struct options *o, const char *path, struct err *e);

#endif
