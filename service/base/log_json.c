#include "base/log_json.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct json_out {
    char *text;
    size_t used, size;
    bool full;
};

static void put(struct json_out *o, const char *bytes, size_t n)
{
    if (n > o->size - o->used)
        o->full = true;
    else
        memcpy(o->text + o->used, bytes, n);
    o->used += o->full ? 0 : n;
}

/* Bytes of the character that begins at `p`; 0 when it is no UTF-8 (RFC 3629: no overlong form, no
 * surrogate). */
static size_t character(const unsigned char *p)
{
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    bool bad = (p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) ||
               (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f);
    return bad ? 0 : n;
}

/* One character, escaped where JSON wants it; returns the bytes read. */
static size_t put_character(struct json_out *o, const char *at)
{
    char escape[8];
    const unsigned char *p = (const unsigned char *)at;
    size_t n = character(p);
    if (n == 0)
        put(o, "\xef\xbf\xbd", 3);
    else if (*p == '"' || *p == '\\')
        put(o, (char[]){'\\', *at}, 2);
    else if (*p < 0x20)
        put(o, escape, (size_t)snprintf(escape, sizeof escape, "\\u%04x", *p));
    else
        put(o, at, n);
    return n == 0 ? 1 : n;
}

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at = c == '\0' ? NULL : strchr(digits, c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* What log_quote escaped; returns the place behind the closing quote. */
static const char *put_quoted(struct json_out *o, const char *at)
{
    put(o, "\"", 1);
    while (*at != '\0' && *at != '"') {
        char byte[2] = "";
        if (at[0] == '\\' && at[1] == 'n') {
            put(o, "\\n", 2);
            at += 2;
        } else if (at[0] == '\\' && at[1] == 'x' && hex(at[2]) >= 0 && hex(at[3]) >= 0) {
            byte[0] = (char)(hex(at[2]) * 16 + hex(at[3]));
            put_character(o, byte);
            at += 4;
        } else {
            at += at[0] == '\\' && at[1] != '\0';
            at += put_character(o, at);
        }
    }
    put(o, "\"", 1);
    return *at == '"' ? at + 1 : at;
}

static size_t digits(const char *at)
{
    return strspn(at, "0123456789");
}

/* As JSON writes numbers: -12, 0.5, 1e-7. */
static bool is_number(const char *at, size_t size)
{
    const char *end = at + size;
    at += *at == '-';
    if (digits(at) == 0 || (*at == '0' && digits(at) > 1))
        return false;
    at += digits(at);
    if (*at == '.') {
        if (digits(++at) == 0)
            return false;
        at += digits(at);
    }
    if (*at == 'e' || *at == 'E') {
        at++;
        at += *at == '+' || *at == '-';
        if (digits(at) == 0)
            return false;
        at += digits(at);
    }
    return at == end;
}

static const char *put_bare(struct json_out *o, const char *at)
{
    size_t size = strcspn(at, " ");
    const char *end = at + size;
    if (is_number(at, size)) {
        put(o, at, size);
        return end;
    }
    put(o, "\"", 1);
    while (at < end)
        at += put_character(o, at);
    put(o, "\"", 1);
    return end;
}

/* key=value; returns the place behind it. */
static const char *put_field(struct json_out *o, const char *at)
{
    size_t key = strcspn(at, "= ");
    put(o, o->used > 1 ? ",\"" : "\"", o->used > 1 ? 2 : 1);
    put(o, at, key);
    put(o, "\":", 2);
    at += key;
    if (*at == '=')
        at++;
    return *at == '"' ? put_quoted(o, at + 1) : put_bare(o, at);
}

size_t log_json(const char *line, char *out, size_t size)
{
    struct json_out o = {.text = out, .size = size < 2 ? 0 : size - 1};
    put(&o, "{", 1);
    for (line += strspn(line, " "); *line != '\0' && !o.full; line += strspn(line, " ")) {
        size_t before = o.used;
        line = put_field(&o, line);
        if (o.full)
            o.used = before;
    }
    o.size = size;
    o.full = false;
    put(&o, "}", 1);
    return o.used;
}
