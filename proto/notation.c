#include "proto/notation.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[] = {"bool", "int", "uint", "float", "str", "list", "map", "any"};

const char *param_type_name(enum param_type type)
{
    return type_names[type];
}

/* Copies up to the first of `ends` (or the end of the text) and moves on to it. */
static int take(const char **at, const char *ends, char *out, size_t size, struct err *e)
{
    size_t length = strcspn(*at, ends);
    if (length == 0 || length >= size)
        return err_set(e, ERR_INVALID, "at \"%.20s\": 1 to %zu characters before one of \"%s\"", *at,
                       size - 1, ends);
    memcpy(out, *at, length);
    out[length] = '\0';
    *at += length;
    return 0;
}

static int parse_type(const char *name, struct param *p, struct err *e)
{
    for (size_t i = 0; i < sizeof type_names / sizeof type_names[0]; i++) {
        if (strcmp(type_names[i], name) == 0) {
            p->type = (enum param_type)i;
            return 0;
        }
    }
    return err_set(e, ERR_INVALID, "%s: no type is called %s", p->name, name);
}

/* One number of a range or a preset, to its last character. */
static bool parse_number(const struct param *p, const char *text, double *real, uint64_t *natural,
                         int64_t *integer)
{
    char *end;
    errno = 0;
    if (p->type == PARAM_FLOAT)
        *real = strtod(text, &end);
    else if (p->type == PARAM_INT)
        *integer = strtoll(text, &end, 10);
    else
        *natural = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' &&
           (p->type == PARAM_INT || p->type == PARAM_FLOAT || *text != '-');
}

static int parse_range(const char **at, struct param *p, struct err *e)
{
    char low[32], high[32];
    const char *dots = strstr(*at, "..");
    const char *end = strchr(*at, ')');
    if (dots == NULL || end == NULL || end < dots || dots - *at >= 32 || end - dots - 2 >= 32)
        return err_set(e, ERR_INVALID, "%s: a range is (lowest..highest)", p->name);
    snprintf(low, sizeof low, "%.*s", (int)(dots - *at), *at);
    snprintf(high, sizeof high, "%.*s", (int)(end - dots - 2), dots + 2);
    snprintf(p->range_text, sizeof p->range_text, "%.*s", (int)(end - *at), *at);
    if (!parse_number(p, low, &p->lowest_real, &p->lowest, &p->lowest_int) ||
        !parse_number(p, high, &p->highest_real, &p->highest, &p->highest_int))
        return err_set(e, ERR_INVALID, "%s: %s is no range of this type", p->name, p->range_text);
    p->ranged = true;
    *at = end + 1;
    return 0;
}

static int parse_preset(const char **at, struct param *p, struct err *e)
{
    struct argument *a = &p->preset;
    if (take(at, " ", p->preset_text, sizeof p->preset_text, e))
        return e->code;
    bool yes = strcmp(p->preset_text, "true") == 0;
    bool fine = true;
    if (p->type == PARAM_BOOL)
        fine = yes || strcmp(p->preset_text, "false") == 0;
    else if (p->type <= PARAM_FLOAT)
        fine = parse_number(p, p->preset_text, &a->real, &a->natural, &a->integer);
    else if (p->type != PARAM_STR)
        fine = false;
    if (!fine || !p->optional)
        return err_set(e, ERR_INVALID, "%s: %s cannot be what it is when left out", p->name, p->preset_text);
    a->flag = p->type == PARAM_BOOL && yes;
    a->text = p->type == PARAM_STR ? p->preset_text : NULL;
    a->text_size = p->type == PARAM_STR ? strlen(p->preset_text) : 0;
    a->given = p->has_preset = true;
    return 0;
}

static void widest_range(struct param *p)
{
    p->highest = UINT64_MAX;
    p->lowest_int = INT64_MIN;
    p->highest_int = INT64_MAX;
    p->lowest_real = -INFINITY;
    p->highest_real = INFINITY;
}

int notation_parse_one(const char **at, struct param *p, struct err *e)
{
    char type[16];
    memset(p, 0, sizeof *p);
    widest_range(p);
    if (take(at, "?:", p->name, sizeof p->name, e))
        return e->code;
    p->optional = **at == '?';
    *at += p->optional;
    if (**at != ':')
        return err_set(e, ERR_INVALID, "%s: a colon and a type are missing", p->name);
    ++*at;
    if (take(at, "(= ", type, sizeof type, e) || parse_type(type, p, e))
        return e->code;
    if (**at == '(') {
        ++*at;
        if (parse_range(at, p, e))
            return e->code;
    }
    if (**at == '=') {
        ++*at;
        if (parse_preset(at, p, e))
            return e->code;
    }
    if (**at != ' ' && **at != '\0')
        return err_set(e, ERR_INVALID, "%s: \"%.20s\" is too much", p->name, *at);
    *at += strspn(*at, " ");
    return 0;
}

size_t notation_parse(const char *where, const char *notation, struct param *out, size_t max)
{
    struct err e = ERR_INIT;
    size_t n = 0;
    for (const char *at = notation; *at != '\0'; n++) {
        if (n == max)
            err_set(&e, ERR_INVALID, "more than %zu", max);
        else
            notation_parse_one(&at, &out[n], &e);
        if (e.code != ERR_OK) {
            fprintf(stderr, "methods.def: %s: %s\n", where, e.text);
            abort();
        }
    }
    return n;
}
