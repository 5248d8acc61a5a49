#include "peernet/entries.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "peernet/json.h"

#define FILE_BYTES_MAX ((size_t)64 << 20) /* far above what a daemon takes as one message */

static int set_member(json_t *map, const char *name, json_t *value, struct err *e)
{
    if (value != NULL && json_object_set_new(map, name, value) == 0)
        return 0;
    return err_set(e, ERR_INVALID, "%s: no UTF-8", name);
}

/* "a;b" as a list, "a" as a text; nothing removes the attribute. */
static json_t *attribute_value(const char *text)
{
    if (text[0] == '\0')
        return json_null();
    if (strchr(text, ';') == NULL)
        return json_string(text);
    json_t *list = json_array();
    for (const char *item = text; *item != '\0';) {
        size_t size = strcspn(item, ";");
        json_array_append_new(list, json_stringn(item, size));
        item += size + (item[size] == ';');
    }
    return list;
}

static int put_attribute(json_t *entry, const char *name, const char *text, struct err *e)
{
    char why[400];
    json_t *attributes = json_object_get(entry, "attributes");
    if (name[0] == '\0')
        return err_set(e, ERR_INVALID, "attr. has no name; attr.NAME is allowed");
    if (!input_attribute_name_check(name, why, sizeof why) ||
        (text[0] != '\0' && !input_attribute_check(name, text, why, sizeof why)))
        return err_set(e, ERR_INVALID, "%s", why);
    if (attributes == NULL) {
        attributes = json_object();
        json_object_set_new(entry, "attributes", attributes);
    }
    return set_member(attributes, name, attribute_value(text), e);
}

static json_t *column_value(const struct input_column *column, const char *text)
{
    if (text[0] == '\0')
        return json_null();
    if (column->kind == INPUT_WHOLE)
        return json_integer(strtoll(text, NULL, 10));
    return column->kind == INPUT_DECIMAL ? json_real(strtod(text, NULL)) : json_string(text);
}

static int put_column(json_t *entry, const struct input_column *column, const char *text, struct err *e)
{
    char why[400], latest[16];
    input_latest_date(latest);
    if (!input_value_check(column, text, latest, why, sizeof why))
        return err_set(e, ERR_INVALID, "%s", why);
    return set_member(entry, column->name, column_value(column, text), e);
}

/* A field by its name, as a header or a person writes it. */
static int put_field(json_t *entry, const struct input_shape *shape, const char *name, size_t size,
                     const char *text, struct err *e)
{
    char shown[200], allowed[200], attribute[300];
    int column = input_column_find(shape, name, size);
    if (column >= 0)
        return put_column(entry, &shape->columns[column], text, e);
    snprintf(attribute, sizeof attribute, "%.*s", (int)size, name);
    if (shape->attributes && strncmp(attribute, "attr.", 5) == 0)
        return put_attribute(entry, attribute + 5, text, e);
    input_columns_list(shape, " and any attr.NAME", allowed, sizeof allowed);
    return err_set(e, ERR_INVALID, "unknown field %s; the fields are: %s",
                   input_quote(attribute, shown, sizeof shown), allowed);
}

int entries_put(json_t *entry, enum input_table table, const char *word, struct err *e)
{
    char shown[200];
    const char *equals = strchr(word, '=');
    if (equals == NULL)
        return err_set(e, ERR_INVALID, "%s is no FIELD=VALUE", input_quote(word, shown, sizeof shown));
    return put_field(entry, &input_shapes[table], word, (size_t)(equals - word), equals + 1, e);
}

static int add_entry(struct entries *entries, json_t *entry, uint64_t line, struct err *e)
{
    if (entries->n_lines == entries->room) {
        size_t room = entries->room == 0 ? 64 : 2 * entries->room;
        uint64_t *lines = realloc(entries->lines, room * sizeof *lines);
        if (lines == NULL)
            return err_memory(e, "a file");
        entries->lines = lines;
        entries->room = room;
    }
    entries->lines[entries->n_lines++] = line;
    return json_array_append(entries->list, entry) == 0 ? 0 : err_memory(e, "a file");
}

/* Names of the header, which the reader forgets with the next row. */
struct header {
    char **names;
    uint32_t n;
};

static int take_header(struct header *h, const struct csv *csv, struct err *e)
{
    h->names = calloc(csv->count, sizeof *h->names);
    for (uint32_t i = 0; h->names != NULL && i < csv->count; i++) {
        for (uint32_t k = 0; k < i; k++)
            if (strcmp(csv->fields[i].text, h->names[k]) == 0)
                return err_set(e, ERR_INVALID, "%llu:%llu: column %.200s stands twice",
                               (unsigned long long)csv->fields[i].place.line,
                               (unsigned long long)csv->fields[i].place.column, csv->fields[i].text);
        h->names[i] = strdup(csv->fields[i].text);
        if (h->names[i] == NULL)
            return err_memory(e, "a file");
        h->n = i + 1;
    }
    return h->names == NULL ? err_memory(e, "a file") : 0;
}

