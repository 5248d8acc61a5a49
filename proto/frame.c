#include "proto/frame.h"

#include <endian.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "proto/text.h"

void frame_limits_default(struct frame_limits *limits)
{
    *limits = (struct frame_limits){.bytes = 1u << 20, .depth = 32, .elements = 65536};
}

void frame_begin(struct frame_scan *scan, const struct frame_limits *limits)
{
    memset(scan, 0, offsetof(struct frame_scan, left));
    memset(&scan->tag, 0, offsetof(struct frame_scan, reason) - offsetof(struct frame_scan, tag));
    scan->reason[0] = '\0';
    scan->limits = *limits;
    if (scan->limits.depth > FRAME_DEPTH_MAX)
        scan->limits.depth = FRAME_DEPTH_MAX;
    scan->outstanding = 1;
    scan->elements = 1;
    scan->answer = FRAME_MORE;
}

static void scan_refuse(struct frame_scan *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void scan_refuse(struct frame_scan *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(s->reason, sizeof s->reason, format, args);
    va_end(args);
    s->answer = FRAME_BAD;
}

/* Whatever is announced needs at least a byte each: held against what the limit leaves. */
static void scan_check_bytes(struct frame_scan *s)
{
    uint64_t least = s->at + s->outstanding + s->body_left + s->length_left;
    if (least <= s->limits.bytes)
        return;
    s->broke = FRAME_BYTES;
    scan_refuse(s,
                "a message has at least %" PRIu64 " bytes by what its byte %zu announces; the limit is "
                "%zu bytes",
                least, s->at - 1, s->limits.bytes);
}

/* A value is complete: counts it in its parent, whose end may complete that one too. */
static void scan_value_end(struct frame_scan *s)
{
    while (s->level > 0) {
        if (--s->left[s->level - 1] > 0)
            return;
        s->level--;
    }
    s->answer = FRAME_WHOLE;
}

/* An array of `count` values, or a map of half as many pairs. */
static void scan_container(struct frame_scan *s, uint64_t count)
{
    if (s->level >= s->limits.depth) {
        s->broke = FRAME_DEPTH;
        scan_refuse(s, "byte %zu opens level %" PRIu32 " of arrays and maps; the limit is %" PRIu32 " levels",
                    s->at - 1, s->level + 1, s->limits.depth);
        return;
    }
    if (count + s->elements > s->limits.elements) {
        s->broke = FRAME_ELEMENTS;
        scan_refuse(s,
                    "a message has at least %" PRIu64 " values by what its byte %zu announces; the limit is "
                    "%" PRIu32 " values",
                    count + s->elements, s->at - 1, s->limits.elements);
        return;
    }
    s->elements += (uint32_t)count;
    s->outstanding += count;
    scan_check_bytes(s);
    if (s->answer != FRAME_MORE)
        return;
    if (count == 0)
        scan_value_end(s);
    else
        s->left[s->level++] = (uint32_t)count;
}

/* The bytes of a number, bin or str. */
static void scan_body(struct frame_scan *s, uint64_t size, bool text)
{
    s->body_left = size;
    s->in_text = text;
    scan_check_bytes(s);
    if (s->answer == FRAME_MORE && size == 0)
        scan_value_end(s);
}

static void scan_length(struct frame_scan *s, uint8_t tag, uint8_t bytes)
{
    s->tag = tag;
    s->length_left = bytes;
    s->declared = 0;
    scan_check_bytes(s);
}

/* The length or count behind a header byte is read. */
static void scan_length_end(struct frame_scan *s)
{
    switch (s->tag) {
    case 0xc4:
    case 0xc5:
    case 0xc6:
        scan_body(s, s->declared, false);
        break;
    case 0xd9:
    case 0xda:
    case 0xdb:
        scan_body(s, s->declared, true);
        break;
    case 0xdc:
    case 0xdd:
        scan_container(s, s->declared);
        break;
    default: /* 0xde, 0xdf */
        scan_container(s, s->declared * 2);
    }
}

static bool is_array(uint8_t byte)
{
    return (byte & 0xf0) == 0x90 || byte == 0xdc || byte == 0xdd;
}

/* The header bytes from 0xc0 to 0xdf. */
static void scan_header_long(struct frame_scan *s, uint8_t byte)
{
    static const uint8_t number_bytes[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8}; /* 0xca float .. 0xd3 int64 */
    if (byte == 0xc0 || byte == 0xc2 || byte == 0xc3)
        scan_value_end(s);
    else if (byte >= 0xc4 && byte <= 0xc6)
        scan_length(s, byte, (uint8_t)(1u << (byte - 0xc4)));
    else if (byte >= 0xca && byte <= 0xd3)
        scan_body(s, number_bytes[byte - 0xca], false);
    else if (byte >= 0xd9 && byte <= 0xdb)
        scan_length(s, byte, (uint8_t)(1u << (byte - 0xd9)));
    else if (byte >= 0xdc && byte <= 0xdf)
        scan_length(s, byte, byte % 2 == 0 ? 2 : 4);
    else
        scan_refuse(s, "byte %zu is 0x%02x, %s", s->at - 1, byte,
                    byte == 0xc1 ? "which MessagePack never uses" : "an ext type: no method takes one");
}

/* The first byte of a value. */
static void scan_header(struct frame_scan *s, uint8_t byte)
{
    s->at++;
    s->outstanding--;
    if (s->at == 1 && !is_array(byte))
        scan_refuse(s, "a message is an array (0x90-0x9f, 0xdc, 0xdd); 0x%02x came", byte);
    else if (byte < 0x80 || byte >= 0xe0)
        scan_value_end(s);
    else if (byte < 0x90)
        scan_container(s, (byte & 0x0fu) * 2u);
    else if (byte < 0xa0)
        scan_container(s, byte & 0x0fu);
    else if (byte < 0xc0)
        scan_body(s, byte & 0x1fu, true);
    else
        scan_header_long(s, byte);
}

/* The first byte of a character: how many follow and what the next may be, so that overlong forms, surrogates
 * and what is beyond U+10FFFF are refused by it. False when no character begins so. */
static bool utf8_begin(struct frame_scan *s, uint8_t byte)
{
    s->utf8_low = 0x80;
    s->utf8_high = 0xbf;
    if (byte < 0x80)
        return true;
    if (byte < 0xc2 || byte > 0xf4)
        return false;
    s->utf8_left = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte == 0xe0)
        s->utf8_low = 0xa0;
    else if (byte == 0xed)
        s->utf8_high = 0x9f;
    else if (byte == 0xf0)
        s->utf8_low = 0x90;
    else if (byte == 0xf4)
        s->utf8_high = 0x8f;
    return true;
}

