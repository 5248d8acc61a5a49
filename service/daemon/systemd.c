#include "daemon/systemd.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

static int find_kind(int fd, const char *name, enum passed_kind *out, struct err *e)
{
    bool unix_one = sd_is_socket(fd, AF_UNIX, SOCK_STREAM, 1) > 0;
    bool inet =
        sd_is_socket(fd, AF_INET, SOCK_STREAM, 1) > 0 || sd_is_socket(fd, AF_INET6, SOCK_STREAM, 1) > 0;
    bool http = strcmp(name, "http") == 0, tls = strcmp(name, "tls") == 0;
    if (!inet && !unix_one)
        return err_set(e, ERR_INVALID,
                       "the socket \"%s\" that was handed over is no stream socket that listens", name);
    if (unix_one && (http || tls))
        return err_set(e, ERR_INVALID,
                       "the socket \"%s\" that was handed over is a unix socket; TCP is needed for it", name);
    *out = http ? PASSED_HTTP : tls ? PASSED_TLS : unix_one ? PASSED_UNIX : PASSED_TCP;
    return 0;
}

int systemd_passed(struct passed *out, struct err *e)
{
    char **names = NULL;
    int n = sd_listen_fds_with_names(1, &names), code = 0;
    out->n = 0;
    if (n < 0)
        return err_set(e, ERR_INVALID, "sockets handed over by LISTEN_FDS: %s", strerror(-n));
    if (n > PASSED_MOST)
        code = err_set(e, ERR_LIMIT, "%d sockets are handed over; allowed are at most %d", n, PASSED_MOST);
    for (int i = 0; code == 0 && i < n; i++) {
        out->sockets[i].fd = SD_LISTEN_FDS_START + i;
        code = find_kind(out->sockets[i].fd, names[i], &out->sockets[i].kind, e);
        out->n = i + 1;
    }
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        free(names[i]);
    free(names);
    return code;
}

int systemd_count(const struct passed *passed, bool http)
{
    int n = 0;
    for (int i = 0; i < passed->n; i++)
        n += (passed->sockets[i].kind == PASSED_HTTP) == http;
    return n;
}

void systemd_ready(void)
{
    sd_notify(0, "READY=1");
}

void systemd_reloading(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
               (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000);
}

void systemd_stopping(uint64_t within_ms)
{
    sd_notifyf(0, "STOPPING=1\nEXTEND_TIMEOUT_USEC=%" PRIu64, within_ms * 1000);
}

void systemd_status(const char *text)
{
    sd_notifyf(0, "STATUS=%s", text);
}

static void on_watchdog(uv_timer_t *timer)
{
    (void)timer;
    sd_notify(0, "WATCHDOG=1");
}

bool systemd_watchdog(uv_loop_t *loop, uv_timer_t *timer)
{
    uint64_t us = 0;
    if (sd_watchdog_enabled(0, &us) <= 0)
        return false;
    uint64_t half_ms = us / 2000 > 0 ? us / 2000 : 1;
    uv_timer_init(loop, timer);
    uv_timer_start(timer, on_watchdog, 0, half_ms);
    uv_unref((uv_handle_t *)timer);
    return true;
}
