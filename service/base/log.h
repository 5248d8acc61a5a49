/* log.h - lines on standard error, as logfmt or JSON: time=... level=info program=peernetd msg="..."
 * key=value ...
 *
 * One call is one line and one write, so that lines of several processes never mix. What callers give after
 * the message is formatted logfmt already: use log_quote for text that may hold spaces, quotes or controls.
 * Any thread. Owner: the process; log_open once at start. */
#ifndef PEERNET_BASE_LOG_H
#define PEERNET_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

enum log_format { LOG_LOGFMT, LOG_JSON };

/* Names the program, the most detailed level to print, and how (default "peernet", LOG_INFO, LOG_LOGFMT). */
void log_open(const char *program, enum log_level level, enum log_format format);
/* Whether lines of that level are printed. */
bool log_is_on(enum log_level level);

/* "error", "warn", "info", "debug" -> level; -1 for anything else. */
int log_level_parse(const char *name);
/* "logfmt", "json" -> format; -1 for anything else. */
int log_format_parse(const char *name);

/* log_write(LOG_INFO, "listening", "address=%s port=%d", ...): fields may be "". */
void log_write(enum log_level level, const char *message, const char *fields, ...)
    __attribute__((format(printf, 3, 4)));

/* Writes `text` as a logfmt value, quoted and escaped as needed, into `out`; returns `out`. */
const char *log_quote(const char *text, char *out, size_t size);

#endif
