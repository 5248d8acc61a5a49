#include "daemon/cancel_note.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"

#define TRIES 30

struct cancel_note {
    struct pg_async *pg;
    int tries;
    char run[32], programme[64], who[300], origin[64];
};

static void drop(struct cancel_note *n, const struct err *e)
{
    char quoted[1200];
    if (e != NULL)
        log_write(LOG_WARN, "that a run was cancelled is not in the trail", "run=%s error=%s", n->run,
                  log_quote(e->text, quoted, sizeof quoted));
    free(n);
}

static void on_noted(void *context, const struct err *e);

static void try_it(struct cancel_note *n)
{
    struct err e = ERR_INIT;
    const char *values[] = {n->run, n->programme, n->who, n->origin};
    struct pg_async_query query = {.sql =
                                       "SELECT peernet.note_cancel($1::bigint, $2::text, $3::text, $4::text)",
                                   .n = 4,
                                   .values = values,
                                   .context = n,
                                   .done = on_noted};
    n->tries++;
    if (pg_async_query(n->pg, &query, &e) != 0)
        drop(n, &e);
}

static void on_noted(void *context, const struct err *e)
{
    struct cancel_note *n = context;
    if (e != NULL && e->code == ERR_BUSY && n->tries < TRIES)
        try_it(n);
    else
        drop(n, e);
}

void cancel_note_write(struct pg_async *pg, int64_t run, const char *programme, const char *who,
                       const char *origin)
{
    struct cancel_note *n = calloc(1, sizeof *n);
    if (n == NULL) {
        log_write(LOG_WARN, "that a run was cancelled is not in the trail",
                  "run=%" PRId64 " error=\"out of memory\"", run);
        return;
    }
    n->pg = pg;
    snprintf(n->run, sizeof n->run, "%" PRId64, run);
    snprintf(n->programme, sizeof n->programme, "%s", programme);
    snprintf(n->who, sizeof n->who, "%s", who);
    snprintf(n->origin, sizeof n->origin, "%s", origin);
    try_it(n);
}
