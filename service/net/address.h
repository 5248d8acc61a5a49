/* address.h - "HOST:PORT" as a socket address. No names are looked up: it is for where to listen. Any thread.
 */
#ifndef PEERNET_NET_ADDRESS_H
#define PEERNET_NET_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/err.h"

union address {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
};

/* An IPv4 address, an IPv6 address in brackets, or localhost; port 0 to 65535. ERR_INVALID. */
int address_parse(const char *text, union address *out, struct err *e);
/* Whether only this machine reaches it. */
bool address_is_loopback(const union address *address);

#endif
