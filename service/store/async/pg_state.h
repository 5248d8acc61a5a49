/* pg_state.h - the inside of a struct pg_async, shared by pg_async.c (states), pg_connect.c (making a
 * connection) and pg_queue.c (queries and their rows). Loop thread only. */
#ifndef PEERNET_STORE_ASYNC_PG_STATE_H
#define PEERNET_STORE_ASYNC_PG_STATE_H

#include "store/async/pg_conninfo.h"
#include "store/pg_async.h"

enum pg_phase { PG_WAITING, PG_RESOLVING, PG_CONNECTING, PG_UP, PG_CLOSED };

struct pg_queued {
    struct pg_queued *next;
    struct pg_async_query query;
    struct err error; /* the first thing that went wrong */
    char *text;       /* sql and values; query points into it */
    const char *values[PG_VALUES_MOST];
};

struct pg_lookup; /* a name being resolved; outlives an attempt that gave up on it */
struct pg_watch;  /* a poll handle with memory of its own, since closing takes a turn */

struct pg_async {
    uv_loop_t *loop;
    struct pg_async_options options;
    struct pg_conninfo conninfo;
    enum pg_phase phase;
    PGconn *connection;
    struct pg_watch *watch;
    struct pg_lookup *lookup;
    uv_timer_t timer; /* retry, connect limit, liveness: whatever the phase waits for */
    uv_idle_t more;   /* keeps the loop turning while rows are left to hand out */
    int handles;      /* of ours that are not closed yet */

    size_t host;      /* being tried */
    bool any;         /* second round of prefer-standby */
    char **addresses; /* of that host */
    size_t n_addresses, address;

    struct pg_queued *first, *last; /* first: sent, or about to be */
    bool sent, asking;              /* first is on its way; our own liveness question is */
    bool copying;                   /* rows of a COPY are coming */
    bool parked;                    /* a turn's share of rows was handed out, more are there */
    bool lost;                      /* sending failed: the next turn ends the connection */
    uint64_t heard_ms;              /* when the server last said something, or was asked something */

    uint64_t retry_ms, since_ms, retry_at_ms;
    uint64_t connections;
    struct err trial; /* what each host of this attempt said */
    struct err error; /* the last failure */
    void (*closed)(void *context);
    void *closed_context;
};

/* pg_connect.c */
void pg_connect_start(struct pg_async *pg);                       /* from the first host on */
void pg_connect_next(struct pg_async *pg, const struct err *why); /* this host did not do */
void pg_connect_drop(struct pg_async *pg); /* forgets whatever attempt or connection there is */
int pg_watch_start(struct pg_async *pg, int events, uv_poll_cb callback);
void pg_watch_pause(struct pg_async *pg); /* until pg_watch_start */
void pg_watch_stop(struct pg_async *pg);
struct pg_async *pg_watch_owner(const uv_poll_t *poll);

/* pg_queue.c */
void pg_queue_send(struct pg_async *pg); /* the next query, when none is on its way */
void pg_queue_event(uv_poll_t *poll, int status, int events);
void pg_queue_tick(struct pg_async *pg); /* liveness and time limits */
void pg_queue_more(uv_idle_t *idle);
void pg_queue_fail(struct pg_async *pg, const struct err *why); /* tells every query in it */

/* pg_async.c */
void pg_async_went_up(struct pg_async *pg);
void pg_async_went_down(struct pg_async *pg, const struct err *why); /* was up */
void pg_async_gave_up(struct pg_async *pg);                          /* no host did; pg->trial says why */
void pg_async_limit(struct pg_async *pg, uint64_t ms);               /* the timer, for the phase entered */
void pg_async_enter(struct pg_async *pg, enum pg_phase phase);
void pg_async_release(struct pg_async *pg); /* one handle less; the last one frees */

#endif
