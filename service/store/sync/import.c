#include "store/import.h"

#include <stdio.h>
#include <sys/stat.h>

#include "store/sync/import_job.h"

/* Read, check, merge: in the transaction that import_run opened. */
static int run_parts(struct import_job *job, struct import_result *result, struct err *e)
{
    int code = import_stage(job, e);
    for (int t = 0; t < INPUT_TABLES && code == ERR_OK; t++) {
        if (job->paths[t] != NULL)
            code = import_read(job, (enum input_table)t, e);
    }
    if (code == ERR_OK && job->progress != NULL)
        job->progress(job->context, "checking", 0, 0);
    if (code == ERR_OK)
        code = import_check(job, e);
    if (code != ERR_OK || job->faults[0].count + job->faults[1].count + job->faults[2].count > 0)
        return code;
    if (job->progress != NULL)
        job->progress(job->context, "writing", 0, 0);
    code = import_merge(job, result->counts, e);
    return code == ERR_OK && job->folder != NULL ? import_work(job, result->work, e) : code;
}

static void gather_faults(const struct import_job *job, struct import_result *result)
{
    for (int t = 0; t < INPUT_TABLES; t++) {
        const struct import_faults *faults = &job->faults[t];
        result->fault_count += faults->count;
        for (uint32_t i = 0; i < faults->told && result->faults_told < IMPORT_FAULTS_TOLD; i++)
            result->faults[result->faults_told++] = faults->first[i];
    }
}

static uint64_t size_of_all(const char *const paths[INPUT_TABLES])
{
    uint64_t all = 0;
    for (int t = 0; t < INPUT_TABLES; t++) {
        struct stat file;
        if (paths[t] == NULL)
            continue;
        if (stat(paths[t], &file) != 0 || !S_ISREG(file.st_mode))
            return 0;
        all += (uint64_t)file.st_size;
    }
    return all;
}

int import_run(struct pg *pg, const char *const paths[INPUT_TABLES], const char *folder,
               import_progress progress, void *context, struct import_result *result, struct err *e)
{
    *result = (struct import_result){0};
    struct import_job job = {
        .pg = pg, .paths = paths, .folder = folder, .progress = progress, .context = context};
    job.bytes_all = size_of_all(paths);
    input_latest_date(job.latest);
    buf_init(&job.attributes, 0);
    e->code = ERR_OK;
    int code = pg_exec(pg, "BEGIN ISOLATION LEVEL READ COMMITTED", e);
    if (code == ERR_OK) {
        code = run_parts(&job, result, e);
        gather_faults(&job, result);
        if (code == ERR_OK && result->fault_count > 0)
            code = err_set(e, ERR_INVALID, "%llu fault%s in the files; nothing was imported",
                           (unsigned long long)result->fault_count, result->fault_count == 1 ? "" : "s");
        if (code == ERR_OK)
            code = pg_exec(pg, "COMMIT", e);
        else
            pg_exec(pg, "ROLLBACK", NULL);
    }
    buf_free(&job.attributes);
    return code;
}
