#include "store/copy_row.h"

#include <stdbool.h>
#include <stddef.h>

enum { COLUMNS_MOST = 64 };

/* What PostgreSQL writes behind a backslash in COPY's text format; it writes no octal or hex forms. */
static char unescape(char c)
{
    switch (c) {
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case 'v':
        return '\v';
    default:
        return c;
    }
}

static bool ends_field(char c)
{
    return c == '\t' || c == '\n' || c == '\0';
}

/* From the first backslash on, in place; the field's end as it was read. */
static char *unescape_field(char *read)
{
    char *write = read;
    while (!ends_field(*read)) {
        if (*read == '\\' && read[1] != '\0') {
            *write++ = unescape(read[1]);
            read += 2;
        } else {
            *write++ = *read++;
        }
    }
    if (write < read)
        *write = '\0';
    return read;
}

/* The number of fields, or -1 when there are more than `room`. */
static int split(char *line, char **fields, int room)
{
    int n = 0;
    char *read = line;
    for (;;) {
        if (n == room)
            return -1;
        char *start = read;
        while (!ends_field(*read) && *read != '\\')
            read++;
        bool null = *read == '\\' && read == start && read[1] == 'N' && ends_field(read[2]);
        if (*read == '\\')
            read = unescape_field(read);
        char end = *read;
        *read = '\0';
        fields[n++] = null ? NULL : start;
        if (end != '\t')
            return n;
        read++;
    }
}

int copy_row_take(char *line, pg_row row, void *context, struct err *e)
{
    char *fields[COLUMNS_MOST];
    int n = split(line, fields, COLUMNS_MOST);
    if (n < 0)
        return err_set(e, ERR_LIMIT, "a row of more than %d columns", COLUMNS_MOST);
    return row(context, fields, n, e);
}
