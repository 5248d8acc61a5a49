#include "regroup/solve_table.h"

#include <errno.h>
#include <string.h>

static int64_t read_file(void *context, void *data, size_t size)
{
    size_t got = fread(data, 1, size, context);
    return got == 0 && ferror((FILE *)context) ? -1 : (int64_t)got;
}

int solve_table_wrong(const struct solve_table *t, struct err *e)
{
    return err_wrap(e, "%s:%llu", t->path, (unsigned long long)t->csv.row.line);
}

int solve_table_next(struct solve_table *t, bool *more, struct err *e)
{
    enum csv_result result = csv_next(&t->csv, e);
    *more = result == CSV_ROW;
    if (result == CSV_FAULT)
        return err_set(e, ERR_INVALID, "%s:%llu:%llu: %s", t->path,
                       (unsigned long long)t->csv.fault_place.line,
                       (unsigned long long)t->csv.fault_place.column, t->csv.fault);
    return result == CSV_FAILED ? err_wrap(e, "%s", t->path) : ERR_OK;
}

/* Columns attr.NAME, as `peernet db import` has them. */
static int find_attributes(struct solve_table *t, struct err *e)
{
    for (uint32_t k = 0; k < t->csv.count; k++) {
        if (strncmp(t->csv.fields[k].text, "attr.", 5) != 0)
            continue;
        if (t->n_attributes == SOLVE_ATTRIBUTES_MOST)
            return err_set(e, ERR_LIMIT, "%s:1: at most %d columns attr.NAME can be read", t->path,
                           SOLVE_ATTRIBUTES_MOST);
        const char *name = t->csv.fields[k].text + 5;
        struct solve_attribute *attribute = &t->attributes[t->n_attributes++];
        *attribute = (struct solve_attribute){arena_text(&t->text, name, strlen(name)), k};
        if (attribute->name == NULL)
            return err_memory(e, "the attributes");
    }
    return ERR_OK;
}

static int find_columns(struct solve_table *t, const struct solve_column *columns, size_t count,
                        struct err *e)
{
    bool more;
    if (solve_table_next(t, &more, e))
        return (int)e->code;
    for (size_t i = 0; i < count; i++) {
        t->at[i] = -1;
        for (uint32_t k = 0; more && k < t->csv.count; k++)
            if (strcmp(t->csv.fields[k].text, columns[i].name) == 0)
                t->at[i] = (int)k;
        if (t->at[i] < 0 && columns[i].needed)
            return err_set(e, ERR_INVALID, "%s:1: the header lacks the column '%s'; it begins with '%.60s'",
                           t->path, columns[i].name, more ? t->csv.fields[0].text : "");
    }
    return more ? find_attributes(t, e) : ERR_OK;
}

int solve_table_open(struct solve_table *t, const char *path, const struct solve_column *columns,
                     size_t count, struct err *e)
{
    *t = (struct solve_table){.path = path, .file = fopen(path, "r")};
    if (!t->file)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    if (csv_open(&t->csv, read_file, t->file, e)) {
        fclose(t->file);
        t->file = NULL;
        return err_wrap(e, "%s", path);
    }
    arena_init(&t->text);
    int code = find_columns(t, columns, count, e);
    if (code)
        solve_table_close(t);
    return code;
}

void solve_table_close(struct solve_table *t)
{
    if (!t->file)
        return;
    csv_close(&t->csv);
    fclose(t->file);
    arena_free(&t->text);
    *t = (struct solve_table){0};
}

int solve_table_read(const char *path, const struct solve_column *columns, size_t count,
                     int (*take)(const struct solve_table *, struct population *, struct err *),
                     struct population *p, struct err *e)
{
    struct solve_table t;
    int code = solve_table_open(&t, path, columns, count, e);
    if (code)
        return code;
    for (bool more = true; code == ERR_OK;) {
        code = solve_table_next(&t, &more, e);
        if (code || !more)
            break;
        if (take(&t, p, e))
            code = solve_table_wrong(&t, e);
    }
    solve_table_close(&t);
    return code;
}

const char *solve_table_field(const struct solve_table *t, size_t column)
{
    return t->at[column] < 0 ? "" : t->csv.fields[t->at[column]].text;
}
