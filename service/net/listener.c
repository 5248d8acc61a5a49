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
#include "net/steer.h"
#include "net/conn_log.h"

#define BACKLOG 511
#define ACCEPTS_PER_TURN 16
#define EVEN_MS 5000 /* how often the port is shared evenly anew */

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

/* A socket's file, unless another daemon has put its own there. */
static void remove_file(const struct listener *l)
{
    struct stat there;
    if (l->path[0] != '\0' && lstat(l->path, &there) == 0 && there.st_dev == l->device &&
        there.st_ino == l->inode)
        unlink(l->path);
}

void listener_close(struct listener *l)
{
    if (uv_is_closing(&l->uv.handle))
        return;
    remove_file(l);
    uv_close(&l->uv.handle, on_closed);
}

void listener_drain(struct listener *l)
{
    remove_file(l); /* so that no more come */
    l->path[0] = '\0';
    listener_retry(l);
    accept_queued(l);
    listener_close(l);
}

/* Whoever gets all connections has reason to look. */
static void share_evenly(struct listener *l)
{
    struct server *s = l->server;
    uint64_t now = uv_now(s->loop);
    if (!s->options.reuse_port || s->steered_away || now - l->even_at < EVEN_MS)
        return;
    l->even_at = now;
    steer_evenly(l);
}

/* Of a flood only so many come in before those that are here have their turn; libuv would accept all. */
static bool may_accept(struct server *s)
{
    if (s->accepted_at != uv_now(s->loop)) {
        s->accepted_at = uv_now(s->loop);
        s->accepted = 0;
    }
    if (s->accepted++ < ACCEPTS_PER_TURN)
        return true;
    s->accepts_wait = true;
    server_watch(s);
    return false;
}

static void on_connection(uv_stream_t *stream, int status)
{
    struct listener *l = stream->data;
    share_evenly(l);
    if (status < 0)
        server_log(l->server, ERR_IO, "cannot accept a connection", l->address, uv_strerror(status));
    else
        l->waits = !may_accept(l->server) || !accept_from(l, stream);
}

bool listener_retry(struct listener *l)
{
    if (l->waits)
        l->waits = !accept_from(l, &l->uv.stream);
    return !l->waits;
}

void listeners_go_on(struct server *s)
{
    struct listener *l;
    s->accepts_wait = false;
    s->accepted = 0;
    TAILQ_FOREACH(l, &s->listeners, link)
    listener_retry(l);
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
        l->even_at = uv_now(s->loop);
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

/* Another daemon of the same user may listen on this address too. */
static int share_port(const struct listener *l)
{
    uv_os_fd_t fd;
    int one = 1, status = uv_fileno(&l->uv.handle, &fd);
    if (status == 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) != 0)
        status = uv_translate_sys_error(errno);
    return status;
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
    unsigned flags = parsed.any.sa_family == AF_INET6 ? UV_TCP_IPV6ONLY : 0;
    int status = uv_tcp_init_ex(s->loop, &l->uv.tcp, parsed.any.sa_family);
    if (status != 0) {
        err_set(e, ERR_IO, "cannot listen on %s: %s", address, uv_strerror(status));
        free(l);
        return NULL;
    }
    l->uv.handle.data = l;
    if (s->options.reuse_port)
        status = share_port(l);
    if (status == 0)
        status = uv_tcp_bind(&l->uv.tcp, &parsed.any, flags);
    l = start(l, s, status, address, e);
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

/* Removes a socket that an ended daemon left; refuses anything else that is there, but for one that answers
 * where it is to be `replaced`. */
static int make_way(const char *path, bool *replaced, struct err *e)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat there;
    bool may_replace = *replaced;
    *replaced = false;
    if (path[0] == '\0' || strlen(path) >= sizeof address.sun_path)
        return err_set(e, ERR_INVALID, "cannot listen on '%s': a socket's path has 1 to %zu bytes", path,
                       sizeof address.sun_path - 1);
    memcpy(address.sun_path, path, strlen(path));
    if (lstat(path, &there) != 0)
        return 0; /* free, or the bind will say what is wrong */
    if (!S_ISSOCK(there.st_mode))
        return err_set(e, ERR_INVALID, "cannot listen on %s: it exists and is no socket", path);
    *replaced = is_answered(&address);
    if (*replaced && !may_replace)
        return err_set(e, ERR_BUSY, "cannot listen on %s: another process answers there", path);
    if (!*replaced && unlink(path) != 0)
        return err_set(e, ERR_IO, "cannot remove the old socket %s: %s", path, strerror(errno));
    return 0;
}

