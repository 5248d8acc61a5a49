/* daemon_listen.c - where clients come in: sockets that the service manager handed over, or else those of
 * --listen; at once, or beside another daemon only once this one can answer. */
#include <string.h>

#include "daemon/daemon.h"
#include "daemon/port_file.h"

static int listen_on(struct daemon *d, const char *address, struct err *e)
{
    if (strncmp(address, "unix:", 5) == 0)
        return server_listen_unix(d->server, address + 5, d->options->socket_bits, e);
    if (strncmp(address, "tls://", 6) == 0)
        return server_listen_tls(d->server, address + 6, e);
    return server_listen_tcp(d->server, address, e);
}

static int listen_on_options(struct daemon *d, struct err *e)
{
    char address[1001];
    const char *list = d->options->listen;
    int code = 0;
    while (code == 0 && daemon_options_address(&list, address, sizeof address))
        code = listen_on(d, address, e);
    return code;
}

static int listen_on_passed(struct daemon *d, struct err *e)
{
    int code = 0;
    for (int i = 0; code == 0 && i < d->passed.n; i++) {
        const struct passed_socket *s = &d->passed.sockets[i];
        if (s->kind != PASSED_HTTP)
            code = server_listen_passed(d->server, s->fd, s->kind == PASSED_TLS, e);
    }
    return code;
}

static int listen_all(struct daemon *d, struct err *e)
{
    int code = systemd_count(&d->passed, false) > 0 ? listen_on_passed(d, e) : listen_on_options(d, e);
    for (size_t i = 0; code == 0 && server_address(d->server, i) != NULL; i++)
        log_write(LOG_INFO, "listening", "address=%s port=%u", server_address(d->server, i),
                  server_port(d->server));
    if (code == 0 && d->options->port_file[0] != '\0')
        code = port_file_write(d->options->port_file, server_port(d->server), e);
    if (code == 0)
        systemd_ready();
    daemon_tell_status(d);
    return code;
}

/* After each round of events, any of which may have been the one that it waits for. */
static void on_opening(uv_check_t *check)
{
    struct daemon *d = check->data;
    if (!daemon_is_ready(d))
        return;
    uv_check_stop(check);
    if (listen_all(d, &d->unopened) != 0)
        daemon_stop(d);
}

int daemon_listen(struct daemon *d, struct err *e)
{
    if (!d->options->reuse_port)
        return listen_all(d, e);
    uv_check_init(&d->loop, &d->opening);
    d->opening.data = d;
    uv_check_start(&d->opening, on_opening);
    return 0;
}
