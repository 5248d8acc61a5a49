#include "base/option_value.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

struct unit {
    const char *name;
    int64_t factor;
};

static const struct unit durations[] = {
    {"ms", 1}, {"s", 1000}, {"min", 60 * 1000}, {"h", 3600 * 1000}, {"d", 24 * 3600 * 1000}};
static const struct unit sizes[] = {{"", 1},
                                    {"B", 1},
                                    {"KiB", INT64_C(1) << 10},
                                    {"MiB", INT64_C(1) << 20},
                                    {"GiB", INT64_C(1) << 30},
                                    {"TiB", INT64_C(1) << 40}};

size_t option_name_length(const struct option_def *def, char *letter)
{
    const char *bar = strchr(def->name, '|');
    if (letter != NULL)
        *letter = bar == NULL ? '\0' : bar[1];
    return bar == NULL ? strlen(def->name) : (size_t)(bar - def->name);
}

bool option_is_named(const struct option_def *def, const char *name, size_t length)
{
    return option_name_length(def, NULL) == length && memcmp(def->name, name, length) == 0;
}

/* Digits, perhaps with a decimal point, then one of the units. */
static bool parse_with_unit(const char *text, const struct unit *units, size_t n, int64_t *out)
{
    if (text[0] < '0' || text[0] > '9')
        return false;
    size_t digits = strspn(text, "0123456789.");
    char number[32];
    if (digits >= sizeof number)
        return false;
    memcpy(number, text, digits);
    number[digits] = '\0';
    char *end;
    double value = strtod(number, &end);
    if (*end != '\0')
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(text + digits, units[i].name) != 0)
            continue;
        double scaled = round(value * (double)units[i].factor);
        if (scaled >= 9.0e18)
            return false;
        *out = (int64_t)scaled;
        return true;
    }
    return false;
}

int option_parse_duration(const char *text, int64_t *milliseconds, struct err *e)
{
    if (strcmp(text, "0") == 0) {
        *milliseconds = 0;
        return 0;
    }
    if (parse_with_unit(text, durations, sizeof durations / sizeof durations[0], milliseconds))
        return 0;
    return err_set(e, ERR_INVALID, "not a duration: a number and ms, s, min, h or d, such as 5s or 100ms");
}

int option_parse_bytes(const char *text, int64_t *bytes, struct err *e)
{
    if (parse_with_unit(text, sizes, sizeof sizes / sizeof sizes[0], bytes))
        return 0;
    return err_set(e, ERR_INVALID, "not an amount of bytes: a number, alone or with KiB, MiB, GiB or TiB");
}

static int parse_int(const char *text, int64_t *out)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || strchr(" \t\n\v\f\r+", text[0]) != NULL)
        return ERR_INVALID;
    *out = value;
    return 0;
}

static int parse_real(const char *text, double *out)
{
    char *end;
    double value = strtod(text, &end);
    /* Digits only at the start: strtod also takes blanks, "inf", "nan" and hexadecimal. */
    if (end == text || *end != '\0' || !isfinite(value) || strspn(text, "-.0123456789") == 0 ||
        strpbrk(text, "xX") != NULL)
        return ERR_INVALID;
    *out = value;
    return 0;
}

static int parse_bool(const char *text, bool *out)
{
    static const char *const yes[] = {"yes", "true", "on", "1"};
    static const char *const no[] = {"no", "false", "off", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
        if (strcmp(text, yes[i]) == 0 || strcmp(text, no[i]) == 0) {
            *out = strcmp(text, yes[i]) == 0;
            return 0;
        }
    }
    return ERR_INVALID;
}

/* A number of any of the numeric types; for bounds and for values alike. */
static int parse_number(enum option_type type, const char *text, int64_t *whole, double *real)
{
    switch (type) {
    case OPTION_INT:
        return parse_int(text, whole);
    case OPTION_DURATION:
        return option_parse_duration(text, whole, NULL);
    case OPTION_BYTES:
        return option_parse_bytes(text, whole, NULL);
    case OPTION_TEXT:
        return parse_int(text, whole); /* a bound on the length */
    case OPTION_REAL:
        return parse_real(text, real);
    case OPTION_BOOL:
        break;
    }
    return ERR_INVALID;
}

