#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/csv.h"
#include "store/sync/import_header.h"
#include "store/sync/import_job.h"

#define FLUSH (128u << 10)

/* One file on its way into its staging table. */
struct reading {
    struct import_job *job;
    enum input_table table;
    const struct input_shape *shape;
    FILE *file;
    struct csv csv;
    struct import_header header;
    struct buf rows; /* in COPY's text format */
    struct buf json;
};

static int64_t read_file(void *context, void *data, size_t size)
{
    FILE *file = context;
    size_t got = fread(data, 1, size, file);
    return got == 0 && ferror(file) ? -1 : (int64_t)got;
}

static const struct csv_field *field_of(const struct reading *r, int column)
{
    return &r->csv.fields[r->header.field_of[column]];
}

/* One value of the row; what is not allowed becomes a fault and NULL. */
static void add_value(struct reading *r, int column)
{
    const struct input_column *c = &r->shape->columns[column];
    const struct csv_field *f = field_of(r, column);
    char why[320];
    if (column > 0)
        buf_append(&r->rows, "\t", 1);
    if (!input_value_check(c, f->text, r->job->latest, why, sizeof why)) {
        import_fault_add(r->job, r->table, f->place.line, f->place.column, "%s", why);
        pg_copy_text(&r->rows, NULL);
    } else {
        pg_copy_text(&r->rows, f->size == 0 && c->empty_null ? NULL : f->text);
    }
}

static void add_attributes(struct reading *r)
{
    buf_clear(&r->json);
    buf_append(&r->json, "{", 1);
    for (uint32_t i = 0; i < r->header.attribute_count; i++) {
        const struct csv_field *f = &r->csv.fields[r->header.attribute_fields[i]];
        const char *name = r->header.attribute_names[i];
        char why[320];
        if (f->size == 0)
            continue;
        if (!input_attribute_check(name, f->text, why, sizeof why))
            import_fault_add(r->job, r->table, f->place.line, f->place.column, "%s", why);
        if (r->json.size > 1)
            buf_append(&r->json, ",", 1);
        input_json_text(&r->json, name, strlen(name));
        buf_append(&r->json, ":", 1);
        input_attribute_json(&r->json, f->text);
    }
    buf_append(&r->json, "}", 1);
    buf_append(&r->rows, "\t", 1);
    pg_copy_text(&r->rows, buf_string(&r->json));
    r->rows.failed |= buf_failed(&r->json);
}

static void check_coordinates(struct reading *r)
{
    enum { LAT = 5, LON = 6 };
    const struct csv_field *lat = field_of(r, LAT), *lon = field_of(r, LON);
    const struct csv_field *empty = lat->size == 0 ? lat : lon;
    char why[80];
    if (!input_place_check(lat->size > 0, lon->size > 0, why, sizeof why))
        import_fault_add(r->job, r->table, empty->place.line, empty->place.column, "%s", why);
}

static void add_row(struct reading *r)
{
    for (int i = 0; i < r->shape->count; i++)
        add_value(r, i);
    if (r->shape->attributes) {
        add_attributes(r);
        check_coordinates(r);
    }
    for (int i = 0; i < r->shape->count; i++) {
        if (r->shape->columns[i].key) {
            const struct csv_place *place = &field_of(r, i)->place;
            char text[48];
            int size = snprintf(text, sizeof text, "\t%llu\t%llu", (unsigned long long)place->line,
                                (unsigned long long)place->column);
            buf_append(&r->rows, text, (size_t)size);
        }
    }
    buf_append(&r->rows, "\n", 1);
}

static int flush(struct reading *r, struct err *e)
{
    if (buf_failed(&r->rows))
        return err_memory(e, "rows of an import");
    int code = pg_copy_in_put(r->job->pg, r->rows.data, r->rows.size, e);
    buf_clear(&r->rows);
    if (r->job->progress != NULL)
        r->job->progress(r->job->context, "reading", r->job->bytes_before + r->csv.bytes, r->job->bytes_all);
    return code;
}

static int read_rows(struct reading *r, struct err *e)
{
    char copy[64];
    snprintf(copy, sizeof copy, "COPY pg_temp.%s_in FROM STDIN", r->shape->name);
    int code = pg_copy_in_start(r->job->pg, copy, e);
    while (code == ERR_OK) {
        enum csv_result got = csv_next(&r->csv, e);
        if (got == CSV_FAILED)
            return (int)e->code;
        if (got == CSV_END)
            break;
        if (got == CSV_ROW) {
            add_row(r);
        } else {
            r->job->incomplete[r->table] = true;
            import_fault_add(r->job, r->table, r->csv.fault_place.line, r->csv.fault_place.column, "%s",
                             r->csv.fault);
        }
        if (r->rows.size >= FLUSH || buf_failed(&r->rows))
            code = flush(r, e);
    }
    if (code == ERR_OK)
        code = flush(r, e);
    return code == ERR_OK ? pg_copy_in_end(r->job->pg, e) : code;
}

/* The names of the attributes that have a column, for the merge. */
static int tell_attributes(struct reading *r, struct err *e)
{
    struct buf *names = &r->job->attributes;
    buf_clear(names);
    buf_append(names, "{", 1);
    for (uint32_t i = 0; i < r->header.attribute_count; i++) {
        const char *name = r->header.attribute_names[i];
        buf_text(names, i > 0 ? ",\"" : "\"");
        for (; *name != '\0'; name++) {
            if (*name == '"' || *name == '\\')
                buf_append(names, "\\", 1);
            buf_append(names, name, 1);
        }
        buf_append(names, "\"", 1);
    }
    buf_append(names, "}", 1);
    return buf_failed(names) ? err_memory(e, "the header of an import") : ERR_OK;
}

static int read_whole(struct reading *r, struct err *e)
{
    enum csv_result got = csv_next(&r->csv, e);
    if (got == CSV_FAILED)
        return (int)e->code;
    bool fine = false;
    if (got == CSV_END) {
        char allowed[200];
        import_header_allowed(r->table, allowed, sizeof allowed);
        import_fault_add(r->job, r->table, 1, 1, "the file is empty; its first row must name the columns: %s",
                         allowed);
    } else if (got == CSV_FAULT) {
        import_fault_add(r->job, r->table, r->csv.fault_place.line, r->csv.fault_place.column, "%s",
                         r->csv.fault);
    } else {
        fine = import_header_read(&r->header, r->job, r->table, &r->csv, e);
        if (e->code != ERR_OK)
            return (int)e->code;
    }
    if (!fine) {
        r->job->incomplete[r->table] = true;
        return ERR_OK;
    }
    int code = r->shape->attributes ? tell_attributes(r, e) : ERR_OK;
    return code == ERR_OK ? read_rows(r, e) : code;
}

int import_read(struct import_job *job, enum input_table table, struct err *e)
{
    const char *path = job->paths[table];
    struct reading r = {.job = job, .table = table, .shape = &input_shapes[table]};
    r.file = fopen(path, "rb");
    if (r.file == NULL)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    buf_init(&r.rows, 0);
    buf_init(&r.json, 0);
    int code = csv_open(&r.csv, read_file, r.file, e);
    if (code == ERR_OK)
        code = read_whole(&r, e);
    job->bytes_before += r.csv.bytes;
    if (code != ERR_OK)
        err_wrap(e, "%s", path);
    import_header_free(&r.header);
    csv_close(&r.csv);
    buf_free(&r.rows);
    buf_free(&r.json);
    fclose(r.file);
    return code;
}
