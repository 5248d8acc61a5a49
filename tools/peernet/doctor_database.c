/* The database itself, by a connection of one's own: the checks of `peernet db check`, its clock, its limits.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "peernet/doctor.h"
#include "peernet/show.h"
#include "store/check.h"

#define SKEW_SECONDS 2.0 /* tokens, days and schedules go by the clock */

static double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double query_number(struct pg *pg, const char *sql, struct err *e)
{
    PGresult *r = NULL;
    double value =
        pg_query(pg, sql, 0, NULL, &r, e) == ERR_OK ? strtod(PQgetvalue(r, 0, 0), NULL) : (double)NAN;
    PQclear(r);
    return value;
}

/* Against the middle of the time that asking took. */
static void check_clock(struct doctor *d, struct pg *pg)
{
    struct err e = ERR_INIT;
    double before = clock_seconds();
    double there = query_number(pg, "SELECT extract(epoch FROM clock_timestamp())", &e);
    double here = (before + clock_seconds()) / 2, skew = fabs(there - here);
    struct buf line;
    buf_init(&line, 0);
    show_decimal(&line, d->cli->language, skew, 2);
    if (isnan(there))
        doctor_tell(d, DOCTOR_FAULT, "clock", e.text, NULL);
    else
        doctor_say(d, skew > SKEW_SECONDS ? DOCTOR_FAULT : DOCTOR_OK, "clock", TEXT_DOCTOR_CLOCK,
                   buf_string(&line), skew > SKEW_SECONDS ? TEXT_MEND_CLOCK : TEXT_NONE);
    buf_free(&line);
}

static void check_connections(struct doctor *d, struct pg *pg)
{
    struct err e = ERR_INIT;
    double share = query_number(pg,
                                "SELECT count(*)::float / current_setting('max_connections')::int FROM "
                                "pg_stat_activity WHERE backend_type = 'client backend'",
                                &e);
    struct buf line;
    buf_init(&line, 0);
    show_percent(&line, d->cli->language, share);
    if (!isnan(share))
        doctor_say(d, share > 0.8 ? DOCTOR_WARNING : DOCTOR_OK, "database", TEXT_DOCTOR_CONNECTIONS,
                   buf_string(&line), share > 0.8 ? TEXT_MEND_CONNECTIONS : TEXT_NONE);
    buf_free(&line);
}

static void tell_problem(void *context, const char *problem, const char *mend)
{
    doctor_tell(context, DOCTOR_FAULT, "schema", problem, mend);
}

static void check_schema(struct doctor *d, struct pg *pg)
{
    struct err e = ERR_INIT;
    struct check_result result;
    char version[16];
    if (check_run(pg, tell_problem, d, &result, &e) != ERR_OK) {
        doctor_tell(d, DOCTOR_FAULT, "schema", e.text, "peernet db init");
        return;
    }
    snprintf(version, sizeof version, "%03d", result.schema);
    if (result.problems == 0)
        doctor_say(d, DOCTOR_OK, "schema", TEXT_DOCTOR_SCHEMA, version, TEXT_NONE);
}

static bool is_named(const struct doctor *d)
{
    static const char *const variables[] = {"PGHOST", "PGDATABASE", "PGSERVICE", "PGPORT", "PGUSER"};
    bool named = d->db != NULL;
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        named = named || getenv(variables[i]) != NULL;
    return named;
}

void doctor_database(struct doctor *d)
{
    struct err e = ERR_INIT;
    struct pg pg;
    if (!is_named(d)) {
        doctor_say(d, DOCTOR_SKIPPED, "database", TEXT_DOCTOR_NO_DB, "", TEXT_NONE);
        return;
    }
    if (pg_open(&pg, d->db, "peernet doctor", &e) != ERR_OK) {
        doctor_tell(d, DOCTOR_FAULT, "database", e.text, cli_text(d->cli, TEXT_MEND_DB_AWAY));
        return;
    }
    check_connections(d, &pg);
    check_schema(d, &pg);
    check_clock(d, &pg);
    pg_close(&pg);
}
