/* db import and db export. */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peernet/cli.h"
#include "peernet/db_parts.h"
#include "store/export.h"
#include "store/migrate.h"

static void show_import(void *context, const char *phase, uint64_t done, uint64_t of)
{
    db_progress_show(context, phase, done, of, "bytes");
}

static void print_faults(const struct db_options *options, const struct import_result *result)
{
    for (uint32_t i = 0; i < result->faults_told; i++) {
        const struct import_fault *f = &result->faults[i];
        db_print_line(stderr, "%s:%llu:%llu: %s", options->files[f->table], (unsigned long long)f->line,
                      (unsigned long long)f->column, f->text);
    }
    if (result->fault_count > result->faults_told)
        db_print_line(stderr, "and %llu more",
                      (unsigned long long)(result->fault_count - result->faults_told));
}

static json_t *faults_json(const struct db_options *options, const struct import_result *result)
{
    json_t *faults = json_array();
    for (uint32_t i = 0; i < result->faults_told; i++) {
        const struct import_fault *f = &result->faults[i];
        json_array_append_new(faults, json_pack("{s:s, s:I, s:I, s:s}", "file", options->files[f->table],
                                                "line", (json_int_t)f->line, "column", (json_int_t)f->column,
                                                "text", f->text));
    }
    return json_pack("{s:I, s:o}", "fault_count", (json_int_t)result->fault_count, "faults", faults);
}

/* "plans" of "plans.csv" */
static const char *table_of(const char *file, char out[32])
{
    snprintf(out, 32, "%.*s", (int)strcspn(file, "."), file);
    return out;
}

static json_t *counts_json(const struct db_options *options, const struct import_result *result)
{
    json_t *tables = json_object();
    for (int t = 0; t < INPUT_TABLES; t++) {
        const struct import_count *c = &result->counts[t];
        if (options->files[t] != NULL)
            json_object_set_new(tables, input_table_names[t],
                                json_pack("{s:I, s:I, s:I}", "added", (json_int_t)c->added, "changed",
                                          (json_int_t)c->changed, "unchanged", (json_int_t)c->unchanged));
    }
    for (int i = 0; i < WORK_FILES && options->folder != NULL; i++) {
        const struct import_count *c = &result->work[i];
        char name[32];
        json_object_set_new(tables, table_of(work_file(i), name),
                            json_pack("{s:I, s:I, s:I}", "added", (json_int_t)c->added, "changed",
                                      (json_int_t)c->changed, "unchanged", (json_int_t)c->unchanged));
    }
    return tables;
}

static void print_count(const char *table, const struct import_count *c)
{
    printf("%-10s  ", table);
    db_print_line(stdout, "%lld added, %lld changed, %lld unchanged", (long long)c->added,
                  (long long)c->changed, (long long)c->unchanged);
}

static void print_counts(const struct db_options *options, const struct import_result *result)
{
    for (int t = 0; t < INPUT_TABLES; t++) {
        const struct import_count *c = &result->counts[t];
        if (options->files[t] != NULL)
            print_count(input_table_names[t], c);
    }
    for (int i = 0; i < WORK_FILES && options->folder != NULL; i++) {
        char name[32];
        print_count(table_of(work_file(i), name), &result->work[i]);
    }
}

static int import(struct pg *pg, const struct db_options *options)
{
    struct err e = ERR_INIT;
    struct import_result result = {0};
    struct db_progress progress;
    db_progress_open(&progress);
    int code = migrate_check(pg, &e);
    if (code == ERR_OK)
        code = import_run(pg, options->files, options->folder, show_import, &progress, &result, &e);
    db_progress_close(&progress);
    if (result.fault_count > 0) {
        if (options->json)
            db_print_json(faults_json(options, &result));
        else
            print_faults(options, &result);
    }
    if (code != ERR_OK)
        return db_fail(&e);
    if (options->json)
        return db_print_json(counts_json(options, &result));
    print_counts(options, &result);
    return EXIT_FINE;
}

/* The files of the folder in the place of those that were not named; how many files there are then. */
static int find_files(struct db_options *options, char paths[INPUT_TABLES][PATH_MAX])
{
    int found = 0;
    for (int t = 0; t < INPUT_TABLES; t++) {
        snprintf(paths[t], PATH_MAX, "%s/%s.csv", options->folder != NULL ? options->folder : "",
                 input_table_names[t]);
        if (options->files[t] == NULL && options->folder != NULL && access(paths[t], F_OK) == 0)
            options->files[t] = paths[t];
        found += options->files[t] != NULL;
    }
    for (int i = 0; i < WORK_FILES && options->folder != NULL; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", options->folder, work_file(i));
        found += access(path, F_OK) == 0;
    }
    return found;
}

int db_import(const struct db_options *asked)
{
    char paths[INPUT_TABLES][PATH_MAX];
    struct db_options options = *asked;
    struct pg pg;
    struct err e = ERR_INIT;
    if (find_files(&options, paths) == 0) {
        err_set(&e, ERR_NOT_FOUND, "%s: there is no file of an export", options.folder);
        return db_fail(&e);
    }
    int code = db_connect(&options, &pg);
    if (code != EXIT_FINE)
        return code;
    code = import(&pg, &options);
    pg_close(&pg);
    return code;
}

static void show_export(void *context, const char *file, int64_t rows)
{
    db_progress_show(context, file, (uint64_t)rows, 0, "rows");
}

static int print_export(const struct db_options *options, const struct export_count counts[EXPORT_FILES])
{
    json_t *files = json_object();
    for (int i = 0; i < EXPORT_FILES; i++) {
        if (options->json)
            json_object_set_new(files, counts[i].file, json_integer(counts[i].rows));
        else
            db_print_line(stdout, "%-15s %12lld rows", counts[i].file, (long long)counts[i].rows);
    }
    if (options->json)
        return db_print_json(json_pack("{s:s, s:o}", "folder", options->folder, "files", files));
    json_decref(files);
    return EXIT_FINE;
}

int db_export(const struct db_options *options)
{
    struct pg pg;
    struct err e = ERR_INIT;
    struct export_count counts[EXPORT_FILES];
    struct db_progress progress;
    int code = db_connect(options, &pg);
    if (code != EXIT_FINE)
        return code;
    db_progress_open(&progress);
    int failed = migrate_check(&pg, &e);
    if (failed == ERR_OK)
        failed = export_run(&pg, options->folder, options->force, show_export, &progress, counts, &e);
    db_progress_close(&progress);
    pg_close(&pg);
    return failed != ERR_OK ? db_fail(&e) : print_export(options, counts);
}
