#include "daemon/descriptors.h"

#include <inttypes.h>
#include <sys/resource.h>

#include "base/log.h"

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

static rlim_t needed_for(uint32_t clients)
{
    return (rlim_t)clients + server_lingering_most(clients) + BESIDES;
}

/* The most whose need fits, and at least one. */
static uint32_t fitting_in(rlim_t allowed, uint32_t clients)
{
    uint32_t least = 1;
    while (least < clients) {
        uint32_t middle = least + (clients - least + 1) / 2;
        if (needed_for(middle) <= allowed)
            least = middle;
        else
            clients = middle - 1;
    }
    return least;
}

void descriptors_for(struct server_options *options)
{
    uint32_t clients = options->max_connections;
    rlim_t wanted = needed_for(clients), allowed = raise_to(wanted);
    options->wanted_connections = clients;
    options->open_files = allowed;
    if (allowed >= wanted)
        return;
    uint32_t fitting = fitting_in(allowed, clients);
    log_write(LOG_WARN, "fewer clients than max-connections allows: the system limits open files",
              "clients=%" PRIu32 " max_connections=%" PRIu32 " open_files=%" PRIu64 " needed=%" PRIu64,
              fitting, clients, (uint64_t)allowed, (uint64_t)wanted);
    options->max_connections = fitting;
}
