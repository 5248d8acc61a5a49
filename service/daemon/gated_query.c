#include "daemon/gated_query.h"

#include <stdlib.h>
#include <string.h>

struct gated {
    struct gate_pass pass;
    struct gate *gate;
    struct pg_async *pg;
    struct pg_async_query query; /* the caller's; its values are `values` */
    char *values[PG_VALUES_MOST];
    bool (*forgotten)(const void *context);
    bool entering;    /* gated_query has not returned */
    struct err error; /* why it could not be sent before that */
};

static void free_gated(struct gated *q)
{
    for (int i = 0; i < PG_VALUES_MOST; i++)
        free(q->values[i]);
    free(q);
}

static int on_row(void *context, const PGresult *result, int row, struct err *e)
{
    struct gated *q = context;
    return q->query.row(q->query.context, result, row, e);
}

static void on_done(void *context, const struct err *e)
{
    struct gated *q = context;
    gate_leave(q->gate);
    q->query.done(q->query.context, e);
    free_gated(q);
}

static bool is_forgotten(const void *context)
{
    const struct gated *q = context;
    return q->forgotten != NULL && q->forgotten(q->query.context);
}

static bool ask(void *context)
{
    struct gated *q = context;
    struct err e = ERR_INIT;
    struct pg_async_query query = {.sql = q->query.sql,
                                   .n = q->query.n,
                                   .values = (const char *const *)q->values,
                                   .context = q,
                                   .row = q->query.row != NULL ? on_row : NULL,
                                   .done = on_done};
    if (is_forgotten(q))
        err_set(&e, ERR_CANCELLED, "nobody waits for the answer any more");
    else if (pg_async_query(q->pg, &query, &e) == 0)
        return true;
    if (q->entering) {
        q->error = e;
        return false;
    }
    q->query.done(q->query.context, &e);
    free_gated(q);
    return false;
}

static bool copy_values(struct gated *q)
{
    for (int i = 0; i < q->query.n; i++) {
        if (q->query.values[i] == NULL)
            continue;
        q->values[i] = strdup(q->query.values[i]);
        if (q->values[i] == NULL)
            return false;
    }
    return true;
}

int gated_query(struct gate *gate, struct pg_async *pg, const struct pg_async_query *query, uint64_t client,
                bool (*forgotten)(const void *context), struct err *e)
{
    struct gated *q = calloc(1, sizeof *q);
    if (q == NULL)
        return err_memory(e, "a question to the database");
    *q = (struct gated){.gate = gate, .pg = pg, .query = *query, .forgotten = forgotten, .entering = true};
    q->pass = (struct gate_pass){.go = ask, .forgotten = is_forgotten, .context = q, .client = client};
    int code = copy_values(q) ? gate_enter(gate, &q->pass, e) : err_memory(e, "a question to the database");
    if (code == 0 && q->error.code != ERR_OK) {
        *e = q->error;
        code = (int)e->code;
    }
    q->entering = false;
    if (code != 0)
        free_gated(q);
    return code;
}
