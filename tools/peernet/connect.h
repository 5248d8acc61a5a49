/* connect.h - a connection within a time limit.
 * Owner: the caller, of the descriptor. Any thread. */
#ifndef PEERNET_CLI_CONNECT_H
#define PEERNET_CLI_CONNECT_H

#include "base/err.h"
#include "peernet/address.h"

/* Seconds on a clock that only goes forward. */
double clock_seconds(void);

/* A connected, non-blocking socket; ERR_UNAVAILABLE names what failed. Of a host with several addresses the
 * first that answers. */
int connect_to(const struct address *address, double seconds, int *out, struct err *e);

#endif
