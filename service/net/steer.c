#include "net/steer.h"

#include <errno.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "net/accept.h"
#include "net/address.h"
#include "net/conn.h"

#define PROBE_MS 50 /* it goes over this machine's own network, where connecting takes microseconds */

static int descriptor_of(const struct listener *l)
{
    uv_os_fd_t fd;
    return uv_fileno(&l->uv.handle, &fd) == 0 ? fd : -1;
}

/* All connections that begin now go to the socket of that place; where there is none, to any. */
static bool send_to(const struct listener *l, uint32_t place)
{
    struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, place);
    struct sock_fprog program = {.len = 1, .filter = &code};
    return setsockopt(descriptor_of(l), SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program) == 0;
}

void steer_evenly(struct listener *l)
{
    int none = 0;
    setsockopt(descriptor_of(l), SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &none,
               sizeof none); /* if there is one */
}

/* Where to reach the listener from here. */
static socklen_t own_address(const struct listener *l, union address *out)
{
    socklen_t size = sizeof *out;
    if (getsockname(descriptor_of(l), &out->any, &size) != 0)
        return 0;
    if (out->any.sa_family == AF_INET && out->in.sin_addr.s_addr == htonl(INADDR_ANY))
        out->in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (out->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&out->in6.sin6_addr))
        out->in6.sin6_addr = in6addr_loopback;
    return size;
}

/* A connection to the port, or -1; `own`: its own end. */
static int probe(const struct listener *l, char own[CONN_PEER])
{
    union address address;
    socklen_t size = own_address(l, &address);
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), fault = 0;
    socklen_t fault_size = sizeof fault;
    struct pollfd waits = {.fd = fd, .events = POLLOUT};
    if (size > 0 && fd >= 0 && (connect(fd, &address.any, size) == 0 || errno == EINPROGRESS) &&
        poll(&waits, 1, PROBE_MS) == 1 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &fault, &fault_size) == 0 &&
        fault == 0) {
        struct sockaddr_storage end = {0};
        size = sizeof end;
        getsockname(fd, (struct sockaddr *)&end, &size);
        accept_name((const struct sockaddr *)&end, own);
        return fd;
    }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The connection whose other end is `peer`, if this server has it; it is one of the last. */
static struct conn *find_conn(struct server *s, const char *peer)
{
    struct conn *c;
    TAILQ_FOREACH_REVERSE(c, &s->conns, conn_list, all)
    if (c->state == CONN_OPEN && strcmp(c->peer, peer) == 0)
        return c;
    return NULL;
}

/* Whether a connection that begins now goes to another. */
static bool goes_elsewhere(struct listener *l)
{
    char own[CONN_PEER];
    int fd = probe(l, own);
    if (fd < 0)
        return false;
    accept_queued(l);
    struct conn *c = find_conn(l->server, own);
    close(fd);
    if (c != NULL)
        conn_close(c);
    return c == NULL;
}

/* This socket has one place only: where it is not the first, that is another's, else the second. */
bool steer_away(struct listener *l)
{
    if (l->uv.handle.type != UV_TCP || l->passed)
        return false;
    for (uint32_t place = 0; place < 2; place++)
        if (send_to(l, place) && goes_elsewhere(l))
            return true;
    steer_evenly(l);
    return false;
}
