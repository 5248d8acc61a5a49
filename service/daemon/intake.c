#include "daemon/intake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "daemon/sql_time.h"

#define ANSWER "SELECT added, changed, unchanged, inputs_version, " AS_TIME("accepted_at") " FROM peernet."
#define VALUES "($1::jsonb, $2::text, $3::text, $4::bigint * interval '1 millisecond', $5::text)"

struct waiting {
    struct gate_pass pass;
    struct intake *intake;
    struct buf entries;
    bool organizers;
    char *key, *who, *origin; /* key "": none */
    struct service_batch_answer answer;
    char accepted_at[32];
    service_batch_done done;
    void *context;
};

struct intake {
    struct intake_options options;
    struct gate *gate;
};

int intake_open(struct intake **out, const struct intake_options *options, struct err *e)
{
    struct intake *in = *out = calloc(1, sizeof *in);
    if (in == NULL)
        return err_memory(e, "the intake");
    in->options = *options;
    struct gate_options one = {
        .what = "batches to be written", .option = "submit-queue", .places = 1, .queue = options->queue};
    return gate_open(&in->gate, &one, e);
}

void intake_free(struct intake *in)
{
    if (in == NULL)
        return;
    gate_close(in->gate);
    free(in);
}

void intake_counts(const struct intake *in, struct gate_counts *out)
{
    gate_counts(in->gate, out);
}

static void free_waiting(struct waiting *w)
{
    buf_free(&w->entries);
    free(w->key);
    free(w->who);
    free(w->origin);
    free(w);
}

static void answer(struct waiting *w, const struct err *e)
{
    w->answer.accepted_at = w->accepted_at;
    w->done(w->context, e == NULL ? &w->answer : NULL, e);
    free_waiting(w);
}

static int on_row(void *context, const PGresult *r, int row, struct err *e)
{
    struct waiting *w = context;
    (void)e;
    w->answer.added = strtoull(PQgetvalue(r, row, 0), NULL, 10);
    w->answer.changed = strtoull(PQgetvalue(r, row, 1), NULL, 10);
    w->answer.unchanged = strtoull(PQgetvalue(r, row, 2), NULL, 10);
    w->answer.inputs_version = strtoull(PQgetvalue(r, row, 3), NULL, 10);
    snprintf(w->accepted_at, sizeof w->accepted_at, "%s", PQgetvalue(r, row, 4));
    return 0;
}

/* What went wrong, as what it is to who sent the batch. */
static void describe(const struct waiting *w, struct err *why)
{
    if (why->code == ERR_UNAVAILABLE)
        err_wrap(why,
                 "the database was lost before it said whether the batch is in; send it again with the same "
                 "%s",
                 w->key[0] != '\0' ? "key, which enters nothing twice"
                                   : "content: what is in already stays as it is");
    else if (why->code == ERR_BUSY)
        err_wrap(why, "nothing was entered: an import or another batch holds the tables; try again");
}

static void on_done(void *context, const struct err *e)
{
    struct waiting *w = context;
    struct err why = ERR_INIT;
    gate_leave(w->intake->gate);
    if (e != NULL) {
        why = *e;
        describe(w, &why);
    } else {
        log_write(LOG_INFO, w->organizers ? "organizers taken in" : "reports taken in",
                  "added=%" PRIu64 " changed=%" PRIu64 " unchanged=%" PRIu64 " inputs_version=%" PRIu64,
                  w->answer.added, w->answer.changed, w->answer.unchanged, w->answer.inputs_version);
    }
    answer(w, e != NULL ? &why : NULL);
}

static int send_one(struct waiting *w, struct err *e)
{
    char remember[32];
    const char *values[] = {buf_string(&w->entries), w->who, w->key[0] != '\0' ? w->key : NULL, remember,
                            w->origin};
    struct pg_async_query query = {.sql = w->organizers ? ANSWER "upsert_organizers" VALUES
                                                        : ANSWER "submit_reports" VALUES,
                                   .n = 5,
                                   .values = values,
                                   .context = w,
                                   .row = on_row,
                                   .done = on_done};
    snprintf(remember, sizeof remember, "%" PRId64, w->intake->options.keys_remember_ms);
    int code = pg_async_query(w->intake->options.pg, &query, e);
    if (code == 0)
        buf_free(&w->entries); /* it has a copy */
    return code;
}

/* With the database away this answers all that wait. */
static bool start(void *context)
{
    struct waiting *w = context;
    struct err e = ERR_INIT;
    if (send_one(w, &e) == 0)
        return true;
    err_wrap(&e, "nothing was entered");
    answer(w, &e);
    return false;
}

static struct waiting *take(struct intake *in, const struct service_batch *batch, struct err *e)
{
    struct waiting *w = calloc(1, sizeof *w);
    char *key = strdup(batch->key), *who = strdup(batch->who), *origin = strdup(batch->origin);
    if (w == NULL || key == NULL || who == NULL || origin == NULL) {
        err_memory(e, "a batch");
        free(w);
        free(key);
        free(who);
        free(origin);
        return NULL;
    }
    *w = (struct waiting){.intake = in,
                          .entries = *batch->entries,
                          .organizers = batch->organizers,
                          .key = key,
                          .who = who,
                          .origin = origin};
    buf_init(batch->entries, 0);
    return w;
}

void intake_submit(struct intake *in, const struct service_batch *batch, service_batch_done done,
                   void *context)
{
    struct err e = ERR_INIT;
    struct waiting *w = take(in, batch, &e);
    if (w == NULL) {
        done(context, NULL, &e);
        return;
    }
    w->done = done;
    w->context = context;
    w->pass = (struct gate_pass){.go = start, .context = w, .client = batch->client};
    if (gate_enter(in->gate, &w->pass, &e) != 0) {
        err_wrap(&e, "nothing was entered");
        answer(w, &e);
    }
}