static bool within(const struct option_def *def, int64_t whole, double real)
{
    int64_t edge = 0;
    double real_edge = 0;
    if (def->lowest[0] != '\0') {
        if (parse_number(def->type, def->lowest, &edge, &real_edge) != 0)
            return false;
        if (def->type == OPTION_REAL ? real < real_edge : whole < edge)
            return false;
    }
    if (def->highest[0] != '\0') {
        if (parse_number(def->type, def->highest, &edge, &real_edge) != 0)
            return false;
        if (def->type == OPTION_REAL ? real > real_edge : whole > edge)
            return false;
    }
    return true;
}

const char *option_allowed(const struct option_def *def, char *out, size_t size)
{
    static const char *const nouns[] = {
        [OPTION_BOOL] = "yes or no", [OPTION_INT] = "a whole number",  [OPTION_REAL] = "a number",
        [OPTION_TEXT] = "a text",    [OPTION_DURATION] = "a duration", [OPTION_BYTES] = "an amount of bytes",
    };
    const char *noun = nouns[def->type];
    const char *characters = def->type == OPTION_TEXT ? " characters" : "";
    bool low = def->lowest[0] != '\0', high = def->highest[0] != '\0';
    if (def->type == OPTION_BOOL || (!low && !high))
        snprintf(out, size, "%s", noun);
    else if (low && high)
        snprintf(out, size, "%s of %s to %s%s", noun, def->lowest, def->highest, characters);
    else
        snprintf(out, size, "%s of at %s %s%s", noun, low ? "least" : "most",
                 low ? def->lowest : def->highest, characters);
    return out;
}

static int refuse(const struct option_def *def, const char *text, struct err *e)
{
    char allowed[200], quoted[200];
    option_allowed(def, allowed, sizeof allowed);
    if (def->secret)
        return err_set(e, ERR_INVALID, "its value (not shown) is not allowed; allowed is %s", allowed);
    const char *hint = def->type == OPTION_DURATION ? ", such as 5s, 100ms, 2min, 1h or 7d"
                       : def->type == OPTION_BYTES  ? ", such as 4096, 64KiB or 1GiB"
                                                    : "";
    return err_set(e, ERR_INVALID, "%s is not allowed; allowed is %s%s",
                   log_quote(text, quoted, sizeof quoted), allowed, hint);
}

static int store_text(const struct option_def *def, const char *text, char *field, struct arena *keep,
                      struct err *e)
{
    size_t length = strlen(text);
    /* "" is how an option that may be left out says that it is not set. */
    if (length > 0 && !within(def, (int64_t)length, 0))
        return refuse(def, text, e);
    if (length == 0 && def->preset[0] != '\0' && !within(def, 0, 0))
        return refuse(def, text, e);
    const char *copy = arena_text(keep, text, length);
    if (copy == NULL)
        return err_memory(e, "options");
    memcpy(field, &copy, sizeof copy);
    return 0;
}

int option_store(const struct option_def *def, const char *text, void *values, struct arena *keep,
                 struct err *e)
{
    char *field = (char *)values + def->offset;
    int64_t whole = 0;
    double real = 0;
    bool flag = false;
    if (def->type == OPTION_TEXT)
        return store_text(def, text, field, keep, e);
    if (def->type == OPTION_BOOL) {
        if (parse_bool(text, &flag) != 0)
            return refuse(def, text, e);
        memcpy(field, &flag, sizeof flag);
        return 0;
    }
    if (parse_number(def->type, text, &whole, &real) != 0 || !within(def, whole, real))
        return refuse(def, text, e);
    if (def->type == OPTION_REAL)
        memcpy(field, &real, sizeof real);
    else
        memcpy(field, &whole, sizeof whole);
    return 0;
}