static bool utf8_continue(struct frame_scan *s, uint8_t byte)
{
    bool fine = byte >= s->utf8_low && byte <= s->utf8_high;
    s->utf8_low = 0x80;
    s->utf8_high = 0xbf;
    s->utf8_left--;
    return fine;
}

/* Bits of a byte each that are set where it is no ASCII. */
static uint64_t foreign_bits(const uint8_t *eight)
{
    uint64_t bits;
    memcpy(&bits, eight, 8);
    return le64toh(bits) & UINT64_C(0x8080808080808080);
}

/* How many of the bytes are plain ASCII from the start. */
static size_t ascii_run(const uint8_t *data, size_t size)
{
    size_t i = 0;
    while (i + 8 <= size && foreign_bits(data + i) == 0)
        i += 8;
    while (i < size && data[i] < 0x80)
        i++;
    return i;
}

static bool scan_text(struct frame_scan *s, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (s->utf8_left == 0) {
            i += ascii_run(data + i, size - i);
            if (i == size)
                return true;
        }
        if (!(s->utf8_left > 0 ? utf8_continue(s, data[i]) : utf8_begin(s, data[i]))) {
            scan_refuse(s, "byte %zu, 0x%02x, makes a str invalid UTF-8", s->at + i, data[i]);
            return false;
        }
    }
    return true;
}

/* As much of a body as is there. */
static void scan_body_bytes(struct frame_scan *s, const uint8_t *data, size_t size)
{
    size_t take = s->body_left < size ? (size_t)s->body_left : size;
    if (s->in_text && !scan_text(s, data, take))
        return;
    s->at += take;
    s->body_left -= take;
    if (s->body_left > 0)
        return;
    if (s->utf8_left > 0)
        scan_refuse(s, "byte %zu ends a str in the middle of a UTF-8 character", s->at - 1);
    else
        scan_value_end(s);
}

enum frame_answer frame_scan(struct frame_scan *s, const uint8_t *data, size_t size)
{
    while (s->answer == FRAME_MORE && s->at < size) {
        if (s->body_left > 0) {
            scan_body_bytes(s, data + s->at, size - s->at);
        } else if (s->length_left > 0) {
            s->declared = s->declared << 8 | data[s->at++];
            if (--s->length_left == 0)
                scan_length_end(s);
        } else {
            scan_header(s, data[s->at]);
        }
    }
    return s->answer;
}

/* ---- the short way, for a frame that is whole and fine ---- */

/* A place in a frame; the bytes end where they do, or where the limit is. */
struct quick {
    const uint8_t *at, *end;
    bool texts; /* are checked */
};

