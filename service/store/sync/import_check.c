#include <stdio.h>
#include <stdlib.h>

#include "store/sync/import_job.h"

/* Sorts and hashes of the checks and of the merge should fit in memory; SET LOCAL ends with the transaction.
 */
#define STAGING                                                                                              \
    "SET LOCAL work_mem = '256MB'; "                                                                         \
    "CREATE TEMPORARY TABLE organizers_in (id text COLLATE \"C\", name text, kind peernet.organizer_kind, "  \
    "municipality text, county text, lat double precision, lon double precision, pupils integer, "           \
    "attributes jsonb, line bigint, place bigint) ON COMMIT DROP; "                                          \
    "CREATE TEMPORARY TABLE challenges_in (code text COLLATE \"C\", category text, label_sv text, label_en " \
    "text, "                                                                                                 \
    "line bigint, place bigint) ON COMMIT DROP; "                                                            \
    "CREATE TEMPORARY TABLE reports_in (organizer text COLLATE \"C\", challenge text COLLATE \"C\", "        \
    "severity smallint, reported_on date, note text, line bigint, place bigint, challenge_line bigint, "     \
    "challenge_place bigint) ON COMMIT DROP"

/* Others may read meanwhile; whoever writes to these tables waits until the import is through. The row of
 * versions comes first: who has changed a programme holds it, and may go on to change reports. */
#define LOCK_TABLES                                                                              \
    "ANALYZE pg_temp.organizers_in; ANALYZE pg_temp.challenges_in; ANALYZE pg_temp.reports_in; " \
    "SELECT FROM peernet.state FOR NO KEY UPDATE; "                                              \
    "LOCK TABLE peernet.organizers, peernet.challenges, peernet.reports IN SHARE ROW EXCLUSIVE MODE"

/* Each gives line, column, value, more, and how many there are in all; the first 20 in file order. */
#define FIRST " ORDER BY 1, 2 LIMIT 20"

static const char organizers_twice[] =
    "SELECT line, place, id, earlier, count(*) OVER () FROM (SELECT line, place, id, first_value(line) OVER "
    "same AS "
    "earlier, row_number() OVER same AS nth FROM pg_temp.organizers_in WHERE id IS NOT NULL "
    "WINDOW same AS (PARTITION BY id ORDER BY line)) AS all_rows WHERE nth > 1" FIRST;

static const char challenges_twice[] =
    "SELECT line, place, code, earlier, count(*) OVER () FROM (SELECT line, place, code, first_value(line) "
    "OVER same "
    "AS earlier, row_number() OVER same AS nth FROM pg_temp.challenges_in WHERE code IS NOT NULL "
    "WINDOW same AS (PARTITION BY code ORDER BY line)) AS all_rows WHERE nth > 1" FIRST;

/* Hashing a million keys is much cheaper than the sort that finds their places, which is seldom needed. */
static const char reports_twice_any[] =
    "SELECT FROM pg_temp.reports_in WHERE organizer IS NOT NULL AND challenge IS NOT NULL AND reported_on IS "
    "NOT NULL "
    "GROUP BY organizer, challenge, reported_on HAVING count(*) > 1 LIMIT 1";

static const char reports_twice[] =
    "SELECT line, place, format('%s, challenge %s, on %s', left(organizer, 40), left(challenge, 40), "
    "reported_on), earlier, "
    "count(*) OVER () FROM (SELECT line, place, organizer, challenge, reported_on, first_value(line) OVER "
    "same AS "
    "earlier, row_number() OVER same AS nth FROM pg_temp.reports_in WHERE organizer IS NOT NULL AND "
    "challenge IS NOT "
    "NULL AND reported_on IS NOT NULL WINDOW same AS (PARTITION BY organizer, challenge, reported_on ORDER "
    "BY line)) "
    "AS all_rows WHERE nth > 1" FIRST;

static const char organizers_unknown[] =
    "SELECT line, place, organizer, NULL, count(*) OVER () FROM pg_temp.reports_in AS r WHERE organizer IS "
    "NOT NULL "
    "AND NOT EXISTS (SELECT FROM peernet.organizers AS o WHERE o.id = r.organizer) "
    "AND NOT EXISTS (SELECT FROM pg_temp.organizers_in AS o WHERE o.id = r.organizer)" FIRST;

