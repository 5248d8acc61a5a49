#include "daemon/load.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "daemon/load_rows.h"

struct load_step {
    struct load *load;
    const struct load_query *query;
};

struct load {
    struct snapshot_builder *builder;
    struct snapshot *snapshot;
    struct err error; /* the first */
    load_done done;   /* NULL: abandoned */
    void *context;
    uv_loop_t *loop;
    uv_work_t work;
    size_t waiting; /* queries whose end has not come */
    struct load_step steps[];
};

static void load_free(struct load *l)
{
    snapshot_builder_free(l->builder);
    snapshot_free(l->snapshot);
    free(l);
}

void load_abandon(struct load *l)
{
    l->done = NULL;
}

static void finish(struct load *l)
{
    load_done done = l->done;
    struct snapshot *snapshot = l->snapshot;
    struct err error = l->error;
    void *context = l->context;
    if (done != NULL)
        l->snapshot = NULL;
    load_free(l);
    if (done != NULL)
        done(context, error.code == ERR_OK ? snapshot : NULL, error.code == ERR_OK ? NULL : &error);
}

static void build(uv_work_t *work)
{
    struct load *l = work->data;
    snapshot_build(l->builder, &l->snapshot, &l->error);
}

static void built(uv_work_t *work, int status)
{
    struct load *l = work->data;
    if (status != 0)
        err_set(&l->error, ERR_CANCELLED, "the load was cancelled");
    finish(l);
}

static void all_read(struct load *l)
{
    l->work.data = l;
    if (l->error.code == ERR_OK && l->done != NULL) {
        int failed = uv_queue_work(l->loop, &l->work, build, built);
        if (failed == 0)
            return;
        err_set(&l->error, ERR_INTERNAL, "building the snapshot: %s", uv_strerror(failed));
    }
    finish(l);
}

static int on_row(void *context, char **fields, int n, struct err *e)
{
    struct load_step *step = context;
    struct load *l = step->load;
    (void)n; /* as many as the query asks for */
    if (l->error.code != ERR_OK || l->done == NULL)
        return err_set(e, ERR_CANCELLED, "not wanted any more");
    return step->query->row(l->builder, fields, e);
}

/* The first error is the load's. */
static void note_error(struct load_step *step, const struct err *e)
{
    struct load *l = step->load;
    if (l->error.code != ERR_OK)
        return;
    l->error = *e;
    err_wrap(&l->error, "reading %s", step->query->what);
}

static void on_done(void *context, const struct err *e)
{
    struct load_step *step = context;
    struct load *l = step->load;
    if (e != NULL)
        note_error(step, e);
    if (l->error.code == ERR_OK && step->query->end != NULL)
        step->query->end(l->builder, &l->error);
    if (--l->waiting == 0)
        all_read(l);
}

/* As it is sent; COPY takes no parameters, so $1, the number, and $2, the networks, stand in its text. */
static void write_statement(struct buf *out, const struct load_query *q, int64_t number, const char *networks)
{
    const char *rest = q->sql;
    if (q->row != NULL)
        buf_printf(out, "COPY (");
    for (const char *at; q->takes_number && (at = strchr(rest, '$')) != NULL; rest = at + 2) {
        buf_append(out, rest, (size_t)(at - rest));
        if (at[1] == '1')
            buf_printf(out, "%" PRId64, number);
        else
            buf_text(out, networks);
    }
    buf_text(out, rest);
    if (q->row != NULL)
        buf_printf(out, ") TO STDOUT");
}

static int queue_one(struct load_step *step, struct pg_async *pg, const struct load_wish *wish, struct err *e)
{
    struct buf sql;
    buf_init(&sql, 0);
    write_statement(&sql, step->query, wish->past != 0 ? wish->past : wish->runs, wish->networks);
    struct pg_async_query query = {.sql = buf_string(&sql),
                                   .context = step,
                                   .fields = step->query->row == NULL ? NULL : on_row,
                                   .done = on_done};
    int code = buf_failed(&sql) ? err_memory(e, "a query") : pg_async_query(pg, &query, e);
    buf_free(&sql);
    return code;
}

/* All queries at once: the connection sends them one after the other, and nothing else comes between. */
static void queue_all(struct load *l, struct pg_async *pg, const struct load_list *list,
                      const struct load_wish *wish)
{
    l->waiting = 1; /* ours, so that it cannot end before all are queued */
    for (size_t i = 0; i < list->n; i++) {
        struct err e = ERR_INIT;
        l->steps[i] = (struct load_step){l, &list->queries[i]};
        if (queue_one(&l->steps[i], pg, wish, &e) == 0)
            l->waiting++;
        else
            note_error(&l->steps[i], &e);
    }
}

int load_start(struct load **out, uv_loop_t *loop, struct pg_async *pg, const struct load_wish *wish,
               load_done done, void *context, struct err *e)
{
    const struct load_list *list = wish->networks != NULL ? &load_networks
                                   : wish->past != 0      ? &load_past
                                                          : &load_published;
    struct load *l = calloc(1, sizeof *l + list->n * sizeof l->steps[0]);
    *out = NULL;
    if (l == NULL)
        return err_memory(e, "a load");
    int code = snapshot_builder_new(wish->today, &l->builder, e);
    if (code != 0) {
        free(l);
        return code;
    }
    l->loop = loop;
    l->done = done;
    l->context = context;
    queue_all(l, pg, list, wish);
    if (l->waiting == 1) { /* not one query was taken: say so here, not by `done` */
        code = (int)l->error.code;
        if (e != NULL)
            *e = l->error;
        load_free(l);
        return code;
    }
    l->waiting--;
    *out = l;
    return 0;
}
