/* csv.h - reads CSV as RFC 4180 has it, in UTF-8, and knows where each field stands: line and column as an
 * editor shows them, both from 1, the column in characters. Quoted fields may hold commas, quotes and line
 * breaks; lines end in LF or CRLF; a byte order mark is skipped; empty lines are skipped when there is more
 * than one column. Memory is bounded: one row of at most CSV_ROW_LIMIT bytes, whatever the size of the file.
 *
 * A row with a fault is told with the fault's place, and reading goes on with the next row, so that a person
 * can be shown all faults at once. Owner: whoever called csv_open; what csv_next leaves in `fields` is good
 * until the next call. One thread. */
#ifndef PEERNET_BASE_CSV_H
#define PEERNET_BASE_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define CSV_FIELD_LIMIT (1u << 20) /* bytes of one field */
#define CSV_ROW_LIMIT (4u << 20)   /* bytes of one row */
#define CSV_COLUMN_LIMIT 1000u     /* fields of one row */

struct csv_place {
    uint64_t line;
    uint64_t column;
};

struct csv_field {
    const char *text; /* without its quotes, NUL-terminated; holds no other NUL */
    size_t size;
    struct csv_place place; /* of its first character, or of its opening quote */
};

/* Fills up to `size` bytes; the number read, 0 at the end, -1 with errno on failure. */
typedef int64_t (*csv_source)(void *context, void *data, size_t size);

enum csv_result {
    CSV_ROW,   /* fields[0 .. count) */
    CSV_FAULT, /* a row that cannot be used: fault and fault_place say why; the next call goes on behind it */
    CSV_END,
    CSV_FAILED /* reading or memory failed: the error says why; there is no next row */
};

struct csv {
    struct csv_field *fields;
    uint32_t count;
    struct csv_place row; /* where the row begins */
    char fault[256];      /* what is wrong and what is allowed */
    struct csv_place fault_place;
    uint64_t bytes; /* read from the source so far */
    struct csv_reader *reader;
};

int csv_open(struct csv *c, csv_source source, void *context, struct err *e);
void csv_close(struct csv *c);

/* Every row must have as many fields as the first one that was read. */
enum csv_result csv_next(struct csv *c, struct err *e);

/* Writes one field as RFC 4180 has it, quoted when it must be. Separators and line ends are the caller's. */
void csv_write_field(struct buf *out, const char *text);

#endif
