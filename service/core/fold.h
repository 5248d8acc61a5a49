/* fold.h - text as people search for it: lower case, without accents (å ä -> a, ö -> o, é -> e, ß -> ss),
 * blanks collapsed. Works on UTF-8; letters outside Latin are kept as they are. Pure. Any thread. */
#ifndef PEERNET_CORE_FOLD_H
#define PEERNET_CORE_FOLD_H

#include <stddef.h>

/* Writes the folded text and a NUL into `out`, which must hold 2 * length + 1 bytes; returns its length. */
size_t fold_text(const char *text, size_t length, char *out);

#endif
