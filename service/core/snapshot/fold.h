/* fold.h - text as people search for it: lower case, without accents (å ä -> a, ö -> o, é -> e, ß -> ss),
 * hyphens as blanks, blanks collapsed. Works on UTF-8, composed or not; letters outside Latin are kept as
 * they are, and so are bytes that are no UTF-8. Pure. Any thread. */
#ifndef PEERNET_CORE_FOLD_H
#define PEERNET_CORE_FOLD_H

#include <stddef.h>

/* Writes the folded text and a NUL into `out`, which must hold length + 1 bytes; returns its length. */
size_t fold_text(const char *text, size_t length, char *out);

#endif
