/* Whole messages to all that is behind the frame check: roles, arguments, handlers, tickets, threads,
 * answers. Each request is answered once, by a whole response of its msgid, and nothing is left in flight.
 *
 * A server with the fake daemon of net_fake.h and one connection that stays; what a message does to it is
 * undone for the next input. The first byte of an input says who asks and how the daemon answers, the rest
 * are frames. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(int holds, const char *what, int line)
{
    if (holds)
        return;
    fprintf(stderr, "line %d: %s\n", line, what);
    abort();
}
#define DEMAND(condition) demand(condition, #condition, __LINE__)

/* What the fake takes from cmocka elsewhere. */
#define assert_true(condition) DEMAND(condition)
#define assert_int_equal(a, b) DEMAND((a) == (b))
#define assert_string_equal(a, b) DEMAND(strcmp(a, b) == 0)
#define fail_msg(...) DEMAND(!"failed")

#include "net_fake.h"

#include "base/log.h"
#include "net/conn.h"
#include "net/dispatch.h"
#include "net/ticket.h"

#define REQUESTS_MOST 64 /* of one input that are told apart */

static struct fake fake;
static struct client client;
static struct conn *conn;
static struct snapshot *snapshot;

static const char *const documents[] = {
    "null", "5", "{}", "{\"network\": 4, \"version\": 1}", "[1, \"\\u0000\", 1e300]", "no JSON"};

static void open_connection(void)
{
    if (client.fake != NULL)
        client_close(&client);
    client_open(&client, &fake);
    FAKE_UNTIL(&fake, !TAILQ_EMPTY(&fake.server->conns));
    uv_run(&fake.loop, UV_RUN_NOWAIT);
    FAKE_UNTIL(&fake, TAILQ_FIRST(&fake.server->conns) == TAILQ_LAST(&fake.server->conns, conn_list));
    conn = TAILQ_FIRST(&fake.server->conns);
    conn->in_turn = conn->writing = true; /* so that nothing is sent, and all answers can be looked at */
}

static void open_server(void)
{
    fake_init(&fake);
    snapshot = fake.snapshot;
    fake.options.login_delay_ms = fake.options.login_delay_most_ms = 0;
    fake.options.write_seconds = fake.options.frame_seconds = fake.options.login_seconds = 0;
    fake.options.thread_queue = 2;
    fake.options.answers_kept_bytes = 1u << 16;
    fake.options.requests_in_flight = 8;
    log_open("fuzz", LOG_ERROR, LOG_LOGFMT);
    fake_listen(&fake);
    open_connection();
}

/* It is not closed, nor freed. */
static bool is_open(void)
{
    return TAILQ_FIRST(&fake.server->conns) == conn && conn->state == CONN_OPEN;
}

/* Like one that has just come, in a role; `how` varies it and the daemon. */
static void begin(uint8_t how)
{
    conn->role = (enum role)(how % ROLE_COUNT);
    conn->english = how & 8;
    conn->errors = (enum rpc_error_style)((how >> 4) % RPC_ERROR_STYLES);
    conn->topics = 0;
    conn->token = conn->role_until = 0;
    conn->input_ended = conn->forsaken = false;
    fake.snapshot = how % 32 == 31 ? NULL : snapshot;
    fake.under_way = how & 64;
    fake.refuses_proposals = how % 16 == 15;
    fake.takes_no_problem = how % 16 == 14;
    for (size_t i = 0; i < SERVICE_QUESTIONS; i++)
        fake.answers[i] =
            (how & 128) ? NULL : documents[(how + i) % (sizeof documents / sizeof documents[0])];
}

/* An answer of the worker's. */
static void write_networks(struct buf *out)
{
    static const char *const fields[] = {"networks", "unmatched", "figures", "settings", "seed"};
    mp_array(out, 4);
    mp_uint(out, RPC_RESPONSE);
    mp_uint(out, 0);
    mp_nil(out);
    mp_map(out, 5);
    for (size_t i = 0; i < 5; i++) {
        mp_key(out, fields[i]);
        mp_array(out, 0);
    }
}

