/* uv_client.h - the insides of a client on a loop: client_uv.c has its calls, uv_connect.c how it comes
 * about. Owner: whoever opened it. The loop's thread only. */
#ifndef PEERNET_CLIENT_UV_CLIENT_H
#define PEERNET_CLIENT_UV_CLIENT_H

#include "proto/client/peernet/client_uv.h"
#include "proto/client/session.h"

struct call {
    uint32_t msgid;
    double deadline;
    peernet_uv_answered answered;
    void *context;
    struct call *next;
};

enum stage { STAGE_RESOLVING, STAGE_CONNECTING, STAGE_HELLO, STAGE_OPEN, STAGE_LOST, STAGE_CLOSING };

struct peernet_uv {
    uv_loop_t *loop;
    enum stage stage;
    unsigned handles;   /* that the loop still has */
    uv_timer_t timer;   /* the nearest deadline */
    uv_idle_t leftover; /* runs while a turn left messages */
    uv_poll_t *poll;    /* of the present attempt */
    uv_getaddrinfo_t resolve;
    struct addrinfo *found, *next;
    struct address address;
    struct peernet_options options; /* texts are copies */
    double deadline;                /* of everything before it is open */
    struct session session;
    struct buf held; /* requests of before it was open */
    uint32_t hello;
    struct call *first, *last; /* in the order of their deadlines */
    struct err why;            /* it was lost, or an attempt failed */
    peernet_uv_state state;
    peernet_notified notified;
    void *context, *notified_context;
    void (*closed)(void *context);
};

/* Connected: messages come and go. */
static inline bool uv_client_is_connected(const struct peernet_uv *c)
{
    return c->stage == STAGE_HELLO || c->stage == STAGE_OPEN;
}

/* client_uv.c */
void uv_client_lose(struct peernet_uv *c, const struct err *e, bool refused);
void uv_client_opened(struct peernet_uv *c);
void uv_client_pump(struct peernet_uv *c);   /* one turn: sends, takes, answers */
void uv_client_let_go(struct peernet_uv *c); /* the loop has one handle less */

/* uv_connect.c */
int uv_client_begin(struct peernet_uv *c, struct err *e); /* finds the addresses, or the socket's path */
void uv_client_watch(struct peernet_uv *c, short events); /* of poll */
void uv_client_drop_stream(struct peernet_uv *c);
void uv_client_drop_addresses(struct peernet_uv *c);

#endif
