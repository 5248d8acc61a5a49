/* import_work.c - what people made of the data, from the files of an export: read by COPY into temporary
 * tables as they are, and merged. PostgreSQL's own rules say what is allowed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings/settings.h"
#include "store/sync/import_job.h"
#include "store/sync/work_columns.h"

/* A plan is known again by what it says, who made it and when: its number is of the database that it was
 * made in. Of two that are the same in all, contacts get the first. */
#define SAME_PLAN                                                                                 \
    "(p.programme, p.name, p.made_by, p.made_at, p.document) = (i.programme, i.name, i.made_by, " \
    "i.made_at, i.document)"
#define PLAN_HERE                                                                          \
    "(SELECT min(p.plan) FROM peernet.plans AS p JOIN pg_temp.plans_in AS i ON " SAME_PLAN \
    " WHERE i.plan = c.plan)"

/* As they have to be for a run: PostgreSQL knows them as an object only. Those that are missing its own rules
 * refuse. */
static int check_programmes(struct pg *pg, struct err *e)
{
    PGresult *rows = NULL;
    int code = pg_query(pg, "SELECT name, settings FROM pg_temp.programmes_in WHERE settings IS NOT NULL", 0,
                        NULL, &rows, e);
    for (int i = 0; code == ERR_OK && i < PQntuples(rows); i++) {
        struct settings settings;
        settings_default(&settings);
        code = settings_apply_json(&settings, PQgetvalue(rows, i, 1), e);
        settings_free(&settings);
        if (code != ERR_OK)
            code = err_wrap(e, "the settings of programme %s", PQgetvalue(rows, i, 0));
    }
    PQclear(rows);
    return code;
}

/* Two of the statements touch what is changed and what is added, and count it. */
static const struct work {
    const char *file, *table, *columns;
    const char *stage, *update, *insert;
    int (*check)(struct pg *pg, struct err *e); /* of what is staged; NULL: PostgreSQL's rules say it all */
} works[WORK_FILES] = {
    {"programmes.csv", "programmes_in", PROGRAMME_COLUMNS,
     "name text COLLATE \"C\", title_sv text, title_en text, purpose text, publishing text, churn_most "
     "double precision, "
     "fit_least double precision, schedule text, settings jsonb, archived_at timestamptz",
     "UPDATE peernet.programmes AS p SET title_sv = i.title_sv, title_en = i.title_en, purpose = i.purpose, "
     "publishing = i.publishing, churn_most = i.churn_most, fit_least = i.fit_least, schedule = i.schedule, "
     "settings = i.settings, archived_at = i.archived_at FROM pg_temp.programmes_in AS i WHERE p.name = "
     "i.name AND "
     "(p.title_sv, p.title_en, p.purpose, p.publishing, p.churn_most, p.fit_least, p.schedule, p.settings, "
     "p.archived_at) IS "
     "DISTINCT FROM (i.title_sv, i.title_en, i.purpose, i.publishing, i.churn_most, i.fit_least, i.schedule, "
     "i.settings, "
     "i.archived_at)",
     "INSERT INTO peernet.programmes (" PROGRAMME_COLUMNS ") SELECT " PROGRAMME_COLUMNS " "
     "FROM pg_temp.programmes_in AS i WHERE NOT EXISTS (SELECT FROM peernet.programmes AS p WHERE p.name = "
     "i.name) ORDER BY name",
     check_programmes},
    {"pins.csv", "pins_in", PIN_COLUMNS,
     "programme text COLLATE \"C\", rule text, organizers text[], why text, until date, cost real, made_by "
     "text, made_at "
     "timestamptz",
     NULL,
     "INSERT INTO peernet.pins (" PIN_COLUMNS ") SELECT " PIN_COLUMNS " FROM pg_temp.pins_in AS i WHERE "
     "NOT EXISTS (SELECT "
     "FROM peernet.pins AS p WHERE p.network IS NULL AND (p.programme, p.rule, p.organizers) = (i.programme, "
     "i.rule, i.organizers) AND p.until IS NOT DISTINCT FROM i.until) ORDER BY made_at",
     NULL},
    {"activities.csv", "activities_in", ACTIVITY_COLUMNS,
     "code text COLLATE \"C\", title_sv text, title_en text, challenges text[]",
     "UPDATE peernet.activities AS a SET title_sv = i.title_sv, title_en = i.title_en, challenges = "
     "i.challenges FROM pg_temp.activities_in AS i WHERE a.code = i.code AND "
     "(a.title_sv, a.title_en, "
     "a.challenges) IS DISTINCT FROM (i.title_sv, i.title_en, i.challenges)",
     "INSERT INTO peernet.activities (" ACTIVITY_COLUMNS ") SELECT " ACTIVITY_COLUMNS " "
     "FROM pg_temp.activities_in AS i WHERE NOT EXISTS (SELECT FROM "
     "peernet.activities AS a "
     "WHERE a.code = i.code) ORDER BY code",
     NULL},
    {"plans.csv", "plans_in", PLAN_COLUMNS,
     "plan bigint, programme text COLLATE \"C\", name text, made_by text, made_at timestamptz, adopted_by "
     "text, adopted_at "
     "timestamptz, document jsonb",
     "UPDATE peernet.plans AS p SET adopted_by = i.adopted_by, adopted_at = i.adopted_at FROM "
     "pg_temp.plans_in AS i WHERE " SAME_PLAN
     " AND (p.adopted_by, p.adopted_at) IS DISTINCT FROM (i.adopted_by, i.adopted_at)",
     "INSERT INTO peernet.plans (programme, name, run, document, made_by, made_at, adopted_by, adopted_at) "
     "SELECT programme, "
     "name, NULL, document, made_by, made_at, adopted_by, adopted_at FROM pg_temp.plans_in AS i WHERE NOT "
     "EXISTS (SELECT FROM "
     "peernet.plans AS p WHERE " SAME_PLAN ") ORDER BY plan",
     NULL},
    {"contacts.csv", "contacts_in", CONTACT_COLUMNS,
     "programme text COLLATE \"C\", organizer text COLLATE \"C\", outcome text, happened date, plan bigint, "
     "who text, at "
     "timestamptz",
     NULL,
     "INSERT INTO peernet.contacts (programme, organizer, outcome, happened, plan, who, at) SELECT "
     "c.programme, c.organizer, "
     "c.outcome, c.happened, " PLAN_HERE
     ", c.who, c.at FROM pg_temp.contacts_in AS c WHERE NOT EXISTS (SELECT FROM "
     "peernet.contacts AS k WHERE (k.programme, k.organizer, k.outcome, k.happened) = (c.programme, "
     "c.organizer, c.outcome, "
     "c.happened) AND k.plan IS NOT DISTINCT FROM " PLAN_HERE ") ORDER BY c.at",
     NULL},
};

