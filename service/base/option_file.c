/* option_file.c - the configuration file: `name = value` lines, `#` starts a comment. A value in double
 * quotes keeps its blanks and `#`. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/option_value.h"

#define FILE_BYTES (1u << 20)
#define BLANKS " \t\r"

static int read_whole(const char *path, struct buf *out, struct err *e)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return err_set(e, ERR_IO, "configuration file %s: %s", path, strerror(errno));
    char piece[4096];
    size_t size;
    while ((size = fread(piece, 1, sizeof piece, file)) > 0)
        buf_append(out, piece, size);
    int failed = ferror(file);
    int why = errno;
    fclose(file);
    if (failed)
        return err_set(e, ERR_IO, "configuration file %s: %s", path, strerror(why));
    if (buf_failed(out))
        return err_set(e, ERR_LIMIT, "configuration file %s: larger than %u bytes", path, FILE_BYTES);
    if (out->size > 0 && memchr(out->data, '\0', out->size) != NULL)
        return err_set(e, ERR_INVALID, "configuration file %s: holds a NUL byte, so it is no text", path);
    return 0;
}

/* Takes blanks off both ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, BLANKS);
    size_t length = strlen(text);
    while (length > 0 && strchr(BLANKS, text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

/* Cuts the line at a `#` that begins it or follows a blank. */
static void drop_comment(char *line)
{
    for (char *p = line; (p = strchr(p, '#')) != NULL; p++) {
        if (p == line || p[-1] == ' ' || p[-1] == '\t') {
            *p = '\0';
            return;
        }
    }
}

/* The value behind the `=`, without its comment or quotes; NULL for a quote that is not closed. */
static char *value_of(char *text)
{
    text += strspn(text, BLANKS);
    if (text[0] != '"') {
        drop_comment(text);
        return trim(text);
    }
    char *end = strchr(++text, '"');
    if (end == NULL)
        return NULL;
    char *rest = end + 1 + strspn(end + 1, BLANKS);
    *end = '\0';
    return *rest == '\0' || *rest == '#' ? text : NULL;
}

static int read_line(struct options *o, char *line, const char *where, struct err *e)
{
    line += strspn(line, BLANKS);
    if (line[0] == '\0' || line[0] == '#')
        return 0;
    char *equals = strchr(line, '=');
    if (equals == NULL)
        return err_set(e, ERR_INVALID, "%s: expected `name = value`", where);
    *equals = '\0';
    const char *name = trim(line);
    const char *value = value_of(equals + 1);
    if (value == NULL)
        return err_set(e, ERR_INVALID, "%s: %s: a value that begins with a quote has to end with one", where,
                       name);
    char place[512];
    snprintf(place, sizeof place, "%s: %s", where, name);
    return options_set(o, name, value, OPTION_FROM_FILE, place, e);
}

static int read_lines(struct options *o, char *text, const char *path, struct err *e)
{
    int number = 0, code = 0;
    while (code == 0 && text != NULL) {
        char *end = strchr(text, '\n');
        char where[400];
        if (end != NULL)
            *end = '\0';
        snprintf(where, sizeof where, "%s:%d", path, ++number);
        code = read_line(o, text, where, e);
        text = end == NULL ? NULL : end + 1;
    }
    return code;
}

int option_file_read(struct options *o, const char *path, struct err *e)
{
    struct buf content;
    buf_init(&content, FILE_BYTES);
    int code = read_whole(path, &content, e);
    if (code == 0) {
        buf_append(&content, "", 1);
        char *text = (char *)content.data;
        code = buf_failed(&content)
                   ? err_memory(e, "the configuration file")
                   : read_lines(o, strncmp(text, "\xef\xbb\xbf", 3) == 0 ? text + 3 : text, path, e);
    }
    buf_free(&content);
    return code;
}
