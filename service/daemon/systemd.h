/* systemd.h - the service manager, where there is one: what it is told (sd_notify) and the sockets that it
 * hands over (socket activation). Without systemd nothing of it does anything.
 *
 * Owner: the daemon. Loop thread only. */
#ifndef PEERNET_DAEMON_SYSTEMD_H
#define PEERNET_DAEMON_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "base/err.h"

enum passed_kind { PASSED_TCP, PASSED_TLS, PASSED_UNIX, PASSED_HTTP };

/* Sockets by number; descriptors are the caller's. */
#define PASSED_MOST 32
struct passed {
    int n;
    struct passed_socket {
        int fd;
        enum passed_kind kind;
    } sockets[PASSED_MOST];
};

/* What was handed over, once a process: a socket that FileDescriptorName= calls "http" is for monitoring,
 * "tls" for TLS, any other for clients. Children inherit none of them. ERR_INVALID names one that is no
 * stream socket that listens. */
int systemd_passed(struct passed *out, struct err *e);
/* How many of that kind, or of any but HTTP. */
int systemd_count(const struct passed *passed, bool http);

void systemd_ready(void);
void systemd_reloading(void); /* then systemd_ready when it is done */
/* It ends, and may take so long. */
void systemd_stopping(uint64_t within_ms);
/* A line for people: `systemctl status` shows it. */
void systemd_status(const char *text);

/* Tells that the loop turns, at half the interval that is asked for; false where none is. Close the timer
 * like any other; it does not keep the loop alive. */
bool systemd_watchdog(uv_loop_t *loop, uv_timer_t *timer);

#endif
