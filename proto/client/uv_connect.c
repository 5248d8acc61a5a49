/* How a client on a loop comes about: finds the host's addresses, tries one after the other. */
#include <poll.h>
#include <stdlib.h>

#include "proto/client/connect.h"
#include "proto/client/uv_client.h"

static void poll_closed(uv_handle_t *handle)
{
    struct peernet_uv *c = handle->data;
    free((uv_poll_t *)handle);
    uv_client_let_go(c);
}

void uv_client_drop_stream(struct peernet_uv *c)
{
    if (c->poll != NULL)
        uv_close((uv_handle_t *)c->poll, poll_closed);
    c->poll = NULL;
    stream_close(c->session.stream);
    c->session.stream = NULL;
}

void uv_client_drop_addresses(struct peernet_uv *c)
{
    if (c->found != NULL)
        uv_freeaddrinfo(c->found);
    c->found = c->next = NULL;
}

static void try_next(struct peernet_uv *c);

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status, (void)events; /* what is wrong comes out at the next step, send or receive */
    struct peernet_uv *c = poll->data;
    if (uv_client_is_connected(c))
        uv_client_pump(c);
    else
        try_next(c);
}

void uv_client_watch(struct peernet_uv *c, short events)
{
    int wanted = (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0);
    uv_poll_start(c->poll, wanted, on_poll);
}

static void connected(struct peernet_uv *c)
{
    struct err e = ERR_INIT;
    c->stage = STAGE_HELLO;
    uv_client_drop_addresses(c);
    if (!session_has_hello(&c->options))
        uv_client_opened(c);
    else if (session_hello(&c->session, &c->options, &c->hello, &e) != 0)
        uv_client_lose(c, &e, false);
    if (uv_client_is_connected(c))
        uv_client_pump(c);
}

static int begin(struct peernet_uv *c, const struct sockaddr *to, socklen_t size, struct err *e)
{
    struct stream_trust trust = {
        .ca = c->options.ca, .certificate = c->options.certificate, .key = c->options.key};
    int failed = stream_begin(&c->session.stream, &c->address, to, size, &trust, e);
    if (failed != 0)
        return failed;
    c->poll = calloc(1, sizeof *c->poll);
    if (c->poll == NULL || uv_poll_init(c->loop, c->poll, stream_descriptor(c->session.stream)) != 0) {
        free(c->poll);
        c->poll = NULL;
        return err_memory(e, "a connection");
    }
    c->poll->data = c;
    c->handles++;
    return 0;
}

/* Goes on with the present attempt; 0 also when it is still under way. */
static int go_on(struct peernet_uv *c, struct err *e)
{
    short events;
    if (stream_step(c->session.stream, &events, e) != 0)
        return (int)e->code;
    if (events != 0)
        uv_client_watch(c, events);
    else
        connected(c);
    return 0;
}

static int begin_next(struct peernet_uv *c, struct err *e)
{
    struct sockaddr_un local;
    const struct addrinfo *to = c->next;
    if (c->address.is_unix) {
        socklen_t size = connect_unix_address(&c->address, &local);
        return begin(c, (const struct sockaddr *)&local, size, e);
    }
    c->next = to->ai_next;
    return begin(c, to->ai_addr, to->ai_addrlen, e);
}

/* Goes on with the attempt under way, or with the next address when it failed. */
static void try_next(struct peernet_uv *c)
{
    for (;;) {
        struct err e = ERR_INIT;
        int failed = c->session.stream == NULL ? begin_next(c, &e) : 0;
        if (failed == 0)
            failed = go_on(c, &e);
        if (failed == 0)
            return;
        uv_client_drop_stream(c);
        c->why = e;
        if (failed != ERR_UNAVAILABLE || c->next == NULL) {
            uv_client_lose(c, &e, false);
            return;
        }
    }
}

static void resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
    struct peernet_uv *c = request->data;
    struct err e = ERR_INIT;
    if (c->stage == STAGE_RESOLVING && status == 0) {
        c->found = c->next = found;
        c->stage = STAGE_CONNECTING;
        try_next(c);
    } else {
        uv_freeaddrinfo(found);
        err_set(&e, ERR_UNAVAILABLE, "%s", status < 0 ? uv_strerror(status) : "");
        uv_client_lose(c, &e, false);
    }
    uv_client_let_go(c);
}

/* A socket's path needs no finding; but callbacks come from the loop alone. */
static void begin_local(uv_idle_t *idle)
{
    struct peernet_uv *c = idle->data;
    uv_idle_stop(idle);
    c->stage = STAGE_CONNECTING;
    try_next(c);
}

int uv_client_begin(struct peernet_uv *c, struct err *e)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    if (c->address.is_unix) {
        uv_idle_start(&c->leftover, begin_local);
        return 0;
    }
    c->resolve.data = c;
    int failed = uv_getaddrinfo(c->loop, &c->resolve, resolved, c->address.host, c->address.port, &hints);
    if (failed != 0)
        return err_set(e, ERR_UNAVAILABLE, "%s", uv_strerror(failed));
    c->handles++;
    return 0;
}
