#include "regroup/kept_bytes.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "store/pg_binary.h"

/* PostgreSQL compresses each for itself, and has it in memory more than once. */
enum { PART = 1 << 16 };

int kept_bytes_write(struct pg *pg, const char *table, int64_t run, const struct buf *kept, struct err *e)
{
    struct buf row;
    char copy[96];
    snprintf(copy, sizeof copy, "COPY %s (run, part, bytes) FROM STDIN (FORMAT binary)", table);
    buf_init(&row, 0);
    pg_binary_begin(&row);
    int code = pg_copy_in_start(pg, copy, e);
    int part = 1;
    for (size_t at = 0; code == ERR_OK && at < kept->size; at += PART) {
        size_t size = kept->size - at < PART ? kept->size - at : PART;
        pg_binary_row(&row, 3);
        pg_binary_int8(&row, run);
        pg_binary_int4(&row, part++);
        pg_binary_bytes(&row, kept->data + at, size);
        if (at + size == kept->size)
            pg_binary_end(&row);
        code = buf_failed(&row) ? err_memory(e, "what is kept of the run")
                                : pg_copy_in_put(pg, row.data, row.size, e);
        buf_clear(&row);
    }
    if (code == ERR_OK)
        code = pg_copy_in_end(pg, e);
    buf_free(&row);
    return code;
}

static int take_part(void *context, char **f, int n, struct err *e)
{
    struct buf *out = context;
    (void)n;
    size_t size = strlen(f[0]) / 2;
    uint8_t *to = buf_reserve(out, size);
    if (to == NULL)
        return err_memory(e, "what is kept of the run");
    for (size_t i = 0; i < size; i++)
        to[i] = (uint8_t)(hex_digit(f[0][2 * i]) << 4 | hex_digit(f[0][2 * i + 1]));
    out->size += size;
    return ERR_OK;
}

int kept_bytes_read(struct pg *pg, const char *table, int64_t run, struct buf *out, struct err *e)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "COPY (SELECT encode(bytes, 'hex') FROM %s WHERE run = %lld ORDER BY part) TO STDOUT", table,
             (long long)run);
    return pg_copy_out(pg, sql, take_part, out, e);
}
