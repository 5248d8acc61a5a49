#include "http/http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONNECTIONS 32
#define CONNECTION_BYTES 16384
#define SILENCE_S 10
#define BACKLOG 64

struct http {
    struct MHD_Daemon *mhd;
    uv_poll_t poll;
    uv_timer_t timer;
    int handles; /* not closed yet */
    uint16_t port;
    http_responder respond;
    void *context;
};

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status, const char *type,
                             struct buf *body)
{
    static char no_memory[] = "out of memory\n"; /* not const: the library takes void *, and only reads it */
    bool failed = buf_failed(body);
    struct MHD_Response *response =
        failed ? MHD_create_response_from_buffer(sizeof no_memory - 1, no_memory, MHD_RESPMEM_PERSISTENT)
               : MHD_create_response_from_buffer(body->size, body->data, MHD_RESPMEM_MUST_COPY);
    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
                            failed ? "text/plain; charset=utf-8" : type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    enum MHD_Result queued =
        MHD_queue_response(connection, failed ? MHD_HTTP_INTERNAL_SERVER_ERROR : status, response);
    MHD_destroy_response(response);
    return queued;
}

/* What a request is answered with, by path and method. */
static void fill(const struct http *h, struct MHD_Connection *connection, const char *path, bool reads,
                 struct http_answer *out)
{
    bool verbose =
        MHD_lookup_connection_value_n(connection, MHD_GET_ARGUMENT_KIND, "verbose", 7, NULL, NULL) == MHD_YES;
    if (!reads) {
        out->status = MHD_HTTP_METHOD_NOT_ALLOWED;
        buf_text(out->body, "only GET and HEAD are answered here\n");
    } else if (!h->respond(h->context, path, verbose, out)) {
        out->status = MHD_HTTP_NOT_FOUND;
        buf_text(out->body, "there is nothing here; there are /metrics, /livez and /readyz\n");
    }
}

/* Called first with the head of a request, then, unless an answer was queued, once more at its end. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *path,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_size, void **seen)
{
    static int head;
    struct http *h = context;
    struct buf body;
    struct http_answer answer = {.status = MHD_HTTP_OK, .type = "text/plain; charset=utf-8", .body = &body};
    bool reads = strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    (void)version;
    (void)upload;
    if (reads && *seen == NULL) {
        *seen = &head;
        return MHD_YES;
    }
    if (reads && *upload_size > 0) {
        *upload_size = 0; /* nobody wants it */
        return MHD_YES;
    }
    buf_init(&body, 0);
    fill(h, connection, path, reads, &answer);
    enum MHD_Result queued = queue(connection, answer.status, answer.type, &body);
    buf_free(&body);
    return queued;
}

static void on_timer(uv_timer_t *timer);

static void run(struct http *h)
{
    MHD_UNSIGNED_LONG_LONG ms;
    MHD_run(h->mhd);
    if (MHD_get_timeout(h->mhd, &ms) == MHD_YES)
        uv_timer_start(&h->timer, on_timer, ms, 0);
    else
        uv_timer_stop(&h->timer);
}

static void on_timer(uv_timer_t *timer)
{
    run(timer->data);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    run(poll->data);
}

static void on_closed(uv_handle_t *handle)
{
    struct http *h = handle->data;
    if (--h->handles > 0)
        return;
    MHD_stop_daemon(h->mhd);
    free(h);
}

void http_stop_listening(struct http *h)
{
    if (h == NULL)
        return;
    run(h); /* accepts who has come */
    MHD_socket listening = MHD_quiesce_daemon(h->mhd);
    if (listening != MHD_INVALID_SOCKET)
        close(listening);
}

void http_close(struct http *h)
{
    if (h == NULL)
        return;
    uv_close((uv_handle_t *)&h->poll, on_closed);
    uv_close((uv_handle_t *)&h->timer, on_closed);
}

int http_listen(const struct sockaddr *address, bool reuse_port, struct err *e)
{
    socklen_t size =
        address->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
    int one = 1, fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0 &&
        (!reuse_port || setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one) == 0) &&
        bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    err_set(e, errno == EADDRINUSE ? ERR_BUSY : ERR_IO, "cannot listen for HTTP: %s", strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static uint16_t port_of(int listening)
{
    struct sockaddr_in6 bound = {0};
    socklen_t size = sizeof bound;
    return getsockname(listening, (struct sockaddr *)&bound, &size) == 0
               ? ntohs(bound.sin6_port) /* where an IPv4 address has it, too */
               : 0;
}

/* From here on the socket is libmicrohttpd's, also when that fails. */
static struct MHD_Daemon *start(struct http *h, int fd, struct err *e)
{
    struct MHD_Daemon *mhd = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, h, MHD_OPTION_LISTEN_SOCKET, fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_BYTES, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)SILENCE_S, MHD_OPTION_END);
    if (mhd == NULL)
        err_set(e, ERR_INTERNAL, "libmicrohttpd does not start");
    return mhd;
}

static int watch(struct http *h, uv_loop_t *loop, struct err *e)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(h->mhd, MHD_DAEMON_INFO_EPOLL_FD);
    int failed = info == NULL ? UV_EINVAL : uv_poll_init(loop, &h->poll, info->epoll_fd);
    if (failed != 0)
        return err_set(e, ERR_INTERNAL, "polling for HTTP: %s", uv_strerror(failed));
    uv_timer_init(loop, &h->timer);
    h->poll.data = h->timer.data = h;
    h->handles = 2;
    uv_poll_start(&h->poll, UV_READABLE, on_ready);
    return 0;
}

int http_open(struct http **out, uv_loop_t *loop, int listening, http_responder respond, void *context,
              struct err *e)
{
    *out = NULL;
    struct http *h = calloc(1, sizeof *h);
    if (h == NULL) {
        close(listening);
        return err_memory(e, "HTTP");
    }
    h->respond = respond;
    h->context = context;
    h->port = port_of(listening);
    h->mhd = start(h, listening, e);
    if (h->mhd != NULL && watch(h, loop, e) == 0) {
        *out = h;
        return 0;
    }
    if (h->mhd != NULL)
        MHD_stop_daemon(h->mhd);
    free(h);
    return e->code;
}

uint16_t http_port(const struct http *h)
{
    return h->port;
}
