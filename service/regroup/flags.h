/* flags.h - the flags of a command of peernet-regroup: one table says what is read and what --help tells.
 * Owner: the caller. At start, before there are threads (getopt keeps what it is at for itself). */
#ifndef PEERNET_REGROUP_FLAGS_H
#define PEERNET_REGROUP_FLAGS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"

struct flag {
    const char *name, *value; /* what a value is called in the help; NULL: it takes none */
    int key;                  /* of its own; one that is a character is its short flag too */
    const char *sentence;
};

struct flags {
    const struct flag *list;
    size_t n;
    const char *of;      /* whose they are, in words, for errors */
    const char *command; /* what stands before --help to list them, with a blank behind it; "" = nothing */
};

/* Appends a line a flag. */
void flags_help(const struct flags *flags, struct buf *out);

/* Calls take(context, key, value, e) for each flag given, in their order, until it fails. ERR_INVALID with
 * what is wrong, and the nearest flag that there is; nothing but flags may be given. */
int flags_read(const struct flags *flags, int argc, char **argv,
               int (*take)(void *context, int key, const char *value, struct err *e), void *context,
               struct err *e);

#endif
