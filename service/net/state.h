/* state.h - what the files of this folder share: the server and its connections from the inside.
 *
 * A connection is open, then lingering (everything is sent and the end of output announced; what still comes
 * is thrown away, so that the kernel does not reset the connection before the peer has read), then closing
 * (its handle belongs to libuv until the close callback frees it). Loop thread only. */
#ifndef PEERNET_NET_STATE_H
#define PEERNET_NET_STATE_H

#include <sys/queue.h>

#include "base/log_limit.h"
#include "net/login_delay.h"
#include "net/server.h"
#include "net/tokens.h"
#include "net/traffic.h"
#include "proto/rpc.h"

#define READ_BYTES 65536    /* taken from one connection at a time */
#define WRITE_BYTES 262144  /* handed to the kernel for one connection at a time */
#define PLAIN_BYTES 16384   /* decrypted at a time: one record of TLS */
#define TURN_NS 5000000     /* of one connection before the others have their turn */
#define REST_MS 1000        /* without a word, until buffers are given back */
#define LINGER_MS 1000      /* for the peer to read the last answers */
#define FIRST_WORD_MS 1000  /* that a new connection has to ask something when the server is draining */
#define TURNED_AWAY_MS 5000 /* for a connection too many to ask something, so that it can be told */
#define IN_FLIGHT_TIMES 10  /* requests in flight of all connections, by those that one may have */
#define TURNED_AWAY_MAX 64  /* of those at a time; more are closed without a word */

struct answers;
struct ticket;
struct login;
struct tls;         /* net/tls.h */
struct tls_context; /* net/tls_context.h */
struct listener;

#define CONN_PEER 64 /* "[ADDRESS]:PORT", "unix" */

enum conn_state { CONN_OPEN, CONN_LINGERING, CONN_CLOSING };

/* Why it is one too many. */
enum conn_refusal { REFUSAL_NONE, REFUSAL_CONNECTIONS, REFUSAL_LOGIN, REFUSAL_ADDRESS };

struct conn {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    struct server *server;
    uint64_t id; /* of its server, from 1 on */
    TAILQ_ENTRY(conn) all, turn;
    enum conn_state state;
    bool wants_turn;               /* is in server->turns */
    bool in_turn;                  /* its messages are being handled up the stack */
    bool reading;                  /* libuv reads for it */
    bool hungry;                   /* what is in `in` is no whole message */
    bool input_ended;              /* nothing more is read: the peer's end, a fault, or draining */
    bool forsaken;                 /* requests in flight are not waited for */
    enum conn_refusal turned_away; /* one too many: its first request is refused */
    bool any_byte;                 /* something came */
    bool asked;                    /* a whole message came */
    uint16_t repeated; /* bytes behind the msgid of its last request, where it was one that is kept */
    uint32_t owed;     /* draining: bytes that had come by then and are still to be read */

    struct buf in;
    struct frame_scan *scan; /* of a message that is not whole yet; NULL: none has begun */

    struct buf out;     /* appended to by answers and notifications */
    struct buf sending; /* libuv writes from here while `writing`, a piece at a time */
    size_t handed;      /* bytes of it that libuv has had */
    size_t held;        /* bytes of the three, as counted in server->held */
    struct tls *tls;    /* NULL: plain */
    bool writing;

    LIST_HEAD(, ticket) tickets;
    uint32_t in_flight;
    uint32_t topics; /* bits by enum topic */
    enum rpc_error_style errors;
    bool english;
    enum role role;
    bool must_log_in;    /* it came without a role */
    int64_t token;       /* by which it logged in; 0 = by none */
    int64_t role_until;  /* seconds since 1970 when that expires; 0 = never */
    struct login *login; /* an answer to hello that waits; nothing else is handled meanwhile */
    struct login_key key;

    uint64_t opened_at;   /* ms, uv_now, like the next ones */
    uint64_t heard_at;    /* the last bytes, or the opening */
    uint64_t frame_at;    /* the first byte of an unfinished message; 0 = none */
    uint64_t write_at;    /* when the present write began */
    uint64_t end_at;      /* when lingering ends */
    char peer[CONN_PEER]; /* for logs */
};

TAILQ_HEAD(conn_list, conn);

struct server {
    uv_loop_t *loop;
    struct server_options options;
    struct frame_limits login_request; /* for who has not logged in */
    const struct service *service;
    TAILQ_HEAD(, listener) listeners; /* that listen */
    size_t listeners_open;            /* whose handle is not closed yet */
    struct conn_list conns, turns;
    uint32_t n_conns; /* all, until their handles are closed */
    uint32_t n_open;  /* that count against max_connections */
    uint32_t n_turned_away, n_lingering;
    uint32_t n_nobody; /* of n_open: that have to log in and have not */
    size_t held;       /* bytes in the buffers of all connections that are not closing */
    struct buf spare_in, spare_out, spare_wire; /* lent to whoever has a turn */
    struct buf result;                          /* one result at a time is encoded here */
    struct buf notice;                          /* likewise one notification */
    struct buf age;                             /* encode_age's bytes of ... */
    double age_told;                            /* ... so many seconds */
    char read_bytes[READ_BYTES];
    char plain_bytes[PLAIN_BYTES]; /* the same, decrypted */

    struct tls_context *tls; /* NULL: no certificate was given */
    struct tokens *tokens;   /* NULL: not read yet */
    struct login_delay delays;
    struct login *logins; /* that wait for their answer */
    TAILQ_HEAD(, ticket)
    drafts; /* proposals whose problem is being written, a part a turn; the first one's */
    uint32_t n_drafts;
    struct gate *threads;    /* thread_job.h */
    struct answers *answers; /* answers.h */
    uv_timer_t login_timer, log_timer;

    bool running; /* the four handles are libuv's */
    uv_timer_t sweep;
    uv_idle_t idle;
    unsigned handles;  /* of the four, open */
    bool steered_away; /* its share of new connections goes to other daemons now */
    bool draining, stopped, ended;
    server_closed done;
    void *done_context;

    struct log_limit log_limit;
    uint64_t last_conn;   /* its id */
    uint64_t accepted_at; /* uv_now of the turn in which `accepted` connections were */
    uint32_t accepted;
    bool accepts_wait; /* more are there: for the next turn */
    struct server_counts counts;
    uint64_t reached[LIMIT_COUNT]; /* how often each limit was */
    struct traffic traffic;
    uint64_t clock_ns; /* uv_hrtime where the last message was done, or the turn began */
};

/* Tells `done` once nothing is left open. */
void server_check_ended(struct server *s);
/* Every connection's deadlines are looked at while there is one. */
void server_watch(struct server *s);

#endif
