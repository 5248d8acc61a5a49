/* solve_lines.h - a text file of numbers, line by line, that knows where it is.
 * Owner: whoever called solve_lines_open. One thread. */
#ifndef PEERNET_REGROUP_SOLVE_LINES_H
#define PEERNET_REGROUP_SOLVE_LINES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

struct solve_lines {
    const char *path;
    FILE *file;
    char *text; /* the current line */
    size_t capacity;
    uint64_t line; /* its number, from 1 */
    char *at;      /* what is not read yet of it */
};

int solve_lines_open(struct solve_lines *l, const char *path, struct err *e);
void solve_lines_close(struct solve_lines *l);
/* The next line that is not blank. `*more` is false at the end. */
int solve_lines_next(struct solve_lines *l, bool *more, struct err *e);
int solve_lines_whole(struct solve_lines *l, const char *what, uint32_t highest, uint32_t *out,
                      struct err *e);
int solve_lines_real(struct solve_lines *l, const char *what, double *out, struct err *e);
/* A word; valid until the next line. */
int solve_lines_word(struct solve_lines *l, const char *what, const char **out, struct err *e);
bool solve_lines_done(struct solve_lines *l);
/* ERR_INVALID unless the line is done. */
int solve_lines_end(struct solve_lines *l, struct err *e);
/* Puts FILE:LINE before the text. */
int solve_lines_wrong(const struct solve_lines *l, struct err *e);

#endif
