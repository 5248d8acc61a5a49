/* show.h - values as people read them: text made harmless, ages, times, numbers.
 *
 * What a server sends is data. Before it reaches a terminal, everything that a terminal might obey or that
 * would deceive the eye (controls, escapes, direction marks, invisible spaces) is made visible: ESC becomes
 * \u001b, a line break \n.
 * All append to a buf of the caller's and never fail but by its sticky failure. Any thread. */
#ifndef PEERNET_CLI_SHOW_H
#define PEERNET_CLI_SHOW_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "peernet/text.h"

/* Also for bytes that are no UTF-8: each of those becomes \xNN. */
void show_bytes(struct buf *out, const char *data, size_t size);
void show_text(struct buf *out, const char *text); /* NULL reads as "" */

/* A JSON document whose strings hold no character that a terminal might obey; it stays the same document. */
void show_json(struct buf *out, const char *json, size_t size);

/* "just now", "3 minutes ago"; "for 3 minuter sedan" in Swedish. */
void show_ago(struct buf *out, enum language language, double seconds);
/* "3 minutes", "2 days". */
void show_duration(struct buf *out, enum language language, double seconds);
/* "2026-03-14 06:00 (3 days ago)" of ISO 8601 in UTC, in local time; the text itself when it is no time. */
/* "2026-03-14 06:00", in the person's zone; what is no time as it is, and then false. */
bool show_moment(struct buf *out, const char *iso);
void show_time(struct buf *out, enum language language, const char *iso);
/* The same of what is planned: "in 20 seconds" also where a clock's slip could make it of "just now". */
void show_due(struct buf *out, enum language language, const char *iso);
/* Only the age of it: "3 days ago". */
void show_time_ago(struct buf *out, enum language language, const char *iso);

/* 0.83 or 0,83. */
void show_decimal(struct buf *out, enum language language, double value, int digits);
/* 83 % or 83%. */
void show_percent(struct buf *out, enum language language, double share);
/* 2800, 12,345 or 12 345 (a space that does not break). */
void show_count(struct buf *out, enum language language, int64_t value);
/* "1 network", "5 networks": the number and the word for one or for many. */
void show_counted(struct buf *out, enum language language, int64_t value, enum text one, enum text many);

/* Any JSON value as one short line: strings as they are, lists with commas. */
void show_value(struct buf *out, enum language language, const json_t *value);

/* Columns that a text takes on a terminal. */
int show_width(const char *text, size_t size);

/* Bytes of the longest beginning of a text that takes at most `width` columns, no character cut in two. */
size_t show_fitting(const char *text, int width);

/* Lines of at most `width` columns (0 = no limit), each after `indent` spaces, broken at spaces; ends with a
 * line break. */
void show_wrapped(struct buf *out, const char *text, int width, int indent);

#endif
