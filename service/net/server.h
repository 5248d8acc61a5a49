/* server.h - listens, keeps the connections within their limits, hands requests to handlers and notifications
 * to subscribers.
 *
 *     server_options_default(&options);
 *     server_open(&server, loop, &options, &service, &e);
 *     server_listen_tcp(server, "127.0.0.1:7400", &e);
 *     uv_run(loop, ...);
 *     server_drain(server, done, context);     later server_stop, when it takes too long
 *     server_free(server);                     in `done` or after it
 *
 * Owner: the daemon; `loop` and `service` outlive it. Loop thread only. */
#ifndef PEERNET_NET_SERVER_H
#define PEERNET_NET_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/gate.h"
#include "net/limits.h"
#include "net/service.h"
#include "proto/frame.h"
#include "proto/method.h"

struct server;
struct tokens;  /* net/tokens.h */
struct traffic; /* net/traffic.h */

struct server_options {
    uint32_t max_connections;    /* 1000; one more is told so and closed */
    uint32_t wanted_connections; /* of which so many were to be, where the system's open files allow fewer; 0
                                  * = the same */
    uint64_t open_files;         /* that the system allows this process; 0 = not known */
    struct frame_limits request; /* 1 MiB, 32 deep, 65536 elements */
    size_t output_pause_bytes;   /* 1 MiB unsent: requests of that connection wait */
    size_t output_limit_bytes;   /* 8 MiB unsent: it is closed */
    size_t clients_limit_bytes;  /* 256 MiB held for all connections: whoever takes most is closed */
    size_t answers_kept_bytes;   /* 16 MiB of answers are kept to be given again; 0 = none */
    uint32_t requests_in_flight; /* 1000 per connection that wait for an answer, and ten times as many of all
                                  * connections; further ones get E_LIMIT */
    uint32_t submit_entries;     /* 1000 of one report.submit or organizer.upsert; more get E_LIMIT */
    uint32_t propose_organizers; /* 5000; network.propose of more gets E_LIMIT */
    uint32_t thread_jobs;        /* 2 requests that threads work on at a time */
    uint32_t thread_queue;       /* 16 that may wait besides; more get E_BUSY */
    uint32_t programme_pins;     /* 1000; pin.add and network.move beyond get E_LIMIT */
    uint32_t insight_threshold;  /* 5: counts of fewer organizers are not told by the methods of insight */
    uint32_t requests_per_turn;  /* 64 of one connection before the others have their turn */
    double first_byte_seconds;   /* 0 = off: closed when nothing came by then */
    double frame_seconds;        /* 60: closed when a frame that began is not whole by then; 0 = off */
    double idle_seconds;         /* 0 = off: closed when nothing came for so long and nothing is owed */
    double write_seconds;        /* 30: closed when output stays unread for so long */
    /* For who has to log in and has not. */
    size_t login_request_bytes;   /* 64 KiB */
    uint32_t login_connections;   /* 200 at a time; one more is told so and closed */
    uint32_t address_connections; /* 100 of one address, also those that have logged in; 0 = off */
    double handshake_seconds;     /* 5: closed when TLS is not established by then; 0 = off */
    double login_seconds;         /* 10: closed when it has not by then; 0 = off */
    uint64_t login_delay_ms; /* 250: an answer waits so long after one wrong token from its address ... */
    uint64_t login_delay_most_ms;   /* 8000: ... twice as long after each further one, up to this; 0 = off */
    enum role loopback_role;        /* ADMIN: what who connects over loopback may do without logging in ... */
    enum role socket_role;          /* ADMIN: ... and who connects over a unix socket */
    uint32_t slow_ms;               /* 500: a request that takes so long is logged; 0 = none is */
    bool reuse_port;                /* false; true: other daemons may listen where this one does */
    bool insecure_plaintext_remote; /* false; true: also listens off loopback without TLS, where tokens and
                                     * answers can be read on the way */
};
void server_options_default(struct server_options *options);
/* ERR_INVALID with the name of the option, its value and what is allowed. */
int server_options_check(const struct server_options *options, struct err *e);
/* So many connections that have ended may be read from still, so that their peers get the last answer; each
 * holds an open file too. Those that end beyond are closed at once. */
uint32_t server_lingering_most(uint32_t max_connections);

/* Other limits, from now on: for what comes in and for new connections; who is connected stays. ERR_INVALID:
 * then those before stay. Roles, reuse_port and insecure_plaintext_remote are those of the listeners, and
 * stay too, as do thread_jobs, thread_queue and answers_kept_bytes. */
int server_set_options(struct server *server, const struct server_options *options, struct err *e);

int server_open(struct server **out, uv_loop_t *loop, const struct server_options *options,
                const struct service *service, struct err *e);

/* Reads certificate, key and so on; again at any time, for new connections: when something is wrong with the
 * files those read before stay in force. Connections whose certificate has another role now are closed. */
