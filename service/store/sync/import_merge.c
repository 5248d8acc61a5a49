#include <stdio.h>
#include <stdlib.h>

#include "store/sync/import_job.h"

/* From so many new reports on, if they are at least as many as are there already, the keys and the index of
 * the table are dropped and made again around the insert: a check for each row costs 14 us, a build over all
 * about 2. */
#define BULK 50000

static const char organizers_update[] =
    "UPDATE peernet.organizers AS o SET name = i.name, kind = i.kind, municipality = i.municipality, "
    "county = i.county, lat = i.lat, lon = i.lon, pupils = i.pupils, "
    "attributes = (o.attributes - $1::text[]) || i.attributes FROM pg_temp.organizers_in AS i WHERE o.id = "
    "i.id AND "
    "(o.name, o.kind, o.municipality, o.county, o.lat, o.lon, o.pupils, o.attributes) IS DISTINCT FROM "
    "(i.name, i.kind, i.municipality, i.county, i.lat, i.lon, i.pupils, (o.attributes - $1::text[]) || "
    "i.attributes)";
static const char organizers_insert[] =
    "INSERT INTO peernet.organizers (id, name, kind, municipality, county, lat, lon, pupils, attributes) "
    "SELECT id, name, kind, municipality, county, lat, lon, pupils, attributes FROM pg_temp.organizers_in AS "
    "i "
    "WHERE NOT EXISTS (SELECT FROM peernet.organizers AS o WHERE o.id = i.id) ORDER BY id";

static const char challenges_update[] =
    "UPDATE peernet.challenges AS c SET category = i.category, label_sv = i.label_sv, label_en = i.label_en "
    "FROM pg_temp.challenges_in AS i WHERE c.code = i.code AND "
    "(c.category, c.label_sv, c.label_en) IS DISTINCT FROM (i.category, i.label_sv, i.label_en)";
static const char challenges_insert[] = "INSERT INTO peernet.challenges (code, category, label_sv, label_en) "
                                        "SELECT code, category, label_sv, label_en "
                                        "FROM pg_temp.challenges_in AS i WHERE NOT EXISTS (SELECT FROM "
                                        "peernet.challenges AS c WHERE c.code = i.code) "
                                        "ORDER BY code";

static const char reports_update[] =
    "UPDATE peernet.reports AS r SET severity = i.severity, note = i.note FROM pg_temp.reports_in AS i "
    "WHERE r.organizer = i.organizer AND r.challenge = i.challenge AND r.reported_on = i.reported_on "
    "AND (r.severity, r.note) IS DISTINCT FROM (i.severity, i.note)";
/* What is new is put aside first: how much it is decides how it is added. */
static const char reports_new[] = "CREATE TEMPORARY TABLE reports_new ON COMMIT DROP AS SELECT organizer, "
                                  "challenge, reported_on, severity, note "
                                  "FROM pg_temp.reports_in AS i WHERE NOT EXISTS (SELECT FROM "
                                  "peernet.reports AS r WHERE r.organizer = i.organizer "
                                  "AND r.challenge = i.challenge AND r.reported_on = i.reported_on)";
static const char reports_insert[] =
    "INSERT INTO peernet.reports (organizer, challenge, reported_on, severity, note) "
    "SELECT organizer, challenge, reported_on, severity, note FROM pg_temp.reports_new";

/* Whether this role owns the table (or a member of the owning role), and whether so many rows are many for
 * it. */
static const char bulk_pays[] =
    "SELECT pg_has_role(relowner, 'USAGE') AND $1::bigint >= (SELECT count(*) FROM peernet.reports) "
    "FROM pg_class WHERE oid = 'peernet.reports'::regclass";

/* Readers must be out for this, and waiting for them here could end in a deadlock: the lock is had at once or
 * the rows go in one by one. A worker that writes a run has the row of versions before it looks up
 * organizers; the insert would wait for that row while the worker waits for the organizers, so it is had
 * first. The definitions come from the catalogue, so that migrations stay the only place that has them. */
static const char bulk_lock[] =
    "SELECT FROM peernet.state FOR NO KEY UPDATE; "
    "LOCK TABLE peernet.organizers, peernet.challenges, peernet.reports IN ACCESS EXCLUSIVE MODE NOWAIT";
static const char bulk_drop[] =
    "CREATE TEMPORARY TABLE reports_keys ON COMMIT DROP AS "
    "SELECT 1 AS step, format('ALTER TABLE peernet.reports DROP CONSTRAINT %I', conname) AS off, "
    "format('ALTER TABLE peernet.reports ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid)) AS back "
    "FROM pg_constraint WHERE conrelid = 'peernet.reports'::regclass AND contype IN ('p', 'f') "
    "UNION ALL SELECT 2, format('DROP INDEX peernet.%I', c.relname), pg_get_indexdef(x.indexrelid) "
    "FROM pg_index AS x JOIN pg_class AS c ON c.oid = x.indexrelid "
    "WHERE x.indrelid = 'peernet.reports'::regclass AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid "
    "= "
    "x.indexrelid AND conrelid = x.indrelid); "
    "SET LOCAL maintenance_work_mem = '256MB'; "
    "DO $$ DECLARE command text; BEGIN FOR command IN SELECT off FROM pg_temp.reports_keys ORDER BY step "
    "LOOP "
    "EXECUTE command; END LOOP; END $$";
