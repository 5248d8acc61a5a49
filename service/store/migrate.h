/* migrate.h - brings the schema `peernet` of a database to the version of this program, and tells whether it
 * is there. Each migration runs in a transaction of its own under an advisory lock, so of two programs that
 * migrate at once one waits for the other and then finds nothing to do. What is recorded in
 * peernet.migrations must be what this program holds, number by number and checksum by checksum: an edited
 * file, a gap or a newer schema is refused. Owner: the caller's connection. One thread at a time per
 * connection. */
#ifndef PEERNET_STORE_MIGRATE_H
#define PEERNET_STORE_MIGRATE_H

#include "base/err.h"
#include "store/migrations.h"
#include "store/pg_sync.h"

/* Told after each migration that was applied. */
typedef void (*migrate_report)(void *context, const struct migration *applied);

/* The roles, the schema and its table of migrations, where they are missing. ERR_DENIED says what an
 * administrator has to do when this role may not create them. */
int migrate_init(struct pg *pg, struct err *e);

/* Applies what is missing; *applied is the count. ERR_INVALID: no schema yet (run `peernet db init`), or one
 * that this program does not know. `report` may be NULL. */
int migrate_run(struct pg *pg, migrate_report report, void *context, int *applied, struct err *e);

/* 0 when the schema is exactly the one this program knows; ERR_INVALID with what to do about it otherwise. */
int migrate_check(struct pg *pg, struct err *e);

#endif