static void free_header(struct header *h)
{
    for (uint32_t i = 0; i < h->n; i++)
        free(h->names[i]);
    free(h->names);
}

static int take_row(struct entries *entries, const struct input_shape *shape, const struct header *h,
                    const struct csv *csv, struct err *e)
{
    int code = 0;
    json_t *entry = json_object();
    for (uint32_t i = 0; code == 0 && i < csv->count; i++) {
        const struct csv_field *f = &csv->fields[i];
        code = put_field(entry, shape, h->names[i], strlen(h->names[i]), f->text, e);
        if (code != 0)
            err_wrap(e, "%llu:%llu", (unsigned long long)f->place.line, (unsigned long long)f->place.column);
    }
    if (code == 0)
        code = add_entry(entries, entry, csv->row.line, e);
    json_decref(entry);
    return code;
}

struct bytes {
    const uint8_t *data;
    size_t left;
};

static int64_t next_bytes(void *context, void *out, size_t size)
{
    struct bytes *b = context;
    size_t n = size < b->left ? size : b->left;
    memcpy(out, b->data, n);
    b->data += n;
    b->left -= n;
    return (int64_t)n;
}

static int read_rows(struct entries *entries, const struct input_shape *shape, struct csv *csv, struct err *e)
{
    struct header header = {0};
    int code = 0;
    for (bool first = true; code == 0; first = false) {
        enum csv_result got = csv_next(csv, e);
        if (got == CSV_END)
            break;
        if (got == CSV_FAILED)
            code = (int)e->code;
        else if (got == CSV_FAULT)
            code = err_set(e, ERR_INVALID, "%llu:%llu: %s", (unsigned long long)csv->fault_place.line,
                           (unsigned long long)csv->fault_place.column, csv->fault);
        else
            code = first ? take_header(&header, csv, e) : take_row(entries, shape, &header, csv, e);
    }
    free_header(&header);
    return code;
}

static int read_csv(struct entries *entries, enum input_table table, const struct buf *text, struct err *e)
{
    struct csv csv;
    struct bytes bytes = {text->data, text->size};
    entries->list = json_array();
    int code = csv_open(&csv, next_bytes, &bytes, e);
    if (code == 0)
        code = read_rows(entries, &input_shapes[table], &csv, e);
    csv_close(&csv);
    return code;
}

/* A list of entries, or a map that has it under the table's name. */
static int read_json(struct entries *entries, enum input_table table, const struct buf *text, struct err *e)
{
    json_t *whole = json_parse((const char *)text->data, text->size, e);
    if (whole == NULL)
        return (int)e->code;
    const json_t *list = json_is_object(whole) ? json_object_get(whole, input_table_names[table]) : whole;
    int code = json_is_array(list)
                   ? 0
                   : err_set(e, ERR_INVALID, "it is neither a list nor a map with a list of %s",
                             input_table_names[table]);
    entries->list = code == 0 ? json_incref((json_t *)list) : NULL;
    json_decref(whole);
    return code;
}

static int read_file(struct buf *out, const char *path, struct err *e)
{
    FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
    size_t n = 1;
    if (file == NULL)
        return err_set(e, ERR_IO, "%s", strerror(errno));
    while (n > 0 && !buf_failed(out)) {
        uint8_t *room = buf_reserve(out, 65536);
        n = room == NULL ? 0 : fread(room, 1, 65536, file);
        out->size += n;
    }
    int code = ferror(file) ? err_set(e, ERR_IO, "%s", strerror(errno)) : 0;
    if (file != stdin)
        fclose(file);
    if (code == 0 && buf_failed(out))
        return err_set(e, ERR_LIMIT, "it has more than %zu bytes", FILE_BYTES_MAX);
    return code;
}

int entries_read(struct cli *cli, enum input_table table, const char *path, struct entries *out)
{
    struct err e = ERR_INIT;
    struct buf text;
    *out = (struct entries){0};
    buf_init(&text, FILE_BYTES_MAX);
    int code = read_file(&text, path, &e);
    const char *start = buf_string(&text) + strspn(buf_string(&text), " \t\r\n");
    if (code == 0)
        code = *start == '[' || *start == '{' ? read_json(out, table, &text, &e)
                                              : read_csv(out, table, &text, &e);
    buf_free(&text);
    if (code == 0)
        return 0;
    struct err told = ERR_INIT;
    bool placed = e.text[0] >= '0' && e.text[0] <= '9'; /* FILE:LINE:COLUMN, as an import says it */
    err_set(&told, e.code, "%s:%s%s", strcmp(path, "-") == 0 ? "standard input" : path, placed ? "" : " ",
            e.text);
    return cli_fail(cli, &told);
}

void entries_free(struct entries *entries)
{
    json_decref(entries->list);
    free(entries->lines);
}

uint64_t entries_line(const struct entries *entries, const char *error)
{
    const char *open = strchr(error, '[');
    size_t index = open == NULL ? SIZE_MAX : strtoull(open + 1, NULL, 10);
    return index < entries->n_lines ? entries->lines[index] : 0;
}
