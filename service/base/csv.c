#include "base/csv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK (64u << 10)

enum where {
    FIELD_START, /* nothing of the field read yet */
    IN_FIELD,    /* inside a field without quotes */
    IN_QUOTES,   /* inside a quoted field */
    QUOTE_SEEN,  /* behind a quote in a quoted field: its end, or the first of two */
    RETURN_SEEN, /* behind a CR that should end the line */
};

struct csv_reader {
    csv_source source;
    void *context;
    size_t at, end; /* what of the chunk is still to be read */
    bool ended;     /* the source has no more */
    bool io_failed;
    bool memory_failed;
    enum where where;
    struct csv_place next;       /* of the next character */
    struct csv_place character;  /* of the character that is being read */
    uint8_t first;               /* its first byte */
    unsigned utf8_left;          /* continuation bytes that it still needs */
    uint8_t utf8_low, utf8_high; /* what the next of them may be */
    struct buf text;             /* the fields of the row, each with its NUL */
    size_t field;                /* where the field that is being read starts in `text` */
    uint32_t room;               /* fields that csv.fields has memory for */
    uint32_t expected;           /* fields of the first row; 0 before it */
    bool faulty;                 /* the row has a fault already: only its first is told */
    bool quoted;                 /* the row has a quoted field, so it is no empty line */
    bool skip;                   /* the field or the row is over a limit: its bytes are dropped */
    uint8_t chunk[CHUNK];
};

int csv_open(struct csv *c, csv_source source, void *context, struct err *e)
{
    *c = (struct csv){0};
    c->reader = malloc(sizeof *c->reader);
    if (c->reader == NULL)
        return err_memory(e, "a CSV reader");
    memset(c->reader, 0, offsetof(struct csv_reader, chunk));
    c->reader->source = source;
    c->reader->context = context;
    c->reader->next = (struct csv_place){1, 1};
    buf_init(&c->reader->text, 0);
    return ERR_OK;
}

void csv_close(struct csv *c)
{
    if (c->reader != NULL)
        buf_free(&c->reader->text);
    free(c->reader);
    free(c->fields);
    *c = (struct csv){0};
}

