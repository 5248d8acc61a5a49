/* pg_binary.h - rows for COPY ... FROM STDIN (FORMAT binary): numbers go as they are, and nothing has to be
 * escaped here and read again there. The types must be those of the columns. Appended to a buffer whose owner
 * asks buf_failed() once at the end. Pure. */
#ifndef PEERNET_STORE_PG_BINARY_H
#define PEERNET_STORE_PG_BINARY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

/* Before the first row, and behind the last. */
void pg_binary_begin(struct buf *out);
void pg_binary_end(struct buf *out);

/* A row begins; as many fields follow. */
void pg_binary_row(struct buf *out, uint16_t fields);

void pg_binary_null(struct buf *out);
void pg_binary_int2(struct buf *out, int16_t value);
void pg_binary_int4(struct buf *out, int32_t value);
void pg_binary_int8(struct buf *out, int64_t value);
void pg_binary_float4(struct buf *out, float value);
/* `days`: since 1970-01-01. */
void pg_binary_date(struct buf *out, int32_t days);
void pg_binary_bytes(struct buf *out, const void *bytes, size_t size);
void pg_binary_text(struct buf *out, const char *text);

/* A field that is appended piece by piece: text, json, jsonb or text[]; open gives what close wants. */
size_t pg_binary_open(struct buf *out);
size_t pg_binary_jsonb_open(struct buf *out);
void pg_binary_close(struct buf *out, size_t opened);
/* text[]: `n` elements follow, each by pg_binary_text, then close. */
size_t pg_binary_texts_open(struct buf *out, uint32_t n);

#endif