static const char challenges_unknown[] =
    "SELECT challenge_line, challenge_place, challenge, NULL, count(*) OVER () FROM pg_temp.reports_in AS r "
    "WHERE challenge IS NOT NULL "
    "AND NOT EXISTS (SELECT FROM peernet.challenges AS c WHERE c.code = r.challenge) "
    "AND NOT EXISTS (SELECT FROM pg_temp.challenges_in AS c WHERE c.code = r.challenge)" FIRST;

int import_stage(struct import_job *job, struct err *e)
{
    int code = pg_exec(job->pg, STAGING, e);
    return code == ERR_OK ? code : err_wrap(e, "preparing the import");
}

static void add_unknown(struct import_job *job, enum input_table refers, const PGresult *rows, int i)
{
    char shown[200];
    bool organizer = refers == INPUT_ORGANIZERS;
    import_fault_add(job, INPUT_REPORTS, strtoull(PQgetvalue(rows, i, 0), NULL, 10),
                     strtoull(PQgetvalue(rows, i, 1), NULL, 10),
                     "%s %s is unknown; it must be in the database%s", organizer ? "organizer" : "challenge",
                     input_quote(PQgetvalue(rows, i, 2), shown, sizeof shown),
                     job->paths[refers] != NULL ? " or in the file imported with it" : "");
}

static void add_twice(struct import_job *job, enum input_table table, const PGresult *rows, int i)
{
    static const char *const what[INPUT_TABLES] = {"organizer", "challenge", "a report of organizer"};
    char shown[200];
    import_fault_add(
        job, table, strtoull(PQgetvalue(rows, i, 0), NULL, 10), strtoull(PQgetvalue(rows, i, 1), NULL, 10),
        "%s %s stands in line %s already; %s", what[table],
        table == INPUT_REPORTS ? PQgetvalue(rows, i, 2)
                               : input_quote(PQgetvalue(rows, i, 2), shown, sizeof shown),
        PQgetvalue(rows, i, 3), table == INPUT_REPORTS ? "one a day is allowed" : "each stands once");
}

/* Runs one of the queries above; `refers` is INPUT_TABLES for duplicates. */
static int find(struct import_job *job, const char *sql, enum input_table table, enum input_table refers,
                struct err *e)
{
    PGresult *rows = NULL;
    int code = pg_query(job->pg, sql, 0, NULL, &rows, e);
    if (code != ERR_OK)
        return err_wrap(e, "checking the rows");
    int told = PQntuples(rows);
    for (int i = 0; i < told; i++) {
        if (refers == INPUT_TABLES)
            add_twice(job, table, rows, i);
        else
            add_unknown(job, refers, rows, i);
    }
    if (told > 0)
        job->faults[table].count += strtoull(PQgetvalue(rows, 0, 4), NULL, 10) - (uint64_t)told;
    PQclear(rows);
    return ERR_OK;
}

static int check_reports(struct import_job *job, struct err *e)
{
    PGresult *rows = NULL;
    int code = pg_query(job->pg, reports_twice_any, 0, NULL, &rows, e);
    if (code != ERR_OK)
        return err_wrap(e, "checking the rows");
    bool twice = PQntuples(rows) > 0;
    PQclear(rows);
    if (twice)
        code = find(job, reports_twice, INPUT_REPORTS, INPUT_TABLES, e);
    if (code == ERR_OK && !job->incomplete[INPUT_ORGANIZERS])
        code = find(job, organizers_unknown, INPUT_REPORTS, INPUT_ORGANIZERS, e);
    if (code == ERR_OK && !job->incomplete[INPUT_CHALLENGES])
        code = find(job, challenges_unknown, INPUT_REPORTS, INPUT_CHALLENGES, e);
    return code;
}

int import_check(struct import_job *job, struct err *e)
{
    int code = pg_exec(job->pg, LOCK_TABLES, e);
    if (code != ERR_OK)
        return err_wrap(e, "checking the rows");
    if (job->paths[INPUT_ORGANIZERS] != NULL)
        code = find(job, organizers_twice, INPUT_ORGANIZERS, INPUT_TABLES, e);
    if (code == ERR_OK && job->paths[INPUT_CHALLENGES] != NULL)
        code = find(job, challenges_twice, INPUT_CHALLENGES, INPUT_TABLES, e);
    if (code == ERR_OK && job->paths[INPUT_REPORTS] != NULL)
        code = check_reports(job, e);
    return code;
}
