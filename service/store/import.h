/* import.h - organizers, challenges and reports from CSV files into the database, all or nothing.
 *
 * Files are RFC 4180 in UTF-8 with a header that names the columns in any order:
 *   organizers  id,name,kind,municipality,county,lat,lon,pupils and any attr.NAME
 *   challenges  code,category,label_sv,label_en
 *   reports     organizer,challenge,severity,reported_on,note
 * Rows are staged by COPY in temporary tables that remember line and column, checked there against each other
 * and the database, and then merged: new rows are added, changed ones updated, none removed. Of the
 * attributes only those with a column in the file are touched. The same files again change nothing. Owner:
 * the caller's connection and result. One thread. Memory: one row, whatever the size of the files. */
#ifndef PEERNET_STORE_IMPORT_H
#define PEERNET_STORE_IMPORT_H

#include <stdint.h>

#include "base/err.h"
#include "core/population/input.h"
#include "store/pg_sync.h"

#define IMPORT_FAULTS_TOLD 20

/* One thing that is wrong; `line` and `column` are those of base/csv.h. */
struct import_fault {
    enum input_table table;
    uint64_t line, column;
    char text[384]; /* what is wrong and what is allowed */
};

struct import_count {
    int64_t added, changed, unchanged;
};

/* What people made of it, from the folder of an export (export.h): programmes, rules, activities, plans and
 * what became of invitations. */
#define WORK_FILES 5
const char *work_file(int work); /* "programmes.csv", ... */

struct import_result {
    struct import_count counts[INPUT_TABLES];
    struct import_count work[WORK_FILES];
    uint64_t fault_count; /* all */
    uint32_t faults_told; /* those in `faults`: the first in file order */
    struct import_fault faults[IMPORT_FAULTS_TOLD];
};

/* phase: "reading" (bytes of bytes; of = 0 when the sizes are not known), "checking", "writing" (0 of 0). */
typedef void (*import_progress)(void *context, const char *phase, uint64_t done, uint64_t of);

/* `paths[table]` is NULL when there is no such file, `folder` when no other files of an export are to come,
 * of which those that are missing are passed over: what is in them is added, or changed, and none removed; a
 * rule or a plan is known again by what it says, not by its number. With faults: ERR_INVALID, the database is
 * as it was and the result tells them. `progress` may be NULL. */
int import_run(struct pg *pg, const char *const paths[INPUT_TABLES], const char *folder,
               import_progress progress, void *context, struct import_result *result, struct err *e);

#endif
