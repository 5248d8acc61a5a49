#include "proto/client/connect.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

double clock_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int connect_begin(const struct sockaddr *to, socklen_t size, int *out, struct err *e)
{
    int on = 1;
    int fd = socket(to->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return err_set(e, ERR_UNAVAILABLE, "%s", strerror(errno));
    if (connect(fd, to, size) != 0 && errno != EINPROGRESS && errno != EINTR) {
        int failed = errno;
        close(fd);
        return err_set(e, ERR_UNAVAILABLE, "%s", strerror(failed));
    }
    if (to->sa_family != AF_UNIX)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    *out = fd;
    return 0;
}

int connect_result(int fd, struct err *e)
{
    int failed = 0;
    socklen_t size = sizeof failed;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failed, &size) != 0)
        failed = errno;
    return failed == 0 ? 0 : err_set(e, ERR_UNAVAILABLE, "%s", strerror(failed));
}

socklen_t connect_unix_address(const struct address *address, struct sockaddr_un *out)
{
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(out->sun_path, address->host, strnlen(address->host, sizeof out->sun_path - 1));
    return sizeof *out;
}
