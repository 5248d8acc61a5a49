/* import_header.h - which column of a file is which of its table, from the first row. Pure but for its
 * faults. Owner: import_read. One thread. */
#ifndef PEERNET_STORE_SYNC_IMPORT_HEADER_H
#define PEERNET_STORE_SYNC_IMPORT_HEADER_H

#include "base/csv.h"
#include "store/sync/import_job.h"

#define IMPORT_MOST_COLUMNS 16

struct import_header {
    int field_of[IMPORT_MOST_COLUMNS]; /* column of the table -> field of the row */
    uint32_t attribute_count;
    uint32_t *attribute_fields; /* fields that are attributes, */
    char **attribute_names;     /* and their names without "attr." */
};

/* False when the header is not as it must be; all that is wrong is told as faults of the job. ERR_MEMORY in
 * e->code only when memory ran out. import_header_free in any case. */
bool import_header_read(struct import_header *h, struct import_job *job, enum input_table table,
                        const struct csv *row, struct err *e);
void import_header_free(struct import_header *h);

/* "id, name, ... and any attr.NAME" */
void import_header_allowed(enum input_table table, char *out, size_t size);

#endif
