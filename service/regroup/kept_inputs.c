#include "regroup/kept_inputs.h"

#include <stdio.h>
#include <string.h>

#include "store/pg_binary.h"

/* PostgreSQL compresses each for itself, and has it in memory more than once. */
enum { PART = 1 << 16 };

static int write_parts(struct pg *pg, int64_t run, const struct buf *kept, struct err *e)
{
    struct buf row;
    buf_init(&row, 0);
    pg_binary_begin(&row);
    int code = pg_copy_in_start(pg, "COPY run_inputs (run, part, bytes) FROM STDIN (FORMAT binary)", e);
    int part = 1;
    for (size_t at = 0; code == ERR_OK && at < kept->size; at += PART) {
        size_t size = kept->size - at < PART ? kept->size - at : PART;
        pg_binary_row(&row, 3);
        pg_binary_int8(&row, run);
        pg_binary_int4(&row, part++);
        pg_binary_bytes(&row, kept->data + at, size);
        if (at + size == kept->size)
            pg_binary_end(&row);
        code = buf_failed(&row) ? err_memory(e, "the inputs of the run")
                                : pg_copy_in_put(pg, row.data, row.size, e);
        buf_clear(&row);
    }
    if (code == ERR_OK)
        code = pg_copy_in_end(pg, e);
    buf_free(&row);
    return code;
}

int kept_inputs_write(struct pg *pg, const struct run_options *options, int64_t run,
                      const struct input_rows *rows, struct err *e)
{
    char newest[24];
    const char *values[] = {options->programme, newest};
    PGresult *r = NULL;
    if (input_rows_whole(rows)) {
        int code = write_parts(pg, run, &rows->kept, e);
        if (code != ERR_OK)
            return code;
    }
    snprintf(newest, sizeof newest, "%lld", (long long)options->keep_inputs);
    int code = pg_query(pg, "SELECT forget_run_inputs($1, $2::integer)", 2, values, &r, e);
    PQclear(r);
    return code;
}

static int digit(char c)
{
    return c <= '9' ? c - '0' : c - 'a' + 10;
}

static int take_part(void *context, char **f, int n, struct err *e)
{
    struct buf *out = context;
    (void)n;
    size_t size = strlen(f[0]) / 2;
    uint8_t *to = buf_reserve(out, size);
    if (to == NULL)
        return err_memory(e, "the inputs of the run");
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(digit(f[0][2 * i]) << 4 | digit(f[0][2 * i + 1]));
    out->size += size;
    return ERR_OK;
}

int kept_inputs_read(struct pg *pg, int64_t run, struct buf *out, struct err *e)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "COPY (SELECT encode(bytes, 'hex') FROM run_inputs WHERE run = %lld ORDER BY part) TO STDOUT",
             (long long)run);
    return pg_copy_out(pg, sql, take_part, out, e);
}
