/* daemon_status.c - how the daemon is doing, in a line for people: the service manager shows it. */
#include <inttypes.h>
#include <stdio.h>

#include "daemon/daemon.h"

static uint32_t count_networks(const struct snapshot *s)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_programmes; i++)
        n += s->programmes[i].n_networks;
    return n;
}

void daemon_tell_status(const struct daemon *d)
{
    struct service_status s = {0};
    char text[1024], work[64] = "";
    if (d->phase >= DAEMON_STOPPING || d->pg == NULL)
        return;
    d->service.status(d->service.self, &s);
    const struct snapshot *now = d->service.snapshot(d->service.self);
    const char *end = d->phase != DAEMON_RUNNING ? "Ending. " : "";
    const char *database = s.database.connected ? "database connected" : "database away";
    if (s.worker.running)
        snprintf(work, sizeof work, ", run %" PRId64 " under way", s.worker.run);
    if (now == NULL)
        snprintf(text, sizeof text, "%sNothing to answer from yet: %s%s%s", end, database,
                 s.database.error[0] != '\0' ? ": " : "", s.database.error);
    else
        snprintf(text, sizeof text, "%sAnswering: %" PRIu32 " organizers, %" PRIu32 " networks; %s%s", end,
                 now->population.n_organizers, count_networks(now), database, work);
    for (char *at = text; *at != '\0'; at++)
        if (*at == '\n')
            *at = ' ';
    systemd_status(text);
}