/* libuv's own bind would remove whatever is at the path in the end, also another daemon's socket. */
static int bind_unix(struct listener *l, const char *path, unsigned mode)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat made;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return uv_translate_sys_error(errno);
    memcpy(address.sun_path, path, strlen(path));
    mode_t before = umask((mode_t)(~mode & 0777)); /* from its first moment */
    int failed =
        bind(fd, (const struct sockaddr *)&address, sizeof address) == 0 ? 0 : uv_translate_sys_error(errno);
    umask(before);
    if (failed == 0 && lstat(path, &made) == 0) {
        l->device = made.st_dev;
        l->inode = made.st_ino;
        memcpy(l->path, address.sun_path, sizeof l->path);
    }
    if (failed == 0)
        failed = uv_pipe_open(&l->uv.pipe, fd);
    if (failed != 0)
        close(fd);
    return failed;
}

/* Beside `path`, to be moved there once it listens, so that there always is one that does. */
static int name_beside(const char *path, char out[sizeof((struct sockaddr_un *)0)->sun_path], struct err *e)
{
    size_t size = sizeof((struct sockaddr_un *)0)->sun_path;
    if ((size_t)snprintf(out, size, "%s.%d", path, getpid()) < size)
        return 0;
    return err_set(
        e, ERR_INVALID,
        "cannot listen on '%s': to take over from the one that listens, its path with a process id "
        "behind it has to fit into %zu bytes",
        path, size - 1);
}

static struct listener *move_into_place(struct listener *l, const char *path, struct err *e)
{
    if (rename(l->path, path) == 0) {
        snprintf(l->path, sizeof l->path, "%s", path);
        return l;
    }
    err_set(e, ERR_IO, "cannot listen on %s: %s", path, strerror(errno));
    listener_close(l);
    return NULL;
}

struct listener *listener_open_unix(struct server *s, const char *path, unsigned mode, struct err *e)
{
    char beside[sizeof((struct sockaddr_un *)0)->sun_path];
    bool replaced = s->options.reuse_port;
    if (make_way(path, &replaced, e) || (replaced && name_beside(path, beside, e)))
        return NULL;
    struct listener *l = listener_new(s->options.socket_role, e);
    if (l == NULL)
        return NULL;
    uv_pipe_init(s->loop, &l->uv.pipe, 0);
    l->uv.handle.data = l;
    l = start(l, s, bind_unix(l, replaced ? beside : path, mode), path, e);
    if (l != NULL)
        snprintf(l->address, sizeof l->address, "unix:%s", path);
    return l != NULL && replaced ? move_into_place(l, path, e) : l;
}

static int open_passed(struct listener *l, const struct server *s, int fd, sa_family_t family)
{
    if (family == AF_UNIX) {
        uv_pipe_init(s->loop, &l->uv.pipe, 0);
        return uv_pipe_open(&l->uv.pipe, fd);
    }
    uv_tcp_init(s->loop, &l->uv.tcp);
    return uv_tcp_open(&l->uv.tcp, fd);
}

static void name_unix(struct listener *l, int fd)
{
    struct sockaddr_un bound = {0};
    socklen_t size = sizeof bound;
    getsockname(fd, (struct sockaddr *)&bound, &size);
    snprintf(l->address, sizeof l->address, "unix:%.*s", (int)sizeof bound.sun_path, bound.sun_path);
}

struct listener *listener_open_passed(struct server *s, int fd, bool tls, struct err *e)
{
    union address bound = {.in6 = {0}};
    socklen_t size = sizeof bound;
    enum role role = s->options.socket_role;
    getsockname(fd, &bound.any, &size);
    bool is_unix = bound.any.sa_family == AF_UNIX;
    struct listener *l = NULL;
    if (is_unix || check_place(s, "a socket that was handed over", &bound, tls, &role, e) == 0)
        l = listener_new(role, e);
    if (l == NULL) {
        close(fd);
        return NULL;
    }
    l->tls = tls;
    l->passed = true;
    int status = open_passed(l, s, fd, bound.any.sa_family);
    l->uv.handle.data = l;
    if (status != 0)
        close(fd);
    l = start(l, s, status, "a socket that was handed over", e);
    if (l != NULL && is_unix)
        name_unix(l, fd);
    else if (l != NULL)
        name_tcp(l);
    return l;
}