static const char bulk_back[] = "DO $$ DECLARE command text; BEGIN FOR command IN SELECT back FROM "
                                "pg_temp.reports_keys ORDER BY step LOOP "
                                "EXECUTE command; END LOOP; END $$";

/* Runs one statement; *rows is how many it touched. */
static int run(struct import_job *job, const char *sql, int n, const char *const *values, int64_t *rows,
               struct err *e)
{
    PGresult *result = NULL;
    int code = pg_query(job->pg, sql, n, values, &result, e);
    if (code != ERR_OK)
        return code;
    *rows = strtoll(PQcmdTuples(result), NULL, 10);
    PQclear(result);
    return ERR_OK;
}

static int count_staged(struct import_job *job, const char *sql, struct import_count *count, struct err *e)
{
    PGresult *result = NULL;
    int code = pg_query(job->pg, sql, 0, NULL, &result, e);
    if (code != ERR_OK)
        return code;
    count->unchanged = strtoll(PQgetvalue(result, 0, 0), NULL, 10) - count->added - count->changed;
    PQclear(result);
    return ERR_OK;
}

static int merge_organizers(struct import_job *job, struct import_count *count, struct err *e)
{
    const char *names = buf_string(&job->attributes);
    int code = run(job, organizers_update, 1, &names, &count->changed, e);
    if (code == ERR_OK)
        code = run(job, organizers_insert, 0, NULL, &count->added, e);
    if (code == ERR_OK)
        code = count_staged(job, "SELECT count(*) FROM pg_temp.organizers_in", count, e);
    return code == ERR_OK ? code : err_wrap(e, "organizers");
}

static int merge_challenges(struct import_job *job, struct import_count *count, struct err *e)
{
    int code = run(job, challenges_update, 0, NULL, &count->changed, e);
    if (code == ERR_OK)
        code = run(job, challenges_insert, 0, NULL, &count->added, e);
    if (code == ERR_OK)
        code = count_staged(job, "SELECT count(*) FROM pg_temp.challenges_in", count, e);
    return code == ERR_OK ? code : err_wrap(e, "challenges");
}

static bool may_bulk(struct import_job *job, int64_t rows)
{
    char text[24];
    const char *value = text;
    PGresult *result = NULL;
    if (rows < BULK)
        return false;
    snprintf(text, sizeof text, "%lld", (long long)rows);
    if (pg_query(job->pg, bulk_pays, 1, &value, &result, NULL) != ERR_OK)
        return false;
    bool pays = PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    if (!pays || pg_exec(job->pg, "SAVEPOINT bulk", NULL) != ERR_OK)
        return false;
    if (pg_exec(job->pg, bulk_lock, NULL) == ERR_OK)
        return true;
    pg_exec(job->pg, "ROLLBACK TO SAVEPOINT bulk", NULL);
    return false;
}

static int add_reports(struct import_job *job, int64_t *added, struct err *e)
{
    int64_t rows = 0;
    int code = run(job, reports_new, 0, NULL, &rows, e);
    if (code != ERR_OK || rows == 0)
        return code;
    bool bulk = may_bulk(job, rows);
    if (bulk)
        code = pg_exec(job->pg, bulk_drop, e);
    if (code == ERR_OK)
        code = run(job, reports_insert, 0, NULL, added, e);
    if (code == ERR_OK && bulk)
        code = pg_exec(job->pg, bulk_back, e);
    return code;
}

static int merge_reports(struct import_job *job, struct import_count *count, struct err *e)
{
    int code = run(job, reports_update, 0, NULL, &count->changed, e);
    if (code == ERR_OK)
        code = add_reports(job, &count->added, e);
    if (code == ERR_OK)
        code = count_staged(job, "SELECT count(*) FROM pg_temp.reports_in", count, e);
    return code == ERR_OK ? code : err_wrap(e, "reports");
}

int import_merge(struct import_job *job, struct import_count counts[INPUT_TABLES], struct err *e)
{
    int code = ERR_OK;
    if (job->paths[INPUT_ORGANIZERS] != NULL)
        code = merge_organizers(job, &counts[INPUT_ORGANIZERS], e);
    if (code == ERR_OK && job->paths[INPUT_CHALLENGES] != NULL)
        code = merge_challenges(job, &counts[INPUT_CHALLENGES], e);
    if (code == ERR_OK && job->paths[INPUT_REPORTS] != NULL)
        code = merge_reports(job, &counts[INPUT_REPORTS], e);
    return code == ERR_OK ? code : err_wrap(e, "importing");
}
