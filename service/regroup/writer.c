#include "regroup/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "regroup/carry_rows.h"
#include "regroup/kept_inputs.h"
#include "regroup/rows.h"
#include "regroup/session.h"
#include "store/pg_binary.h"

/* What only one who was there can break is told apart from a fault of ours: an organizer that was deleted
 * while the run was computed, or a run number that another run took. */
static int refused_rows(struct err *e)
{
    if (e->code == ERR_INVALID) {
        e->code = ERR_STALE;
        return err_wrap(e, "the inputs changed while the run was computed, nothing was written");
    }
    return session_failed(e);
}

static int take_number(struct pg *pg, int64_t *run, struct err *e)
{
    if (*run != 0)
        return ERR_OK;
    PGresult *r = NULL;
    int code = pg_query(pg, "SELECT nextval('run_numbers')", 0, NULL, &r, e);
    if (code != ERR_OK)
        return session_failed(e);
    *run = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
    PQclear(r);
    return ERR_OK;
}

static const char insert_run[] = "INSERT INTO runs (run, programme, base_run, inputs_version, inputs_digest, "
                                 "settings, seed, effort, as_of,"
                                 " versions, figures, started_at) VALUES ($1, $2, nullif($3::bigint, 0), $4, "
                                 "$5, $6, $7, $8, $9, $10, $11, $12)";

struct run_texts {
    char run[24], base[24], version[24], seed[24], effort[24], versions[96];
    char *settings, *figures;
};

static int texts_build(struct run_texts *t, const struct run_options *options, const struct inputs *in,
                       int64_t run, const struct grouping *g, json_t *figures, struct err *e)
{
    snprintf(t->run, sizeof t->run, "%lld", (long long)run);
    snprintf(t->base, sizeof t->base, "%lld", (long long)in->base.run);
    snprintf(t->version, sizeof t->version, "%lld", (long long)in->version);
    snprintf(t->seed, sizeof t->seed, "%lld", (long long)options->seed);
    snprintf(t->effort, sizeof t->effort, "%llu", (unsigned long long)g->effort);
    snprintf(t->versions, sizeof t->versions, "{\"peernet\": \"%s\", \"engine\": %d, \"igraph\": \"%s\"}",
             PEERNET_VERSION, GROUP_ENGINE, graph_version());
    t->settings = settings_to_json(&in->settings);
    t->figures = json_dumps(figures, JSON_COMPACT | JSON_REAL_PRECISION(12));
    return t->settings == NULL || t->figures == NULL ? err_memory(e, "writing the run") : ERR_OK;
}

static int write_run(struct pg *pg, const struct run_options *options, const struct inputs *in,
                     const char *digest, int64_t run, const struct grouping *g, json_t *figures,
                     struct err *e)
{
    struct run_texts t = {0};
    int code = texts_build(&t, options, in, run, g, figures, e);
    const char *values[] = {t.run,  options->programme, t.base,    t.version,  digest,    t.settings,
                            t.seed, t.effort,           in->as_of, t.versions, t.figures, in->started_at};
    PGresult *r = NULL;
    if (code == ERR_OK)
        code = pg_query(pg, insert_run, 12, values, &r, e);
    PQclear(r);
    free(t.settings);
    free(t.figures);
    return code;
}

typedef void (*rows_maker)(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                           uint32_t from, uint32_t to);

/* Slice by slice: all rows of a million organizers would be half a gigabyte. */
enum { SLICE = 256 };

static int write_rows(struct pg *pg, const char *copy, rows_maker make, uint32_t n, int64_t run,
                      const struct inputs *in, const struct grouping *g, struct err *e)
{
    struct buf rows;
    buf_init(&rows, 0);
    int code = pg_copy_in_start(pg, copy, e);
    pg_binary_begin(&rows);
    for (uint32_t from = 0; code == ERR_OK && from <= n;) {
        const uint32_t to = n - from > SLICE ? from + SLICE : n;
        make(&rows, run, in, g, from, to);
        if (to == n)
            pg_binary_end(&rows);
        code = buf_failed(&rows) ? err_memory(e, "the rows of the run")
                                 : pg_copy_in_put(pg, rows.data, rows.size, e);
        buf_clear(&rows);
        from = to < n ? to : n + 1;
    }
    if (code == ERR_OK)
        code = pg_copy_in_end(pg, e);
    buf_free(&rows);
    return code;
}

