/* import_job.h - the parts of one import (see store/import.h) and what they hand each other: import_read
 * stages the rows of a file, import_check finds what is wrong between rows, import_merge brings them into the
 * tables. Owner: import_run, on its stack. One thread. */
#ifndef PEERNET_STORE_SYNC_IMPORT_JOB_H
#define PEERNET_STORE_SYNC_IMPORT_JOB_H

#include <stdbool.h>

#include "base/buf.h"
#include "store/import.h"
#include "core/population/input.h"

/* The first faults of one file in its order, and how many there are. */
struct import_faults {
    uint64_t count;
    uint32_t told;
    struct import_fault first[IMPORT_FAULTS_TOLD];
};

struct import_job {
    struct pg *pg;
    const char *const *paths;
    const char *folder; /* of an export, whose other files come too; NULL: none do */
    import_progress progress;
    void *context;
    uint64_t bytes_before; /* of the files that are read already */
    uint64_t bytes_all;    /* of all files; 0 when that is not known */
    char latest[16];       /* the last date that is not in the future */
    struct buf
        attributes; /* attr.NAME columns of the file, as an array in PostgreSQL's text form: {"a","b"} */
    /* Rows of this file are missing from the staging table, so what is not found there may yet be in the
     * file. */
    bool incomplete[INPUT_TABLES];
    struct import_faults faults[INPUT_TABLES];
};

/* Keeps the fault when it is among the first in its file (import_fault.c). */
void import_fault_add(struct import_job *job, enum input_table table, uint64_t line, uint64_t column,
                      const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Creates the staging tables, dropped at the end of the transaction. */
int import_stage(struct import_job *job, struct err *e);
/* Reads the file of one table into its staging table. What is wrong with its rows becomes faults, no error.
 */
int import_read(struct import_job *job, enum input_table table, struct err *e);
/* Duplicates within a file, and references to what is neither in the database nor in this import. */
int import_check(struct import_job *job, struct err *e);
/* Adds and updates; fills the counts. */
int import_merge(struct import_job *job, struct import_count counts[INPUT_TABLES], struct err *e);
/* The other files of the folder, those that are there. */
int import_work(struct import_job *job, struct import_count counts[WORK_FILES], struct err *e);

#endif
