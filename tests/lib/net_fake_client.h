/* net_fake_client.h - the clients of net_fake.h, which includes this. */
#ifndef PEERNET_TESTS_NET_FAKE_CLIENT_H
#define PEERNET_TESTS_NET_FAKE_CLIENT_H

struct client {
    struct fake *fake;
    int fd;
    struct buf in, last; /* `last`: the bytes of the last message */
    struct mp_tree tree;
    struct rpc_message message;
    bool ended; /* the server closed */
    uint32_t msgid;
};

static inline void client_open(struct client *c, struct fake *f)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(server_port(f->server))};
    memset(c, 0, sizeof *c);
    c->fake = f;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(c->fd, (struct sockaddr *)&address, sizeof address), 0);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    buf_init(&c->in, 0);
    buf_init(&c->last, 0);
    msgpack_unpacked_init(&c->tree.unpacked);
}

static inline void client_close(struct client *c)
{
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    buf_free(&c->in);
    buf_free(&c->last);
    mp_free(&c->tree);
}

static inline void client_send(struct client *c, const void *data, size_t size)
{
    const char *bytes = data;
    for (size_t sent = 0; sent < size;) {
        ssize_t n = send(c->fd, bytes + sent, size - sent, MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN)
            return; /* the server has closed: the test looks at what came */
        sent += n > 0 ? (size_t)n : 0;
        uv_run(&c->fake->loop, UV_RUN_NOWAIT);
    }
}

/* Appends a request with parameters in JSON. */
static inline void request_write(struct buf *out, uint32_t msgid, const char *method, const char *params)
{
    struct err e = ERR_INIT;
    rpc_write_request(out, msgid, method);
    if (mp_from_json(out, params, strlen(params), &e))
        fail_msg("%s", e.text);
}

static inline void client_request(struct client *c, const char *method, const char *params)
{
    struct buf out;
    buf_init(&out, 0);
    request_write(&out, ++c->msgid, method, params);
    client_send(c, out.data, out.size);
    buf_free(&out);
}

/* Takes what came; true when a whole message is there, which then is c->message. */
static inline bool client_poll(struct client *c)
{
    static uint8_t bytes[65536];
    struct frame_limits limits = {.bytes = 1u << 26, .depth = 32, .elements = 1u << 24};
    struct frame_scan scan;
    struct err e = ERR_INIT;
    ssize_t n = recv(c->fd, bytes, sizeof bytes, 0);
    if (n > 0)
        buf_append(&c->in, bytes, (size_t)n);
    else if (n == 0 || errno != EAGAIN)
        c->ended = true;
    frame_begin(&scan, &limits);
    if (frame_scan(&scan, c->in.data, c->in.size) != FRAME_WHOLE)
        return false;
    mp_free(&c->tree);
    buf_clear(&c->last);
    buf_append(&c->last, c->in.data, scan.at);
    assert_int_equal(mp_unpack(c->last.data, c->last.size, &c->tree, &e), 0);
    buf_consume(&c->in, scan.at);
    assert_int_equal(rpc_read(c->tree.top, &c->message, &e), RPC_FINE);
    return true;
}

static inline void client_await(struct client *c)
{
    bool came = false;
    FAKE_UNTIL(c->fake, (came = client_poll(c)) || c->ended);
    assert_true(came);
}

static inline void client_await_end(struct client *c)
{
    FAKE_UNTIL(c->fake, (client_poll(c), c->ended));
}

/* A call that succeeds; its result. */
static inline const msgpack_object *client_call(struct client *c, const char *method, const char *params)
{
    struct err e = ERR_INIT;
    client_request(c, method, params);
    client_await(c);
    assert_int_equal(c->message.type, RPC_RESPONSE);
    assert_int_equal(c->message.msgid, c->msgid);
    if (rpc_read_error(c->message.error, &e))
        fail_msg("%s%s: %s", method, params, e.text);
    return c->message.result;
}

/* A call that fails; its error as the string on the wire. */
static inline const char *client_refused(struct client *c, const char *method, const char *params)
{
    static char text[2048];
    const char *error;
    size_t size;
    client_request(c, method, params);
    client_await(c);
    assert_int_equal(c->message.msgid, c->msgid);
    assert_true(mp_get_str(c->message.error, &error, &size));
    snprintf(text, sizeof text, "%.*s", (int)size, error);
    return text;
}

/* A value as JSON on one line, until the next call. */
static inline const char *as_json(const msgpack_object *value)
{
    static char text[65536];
    struct buf json;
    buf_init(&json, 0);
    if (value != NULL)
        mp_to_json(&json, value, false);
    snprintf(text, sizeof text, "%s", value != NULL ? buf_string(&json) : "(none)");
    buf_free(&json);
    return text;
}

static inline void assert_json(const msgpack_object *value, const char *expected)
{
    assert_string_equal(as_json(value), expected);
}

#endif
