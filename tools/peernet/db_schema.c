/* db init, db migrate and db check. */
#include <stdio.h>
#include <stdlib.h>

#include "peernet/cli.h"
#include "peernet/db_parts.h"
#include "store/check.h"
#include "store/migrate.h"

struct schema_job {
    const struct db_options *options;
    json_t *list; /* of what was applied, or of problems; for --json */
};

static void tell_applied(void *context, const struct migration *applied)
{
    struct schema_job *job = context;
    if (job->options->json)
        json_array_append_new(job->list,
                              json_pack("{s:i, s:s}", "number", applied->number, "name", applied->name));
    else
        db_print_line(stdout, "applied %03d_%s", applied->number, applied->name);
}

static int migrate(struct pg *pg, const struct db_options *options, bool init)
{
    struct err e = ERR_INIT;
    struct schema_job job = {options, options->json ? json_array() : NULL};
    int applied = 0;
    int code = init ? migrate_init(pg, &e) : ERR_OK;
    if (code == ERR_OK)
        code = migrate_run(pg, tell_applied, &job, &applied, &e);
    if (code != ERR_OK) {
        json_decref(job.list);
        return db_fail(&e);
    }
    if (options->json)
        return db_print_json(json_pack("{s:i, s:o}", "schema", migration_count, "applied", job.list));
    db_print_line(stdout, "Database %s: schema peernet is at version %03d%s.", PQdb(pg->connection),
                  migration_count, applied == 0 ? ", nothing to do" : "");
    return EXIT_FINE;
}

int db_init(const struct db_options *options)
{
    struct pg pg;
    int code = db_connect(options, &pg);
    if (code != EXIT_FINE)
        return code;
    code = migrate(&pg, options, true);
    pg_close(&pg);
    return code;
}

int db_migrate(const struct db_options *options)
{
    struct pg pg;
    int code = db_connect(options, &pg);
    if (code != EXIT_FINE)
        return code;
    code = migrate(&pg, options, false);
    pg_close(&pg);
    return code;
}

static void tell_problem(void *context, const char *problem, const char *mend)
{
    struct schema_job *job = context;
    if (job->options->json) {
        json_array_append_new(job->list, json_pack("{s:s, s:s}", "problem", problem, "mend", mend));
        return;
    }
    db_print_line(stdout, "PROBLEM  %s", problem);
    db_print_line(stdout, "   mend  %s", mend);
}

static void print_figures(const struct check_result *result)
{
    if (result->tables == 0)
        return;
    printf("schema   version %03d\n", result->schema);
    for (int i = 0; i < result->tables; i++)
        db_print_line(stdout, "%-10s %12lld rows", result->counts[i].table,
                      (long long)result->counts[i].rows);
}

static json_t *figures_json(const struct check_result *result, json_t *problems)
{
    json_t *rows = json_object();
    for (int i = 0; i < result->tables; i++)
        json_object_set_new(rows, result->counts[i].table, json_integer(result->counts[i].rows));
    return json_pack("{s:i, s:o, s:o}", "schema", result->schema, "rows", rows, "problems", problems);
}

static int check(struct pg *pg, const struct db_options *options)
{
    struct err e = ERR_INIT;
    struct check_result result;
    struct schema_job job = {options, options->json ? json_array() : NULL};
    if (check_run(pg, tell_problem, &job, &result, &e) != ERR_OK) {
        json_decref(job.list);
        return db_fail(&e);
    }
    int worst = result.problems > 0 ? EXIT_FAILED : EXIT_FINE;
    if (options->json) {
        int code = db_print_json(figures_json(&result, job.list));
        return code == EXIT_FINE ? worst : code;
    }
    print_figures(&result);
    if (result.problems == 0)
        db_print_line(stdout, "Nothing is wrong.");
    else
        db_print_line(stdout, "%llu problem%s.", (unsigned long long)result.problems,
                      result.problems == 1 ? "" : "s");
    return worst;
}

int db_check(const struct db_options *options)
{
    struct pg pg;
    int code = db_connect(options, &pg);
    if (code != EXIT_FINE)
        return code;
    code = check(&pg, options);
    pg_close(&pg);
    return code;
}
