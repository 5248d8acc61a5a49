#include "store/check.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/settings/settings.h"
#include "store/migrate.h"

struct checking {
    struct pg *pg;
    check_report report;
    void *context;
    struct check_result *result;
};

/* Each query gives rows of (problem, how to mend it). */

static const char owners[] =
    "SELECT format('%s belongs to role %s', c.oid::regclass, pg_get_userbyid(c.relowner)), "
    "format('ALTER TABLE %s OWNER TO peernet_owner', c.oid::regclass) FROM pg_class AS c "
    "WHERE c.relnamespace = 'peernet'::regnamespace AND c.relkind IN ('r', 'S') "
    "AND pg_get_userbyid(c.relowner) <> 'peernet_owner' ORDER BY 1";

static const char missing_roles[] =
    "SELECT format('role %s is missing', name), 'run peernet db init' FROM "
    "unnest(ARRAY['peernet_owner', 'peernet_daemon', 'peernet_reader']) AS name "
    "WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)";

/* That write by themselves what the daemon may not; readers may call none of them. */
#define DAEMONS_FUNCTIONS                                                                                    \
    "('create_token', 'revoke_token', 'note_login', 'publish_current', 'reject_run', 'rollback_run', "       \
    "'note_cancel', 'verify_audit', 'audit_hash', 'add_pin', 'remove_pin', 'set_network', 'set_programme', " \
    "'create_programme', 'archive_programme', 'submit_reports', 'upsert_organizers', 'set_activity', "       \
    "'remove_activity', 'save_plan', 'adopt_plan', 'record_contacts', 'forget_run_inputs', 'forget_run', "   \
    "'forgettable_runs', 'forget_run_neighbours', 'take_due', "                                              \
    "'end_due', 'confirm_run')"

/* What the daemon's load and clients of both read by. */
#define READERS_FUNCTIONS                                                                            \
    "('changed_since', 'programme_json', 'programme_changes', 'programme_changes_json', "            \
    "'programme_history', 'publishing_forbidden', 'programme_due', 'next_due', 'schedule_moments', " \
    "'parse_schedule', 'schedule_numbers', 'run_version')"

