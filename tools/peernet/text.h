/* text.h - the command line's own words in both languages, from one table (texts.def), and which language a
 * person wants.
 *
 * Owner: static texts; what text_fill appends is the caller's buf. Any thread. */
#ifndef PEERNET_CLI_TEXT_H
#define PEERNET_CLI_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"

enum language { LANGUAGE_EN, LANGUAGE_SV };

enum text {
#define TEXT(symbol, en, sv) TEXT_##symbol,
#include "peernet/texts.def"
#undef TEXT
    TEXT_COUNT
};

/* "sv" or "en", also as the start of a locale's name (sv_SE.UTF-8); false for anything else. */
bool language_parse(const char *name, enum language *out);
/* Of LC_ALL, LC_MESSAGES and LANG the first that is set: Swedish when it names it, else English. */
enum language language_of_environment(void);
const char *language_name(enum language language); /* "en", "sv" */

const char *text(enum language language, enum text id);

/* Appends a text with {1}, {2}, ... replaced by `values` in that order (as many as the text names; a value
 * that is NULL reads as nothing). */
void text_fill(struct buf *out, enum language language, enum text id, const char *const *values, size_t n);

/* The same in one line: TEXT_FILL(out, language, TEXT_X, a, b). */
#define TEXT_FILL(out, language, id, ...)                            \
    text_fill(out, language, id, (const char *const[]){__VA_ARGS__}, \
              sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))

#endif
