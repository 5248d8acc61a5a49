/* protocol_doc [--check] PROTOCOL.md examples.json - rewrites what stands between the markers
 *
 *     <!-- generated: NAME -->   and   <!-- end: NAME -->
 *
 * With --check nothing is written, and a file that would change is a failure. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "proto/protocol_doc.h"

#define BEGIN "<!-- generated: "
#define END "<!-- end: "

static int read_file(const char *path, struct buf *out, struct err *e)
{
    char part[65536];
    size_t n;
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return err_set(e, ERR_IO, "cannot open %s", path);
    while ((n = fread(part, 1, sizeof part, f)) > 0)
        buf_append(out, part, n);
    bool broken = ferror(f) != 0;
    fclose(f);
    if (broken)
        return err_set(e, ERR_IO, "cannot read %s", path);
    buf_string(out);
    return buf_failed(out) ? err_memory(e, path) : 0;
}

static int write_file(const char *path, const struct buf *content, struct err *e)
{
    FILE *f = fopen(path, "wb");
    if (f == NULL)
        return err_set(e, ERR_IO, "cannot write %s", path);
    bool fine = fwrite(content->data, 1, content->size, f) == content->size;
    if (fclose(f) != 0 || !fine)
        return err_set(e, ERR_IO, "cannot write %s", path);
    return 0;
}

/* The section that begins at `at`, anew; moves `at` behind its old end. */
static int renew_section(const char **at, const json_t *examples, struct buf *out, struct err *e)
{
    char name[32], end[64];
    const char *start = *at + strlen(BEGIN), *close = strstr(start, " -->\n");
    if (close == NULL || (size_t)(close - start) >= sizeof name)
        return err_set(e, ERR_INVALID, "a marker \"%s\" is not closed", BEGIN);
    snprintf(name, sizeof name, "%.*s", (int)(close - start), start);
    snprintf(end, sizeof end, END "%s -->", name);
    const char *old_end = strstr(close, end);
    if (old_end == NULL)
        return err_set(e, ERR_INVALID, "\"%s\" is missing", end);
    buf_append(out, *at, (size_t)(close + 5 - *at));
    *at = old_end;
    return section_write(name, examples, out, e);
}

static int renew(const char *text, const json_t *examples, struct buf *out, struct err *e)
{
    const char *at = text;
    for (const char *marker; (marker = strstr(at, BEGIN)) != NULL;) {
        buf_append(out, at, (size_t)(marker - at));
        at = marker;
        if (renew_section(&at, examples, out, e))
            return e->code;
    }
    buf_text(out, at);
    return buf_failed(out) ? err_memory(e, "writing the document") : 0;
}

static int compare(const char *path, const struct buf *old, const struct buf *new, struct err *e)
{
    size_t same = 0, line = 1;
    while (same < old->size && same < new->size && old->data[same] == new->data[same])
        line += old->data[same++] == '\n';
    if (same == old->size && same == new->size)
        return 0;
    return err_set(
        e, ERR_STALE,
        "%s:%zu is not what the tables say; run protocol_doc with it and examples.json to renew it", path,
        line);
}

static int run(bool check, const char *path, const char *examples_path, struct err *e)
{
    struct buf old, new;
    json_error_t mistake;
    json_t *examples = json_load_file(examples_path, JSON_REJECT_DUPLICATES, &mistake);
    buf_init(&old, 0);
    buf_init(&new, 0);
    if (examples == NULL)
        err_set(e, ERR_INVALID, "%s:%d:%d: %s", examples_path, mistake.line, mistake.column, mistake.text);
    else if (read_file(path, &old, e) == 0 && renew(buf_string(&old), examples, &new, e) == 0)
        e->code = check ? compare(path, &old, &new, e) : write_file(path, &new, e);
    json_decref(examples);
    buf_free(&old);
    buf_free(&new);
    return e->code;
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    bool check = argc > 1 && strcmp(argv[1], "--check") == 0;
    if (argc != 3 + check) {
        fprintf(stderr, "usage: protocol_doc [--check] PROTOCOL.md examples.json\n");
        return 2;
    }
    if (run(check, argv[1 + check], argv[2 + check], &e) == 0)
        return 0;
    fprintf(stderr, "protocol_doc: %s\n", e.text);
    return 1;
}
