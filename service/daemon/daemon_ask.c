/* daemon_ask.c - questions that the database answers whole, as the JSON of a result, and changes that it
 * makes and answers so. */
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/gated_query.h"
#include "daemon/sql_time.h"

/* Of a page of the trail, whose entries may have 64 KiB each: the rest is on the next. */
#define PAGE_BYTES "1048576"

static const struct {
    const char *sql; /* one row of one text */
    int n;           /* values */
    bool changes;    /* what the snapshot holds */
} questions[SERVICE_QUESTIONS] = {
    [SERVICE_AUDIT_LIST] =
        {"WITH found AS (SELECT * FROM peernet.audit WHERE ($1::text IS NULL OR programme = $1) AND "
         "($2::text IS "
         "NULL OR who = $2) AND ($3::text IS NULL OR action = $3 OR starts_with(action, $3 || '.')) "
         "AND ($4::bigint IS NULL OR run = $4) AND ($5::text IS NULL OR at >= $5::date::timestamp AT TIME "
         "ZONE "
         "'UTC') AND ($6::text IS NULL OR at < ($6::date + 1)::timestamp AT TIME ZONE 'UTC') AND ($7::bigint "
         "IS "
         "NULL OR entry < $7) ORDER BY entry DESC LIMIT $8::bigint + 1), measured AS (SELECT *, "
         "row_number() OVER w AS place, sum(octet_length(concat(detail, before, after))) OVER w AS bytes "
         "FROM found WINDOW w AS (ORDER BY entry DESC)), shown AS (SELECT * FROM measured WHERE "
         "place <= $8::bigint AND (place = 1 OR bytes <= " PAGE_BYTES
         ")) SELECT json_build_object('entries', (SELECT "
         "coalesce(json_agg(json_build_object('entry', entry, 'at', " AS_TIME(
             "at") ", 'who', who, 'origin', origin, 'session', session, 'action', action, 'programme', "
                   "programme, 'run', run, "
                   "'detail', "
                   "detail, 'before', before, 'after', after, 'hash', encode(hash, 'hex')) ORDER BY entry "
                   "DESC), "
                   "'[]') FROM shown), 'next', (SELECT min(entry) FROM shown HAVING count(*) < (SELECT "
                   "count(*) "
                   "FROM found)))",
         8, false},
    [SERVICE_PIN_ADD] =
        {"SELECT to_json(peernet.add_pin($1::text, $2::text, $3::text[], $4::integer, $5::text, "
         "$6::date, $7::real, $8::bigint, $9::bigint, $10::text, $11::text))",
         11, true},
    [SERVICE_NETWORK_SET] =
        {"SELECT json_build_object('network', $2::integer, 'programme', $1::text, 'version', "
         "peernet.set_network($1::text, $2::integer, $3::text, $4::text, $5::boolean, $6::bigint, "
         "$7::bigint, $8::text, $9::text))",
         9, true},
    [SERVICE_ACTIVITY_SET] =
        {"SELECT peernet.set_activity($1::text, $2::text, $3::text, $4::text[], $5::text, "
         "$6::text)",
         6, true},
    [SERVICE_ACTIVITY_REMOVE] = {"SELECT peernet.remove_activity($1::text, $2::text, $3::text)", 3, true},
    [SERVICE_PLAN_LIST] =
        {"SELECT json_build_object('plans', coalesce((SELECT json_agg(peernet.plan_json(p) ORDER "
         "BY p.plan DESC) FROM (SELECT * FROM peernet.plans WHERE programme = $1::text ORDER BY "
         "plan DESC LIMIT $2::bigint) AS q JOIN peernet.plans AS p USING (plan)), '[]'))",
         2, false},
    [SERVICE_PLAN_GET] = {"SELECT peernet.get_plan($1::bigint)", 1, false},
    [SERVICE_PLAN_ADOPT] = {"SELECT peernet.adopt_plan($1::bigint, $2::text, $3::text)", 3, true},
    [SERVICE_PLAN_RECORD] =
        {"SELECT peernet.record_contacts($1::text, $2::text, $3::text[], $4::date, $5::bigint, "
         "$6::text, $7::text)",
         7, true},
    [SERVICE_PLAN_SAVE] =
        {"SELECT peernet.save_plan($1::text, $2::text, $3::bigint, $4::jsonb, $5::text, $6::text)", 6, true},
    [SERVICE_PIN_REMOVE] = {"SELECT peernet.remove_pin($1::bigint, $2::text, $3::text)", 3, true},
    [SERVICE_PROGRAMME_HISTORY] = {"SELECT peernet.programme_history($1::text, $2::bigint)", 2, false},
    [SERVICE_PROGRAMME_CREATE] = {"SELECT peernet.create_programme($1::text, $2::jsonb, $3::text, $4::text)",
                                  4, true},
    [SERVICE_PROGRAMME_SET] = {"SELECT peernet.set_programme($1::text, $2::bigint, $3::jsonb, $4::boolean, "
                               "$5::text, $6::text)",
                               6, true},
    [SERVICE_PROGRAMME_ARCHIVE] =
        {"SELECT peernet.archive_programme($1::text, $2::bigint, $3::boolean, $4::text, $5::text)", 5, true},
};

