#include "store/migrate.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Held while one program looks and migrates; the number is "peernet" in ASCII. */
#define LOCK "SELECT pg_advisory_xact_lock(31636683777533300)"

/* Whoever waits for a table has all others wait behind it: so not for long, but again and again. */
#define LOCK_TIMEOUT "SET LOCAL lock_timeout = '2s'"
enum { LOCK_TRIES = 10, LOCK_PAUSE_S = 1 };

static int has_table(struct pg *pg, bool *found, struct err *e)
{
    PGresult *result = NULL;
    int code = pg_query(pg, "SELECT to_regclass('peernet.migrations') IS NOT NULL", 0, NULL, &result, e);
    if (code != ERR_OK)
        return code;
    *found = PQgetvalue(result, 0, 0)[0] == 't';
    PQclear(result);
    return ERR_OK;
}

static int refuse_row(int row, int number, const char *name, const char *checksum, const char *version,
                      struct err *e)
{
    if (number > migration_count)
        return err_set(e, ERR_INVALID,
                       "the database has migration %03d_%s of peernet %s, and this program (%s) knows %d: "
                       "install peernet %s or newer",
                       number, name, version, PEERNET_VERSION, migration_count, version);
    if (number != row + 1)
        return err_set(
            e, ERR_INVALID,
            "peernet.migrations has a gap: number %d is missing before %03d_%s; restore the database "
            "from a backup",
            row + 1, number, name);
    return err_set(
        e, ERR_INVALID,
        "migration %03d_%s was edited after peernet %s applied it (checksum %.12s in the database, %.12s in "
        "this program %s): install the program that applied it; changes belong in a new migration",
        number, name, version, checksum, migrations[row].checksum, PEERNET_VERSION);
}

/* Compares what is recorded with what this program holds; *done is how many are applied. */
static int compare(struct pg *pg, int *done, struct err *e)
{
    PGresult *result = NULL;
    int code = pg_query(pg, "SELECT number, name, checksum, version FROM peernet.migrations ORDER BY number",
                        0, NULL, &result, e);
    if (code != ERR_OK)
        return err_wrap(e, "reading peernet.migrations");
    *done = PQntuples(result);
    for (int row = 0; row < *done && code == ERR_OK; row++) {
        int number = (int)strtol(PQgetvalue(result, row, 0), NULL, 10);
        const char *checksum = PQgetvalue(result, row, 2);
        if (number != row + 1 || number > migration_count || strcmp(checksum, migrations[row].checksum) != 0)
            code =
                refuse_row(row, number, PQgetvalue(result, row, 1), checksum, PQgetvalue(result, row, 3), e);
    }
    PQclear(result);
    return code;
}

static int require_table(struct pg *pg, struct err *e)
{
    bool found = false;
    int code = has_table(pg, &found, e);
    if (code == ERR_OK && !found)
        return err_set(e, ERR_INVALID, "the database %s has no peernet schema: run peernet db init",
                       PQdb(pg->connection));
    return code;
}

int migrate_check(struct pg *pg, struct err *e)
{
    int done = 0;
    int code = require_table(pg, e);
    if (code == ERR_OK)
        code = compare(pg, &done, e);
    if (code == ERR_OK && done < migration_count)
        return err_set(
            e, ERR_INVALID,
            "the database has %d of the %d migrations that this program (%s) needs: run peernet db migrate",
            done, migration_count, PEERNET_VERSION);
    return code;
}

static int record(struct pg *pg, const struct migration *m, struct err *e)
{
    char number[16];
    snprintf(number, sizeof number, "%d", m->number);
    const char *values[] = {number, m->name, m->checksum, PEERNET_VERSION};
    PGresult *result = NULL;
    int code = pg_query(pg,
                        "INSERT INTO peernet.migrations (number, name, checksum, version) "
                        "VALUES ($1::integer, $2, $3, $4)",
                        4, values, &result, e);
    PQclear(result);
    return code;
}

/* The next migration in the open transaction; *more is false when nothing is left. */
static int apply_next(struct pg *pg, const struct migration **applied, struct err *e)
{
    int done = 0;
    *applied = NULL;
    int code = pg_exec(pg, LOCK, e);
    if (code == ERR_OK)
        code = compare(pg, &done, e);
    if (code != ERR_OK || done == migration_count)
        return code;
    const struct migration *next = &migrations[done];
    /* All that is made belongs to the group, so that any of its members can make the next change. */
    code = pg_exec(pg, LOCK_TIMEOUT "; SET LOCAL ROLE peernet_owner", e);
    if (code == ERR_OK)
        code = pg_exec(pg, next->sql, e);
    if (code == ERR_OK)
        code = record(pg, next, e);
    if (code != ERR_OK)
        return err_wrap(e, "migration %03d_%s", next->number, next->name);
    *applied = next;
    return ERR_OK;
}

