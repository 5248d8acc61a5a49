#include "daemon/descriptors.h"

#include <inttypes.h>
#include <sys/resource.h>

#include "base/log.h"

#define EACH 2      /* a client, and one that has just ended and is still being read from */
#define BESIDES 160 /* clients that are turned away, database, listeners, workers and their pipes */

/* Raises the soft limit as far as it may go; what it is then. */
static rlim_t raise_to(rlim_t wanted)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return wanted; /* nothing is known of a limit */
    if (limit.rlim_cur >= wanted)
        return limit.rlim_cur;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

void descriptors_for(struct server_options *options)
{
    uint32_t clients = options->max_connections;
    rlim_t wanted = (rlim_t)clients * EACH + BESIDES, allowed = raise_to(wanted);
    options->wanted_connections = clients;
    options->open_files = allowed;
    if (allowed >= wanted)
        return;
    uint32_t fitting = allowed < BESIDES + EACH ? 1 : (uint32_t)((allowed - BESIDES) / EACH);
    log_write(LOG_WARN, "fewer clients than max-connections allows: the system limits open files",
              "clients=%" PRIu32 " max_connections=%" PRIu32 " open_files=%" PRIu64 " needed=%" PRIu64,
              fitting, clients, (uint64_t)allowed, (uint64_t)wanted);
    options->max_connections = fitting;
}