/* What the migrations grant, seen from the catalogue: a right too few or too many. */
static const char rights[] =
    "WITH wanted AS (SELECT c.oid, c.relname, r.role, p.privilege, "
    "CASE p.privilege WHEN 'SELECT' THEN r.role = 'peernet_daemon' OR c.relname NOT IN ('audit', 'tokens', "
    "'intake_keys', 'run_inputs', 'run_neighbours') "
    "WHEN 'INSERT' THEN r.role = 'peernet_daemon' AND c.relname IN ('runs', 'networks', 'members', "
    "'unmatched', 'run_inputs', 'run_neighbours') "
    "ELSE false END AS allowed FROM pg_class AS c, (VALUES ('peernet_daemon'), ('peernet_reader')) AS r "
    "(role), "
    "(VALUES ('SELECT'), ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p (privilege) "
    "WHERE c.relnamespace = 'peernet'::regnamespace AND c.relkind = 'r'), "
    "daemons AS (SELECT oid FROM pg_proc WHERE pronamespace = 'peernet'::regnamespace "
    "AND proname IN " DAEMONS_FUNCTIONS ") "
    "SELECT format('role %s may %s%s %s', role, CASE WHEN allowed THEN 'not ' ELSE '' END, privilege, "
    "oid::regclass), "
    "format('%s %s ON %s %s %s', CASE WHEN allowed THEN 'GRANT' ELSE 'REVOKE' END, privilege, oid::regclass, "
    "CASE WHEN allowed THEN 'TO' ELSE 'FROM' END, role) FROM wanted "
    "WHERE EXISTS (SELECT FROM pg_roles WHERE rolname = role) "
    "AND has_table_privilege(role, oid, privilege) <> allowed "
    "UNION ALL SELECT format('role %s may not use schema peernet', rolname), "
    "format('GRANT USAGE ON SCHEMA peernet TO %s', rolname) FROM pg_roles WHERE rolname IN "
    "('peernet_daemon', 'peernet_reader') AND NOT has_schema_privilege(rolname, 'peernet', 'USAGE') "
    /* It would pass over rejections, policies and what has changed. */
    "UNION ALL SELECT format('role %s may call %s', rolname, p.oid::regprocedure), "
    "format('REVOKE EXECUTE ON FUNCTION %s FROM %s, PUBLIC', p.oid::regprocedure, rolname) "
    "FROM pg_proc AS p, pg_roles WHERE rolname IN ('peernet_daemon', 'peernet_reader') "
    "AND p.pronamespace = 'peernet'::regnamespace AND p.proname = 'publish_run' "
    "AND has_function_privilege(rolname, p.oid, 'EXECUTE') "
    "UNION ALL SELECT format('role %s may not call %s', rolname, p.oid::regprocedure), "
    "format('GRANT EXECUTE ON FUNCTION %s TO %s', p.oid::regprocedure, rolname) FROM pg_proc AS p, "
    "pg_roles WHERE rolname IN ('peernet_daemon', 'peernet_reader') "
    "AND p.pronamespace = 'peernet'::regnamespace AND p.proname IN " READERS_FUNCTIONS " "
    "AND NOT has_function_privilege(rolname, p.oid, 'EXECUTE') "
    "UNION ALL SELECT 'role peernet_daemon may not take numbers for runs', "
    "'GRANT USAGE ON SEQUENCE peernet.run_numbers TO peernet_daemon' FROM pg_roles WHERE rolname = "
    "'peernet_daemon' AND NOT has_sequence_privilege(rolname, 'peernet.run_numbers', 'USAGE') "
    "UNION ALL SELECT format('role peernet_daemon may not call %s', p.oid::regprocedure), "
    "format('GRANT EXECUTE ON FUNCTION %s TO peernet_daemon', p.oid::regprocedure) FROM daemons AS p, "
    "pg_roles WHERE rolname = 'peernet_daemon' "
    "AND NOT has_function_privilege(rolname, p.oid, 'EXECUTE') "
    "UNION ALL SELECT format('role peernet_reader may call %s', p.oid::regprocedure), "
    "format('REVOKE EXECUTE ON FUNCTION %s FROM peernet_reader, PUBLIC', p.oid::regprocedure) "
    "FROM daemons AS p, pg_roles WHERE rolname = 'peernet_reader' "
    "AND has_function_privilege(rolname, p.oid, 'EXECUTE') ORDER BY 1";

static const char switched_off[] =
    "SELECT format('trigger %s of %s is disabled', t.tgname, t.tgrelid::regclass), "
    "format('ALTER TABLE %s ENABLE TRIGGER %I', t.tgrelid::regclass, t.tgname) "
    "FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid "
    "WHERE c.relnamespace = 'peernet'::regnamespace AND t.tgenabled NOT IN ('O', 'A') "
    "UNION ALL SELECT format('constraint %s of %s was never checked', conname, conrelid::regclass), "
    "format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname) FROM pg_constraint "
    "WHERE connamespace = 'peernet'::regnamespace AND NOT convalidated "
    "UNION ALL SELECT format('table %s has no %s', wanted.name, wanted.rule), 'restore the table from a "
    "backup, or add "
    "the constraint of sql/001_schema.sql again' FROM (VALUES ('reports', 'p', 1, 'primary key'), "
    "('reports', 'f', 2, 'foreign keys to organizers and challenges'), "
    "('programmes', 'f', 1, 'foreign key to runs')) AS wanted (name, type, least, rule) "
    "WHERE (SELECT count(*) FROM pg_constraint WHERE conrelid = format('peernet.%I', wanted.name)::regclass "
    "AND contype::text = wanted.type) < wanted.least "
    "UNION ALL SELECT format('table %s has no trigger %s', wanted.name, wanted.rule), 'restore the table "
    "from "
    "a backup, or add the trigger of the run_rows migration again' FROM (VALUES ('networks', "
    "'run_is_whole'), "
    "('members', 'run_is_whole'), ('unmatched', 'run_is_whole'), ('organizers', 'organizers_held'), "
    "('organizers', 'organizers_held_renamed'), ('organizers', 'organizers_held_emptied'), "
    "('networks', 'run_rows_held'), ('runs', 'run_rows_held')) AS wanted (name, rule) "
    "WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = format('peernet.%I', wanted.name)::regclass "
    "AND tgname = wanted.rule) ORDER BY 1";

