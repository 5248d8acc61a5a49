/* session.h - the worker's one connection: opened, its schema checked, and the programme locked for as long
 * as the connection lives, so that of two workers one goes away and a crash leaves no lock behind. Owner:
 * whoever called session_open. One thread. */
#ifndef PEERNET_REGROUP_SESSION_H
#define PEERNET_REGROUP_SESSION_H

#include "base/err.h"
#include "store/pg_sync.h"

/* `programme` NULL: nothing is locked, for who only reads. ERR_UNAVAILABLE: the database is away; ERR_BUSY:
 * another worker regroups this programme; ERR_INTERNAL: the schema is not the one that this program knows. */
int session_open(struct pg *pg, const char *conninfo, const char *programme, struct err *e);
void session_close(struct pg *pg);

/* A failure of the database that is no matter of settings: what PostgreSQL calls wrong data is our fault. */
int session_failed(struct err *e);

#endif
