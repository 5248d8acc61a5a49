/* interrupt.h - SIGTERM and SIGINT: the work stops soon, the query under way is cancelled, nothing is
 * written.
 *
 * Whoever computes asks interrupt_asked() now and then. A second signal, or five seconds without an end,
 * leaves at once: PostgreSQL undoes what was not committed. Owner: the process; one connection at a time. */
#ifndef PEERNET_REGROUP_INTERRUPT_H
#define PEERNET_REGROUP_INTERRUPT_H

#include <libpq-fe.h>
#include <stdbool.h>

#include "base/err.h"

/* Installs the handlers, and ignores SIGPIPE. Until interrupt_connected, a signal ends the process at once:
 * connecting cannot be cancelled, and there is nothing to undo. */
void interrupt_open(void);
int interrupt_connected(PGconn *connection, struct err *e);
/* Before the connection is closed. */
void interrupt_close(void);

bool interrupt_asked(void);
/* ERR_CANCELLED with its words once a signal came, else 0. */
int interrupt_check(struct err *e);

#endif