const char *work_file(int work)
{
    return works[work].file;
}

static int send_file(struct pg *pg, FILE *file, struct err *e)
{
    static char bytes[65536];
    int code = ERR_OK;
    for (size_t n; code == ERR_OK && (n = fread(bytes, 1, sizeof bytes, file)) > 0;)
        code = pg_copy_in_put(pg, bytes, n, e);
    if (code == ERR_OK && ferror(file))
        code = err_set(e, ERR_IO, "reading: %s", strerror(errno));
    return code;
}

static int stage(struct pg *pg, const struct work *w, FILE *file, struct err *e)
{
    char sql[1024];
    snprintf(sql, sizeof sql, "CREATE TEMPORARY TABLE %s (%s) ON COMMIT DROP", w->table, w->stage);
    int code = pg_exec(pg, sql, e);
    snprintf(sql, sizeof sql, "COPY pg_temp.%s (%s) FROM STDIN (FORMAT csv, HEADER match)", w->table,
             w->columns);
    if (code == ERR_OK && file != NULL)
        code = pg_copy_in_start(pg, sql, e);
    if (code == ERR_OK && file != NULL && (code = send_file(pg, file, e)) == ERR_OK)
        code = pg_copy_in_end(pg, e);
    return code;
}

static int touch(struct pg *pg, const char *sql, int64_t *rows, struct err *e)
{
    PGresult *result = NULL;
    int code = sql == NULL ? ERR_OK : pg_query(pg, sql, 0, NULL, &result, e);
    if (code == ERR_OK && sql != NULL)
        *rows = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return code;
}

static int count_all(struct pg *pg, const struct work *w, struct import_count *count, struct err *e)
{
    char sql[100];
    PGresult *result = NULL;
    snprintf(sql, sizeof sql, "SELECT count(*) FROM pg_temp.%s", w->table);
    int code = pg_query(pg, sql, 0, NULL, &result, e);
    if (code == ERR_OK)
        count->unchanged = strtoll(PQgetvalue(result, 0, 0), NULL, 10) - count->added - count->changed;
    PQclear(result);
    return code;
}

static int merge(struct import_job *job, const struct work *w, struct import_count *count, struct err *e)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", job->folder, w->file);
    FILE *file = fopen(path, "rb");
    if (file == NULL && errno != ENOENT)
        return err_set(e, ERR_IO, "%s: %s", path, strerror(errno));
    int code = stage(job->pg, w, file, e);
    if (code == ERR_OK && w->check != NULL)
        code = w->check(job->pg, e);
    if (code == ERR_OK)
        code = touch(job->pg, w->update, &count->changed, e);
    if (code == ERR_OK)
        code = touch(job->pg, w->insert, &count->added, e);
    if (code == ERR_OK)
        code = count_all(job->pg, w, count, e);
    if (file != NULL)
        fclose(file);
    return code == ERR_OK ? code : err_wrap(e, "%s", path);
}

int import_work(struct import_job *job, struct import_count counts[WORK_FILES], struct err *e)
{
    int code = pg_exec(job->pg, "SELECT FROM peernet.state FOR NO KEY UPDATE", e);
    for (int i = 0; i < WORK_FILES && code == ERR_OK; i++)
        code = merge(job, &works[i], &counts[i], e);
    return code;
}
