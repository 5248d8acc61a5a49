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
    return ERR_OK;
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
    *t = (struct solve_table){0};
}

const char *solve_table_field(const struct solve_table *t, size_t column)
{
    return t->at[column] < 0 ? "" : t->csv.fields[t->at[column]].text;
}
