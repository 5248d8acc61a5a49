/* pg_conninfo.h - what to connect to, as libpq understands it: string or URI, environment, service file,
 * defaults, merged once at start; and the hosts in it one by one, so that each can be resolved and timed on
 * its own. Owner: whoever called pg_conninfo_open. Reads the process's environment: at start, before other
 * threads. */
#ifndef PEERNET_STORE_ASYNC_PG_CONNINFO_H
#define PEERNET_STORE_ASYNC_PG_CONNINFO_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"

#define PG_CONNINFO_PARAMS 64

struct pg_host {
    const char *host;     /* name, numeric address, folder of a unix socket, or "" for libpq's default */
    const char *hostaddr; /* numeric address, "" when not known */
    const char *port;     /* "" = default */
    bool resolve;         /* the name needs looking up */
};

struct pg_conninfo {
    const char *keywords[PG_CONNINFO_PARAMS]; /* merged, without host, hostaddr and port */
    const char *values[PG_CONNINFO_PARAMS];
    size_t n;
    struct pg_host *hosts;
    size_t n_hosts;
    const char **environment; /* "PGHOST=..." for child processes */
    size_t n_environment;
    bool prefer_standby; /* two rounds: standbys, then any */
    struct arena text;
};

int pg_conninfo_open(struct pg_conninfo *c, const char *conninfo, const char *application_name,
                     struct err *e);
void pg_conninfo_free(struct pg_conninfo *c);

/* Starts connecting to one host at `address` ("" = as the host says). `any`: whatever kind of server answers.
 * NULL: out of memory. */
PGconn *pg_conninfo_start(const struct pg_conninfo *c, const struct pg_host *host, const char *address,
                          bool any);

#endif
