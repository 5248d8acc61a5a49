#include "base/err.h"

#include <stdio.h>
#include <string.h>

/* Drops a multi-byte character that the end of the buffer has cut in two. */
static void trim_to_utf8(char *text)
{
    size_t length = strlen(text);
    size_t start = length;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t needs = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (length - (start - 1) < needs)
        text[start - 1] = '\0';
}

int err_vset(struct err *e, enum err_code code, const char *format, va_list args)
{
    if (e == NULL)
        return (int)code;
    e->code = code;
    int written = vsnprintf(e->text, sizeof e->text, format, args);
    if (written >= (int)sizeof e->text)
        trim_to_utf8(e->text);
    return (int)code;
}

int err_set(struct err *e, enum err_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    err_vset(e, code, format, args);
    va_end(args);
    return (int)code;
}

int err_wrap(struct err *e, const char *format, ...)
{
    if (e == NULL)
        return ERR_INTERNAL;
    char inner[sizeof e->text];
    memcpy(inner, e->text, sizeof inner);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    if (used < 0 || (size_t)used >= sizeof e->text) {
        trim_to_utf8(e->text);
        return (int)e->code;
    }
    int rest = snprintf(e->text + used, sizeof e->text - (size_t)used, ": %s", inner);
    if (rest >= (int)(sizeof e->text - (size_t)used))
        trim_to_utf8(e->text);
    return (int)e->code;
}

const char *err_name(enum err_code code)
{
    static const char *const names[] = {
        [ERR_OK] = "ok",
        [ERR_INVALID] = "invalid",
        [ERR_NOT_FOUND] = "not_found",
        [ERR_LIMIT] = "limit",
        [ERR_BUSY] = "busy",
        [ERR_STALE] = "stale",
        [ERR_DENIED] = "denied",
        [ERR_UNAVAILABLE] = "unavailable",
        [ERR_CANCELLED] = "cancelled",
        [ERR_MEMORY] = "memory",
        [ERR_IO] = "io",
        [ERR_INTERNAL] = "internal",
    };
    return (size_t)code < sizeof names / sizeof names[0] ? names[code] : "unknown";
}
