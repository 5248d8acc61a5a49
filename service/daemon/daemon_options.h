/* daemon_options.h - peernetd's options as one struct, read and checked as a whole.
 * Owner: main, for the life of the process. Loop thread only. */
#ifndef PEERNET_DAEMON_DAEMON_OPTIONS_H
#define PEERNET_DAEMON_DAEMON_OPTIONS_H

#include "base/log.h"
#include "base/options.h"
#include "net/server.h"

struct daemon_options {
#define OPTION OPTIONS_STRUCT
#include "daemon/options.def"
#undef OPTION
    int argc;    /* as the program was started, for SIGHUP */
    char **argv; /* likewise */
    struct server_options server;
    enum log_level level;
    enum log_format format;
    unsigned socket_bits;
    struct server_tls tls; /* certificate "": there is none */
    char worker[4096];     /* path of the worker, or its bare name to be looked for in the PATH */
};

extern const struct option_table daemon_option_table;

/* Checks what options_read could not see by itself and fills the fields below the table's. `source`: where
 * each option came from. */
int daemon_options_check(struct daemon_options *o, const struct options *source, struct err *e);

/* The next address of a list with commas: copied into `out`, which must hold `size`; false at the end. */
bool daemon_options_address(const char **list, char *out, size_t size);

#endif
