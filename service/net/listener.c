#include "net/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "net/accept.h"
#include "net/address.h"

#define BACKLOG 511

static void on_closed(uv_handle_t *handle)
{
    struct listener *l = handle->data;
    struct server *s = l->server;
    free(l);
    if (s == NULL)
        return;
    s->listeners_open--;
    server_check_ended(s);
}

void listener_close(struct listener *l)
{
    if (!uv_is_closing(&l->uv.handle))
        uv_close(&l->uv.handle, on_closed);
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct listener *l = stream->data;
    if (status < 0)
        server_log(l->server, ERR_IO, "cannot accept a connection", l->address, uv_strerror(status));
    else
        l->waits = !accept_from(l, stream);
}

bool listener_retry(struct listener *l)
{
    if (l->waits)
        l->waits = !accept_from(l, &l->uv.stream);
    return !l->waits;
}

/* The address that the kernel chose, a free port filled in. */
static void name_tcp(struct listener *l)
{
    struct sockaddr_storage bound = {0};
    int size = sizeof bound;
    char host[INET6_ADDRSTRLEN] = "";
    uv_tcp_getsockname(&l->uv.tcp, (struct sockaddr *)&bound, &size);
    if (bound.ss_family == AF_INET6) {
        uv_ip6_name((struct sockaddr_in6 *)&bound, host, sizeof host);
        l->port = ntohs(((struct sockaddr_in6 *)&bound)->sin6_port);
        snprintf(l->address, sizeof l->address, "%s[%s]:%u", l->tls ? "tls://" : "", host, l->port);
    } else {
        uv_ip4_name((struct sockaddr_in *)&bound, host, sizeof host);
        l->port = ntohs(((struct sockaddr_in *)&bound)->sin_port);
        snprintf(l->address, sizeof l->address, "%s%s:%u", l->tls ? "tls://" : "", host, l->port);
    }
}

/* Counts from here on as the server's. */
static struct listener *start(struct listener *l, struct server *s, int status, const char *address,
                              struct err *e)
{
    if (status == 0)
        status = uv_listen(&l->uv.stream, BACKLOG, on_connection);
    if (status == 0) {
        l->server = s;
        s->listeners_open++;
        return l;
    }
    err_set(e, status == UV_EADDRINUSE ? ERR_BUSY : ERR_IO, "cannot listen on %s: %s", address,
            uv_strerror(status));
    listener_close(l);
    return NULL;
}

static struct listener *listener_new(enum role role, struct err *e)
{
    struct listener *l = calloc(1, sizeof *l);
    if (l == NULL)
        err_memory(e, "listening");
    else
        l->role = role;
    return l;
}

/* What its connections may do before they log in; ERR_DENIED where nobody should listen. */
static int check_place(const struct server *s, const char *address, const union address *parsed, bool tls,
                       enum role *role, struct err *e)
{
    bool local = address_is_loopback(parsed);
    *role = local && !tls ? s->options.loopback_role : ROLE_NONE;
    if (tls && s->tls == NULL)
        return err_set(e, ERR_INVALID,
                       "cannot listen on tls://%s: there is no certificate (tls-certificate, tls-key)",
                       address);
    if (local || tls || s->options.insecure_plaintext_remote)
        return 0;
    return err_set(
        e, ERR_DENIED,
        "cannot listen on %s: other machines reach it, and nothing is encrypted on the way; that takes "
        "tls://%s with tls-certificate and tls-key (insecure-plaintext-remote is off)",
        address, address);
}

struct listener *listener_open_tcp(struct server *s, const char *address, bool tls, struct err *e)
{
    union address parsed = {.in6 = {0}};
    enum role role;
    if (address_parse(address, &parsed, e) || check_place(s, address, &parsed, tls, &role, e))
        return NULL;
    struct listener *l = listener_new(role, e);
    if (l == NULL)
        return NULL;
    l->tls = tls;
    uv_tcp_init(s->loop, &l->uv.tcp);
    l->uv.handle.data = l;
    unsigned flags = parsed.any.sa_family == AF_INET6 ? UV_TCP_IPV6ONLY : 0;
    l = start(l, s, uv_tcp_bind(&l->uv.tcp, &parsed.any, flags), address, e);
    if (l != NULL)
        name_tcp(l);
    return l;
}

/* Does a process answer at this socket? One that is too busy to (its queue is full) is there as well. */
static bool is_answered(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answered =
        fd >= 0 && (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN);
    if (fd >= 0)
        close(fd);
    return answered;
}

/* Removes a socket that an ended daemon left; refuses anything else that is there. */
static int make_way(const char *path, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat there;
    if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path)
        return err_set(e, ERR_INVALID, "cannot listen on '%s': a socket's path has 1 to %zu bytes", path,
                       sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path));
    if (lstat(path, &there) != 0)
        return 0; /* free, or the bind will say what is wrong */
    if (!S_ISSOCK(there.st_mode))
        return err_set(e, ERR_INVALID, "cannot listen on %s: it exists and is no socket", path);
    if (is_answered(&address))
        return err_set(e, ERR_BUSY, "cannot listen on %s: another process answers there", path);
    if (unlink(path) != 0)
        return err_set(e, ERR_IO, "cannot remove the old socket %s: %s", path, strerror(errno));
    return 0;
}

struct listener *listener_open_unix(struct server *s, const char *path, unsigned mode, struct err *e)
{
    if (make_way(path, e))
        return NULL;
    struct listener *l = listener_new(s->options.socket_role, e);
    if (l == NULL)
        return NULL;
    uv_pipe_init(s->loop, &l->uv.pipe, 0);
    l->uv.handle.data = l;
    mode_t before = umask((mode_t)(~mode & 0777)); /* from its first moment */
    int status = uv_pipe_bind(&l->uv.pipe, path);
    umask(before);
    l = start(l, s, status, path, e);
    if (l != NULL)
        snprintf(l->address, sizeof l->address, "unix:%s", path);
    return l;
}