static void fault(struct csv *c, struct csv_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void fault(struct csv *c, struct csv_place place, const char *format, ...)
{
    if (c->reader->faulty)
        return;
    c->reader->faulty = true;
    c->fault_place = place;
    va_list args;
    va_start(args, format);
    vsnprintf(c->fault, sizeof c->fault, format, args);
    va_end(args);
}

static void start_field(struct csv *c)
{
    struct csv_reader *r = c->reader;
    r->field = r->text.size;
    if (c->count == CSV_COLUMN_LIMIT) {
        fault(c, r->character, "more than %u columns; no row may have more", CSV_COLUMN_LIMIT);
        return;
    }
    if (c->count == r->room) {
        uint32_t room = r->room == 0 ? 16 : r->room * 2;
        struct csv_field *fields = realloc(c->fields, room * sizeof *fields);
        if (fields == NULL) {
            r->memory_failed = true;
            return;
        }
        c->fields = fields;
        r->room = room;
    }
    c->fields[c->count] = (struct csv_field){.place = r->character};
}

static void append(struct csv *c, const void *data, size_t size)
{
    struct csv_reader *r = c->reader;
    if (r->skip)
        return;
    if (r->text.size - r->field + size > CSV_FIELD_LIMIT)
        fault(c, c->count < CSV_COLUMN_LIMIT ? c->fields[c->count].place : r->character,
              "a field of more than %u bytes, which is the limit%s", CSV_FIELD_LIMIT,
              r->where == IN_QUOTES ? "; is its quote closed?" : "");
    else if (r->text.size + size > CSV_ROW_LIMIT)
        fault(c, c->row, "a row of more than %u bytes, which is the limit", CSV_ROW_LIMIT);
    else {
        buf_append(&r->text, data, size);
        return;
    }
    r->skip = true;
}

static void end_field(struct csv *c)
{
    struct csv_reader *r = c->reader;
    if (c->count < CSV_COLUMN_LIMIT && !r->memory_failed) {
        c->fields[c->count].size = r->text.size - r->field;
        c->count++;
        buf_append(&r->text, "", 1);
    }
    r->where = FIELD_START;
    r->skip = false;
}

static void next_line(struct csv_reader *r)
{
    r->next.line++;
    r->next.column = 1;
}

/* A byte behind a closing quote, or behind the CR of a line's end. True when the row has ended. */
static bool step_behind(struct csv *c, uint8_t byte)
{
    struct csv_reader *r = c->reader;
    if (r->where == RETURN_SEEN) {
        if (byte != '\n') {
            fault(c, (struct csv_place){r->character.line, r->character.column - 1},
                  "a carriage return that ends no line; lines end in LF or CRLF");
            r->where = IN_FIELD;
            return false;
        }
        r->character.column--; /* the row ends where its CR stands */
        end_field(c);
        return true;
    }
    if (byte == '"') {
        append(c, "\"", 1);
        r->where = IN_QUOTES;
    } else if (byte == ',') {
        end_field(c);
    } else if (byte == '\n') {
        end_field(c);
        return true;
    } else if (byte == '\r') {
        r->where = RETURN_SEEN;
    } else {
        fault(c, r->character,
              "text behind the closing quote of a field; a quote inside a field is written twice");
        r->where = IN_FIELD;
    }
    return false;
}

/* A byte outside quotes. True when the row has ended. */
static bool step_plain(struct csv *c, uint8_t byte)
{
    struct csv_reader *r = c->reader;
    if (r->where == FIELD_START) {
        start_field(c);
        if (byte == '"') {
            r->quoted = true;
            r->where = IN_QUOTES;
            return false;
        }
        r->where = IN_FIELD;
    }
    if (byte == ',') {
        end_field(c);
    } else if (byte == '\n') {
        end_field(c);
        return true;
    } else if (byte == '\r') {
        r->where = RETURN_SEEN;
    } else {
        if (byte == '"')
            fault(c, r->character,
                  "a quote inside a field without quotes; such a field is put in quotes and the "
                  "quote written twice");
        append(c, &byte, 1);
    }
    return false;
}

static bool step(struct csv *c, uint8_t byte)
{
    struct csv_reader *r = c->reader;
    bool ended = false;
    if (r->where == QUOTE_SEEN || r->where == RETURN_SEEN) {
        ended = step_behind(c, byte);
    } else if (r->where == IN_QUOTES) {
        if (byte == '"')
            r->where = QUOTE_SEEN;
        else
            append(c, &byte, 1);
    } else {
        ended = step_plain(c, byte);
    }
    if (byte == '\n')
        next_line(r);
    return ended;
}

/* What may follow a first byte of UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF. */
static bool utf8_begin(struct csv_reader *r, uint8_t byte)
{
    r->utf8_low = 0x80;
    r->utf8_high = 0xBF;
    if (byte < 0xC2 || byte > 0xF4)
        return false;
    r->utf8_left = byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : 1;
    if (byte == 0xE0)
        r->utf8_low = 0xA0;
    else if (byte == 0xED)
        r->utf8_high = 0x9F;
    else if (byte == 0xF0)
        r->utf8_low = 0x90;
    else if (byte == 0xF4)
        r->utf8_high = 0x8F;
    return true;
}

static void not_utf8(struct csv *c)
{
    struct csv_reader *r = c->reader;
    bool utf16 = r->character.line == 1 && r->character.column == 1 && (r->first == 0xFF || r->first == 0xFE);
    fault(c, r->character, "byte 0x%02X is not UTF-8; save the file as UTF-8 (it looks like %s)", r->first,
          utf16 ? "UTF-16" : "Latin-1 or Windows-1252");
    r->utf8_left = 0;
}

/* Checks the encoding and counts the character; false when `byte` only goes on with one. */
static bool count_character(struct csv *c, uint8_t byte)
{
    struct csv_reader *r = c->reader;
    if (r->utf8_left > 0) {
        if (byte >= r->utf8_low && byte <= r->utf8_high) {
            r->utf8_left--;
            r->utf8_low = 0x80;
            r->utf8_high = 0xBF;
            return false;
        }
        not_utf8(c);
    }
    r->character = r->next;
    r->first = byte;
    r->next.column++;
    if (byte == 0)
        fault(c, r->character, "a NUL byte; text holds none");
    else if (byte >= 0x80 && !utf8_begin(r, byte))
        not_utf8(c);
    return true;
}

/* Bytes that stand for themselves, in quotes and outside. */
static bool is_plain(uint8_t byte, bool quotes)
{
    return byte < 0x80 && byte != '"' && byte != '\n' && byte != '\r' && byte != 0 && (quotes || byte != ',');
}

/* Takes as many plain bytes as there are at once: what makes reading fast. */
static void take_plain(struct csv *c)
{
    struct csv_reader *r = c->reader;
    if ((r->where != IN_FIELD && r->where != IN_QUOTES) || r->utf8_left > 0)
        return;
    bool quotes = r->where == IN_QUOTES;
    size_t start = r->at, at = r->at;
    while (at < r->end && is_plain(r->chunk[at], quotes))
        at++;
    if (at == start)
        return;
    append(c, r->chunk + start, at - start);
    r->next.column += at - start;
    r->at = at;
}

/* Makes sure that there are bytes; false at the end or on failure. */
static bool fill(struct csv *c, size_t wanted, struct err *e)
{
    struct csv_reader *r = c->reader;
    if (r->at == r->end)
        r->at = r->end = 0;
    while (r->end - r->at < wanted && !r->ended) {
        int64_t got = r->source(r->context, r->chunk + r->end, CHUNK - r->end);
        if (got < 0) {
            err_set(e, ERR_IO, "reading: %s", strerror(errno));
            r->io_failed = true;
            return false;
        }
        r->ended = got == 0;
        r->end += (size_t)got;
        c->bytes += (uint64_t)got;
    }
    return r->at < r->end;
}

static void check_count(struct csv *c)
{
    struct csv_reader *r = c->reader;
    if (r->expected == 0)
        r->expected = c->count;
    else if (c->count > r->expected)
        fault(c, c->fields[r->expected].place, "%s%u fields in this row; the first row has %u",
              c->count == CSV_COLUMN_LIMIT ? "at least " : "", c->count, r->expected);
    else if (c->count < r->expected)
        fault(c, r->character, "%u field%s in this row; the first row has %u", c->count,
              c->count == 1 ? "" : "s", r->expected);
}

/* The source has ended inside a row: an open quote or half a character is a fault, a missing line end is not.
 */
static void end_source(struct csv *c)
{
    struct csv_reader *r = c->reader;
    if (r->utf8_left > 0) {
        fault(c, r->character, "the file ends inside a character; is it whole?");
        r->utf8_left = 0;
    }
    r->character = r->next;
    if (r->where == FIELD_START)
        start_field(c);
    else if (r->where == IN_QUOTES)
        fault(c, c->count < CSV_COLUMN_LIMIT ? c->fields[c->count].place : c->row,
              "the quote that opens here is never closed");
    else if (r->where == RETURN_SEEN)
        fault(c, (struct csv_place){r->character.line, r->character.column - 1},
              "a carriage return that ends no line; lines end in LF or CRLF");
    end_field(c);
}

/* Reads up to the end of one row; false when there is none, or on failure. */
static bool read_row(struct csv *c, struct err *e)
{
    struct csv_reader *r = c->reader;
    bool begun = false;
    for (;;) {
        if (r->at == r->end && !fill(c, 1, e)) {
            if (begun && !r->io_failed)
                end_source(c);
            return begun;
        }
        if (!begun)
            c->row = r->next;
        begun = true;
        take_plain(c);
        if (r->at == r->end)
            continue;
        uint8_t byte = r->chunk[r->at++];
        bool first = count_character(c, byte);
        bool ended = false;
        if (first && byte != 0)
            ended = step(c, byte);
        else
            append(c, &byte, byte != 0);
        if (ended)
            return true;
        if (r->memory_failed)
            return false;
    }
}

static void point_fields(struct csv *c)
{
    const char *text = (const char *)c->reader->text.data;
    for (uint32_t i = 0; i < c->count; i++) {
        c->fields[i].text = text;
        text += c->fields[i].size + 1;
    }
}

enum csv_result csv_next(struct csv *c, struct err *e)
{
    struct csv_reader *r = c->reader;
    if (c->bytes == 0 && fill(c, 3, e) && r->end - r->at >= 3 && memcmp(r->chunk, "\xEF\xBB\xBF", 3) == 0)
        r->at += 3;
    do {
        buf_clear(&r->text);
        c->count = 0;
        r->where = FIELD_START;
        r->faulty = r->quoted = r->skip = false;
        bool row = !r->io_failed && !r->memory_failed && read_row(c, e);
        if (r->memory_failed || buf_failed(&r->text)) {
            r->memory_failed = true;
            err_memory(e, "a row of CSV");
            return CSV_FAILED;
        }
        if (!row || r->io_failed)
            return r->io_failed ? CSV_FAILED : CSV_END;
    } while (r->expected != 1 && c->count == 1 && c->fields[0].size == 0 && !r->quoted && !r->faulty);
    check_count(c);
    if (r->faulty)
        return CSV_FAULT;
    point_fields(c);
    return CSV_ROW;
}

void csv_write_field(struct buf *out, const char *text)
{
    /* Quoted too: what some programs would trim, and what at a file's start would pass for a byte order mark.
     */
    size_t size = strlen(text);
    bool edge = size > 0 && (text[0] == ' ' || text[size - 1] == ' ');
    bool quotes = edge || strpbrk(text, ",\"\r\n") != NULL || strncmp(text, "\xEF\xBB\xBF", 3) == 0;
    if (!quotes) {
        buf_append(out, text, size);
        return;
    }
    buf_append(out, "\"", 1);
    for (const char *quote; (quote = strchr(text, '"')) != NULL; text = quote + 1) {
        buf_append(out, text, (size_t)(quote - text));
        buf_append(out, "\"\"", 2);
    }
    buf_text(out, text);
    buf_append(out, "\"", 1);
}
