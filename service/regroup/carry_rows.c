#include "regroup/carry_rows.h"

#include <stdio.h>
#include <stdlib.h>

#include "regroup/carry.h"
#include "regroup/kept_bytes.h"
#include "regroup/session.h"

static const char kept_query[] =
    "SELECT k.run FROM run_neighbours k JOIN runs r USING (run) WHERE k.part = 1 AND r.programme = $1 "
    "ORDER BY k.run = $2::bigint DESC, k.run DESC LIMIT 1";

int carry_read(struct pg *pg, const struct run_options *options, struct inputs *in, struct err *e)
{
    char base[24];
    const char *values[] = {options->programme, base};
    PGresult *r = NULL;
    in->carry.wanted = true;
    if (!carry_suits(in) || options->full)
        return ERR_OK;
    snprintf(base, sizeof base, "%lld", (long long)in->base.run);
    if (pg_query(pg, kept_query, 2, values, &r, e) != ERR_OK)
        return session_failed(e);
    if (PQntuples(r) > 0)
        in->carry.run = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    if (in->carry.run == 0)
        return ERR_OK;
    return kept_bytes_read(pg, "run_neighbours", in->carry.run, &in->carry.kept, e) == ERR_OK
               ? ERR_OK
               : session_failed(e);
}

int carry_write(struct pg *pg, const struct run_options *options, int64_t run, const struct inputs *in,
                const struct grouping *g, struct err *e)
{
    struct buf kept;
    const char *values[] = {options->programme};
    PGresult *r = NULL;
    if (!carry_suits(in))
        return ERR_OK;
    buf_init(&kept, 0);
    carry_keep(in, &g->profiles, &g->lists, &g->carried, g->mean_fit, &kept);
    int code = buf_failed(&kept) ? err_memory(e, "what the next run begins with")
                                 : kept_bytes_write(pg, "run_neighbours", run, &kept, e);
    buf_free(&kept);
    if (code == ERR_OK)
        code = pg_query(pg, "SELECT forget_run_neighbours($1)", 1, values, &r, e);
    PQclear(r);
    return code;
}
