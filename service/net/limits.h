/* limits.h - the limits on clients by name, with their values and how often each was reached. Loop thread
 * only. */
#ifndef PEERNET_NET_LIMITS_H
#define PEERNET_NET_LIMITS_H

#include <stdint.h>

enum limit {
#define LIMIT(symbol, option, unit, value) LIMIT_##symbol,
#include "net/limits.def"
#undef LIMIT
    LIMIT_COUNT
};

struct server;

struct server_limit {
    const char *option, *unit; /* static texts; unit: connections, bytes, seconds, ... */
    double value;              /* seconds of 0: there is none */
    uint64_t reached;          /* since the start: refused, ended, or made to wait */
};
/* All of them, in the order of limits.def. */
void server_limits(const struct server *server, struct server_limit out[LIMIT_COUNT]);

#endif
