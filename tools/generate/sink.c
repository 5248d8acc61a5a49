#include "generate/sink.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define FLUSH_BYTES (1u << 16)

int sink_open_folder(struct sink *s, const char *folder, struct err *e)
{
    *s = (struct sink){.folder = folder};
    buf_init(&s->row, 0);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        return err_set(e, ERR_IO, "cannot make the folder %s: %s", folder, strerror(errno));
    return 0;
}

int sink_open_database(struct sink *s, const char *conninfo, struct err *e)
{
    *s = (struct sink){0};
    buf_init(&s->row, 0);
    int code = pg_open(&s->pg, conninfo, "peernet-generate", e);
    return code != 0 ? code : pg_exec(&s->pg, "BEGIN", e);
}

int sink_table(struct sink *s, const char *table, const char *csv_columns, const char *columns, struct err *e)
{
    char text[4096];
    if (s->folder == NULL) {
        snprintf(text, sizeof text, "COPY peernet.%s (%s) FROM STDIN", table, columns);
        return pg_copy_in_start(&s->pg, text, e);
    }
    snprintf(text, sizeof text, "%s/%s.csv", s->folder, table);
    s->file = fopen(text, "wx");
    if (s->file == NULL)
        return err_set(e, ERR_IO, "cannot write %s: %s", text, strerror(errno));
    buf_printf(&s->row, "%s\n", csv_columns);
    return 0;
}

static void csv_field(struct buf *row, const char *text)
{
    if (text == NULL)
        return;
    if (strpbrk(text, ",\"\r\n") == NULL) {
        buf_text(row, text);
        return;
    }
    buf_text(row, "\"");
    for (const char *p = text; *p != '\0'; p++)
        buf_append(row, *p == '"' ? "\"\"" : p, *p == '"' ? 2 : 1);
    buf_text(row, "\"");
}

static int flush(struct sink *s, struct err *e)
{
    int code = 0;
    if (buf_failed(&s->row))
        return err_memory(e, "rows");
    if (s->folder == NULL)
        code = pg_copy_in_put(&s->pg, s->row.data, s->row.size, e);
    else if (fwrite(s->row.data, 1, s->row.size, s->file) != s->row.size)
        code = err_set(e, ERR_IO, "cannot write to the folder %s: %s", s->folder, strerror(errno));
    buf_clear(&s->row);
    return code;
}

int sink_row(struct sink *s, const char *const *fields, int n, struct err *e)
{
    for (int i = 0; i < n; i++) {
        if (i > 0)
            buf_text(&s->row, s->folder != NULL ? "," : "\t");
        if (s->folder != NULL)
            csv_field(&s->row, fields[i]);
        else
            pg_copy_text(&s->row, fields[i]);
    }
    buf_text(&s->row, "\n");
    return s->row.size < FLUSH_BYTES ? 0 : flush(s, e);
}

int sink_end(struct sink *s, struct err *e)
{
    int code = flush(s, e);
    if (code != 0)
        return code;
    if (s->folder == NULL)
        return pg_copy_in_end(&s->pg, e);
    FILE *file = s->file;
    s->file = NULL;
    if (fclose(file) != 0)
        return err_set(e, ERR_IO, "cannot finish a file in %s: %s", s->folder, strerror(errno));
    return 0;
}

int sink_close(struct sink *s, struct err *e)
{
    int code = s->folder == NULL ? pg_exec(&s->pg, "COMMIT", e) : 0;
    sink_abort(s);
    return code;
}

void sink_abort(struct sink *s)
{
    if (s->file != NULL)
        fclose(s->file);
    if (s->folder == NULL && s->pg.connection != NULL)
        pg_close(&s->pg);
    buf_free(&s->row);
    *s = (struct sink){0};
}
