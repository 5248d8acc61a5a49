/* export.h - the contents of a database as CSV files in a folder: organizers.csv, challenges.csv and
 * reports.csv as store/import.h reads them (importing them again changes nothing); what people made of them,
 * which it reads too: programmes.csv, pins.csv (but those that hold in a network by its number, which is of
 * this database), activities.csv, plans.csv and contacts.csv; and what is published: networks.csv and
 * unmatched.csv. Runs stay, and with them network_notes, the names, notes and locks of their networks; so do
 * the trail and tokens. All from one moment. Files get their names when all are written, so a failure leaves
 * the folder as it was. Owner: the caller's connection. One thread. */
#ifndef PEERNET_STORE_EXPORT_H
#define PEERNET_STORE_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "store/pg_sync.h"

#define EXPORT_FILES 10

struct export_count {
    const char *file;
    int64_t rows;
};

/* Told now and then with the rows written so far. */
typedef void (*export_progress)(void *context, const char *file, int64_t rows);

/* Makes the folder when it is missing. ERR_INVALID when a file is there already and `force` is false.
 * `progress` may be NULL. */
int export_run(struct pg *pg, const char *folder, bool force, export_progress progress, void *context,
               struct export_count counts[EXPORT_FILES], struct err *e);

#endif