/* The same in a transaction of its own. */
static int apply_whole(struct pg *pg, const struct migration **applied, struct err *e)
{
    *applied = NULL;
    int code = pg_exec(pg, "BEGIN", e);
    if (code == ERR_OK)
        code = apply_next(pg, applied, e);
    if (code == ERR_OK)
        return pg_exec(pg, "COMMIT", e);
    pg_exec(pg, "ROLLBACK", NULL);
    return code;
}

/* Daemons, imports and people may hold tables that it needs. */
static int apply_patiently(struct pg *pg, const struct migration **applied, struct err *e)
{
    int code = apply_whole(pg, applied, e);
    for (int tries = 1; code == ERR_BUSY && tries < LOCK_TRIES; tries++) {
        sleep(LOCK_PAUSE_S);
        *e = (struct err)ERR_INIT;
        code = apply_whole(pg, applied, e);
    }
    return code != ERR_BUSY
               ? code
               : err_wrap(e,
                          "tables were held by others %d times in a row (pg_stat_activity says by "
                          "whom: let that end, or stop the daemons, and try again)",
                          LOCK_TRIES);
}

int migrate_run(struct pg *pg, migrate_report report, void *context, int *applied, struct err *e)
{
    *applied = 0;
    int code = require_table(pg, e);
    while (code == ERR_OK) {
        const struct migration *next = NULL;
        code = apply_patiently(pg, &next, e);
        if (code != ERR_OK || next == NULL)
            break;
        ++*applied;
        if (report != NULL)
            report(context, next);
    }
    return code;
}

static int make_roles(struct pg *pg, struct err *e)
{
    int code = pg_exec(pg, migration_roles, e);
    if (code == ERR_DENIED)
        return err_set(
            e, ERR_DENIED,
            "the roles peernet_owner, peernet_daemon and peernet_reader are needed and role %s may not "
            "create them or become a member: an administrator runs  CREATE ROLE peernet_owner; CREATE ROLE "
            "peernet_daemon; CREATE ROLE peernet_reader; GRANT peernet_owner TO %s;  once",
            PQuser(pg->connection), PQuser(pg->connection));
    return code != ERR_OK ? err_wrap(e, "making the roles") : ERR_OK;
}

static int make_schema(struct pg *pg, struct err *e)
{
    bool found = false;
    int code = has_table(pg, &found, e);
    if (code != ERR_OK || found)
        return code;
    /* CREATE SCHEMA IF NOT EXISTS asks for the right to create even when it exists. */
    code = pg_exec(pg,
                   "DO $$ BEGIN IF to_regnamespace('peernet') IS NULL THEN "
                   "CREATE SCHEMA peernet AUTHORIZATION peernet_owner; "
                   "COMMENT ON SCHEMA peernet IS 'Peer networks from reported challenges'; END IF; END $$",
                   e);
    if (code == ERR_DENIED)
        return err_set(
            e, ERR_DENIED,
            "role %s may not create a schema in database %s: an administrator runs  GRANT CREATE ON "
            "DATABASE \"%s\" TO peernet_owner;  once",
            PQuser(pg->connection), PQdb(pg->connection), PQdb(pg->connection));
    if (code == ERR_OK)
        code = pg_exec(
            pg,
            "SET LOCAL ROLE peernet_owner; "
            "CREATE TABLE peernet.migrations (number integer PRIMARY KEY CHECK (number > 0), "
            "name text NOT NULL, checksum text NOT NULL CHECK (checksum ~ '^[0-9a-f]{64}$'), "
            "applied_at timestamptz NOT NULL DEFAULT now(), version text NOT NULL); "
            "COMMENT ON TABLE peernet.migrations IS 'Which files of sql/ were applied, by which version of "
            "the program. Written by peernet db migrate.'",
            e);
    return code != ERR_OK ? err_wrap(e, "making the schema") : ERR_OK;
}

int migrate_init(struct pg *pg, struct err *e)
{
    int code = make_roles(pg, e);
    if (code == ERR_OK)
        code = pg_exec(pg, "BEGIN; " LOCK, e);
    if (code == ERR_OK)
        code = make_schema(pg, e);
    if (code == ERR_OK)
        return pg_exec(pg, "COMMIT", e);
    pg_exec(pg, "ROLLBACK", NULL);
    return code;
}
