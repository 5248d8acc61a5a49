#include "regroup/kept_inputs.h"

#include <stdio.h>

#include "regroup/kept_bytes.h"

int kept_inputs_write(struct pg *pg, const struct run_options *options, int64_t run,
                      const struct input_rows *rows, struct err *e)
{
    char newest[24];
    const char *values[] = {options->programme, newest};
    PGresult *r = NULL;
    if (input_rows_whole(rows)) {
        int code = kept_bytes_write(pg, "run_inputs", run, &rows->kept, e);
        if (code != ERR_OK)
            return code;
    }
    snprintf(newest, sizeof newest, "%lld", (long long)options->keep_inputs);
    int code = pg_query(pg, "SELECT forget_run_inputs($1, $2::integer)", 2, values, &r, e);
    PQclear(r);
    return code;
}

int kept_inputs_read(struct pg *pg, int64_t run, struct buf *out, struct err *e)
{
    return kept_bytes_read(pg, "run_inputs", run, out, e);
}
