/* log_json.h - a line of logfmt as a line of JSON: the same keys, numbers as numbers, everything else as
 * text. Any thread. Owner of both texts: the caller. */
#ifndef PEERNET_BASE_LOG_JSON_H
#define PEERNET_BASE_LOG_JSON_H

#include <stddef.h>

/* Writes `line` (without its newline), which log_write made, as one JSON object into `out`, without a
 * newline; returns its length. What does not fit is left out, whole fields at a time; bytes that are no UTF-8
 * become U+FFFD. */
size_t log_json(const char *line, char *out, size_t size);

#endif
