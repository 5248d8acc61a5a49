#include "regroup/solve_lines.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

int solve_lines_open(struct solve_lines *l, const char *path, struct err *e)
{
    *l = (struct solve_lines){.path = path, .file = fopen(path, "r")};
    return l->file ? ERR_OK : err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
}

void solve_lines_close(struct solve_lines *l)
{
    if (l->file)
        fclose(l->file);
    free(l->text);
    *l = (struct solve_lines){0};
}

bool solve_lines_done(struct solve_lines *l)
{
    while (isspace((unsigned char)*l->at))
        l->at++;
    return *l->at == '\0';
}

int solve_lines_next(struct solve_lines *l, bool *more, struct err *e)
{
    do {
        errno = 0;
        ssize_t length = getline(&l->text, &l->capacity, l->file);
        if (length < 0) {
            *more = false;
            if (ferror(l->file) || errno == ENOMEM)
                return err_set(e, ERR_IO, "%s: %s", l->path, strerror(errno));
            return ERR_OK;
        }
        l->line++;
        l->at = l->text;
        if (strlen(l->text) != (size_t)length)
            return err_set(e, ERR_INVALID, "%s:%llu: a NUL byte; text is needed", l->path,
                           (unsigned long long)l->line);
    } while (solve_lines_done(l));
    *more = true;
    return ERR_OK;
}

int solve_lines_wrong(const struct solve_lines *l, struct err *e)
{
    return err_wrap(e, "%s:%llu", l->path, (unsigned long long)l->line);
}

static int wrong_field(struct solve_lines *l, const char *what, const char *needed, struct err *e)
{
    size_t length = strcspn(l->at, " \t\r\n\v\f");
    if (length == 0)
        err_set(e, ERR_INVALID, "%s is missing: %s is needed", what, needed);
    else
        err_set(e, ERR_INVALID, "%s '%.*s': %s is needed", what, (int)(length < 40 ? length : 40), l->at,
                needed);
    return solve_lines_wrong(l, e);
}

static bool ends_field(char c)
{
    return c == '\0' || isspace((unsigned char)c);
}

int solve_lines_whole(struct solve_lines *l, const char *what, uint32_t highest, uint32_t *out, struct err *e)
{
    char *end, needed[64];
    snprintf(needed, sizeof needed, "a whole number from 0 to %u", highest);
    if (solve_lines_done(l) || !isdigit((unsigned char)*l->at))
        return wrong_field(l, what, needed, e);
    errno = 0;
    unsigned long long n = strtoull(l->at, &end, 10);
    if (errno != 0 || !ends_field(*end) || n > highest)
        return wrong_field(l, what, needed, e);
    *out = (uint32_t)n;
    l->at = end;
    return ERR_OK;
}

int solve_lines_real(struct solve_lines *l, const char *what, double *out, struct err *e)
{
    char *end;
    if (solve_lines_done(l))
        return wrong_field(l, what, "a number", e);
    *out = strtod(l->at, &end);
    if (end == l->at || !ends_field(*end) || !isfinite(*out))
        return wrong_field(l, what, "a finite number", e);
    l->at = end;
    return ERR_OK;
}

int solve_lines_word(struct solve_lines *l, const char *what, const char **out, struct err *e)
{
    if (solve_lines_done(l))
        return wrong_field(l, what, "a word", e);
    *out = l->at;
    while (!ends_field(*l->at))
        l->at++;
    if (*l->at != '\0')
        *l->at++ = '\0';
    return ERR_OK;
}

int solve_lines_end(struct solve_lines *l, struct err *e)
{
    return solve_lines_done(l) ? ERR_OK : wrong_field(l, "more on the line", "the end of the line", e);
}
