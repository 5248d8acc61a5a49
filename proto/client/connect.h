/* connect.h - a socket to one address that is being connected, and the clock that limits it.
 * Owner: the caller, of the descriptor. Any thread. */
#ifndef PEERNET_CLIENT_CONNECT_H
#define PEERNET_CLIENT_CONNECT_H

#include <stdbool.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/err.h"
#include "proto/client/address.h"

/* Seconds on a clock that only goes forward. */
double clock_seconds(void);

/* A non-blocking socket whose connecting has begun: once it can be written to, connect_result tells how it
 * went. ERR_UNAVAILABLE when that is known already. */
int connect_begin(const struct sockaddr *to, socklen_t size, int *out, struct err *e);
int connect_result(int fd, struct err *e);

/* Of an address that is a unix socket's path. */
socklen_t connect_unix_address(const struct address *address, struct sockaddr_un *out);

#endif
