/* address.h - where a daemon listens, as people write it.
 * A plain value; any thread. */
#ifndef PEERNET_CLIENT_ADDRESS_H
#define PEERNET_CLIENT_ADDRESS_H

#include <stdbool.h>

#include "base/err.h"

struct address {
    bool is_unix, is_tls;
    char host[256]; /* or the path of the socket */
    char port[8];
};

/* "HOST:PORT", "HOST" (port 7400), "tls://HOST:PORT", "tls://HOST" (port 7443), "[::1]:7400",
 * "/path/of/a/socket" or "unix:PATH". ERR_INVALID says what is allowed. */
int address_parse(const char *text, struct address *out, struct err *e);

#endif
