#include "store/sync/import_header.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void import_header_allowed(enum input_table table, char *out, size_t size)
{
    input_columns_list(&input_shapes[table], " and any attr.NAME", out, size);
}

void import_header_free(struct import_header *h)
{
    for (uint32_t i = 0; i < h->attribute_count; i++)
        free(h->attribute_names[i]);
    free(h->attribute_names);
    free(h->attribute_fields);
    *h = (struct import_header){0};
}

static bool is_twice(const struct csv *row, uint32_t field)
{
    for (uint32_t i = 0; i < field; i++) {
        if (strcmp(row->fields[i].text, row->fields[field].text) == 0)
            return true;
    }
    return false;
}

static bool take_attribute(struct import_header *h, uint32_t field, const char *name)
{
    char *copy = strdup(name);
    if (copy == NULL)
        return false;
    h->attribute_fields[h->attribute_count] = field;
    h->attribute_names[h->attribute_count++] = copy;
    return true;
}

/* True when this field of the header is a column that is known and new. */
static bool take_field(struct import_header *h, struct import_job *job, enum input_table table,
                       const struct csv *row, uint32_t field, struct err *e)
{
    const struct input_shape *shape = &input_shapes[table];
    const struct csv_field *f = &row->fields[field];
    char shown[200], allowed[200], why[256];
    int column = input_column_find(shape, f->text, f->size);
    if (is_twice(row, field)) {
        import_fault_add(job, table, f->place.line, f->place.column,
                         "column %s stands twice; each stands once",
                         input_quote(f->text, shown, sizeof shown));
        return false;
    }
    if (column >= 0) {
        h->field_of[column] = (int)field;
        return true;
    }
    if (shape->attributes && strncmp(f->text, "attr.", 5) == 0) {
        if (!input_attribute_name_check(f->text + 5, why, sizeof why)) {
            import_fault_add(job, table, f->place.line, f->place.column, "%s", why);
            return false;
        }
        if (!take_attribute(h, field, f->text + 5))
            err_memory(e, "the header of an import");
        return true;
    }
    import_header_allowed(table, allowed, sizeof allowed);
    import_fault_add(job, table, f->place.line, f->place.column, "unknown column %s; the columns are: %s",
                     input_quote(f->text, shown, sizeof shown), allowed);
    return false;
}

/* What spreadsheets write where the decimal sign is a comma. */
static bool other_separator(struct import_job *job, enum input_table table, const struct csv *row)
{
    const char *text = row->fields[0].text;
    bool tab = strchr(text, '\t') != NULL;
    if (row->count != 1 || (!tab && strchr(text, ';') == NULL))
        return false;
    import_fault_add(job, table, row->row.line, row->row.column,
                     "the columns are parted by %s; they must be parted by commas",
                     tab ? "tabs" : "semicolons");
    return true;
}

/* All that are missing in one fault, so that the others still find room among those that are told. */
static bool tell_missing(const struct import_header *h, struct import_job *job, enum input_table table,
                         const struct csv *row)
{
    const struct input_shape *shape = &input_shapes[table];
    char missing[200] = "", allowed[200];
    size_t used = 0;
    for (int i = 0; i < shape->count && used < sizeof missing; i++) {
        if (h->field_of[i] < 0)
            used += (size_t)snprintf(missing + used, sizeof missing - used, "%s%s", used > 0 ? ", " : "",
                                     shape->columns[i].name);
    }
    import_header_allowed(table, allowed, sizeof allowed);
    if (used > 0)
        import_fault_add(job, table, row->row.line, row->row.column,
                         "missing in the header: %s; the columns are: %s", missing, allowed);
    return used > 0;
}

bool import_header_read(struct import_header *h, struct import_job *job, enum input_table table,
                        const struct csv *row, struct err *e)
{
    *h = (struct import_header){0};
    for (int i = 0; i < IMPORT_MOST_COLUMNS; i++)
        h->field_of[i] = -1;
    h->attribute_fields = calloc(row->count, sizeof *h->attribute_fields);
    h->attribute_names = calloc(row->count, sizeof *h->attribute_names);
    if (h->attribute_fields == NULL || h->attribute_names == NULL)
        return err_memory(e, "the header of an import") == ERR_OK;
    if (other_separator(job, table, row))
        return false;
    bool fine = true;
    for (uint32_t i = 0; i < row->count; i++)
        fine = take_field(h, job, table, row, i, e) && fine;
    return !tell_missing(h, job, table, row) && fine && e->code == ERR_OK;
}