static int write_all(struct pg *pg, const struct run_options *options, const struct inputs *in,
                     const char *digest, int64_t run, const struct grouping *g, json_t *figures,
                     struct err *e)
{
    int code = write_run(pg, options, in, digest, run, g, figures, e);
    if (code == ERR_OK)
        code = write_rows(
            pg,
            "COPY networks (run, network, community, label_sv, label_en, reason_sv, reason_en, size,"
            " cohesion, shared, link) FROM STDIN (FORMAT binary)",
            rows_networks, g->n_networks, run, in, g, e);
    if (code == ERR_OK)
        code =
            write_rows(pg,
                       "COPY members (run, organizer, network, fit, shared, shared_at, told, next_network,"
                       " next_fit, next_why, next_figure, next_pin, next_with, closest, closest_similarity)"
                       " FROM STDIN (FORMAT binary)",
                       rows_members, in->population.n_organizers, run, in, g, e);
    if (code == ERR_OK)
        code = write_rows(pg,
                          "COPY unmatched (run, organizer, reason, reason_sv, reason_en, waited, "
                          "waiting_since, next_network,"
                          " next_fit, next_why, last_report, ahead) FROM STDIN (FORMAT binary)",
                          rows_unmatched, in->population.n_organizers, run, in, g, e);
    if (code == ERR_OK && in->rows != NULL)
        code = kept_inputs_write(pg, options, run, in->rows, e);
    if (code == ERR_OK)
        code = carry_write(pg, options, run, in, g, e);
    return code == ERR_OK ? ERR_OK : refused_rows(e);
}

/* `accepting`: what may have changed since it was read, as publish_current has it, which also asks the policy
 * of the programme: ERR_LIMIT where that forbids it. */
static int publish(struct pg *pg, const struct run_options *options, int64_t run, const char *accepting,
                   struct err *e)
{
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)run);
    const char *values[] = {number, options->who, accepting, options->origin};
    PGresult *r = NULL;
    int code = pg_query(pg, "SELECT publish_current($1::bigint, $2, $3, $4)", 4, values, &r, e);
    PQclear(r);
    return code == ERR_OK || code == ERR_STALE || code == ERR_LIMIT ? code : session_failed(e);
}

static void say_refused(struct written *out, const struct err *e)
{
    snprintf(out->refused, sizeof out->refused, "%s", e->text);
    out->by_policy = e->code == ERR_LIMIT;
}

/* Inside the run's transaction, behind a savepoint: a publication that is refused leaves the run. */
static int publish_or_keep(struct pg *pg, const struct run_options *options, int64_t run, struct written *out,
                           struct err *e)
{
    if (pg_exec(pg, "SAVEPOINT before_publishing", e) != ERR_OK)
        return session_failed(e);
    /* Reports come in all the time; that people changed their minds about settings or pins weighs more. */
    int code = publish(pg, options, run, "inputs", e);
    out->published = code == ERR_OK;
    if (code != ERR_STALE && code != ERR_LIMIT)
        return code;
    say_refused(out, e);
    return pg_exec(pg, "ROLLBACK TO SAVEPOINT before_publishing", e) == ERR_OK ? ERR_OK : session_failed(e);
}

int writer_store(struct pg *pg, const struct run_options *options, const struct inputs *in,
                 const char *digest, const struct grouping *g, json_t *figures, struct progress *progress,
                 struct written *out, struct err *e)
{
    int64_t run = options->run;
    *out = (struct written){0};
    int code = pg_exec(pg, "BEGIN", e) == ERR_OK ? ERR_OK : session_failed(e);
    if (code == ERR_OK)
        code = take_number(pg, &run, e);
    if (code == ERR_OK)
        code = write_all(pg, options, in, digest, run, g, figures, e);
    if (code == ERR_OK && options->publish) {
        progress_step(progress, STEP_PUBLISH, "publishing run %lld", (long long)run);
        code = publish_or_keep(pg, options, run, out, e);
    }
    if (code == ERR_OK)
        code = pg_exec(pg, "COMMIT", e) == ERR_OK ? ERR_OK : session_failed(e);
    if (code != ERR_OK) {
        struct err ignored = ERR_INIT;
        out->published = false;
        pg_exec(pg, "ROLLBACK", &ignored);
        return err_wrap(e, "writing the run");
    }
    out->run = run;
    return ERR_OK;
}

int writer_publish(struct pg *pg, const struct run_options *options, int64_t run, struct written *out,
                   struct err *e)
{
    *out = (struct written){.run = run};
    /* Its digest says that what it rests on is the same again, whatever changed between. */
    int code = publish(pg, options, run, "checked", e);
    out->published = code == ERR_OK;
    if (code == ERR_LIMIT) {
        say_refused(out, e);
        return ERR_OK;
    }
    return code == ERR_OK ? ERR_OK : err_wrap(e, "publishing run %lld", (long long)run);
}

int writer_confirm(struct pg *pg, int64_t run, int64_t inputs_version, struct err *e)
{
    char number[24], version[24];
    const char *values[] = {number, version};
    PGresult *r = NULL;
    snprintf(number, sizeof number, "%lld", (long long)run);
    snprintf(version, sizeof version, "%lld", (long long)inputs_version);
    int code = pg_query(pg, "SELECT confirm_run($1::bigint, $2::bigint)", 2, values, &r, e);
    PQclear(r);
    return code == ERR_OK ? ERR_OK : session_failed(e);
}