static const char orphans[] =
    "SELECT format('%s reports name organizer %s, which does not exist', count(*), organizer), "
    "'import the organizer, or delete its reports' FROM peernet.reports AS r "
    "WHERE NOT EXISTS (SELECT FROM peernet.organizers AS o WHERE o.id = r.organizer) GROUP BY organizer "
    "UNION ALL SELECT format('%s reports name challenge %s, which does not exist', count(*), challenge), "
    "'import the challenge, or delete its reports' FROM peernet.reports AS r "
    "WHERE NOT EXISTS (SELECT FROM peernet.challenges AS c WHERE c.code = r.challenge) GROUP BY challenge "
    "UNION ALL SELECT format('programme %s publishes run %s, which does not exist', name, published_run), "
    "'regroup the programme and publish the new run' FROM peernet.programmes AS p WHERE published_run IS NOT "
    "NULL "
    "AND NOT EXISTS (SELECT FROM peernet.runs AS r WHERE r.run = p.published_run) "
    "UNION ALL SELECT format('network %s of run %s says %s members and has %s', network, run, "
    "coalesce(n.size, 0), coalesce(m.size, 0)), 'regroup the programme and publish the new run' "
    "FROM peernet.networks AS n FULL JOIN (SELECT run, network, count(*) AS size FROM peernet.members "
    "GROUP BY run, network) AS m USING (run, network) WHERE n.size IS DISTINCT FROM m.size "
    "UNION ALL SELECT format('%s rows of runs name organizer %s, which does not exist', count(*), "
    "organizer), "
    "'import the organizer, or regroup the programme and publish the new run' FROM (SELECT organizer FROM "
    "peernet.members UNION ALL SELECT organizer FROM peernet.unmatched) AS named "
    "WHERE NOT EXISTS (SELECT FROM peernet.organizers AS o WHERE o.id = named.organizer) GROUP BY organizer "
    "UNION ALL SELECT format('organizer %s is both in a network and unmatched in run %s', u.organizer, "
    "u.run), "
    "'regroup the programme and publish the new run' FROM peernet.unmatched AS u "
    "JOIN peernet.members AS m ON m.run = u.run AND m.organizer = u.organizer "
    "UNION ALL SELECT format('rule %s of programme %s names organizer %s, which does not exist', p.pin, "
    "p.programme, "
    "named.id), 'remove the rule, or import the organizer' FROM peernet.pins AS p, unnest(p.organizers) AS "
    "named (id) "
    "WHERE NOT EXISTS (SELECT FROM peernet.organizers AS o WHERE o.id = named.id) "
    "UNION ALL SELECT format('the next run would get number %s, and run %s exists', next.number, "
    "latest.run), "
    "format('SELECT setval(''peernet.run_numbers'', %s)', latest.run) FROM "
    "(SELECT last_value + is_called::integer AS number FROM peernet.run_numbers) AS next, "
    "(SELECT max(run) AS run FROM peernet.runs) AS latest WHERE latest.run >= next.number "
    "UNION ALL SELECT 'peernet.state is empty', 'INSERT INTO peernet.state DEFAULT VALUES' "
    "WHERE NOT EXISTS (SELECT FROM peernet.state) ORDER BY 1";

static void tell(struct checking *c, const char *problem, const char *mend)
{
    c->result->problems++;
    if (c->report != NULL)
        c->report(c->context, problem, mend);
}

