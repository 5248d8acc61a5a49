/* err.h - an error is a value: a code that programs act on and a text that people read.
 *
 * A function that can fail returns 0 or one of these codes and fills the caller's struct err. Callers add
 * context with err_wrap; the boundary (a connection, main) logs or sends it, once.
 * Owner: whoever declared the struct err, usually on its stack. Any thread, one struct per thread. */
#ifndef PEERNET_BASE_ERR_H
#define PEERNET_BASE_ERR_H

#include <stdarg.h>

enum err_code {
    ERR_OK = 0,
    ERR_INVALID,     /* the input is not allowed; the text names what, where and the limit */
    ERR_NOT_FOUND,   /* no such thing */
    ERR_LIMIT,       /* over a configured limit, which the text names with its value */
    ERR_BUSY,        /* somebody else is at it; trying again later may work */
    ERR_STALE,       /* rests on something that is no longer current */
    ERR_DENIED,      /* not allowed to this caller */
    ERR_UNAVAILABLE, /* the database (or another party) is away */
    ERR_CANCELLED,   /* stopped on request or by its time limit */
    ERR_MEMORY,      /* out of memory */
    ERR_IO,          /* a file or descriptor failed */
    ERR_INTERNAL     /* a fault of ours */
};

struct err {
    enum err_code code;
    char text[1024];
};

#define ERR_INIT   \
    {              \
        ERR_OK, "" \
    }

/* Sets code and text (replacing what was there); returns the code, so that `return err_set(...)` reads well.
 * `e` may be NULL: then only the code is returned. A text longer than the struct is cut at a UTF-8 boundary.
 */
int err_set(struct err *e, enum err_code code, const char *format, ...) __attribute__((format(printf, 3, 4)));
int err_vset(struct err *e, enum err_code code, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

/* Puts "context: " before the text and keeps the code, which is returned. */
int err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Out of memory while doing `what`. Here in full so that whoever reads or checks a caller sees that it is
 * never 0. */
static inline int err_memory(struct err *e, const char *what)
{
    err_set(e, ERR_MEMORY, "out of memory for %s", what);
    return (int)ERR_MEMORY;
}

/* A short stable name of a code ("invalid", "not_found"); for logs. */
const char *err_name(enum err_code code);

#endif
