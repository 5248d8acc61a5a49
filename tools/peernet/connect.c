#include "peernet/connect.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* 0, or the errno of the failure. */
static int await_connected(int fd, double deadline)
{
    for (;;) {
        double left = deadline - clock_seconds();
        struct pollfd waiting = {.fd = fd, .events = POLLOUT};
        int ready = poll(&waiting, 1, left <= 0 ? 0 : (int)(left * 1000) + 1);
        int error = 0;
        socklen_t size = sizeof error;
        if (ready > 0)
            return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ? errno : error;
        if (ready == 0)
            return ETIMEDOUT;
        if (errno != EINTR)
            return errno;
    }
}

static int try_one(int family, const struct sockaddr *to, socklen_t size, double deadline, int *out)
{
    int on = 1;
    int fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    int failed = connect(fd, to, size) == 0 ? 0 : errno;
    if (failed == EINPROGRESS || failed == EINTR)
        failed = await_connected(fd, deadline);
    if (failed != 0) {
        close(fd);
        return failed;
    }
    if (family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *out = fd;
    return 0;
}

static int connect_unix(const char *path, double deadline, int *out)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    memcpy(to.sun_path, path, strlen(path) + 1);
    return try_one(AF_UNIX, (const struct sockaddr *)&to, sizeof to, deadline, out);
}

static int connect_tcp(const struct address *address, double deadline, int *out, struct err *e)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    int failed = getaddrinfo(address->host, address->port, &hints, &found);
    if (failed != 0)
        return err_set(e, ERR_UNAVAILABLE, "%s", gai_strerror(failed));
    failed = ECONNREFUSED;
    for (struct addrinfo *at = found; at != NULL; at = at->ai_next) {
        failed = try_one(at->ai_family, at->ai_addr, at->ai_addrlen, deadline, out);
        if (failed == 0)
            break;
    }
    freeaddrinfo(found);
    return failed == 0 ? 0 : err_set(e, ERR_UNAVAILABLE, "%s", strerror(failed));
}

int connect_to(const struct address *address, double seconds, int *out, struct err *e)
{
    double deadline = clock_seconds() + seconds;
    if (!address->is_unix)
        return connect_tcp(address, deadline, out, e);
    int failed = connect_unix(address->host, deadline, out);
    return failed == 0 ? 0 : err_set(e, ERR_UNAVAILABLE, "%s", strerror(failed));
}