static void answer_proposal(bool well)
{
    struct err e = {ERR_INTERNAL, "the worker failed"};
    struct buf networks;
    buf_init(&networks, 0);
    write_networks(&networks);
    fake_answer_proposal(&fake, 0, networks.data, networks.size, well ? NULL : &e);
    buf_free(&networks);
}

/* What threads, the worker and the database owe is given, well or not. */
static void settle(uint8_t how)
{
    struct service_run_answer answer = {9, "default", "running", "2026-03-14T06:00:00Z", 8, "same"};
    struct err e = {ERR_UNAVAILABLE, "the database is away"};
    struct gate_counts threads;
    while (fake.server->n_drafts > 0)
        ticket_write_draft(fake.server);
    while (fake.n_proposals > 0)
        answer_proposal(how & 4);
    while (fake.n_held > 0)
        fake_answer(&fake, (how & 4) ? &answer : NULL, (how & 4) ? NULL : &e);
    do {
        server_thread_counts(fake.server, &threads);
        if (threads.running > 0)
            uv_run(&fake.loop, UV_RUN_ONCE);
    } while (threads.running > 0);
    FAKE_UNTIL(&fake, !is_open() || conn->login == NULL);
    DEMAND(fake.server->counts.in_flight == 0);
}

struct asked {
    uint32_t msgids[REQUESTS_MOST];
    size_t n;
};

/* True: it goes on behind this message. */
static bool note(struct asked *asked, const uint8_t *data, size_t size)
{
    struct rpc_message m;
    struct mp_tree tree;
    struct err e = ERR_INIT;
    DEMAND(mp_unpack(data, size, &tree, &e) == 0);
    enum rpc_verdict verdict = rpc_read(tree.top, &m, &e);
    mp_free(&tree);
    if (verdict != RPC_UNANSWERABLE && m.type == RPC_REQUEST)
        asked->msgids[asked->n++] = m.msgid;
    return verdict != RPC_UNANSWERABLE;
}

static void send_all(struct asked *asked, const uint8_t *data, size_t size)
{
    struct frame_limits limits;
    bool on = true;
    frame_limits_default(&limits);
    for (size_t at = 0, whole; on && asked->n < REQUESTS_MOST && conn->state == CONN_OPEN; at += whole) {
        whole = frame_quick(&limits, data + at, size - at);
        if (whole == 0)
            break;
        on = note(asked, data + at, whole);
        size_t again = dispatch_repeated(conn, data + at, size - at);
        DEMAND(again == 0 || again == whole); /* the same end, without looking for it */
        if (again == 0)
            dispatch_message(conn, data + at, whole);
    }
}

static void strike_out(struct asked *asked, uint32_t msgid)
{
    size_t i = 0;
    while (i < asked->n && asked->msgids[i] != msgid)
        i++;
    DEMAND(i < asked->n); /* somebody asked */
    asked->msgids[i] = asked->msgids[--asked->n];
}

/* Each request has its answer, and there is nothing else. */
static void check_answers(struct asked *asked)
{
    struct frame_limits limits = {.bytes = 1u << 26, .depth = FRAME_DEPTH_MAX, .elements = 1u << 24};
    for (size_t at = 0, whole; at < conn->out.size; at += whole) {
        struct rpc_message m;
        struct mp_tree tree;
        struct err e = ERR_INIT;
        whole = frame_quick(&limits, conn->out.data + at, conn->out.size - at);
        DEMAND(whole > 0 && conn->out.data[at] == 0x94);
        DEMAND(mp_unpack(conn->out.data + at, whole, &tree, &e) == 0);
        DEMAND(rpc_read(tree.top, &m, &e) == RPC_FINE && m.type == RPC_RESPONSE);
        DEMAND(mp_is_nil(m.error) || mp_is_nil(m.result));
        strike_out(asked, m.msgid);
        mp_free(&tree);
    }
    DEMAND(asked->n == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct asked asked = {.n = 0};
    if (fake.server == NULL)
        open_server();
    if (size == 0)
        return 0;
    begin(data[0]);
    send_all(&asked, data + 1, size - 1);
    settle(data[0]);
    if (!is_open()) {
        open_connection();
        return 0;
    }
    check_answers(&asked);
    buf_clear(&conn->out);
    return 0;
}
