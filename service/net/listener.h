/* listener.h - sockets that are listened on. Owner: the server; a listener frees itself when its handle is
 * closed. Loop thread only. */
#ifndef PEERNET_NET_LISTENER_H
#define PEERNET_NET_LISTENER_H

#include <sys/types.h>

#include "net/state.h"

struct listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv;
    TAILQ_ENTRY(listener) link;
    struct server *server; /* NULL: it never came to listen */
    char address[128];     /* as server_address gives it */
    uint16_t port;         /* TCP */
    bool tls;
    bool passed;      /* another process holds it too */
    enum role role;   /* of its connections before they log in */
    bool waits;       /* a connection is still to be accepted: no memory for it, or not this turn */
    uint64_t even_at; /* ms, when the port was last shared evenly among daemons */
    char path[108];   /* unix: to be removed at the end, if it is this file then; "" = none */
    dev_t device;     /* that file */
    ino_t inode;
};

struct listener *listener_open_tcp(struct server *s, const char *address, bool tls, struct err *e);
struct listener *listener_open_unix(struct server *s, const char *path, unsigned mode, struct err *e);
/* A socket that another process made and listens on already; the listener's from now on, also when that
 * fails. */
struct listener *listener_open_passed(struct server *s, int fd, bool tls, struct err *e);
void listener_close(struct listener *l);
/* The same when the server is draining: those that have come are accepted first. */
void listener_drain(struct listener *l);
/* Accepts what waits; false while there is still no memory for it. */
bool listener_retry(struct listener *l);
/* A new turn: those of all listeners that waited for it. */
void listeners_go_on(struct server *s);

#endif