static int ask(struct checking *c, const char *sql, struct err *e)
{
    PGresult *rows = NULL;
    int code = pg_query(c->pg, sql, 0, NULL, &rows, e);
    if (code != ERR_OK)
        return code;
    for (int i = 0; i < PQntuples(rows); i++)
        tell(c, PQgetvalue(rows, i, 0), PQgetvalue(rows, i, 1));
    PQclear(rows);
    return ERR_OK;
}

static int check_settings(struct checking *c, struct err *e)
{
    PGresult *rows = NULL;
    int code =
        pg_query(c->pg, "SELECT name, settings FROM peernet.programmes ORDER BY name", 0, NULL, &rows, e);
    if (code != ERR_OK)
        return code;
    for (int i = 0; i < PQntuples(rows); i++) {
        struct settings settings;
        struct err wrong = ERR_INIT;
        settings_default(&settings);
        int refused = settings_apply_json(&settings, PQgetvalue(rows, i, 1), &wrong);
        settings_free(&settings);
        if (refused == ERR_OK)
            continue;
        err_wrap(&wrong, "the settings of programme %s", PQgetvalue(rows, i, 0));
        tell(c, wrong.text, "UPDATE peernet.programmes SET settings = ... with values that are allowed");
    }
    PQclear(rows);
    return ERR_OK;
}

static int count_rows(struct checking *c, struct err *e)
{
    static const char *const tables[CHECK_TABLES] = {"organizers", "challenges", "reports",  "programmes",
                                                     "runs",       "networks",   "members",  "unmatched",
                                                     "pins",       "audit",      "tokens",   "intake_keys",
                                                     "activities", "plans",      "contacts", "run_inputs"};
    struct check_result *result = c->result;
    for (int i = 0; i < CHECK_TABLES; i++) {
        char sql[80];
        PGresult *rows = NULL;
        snprintf(sql, sizeof sql, "SELECT count(*) FROM peernet.%s", tables[i]);
        int code = pg_query(c->pg, sql, 0, NULL, &rows, e);
        if (code != ERR_OK)
            return code;
        result->counts[i].table = tables[i];
        result->counts[i].rows = strtoll(PQgetvalue(rows, 0, 0), NULL, 10);
        result->tables = i + 1;
        PQclear(rows);
    }
    PGresult *rows = NULL;
    int code = pg_query(c->pg, "SELECT max(number) FROM peernet.migrations", 0, NULL, &rows, e);
    if (code == ERR_OK)
        result->schema = (int)strtol(PQgetvalue(rows, 0, 0), NULL, 10);
    PQclear(rows);
    return code;
}

static int ask_all(struct checking *c, struct err *e)
{
    static const char *const questions[] = {missing_roles, owners, rights, switched_off, orphans};
    int code = count_rows(c, e);
    for (size_t i = 0; i < sizeof questions / sizeof questions[0] && code == ERR_OK; i++)
        code = ask(c, questions[i], e);
    return code == ERR_OK ? check_settings(c, e) : code;
}

int check_run(struct pg *pg, check_report report, void *context, struct check_result *result, struct err *e)
{
    struct checking c = {pg, report, context, result};
    struct err schema = ERR_INIT;
    *result = (struct check_result){0};
    int code = migrate_check(pg, &schema);
    if (code != ERR_OK && code != ERR_INVALID)
        return err_set(e, schema.code, "%s", schema.text);
    if (code == ERR_INVALID) {
        /* The other checks know the tables of this program's schema only. */
        tell(&c, schema.text, "bring program and schema to the same version, then check again");
        return ERR_OK;
    }
    /* One moment for all; names are told with their schema. */
    code =
        pg_exec(pg, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL search_path = pg_catalog", e);
    if (code == ERR_OK)
        code = ask_all(&c, e);
    pg_exec(pg, "ROLLBACK", NULL);
    return code == ERR_OK ? code : err_wrap(e, "checking the database");
}
