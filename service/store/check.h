/* check.h - what is wrong with a database and how to mend it: schema version and checksums, rights of the
 * roles, rules that were switched off, orphaned rows, settings of the programmes. Reads only. Owner: the
 * caller's connection. One thread. */
#ifndef PEERNET_STORE_CHECK_H
#define PEERNET_STORE_CHECK_H

#include <stdint.h>

#include "base/err.h"
#include "store/pg_sync.h"

#define CHECK_TABLES 16

struct check_result {
    uint64_t problems;
    int schema; /* number of the last migration that is applied */
    struct {
        const char *table;
        int64_t rows;
    } counts[CHECK_TABLES];
    int tables; /* counted; 0 when there is no schema */
};

/* Told for each problem; both texts are good for the call only. */
typedef void (*check_report)(void *context, const char *problem, const char *mend);

/* 0 when the check could be made, whatever it found. */
int check_run(struct pg *pg, check_report report, void *context, struct check_result *result, struct err *e);

#endif