/* Eight bytes at a time, the last of which overlap with those before, or are more than the text. */
static inline bool is_text(const uint8_t *data, size_t size, size_t there)
{
    uint64_t foreign = 0;
    if (size >= 8) {
        foreign = foreign_bits(data + size - 8);
        for (size_t i = 0; i + 8 < size; i += 8)
            foreign |= foreign_bits(data + i);
    } else if (there >= 8 && size > 0) {
        foreign = foreign_bits(data) << (64 - 8 * size); /* the first byte is the lowest */
    } else {
        return text_characters((const char *)data, size) >= 0;
    }
    return foreign == 0 || text_characters((const char *)data, size) >= 0;
}

static inline bool quick_body(struct quick *q, uint64_t size, bool text)
{
    size_t there = (size_t)(q->end - q->at);
    if (size > there || (text && q->texts && !is_text(q->at, (size_t)size, there)))
        return false;
    q->at += (size_t)size;
    return true;
}

/* The length or count of 1, 2 or 4 bytes; more than there can be where it is not there. */
static uint64_t quick_length(struct quick *q, size_t bytes)
{
    uint64_t value = 0;
    if (bytes > (size_t)(q->end - q->at))
        return UINT64_MAX;
    for (size_t i = 0; i < bytes; i++)
        value = value << 8 | *q->at++;
    return value;
}

enum quick_kind { QUICK_NONE, QUICK_VALUE, QUICK_HOLDS };

static enum quick_kind kind_if(bool there)
{
    return there ? QUICK_VALUE : QUICK_NONE;
}

/* What follows a header byte from 0xc0 to 0xdf: how many values it holds in *count where it is an array or
 * map; NONE: it is not there, or nothing that is allowed. */
static inline enum quick_kind quick_long(struct quick *q, uint8_t byte, uint64_t *count)
{
    static const uint8_t number_bytes[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8}; /* 0xca float .. 0xd3 int64 */
    if (byte >= 0xca && byte <= 0xd3)
        return kind_if(quick_body(q, number_bytes[byte - 0xca], false));
    if (byte >= 0xd9 && byte <= 0xdb)
        return kind_if(quick_body(q, quick_length(q, (size_t)1 << (byte - 0xd9)), true));
    if (byte >= 0xc4 && byte <= 0xc6)
        return kind_if(quick_body(q, quick_length(q, (size_t)1 << (byte - 0xc4)), false));
    if (byte < 0xdc)
        return kind_if(byte == 0xc0 || byte == 0xc2 || byte == 0xc3);
    *count = quick_length(q, byte % 2 == 0 ? 2 : 4);
    if (*count > UINT32_MAX)
        return QUICK_NONE;
    *count <<= byte >= 0xde;
    return QUICK_HOLDS;
}

/* Likewise for any value. */
static inline enum quick_kind quick_value(struct quick *q, uint64_t *count)
{
    uint8_t byte = *q->at++;
    if (byte < 0x80 || byte >= 0xe0)
        return QUICK_VALUE;
    if (byte >= 0xc0)
        return quick_long(q, byte, count);
    if (byte >= 0xa0)
        return kind_if(quick_body(q, byte & 0x1fu, true));
    *count = byte < 0x90 ? (byte & 0x0fu) * 2u : byte & 0x0fu;
    return QUICK_HOLDS;
}

/* Inline: each caller gets its own, with or without the check of texts. */
static inline __attribute__((always_inline)) size_t quick(const struct frame_limits *limits,
                                                          const uint8_t *data, size_t size, bool texts)
{
    struct quick q = {data, data + (size < limits->bytes ? size : limits->bytes), texts};
    uint32_t above[FRAME_DEPTH_MAX], level = 0; /* values left on the levels above the present one */
    uint32_t depth = limits->depth < FRAME_DEPTH_MAX ? limits->depth : FRAME_DEPTH_MAX;
    uint64_t elements = 1, count, left = 1;
    if (size == 0 || !is_array(data[0]))
        return 0;
    for (;;) {
        enum quick_kind kind = q.at == q.end ? QUICK_NONE : quick_value(&q, &count);
        if (kind == QUICK_NONE)
            return 0;
        left--;
        if (kind == QUICK_HOLDS) {
            elements += count;
            if (level == depth || elements > limits->elements)
                return 0;
            above[level++] = (uint32_t)left;
            left = count;
        }
        while (left == 0) {
            if (level == 0)
                return (size_t)(q.at - data);
            left = above[--level];
        }
    }
}

size_t frame_quick(const struct frame_limits *limits, const uint8_t *data, size_t size)
{
    return quick(limits, data, size, true);
}

size_t frame_skip(const struct frame_limits *limits, const uint8_t *data, size_t size)
{
    return quick(limits, data, size, false);
}