struct asking {
    struct daemon *daemon;
    bool changes;
    char *json; /* NULL: nothing has come */
    service_json_done done;
    void *context;
    bool (*forgotten)(const void *context); /* of `context`; NULL: never */
};

static bool is_forgotten(const void *context)
{
    const struct asking *a = context;
    return a->forgotten != NULL && a->forgotten(a->context);
}

static int on_row(void *context, const PGresult *result, int row, struct err *e)
{
    struct asking *a = context;
    free(a->json);
    a->json = strdup(PQgetvalue(result, row, 0));
    return a->json != NULL ? 0 : err_memory(e, "an answer of the database");
}

static void answer(void *context)
{
    struct asking *a = context;
    a->done(a->context, a->json, NULL);
    free(a->json);
    free(a);
}

static void on_done(void *context, const struct err *e)
{
    struct asking *a = context;
    struct err why = ERR_INIT;
    if (e == NULL && a->json == NULL)
        err_set(&why, ERR_INTERNAL, "the database gave no answer");
    else if (e != NULL)
        why = *e;
    if (why.code == ERR_OK && a->changes) {
        refresh_after(a->daemon->refresh, answer, a);
    } else if (why.code == ERR_OK) {
        answer(a);
    } else {
        if (why.code == ERR_UNAVAILABLE && a->changes)
            err_wrap(&why, "the database was lost meanwhile; whether it was done will show");
        a->done(a->context, NULL, &why);
        free(a->json);
        free(a);
    }
}

void daemon_ask(void *self, const struct service_ask *ask, service_json_done done, void *context)
{
    struct daemon *d = self;
    struct err e = ERR_INIT;
    if (ask->question == SERVICE_AUDIT_VERIFY) {
        daemon_audit_verify(d, ask, done, context);
        return;
    }
    struct asking *a = calloc(1, sizeof *a);
    if (a == NULL) {
        err_memory(&e, "a question to the database");
        done(context, NULL, &e);
        return;
    }
    *a = (struct asking){.daemon = d,
                         .changes = questions[ask->question].changes,
                         .done = done,
                         .context = context,
                         .forgotten = ask->forgotten};
    struct pg_async_query query = {.sql = questions[ask->question].sql,
                                   .n = questions[ask->question].n,
                                   .values = ask->values,
                                   .context = a,
                                   .row = on_row,
                                   .done = on_done};
    /* A change that was taken is made, whether or not somebody hears of it. */
    if (gated_query(a->changes ? d->changes : d->reads, d->pg, &query, ask->client,
                    a->changes ? NULL : is_forgotten, &e) == 0)
        return;
    done(context, NULL, &e);
    free(a);
}