struct server_tls {
    const char *certificate, *key; /* PEM; the certificate with what leads to its root */
    const char *client_ca;         /* PEM: who vouches for clients; "" = clients are not asked */
    const char *client_names;      /* which certificate has which role, see tls_names.h; "" = none has */
    bool client_required;          /* with client_ca: a client without a certificate is refused */
    bool only_1_3;                 /* else 1.2 too */
};
int server_tls(struct server *server, const struct server_tls *options, struct err *e);
/* Whether server_tls would succeed. */
int server_tls_check(const struct server_tls *options, struct err *e);

/* "HOST:PORT": a numeric address ("127.0.0.1:7400", "[::1]:7400") or localhost; port 0 takes a free one. Any
 * number of times. ERR_DENIED for an address off loopback without insecure_plaintext_remote. */
int server_listen_tcp(struct server *server, const char *address, struct err *e);
/* The same with TLS, for any address; ERR_INVALID before server_tls. */
int server_listen_tls(struct server *server, const char *address, struct err *e);
/* A unix socket with permission bits `mode`. What another, ended daemon left there is removed; a socket that
 * answers, or any other file, is not (ERR_BUSY, ERR_INVALID); with reuse_port the socket takes the place of
 * one that answers. */
int server_listen_unix(struct server *server, const char *path, unsigned mode, struct err *e);
/* A socket that a service manager made and listens on; the server's from now on, also when that fails. */
int server_listen_passed(struct server *server, int fd, bool tls, struct err *e);
/* Listeners by number, in order of listening: "127.0.0.1:7400", "tls://0.0.0.0:7443",
 * "unix:/run/peernet/socket"; NULL past the last. */
const char *server_address(const struct server *server, size_t index);
/* Port of the first TCP listener; 0 when there is none. */
uint16_t server_port(const struct server *server);

/* Sends notification `id` to the subscribers of its topic. `write` writes its fields' map, once however many
 * they are, and not at all when there are none. */
typedef void (*server_writer)(struct buf *out, void *context);
void server_notify(struct server *server, enum notification_id id, server_writer write, void *context);
/* Those that there are, encoded. Texts are for the call only. */
void server_notify_progress(struct server *server, const struct service_run_progress *progress);
struct server_run_end {
    int64_t run;
    const char *programme;
    const char *state; /* "done", "unchanged", "superseded", "failed", "cancelled" */
    const char *error; /* NULL or "" when there is none */
    double mean_fit;   /* NAN when there is none */
    bool published;
    int64_t result; /* the run that it came to, which may be one that was there before; 0 = none */
};
void server_notify_finished(struct server *server, const struct server_run_end *end);
void server_notify_published(struct server *server, int64_t run, const char *programme);
/* To all subscribers, whatever the topic: the server goes. */
struct server_ending {
    double listens_s; /* so long it goes on as before */
    double within_s;  /* and so long, from then on, it lets requests in flight finish */
};
void server_notify_ending(struct server *server, const struct server_ending *ending);

/* The tokens in force, from now on the server's. Who logged in by one that is none any more is closed. */
void server_set_tokens(struct server *server, struct tokens *tokens);

struct server_counts {
    uint32_t connections, subscribers, in_flight;
    uint32_t logged_in, not_logged_in;        /* by a token or certificate; that still have to */
    uint32_t tls;                             /* of `connections` */
    size_t held;                              /* bytes of all requests and answers in memory */
    uint64_t accepted, refused;               /* since the start */
    uint64_t requests, errors, notifications; /* answered; of them with an error; sent */
    uint64_t answered_again; /* of `requests`: with what was kept of the same request (net/answers.h) */
    size_t answers_bytes;    /* that is kept now */
    uint64_t bad_frames, slow_readers, timeouts;
    uint64_t refused_not_logged_in, refused_address; /* of `refused`, by the limits of that name */
    uint64_t logins, logins_denied;
    uint64_t handshakes_failed; /* of TLS, also those that took too long */
    uint64_t denied;            /* requests that the role does not cover */
};
void server_counts(const struct server *server, struct server_counts *out);
/* Requests that a thread works on, or will (net/thread_job.h). */
void server_thread_counts(const struct server *server, struct gate_counts *out);
const struct traffic *server_traffic(const struct server *server);

/* With reuse_port, before server_drain: new connections go to the other daemons of its TCP addresses. For how
 * many ms those that were begun before still come; 0 where there is no other daemon. */
uint64_t server_steer_away(struct server *server);
/* Accepts who has come, closes the listeners, answers what has come by then, and ends the connections; a new
 * one may ask something first. Whoever sees such an end of output knows that what it is owed no answer to was
 * not carried out. `done` when all handles are closed. */
typedef void (*server_closed)(void *context);
void server_drain(struct server *server, server_closed done, void *context);
/* Closes everything at once, also after server_drain (whose `done` is then not called, this one is). Requests
 * that wait for the service are forgotten: their answers may still come, and go nowhere. */
void server_stop(struct server *server, server_closed done, void *context);
/* After `done`, or for a server that never listened. NULL is fine. */
void server_free(struct server *server);

#endif
