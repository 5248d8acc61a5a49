/* gate.h - a few at a time, a short queue behind them, and a refusal for one more: what bounds work that
 * outlives whoever asked for it. Clients come in turn, one pass of each, and the passes of one in their
 * order; none has more than half of the queue, rounded up, so that whoever floods it leaves room for others.
 *
 *     gate_open(&gate, &options, &e);
 *     gate_enter(gate, &pass, &e);      pass.go is called once, perhaps before this returns
 *     gate_leave(gate);                 by each whose `go` said true, when it is over
 *     gate_close(gate);
 *
 * Owner: whoever opened it; passes are the callers' and stay where they are while they wait. One thread. */
#ifndef PEERNET_BASE_GATE_H
#define PEERNET_BASE_GATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "base/err.h"

struct gate;

struct gate_options {
    const char *what;          /* "questions to the database"; static, like the next one */
    const char *option;        /* that sets `queue` */
    const char *places_option; /* that sets `places`; NULL: none does */
    uint32_t places;           /* at a time, at least 1 */
    uint32_t queue;            /* that may wait besides */
};

TAILQ_HEAD(gate_line, gate_pass);

struct gate_pass {
    TAILQ_ENTRY(gate_pass) link; /* the gate's, like the next two: of a client's first pass those behind it */
    struct gate_line behind;
    uint32_t n_behind;
    uint64_t client; /* whose it is: a connection's id; 0: nobody's, as what the daemon does by itself or what
                      * many share, which has a turn of its own */
    /* It is let in. True: it has a place until gate_leave; false: it is over already, as that of one that is
     * forgotten has to be. It may free the pass either way. */
    bool (*go)(void *context);
    /* Whoever asked is gone: it makes room for others. NULL: that is no reason. */
    bool (*forgotten)(const void *context);
    void *context;
};

struct gate_counts {
    uint32_t running, waiting, places, queue;
    uint64_t taken, refused; /* since the start */
};

int gate_open(struct gate **out, const struct gate_options *options, struct err *e);
/* It is freed now, or when the last has left. NULL is fine. */
void gate_close(struct gate *g);

/* ERR_BUSY names how many wait, of all or of this client, the limit and its option, and that of how many are
 * let in. */
int gate_enter(struct gate *g, struct gate_pass *pass, struct err *e);
/* Whether one more of that client would have been taken, with `ahead` to enter before it, of which `own` are
 * this client's: 0, or ERR_BUSY as by gate_enter. */
int gate_room(struct gate *g, uint64_t client, uint32_t ahead, uint32_t own, struct err *e);
/* Like gate_leave, but the same pass waits again, behind the others: long work a slice at a time. */
void gate_again(struct gate *g, struct gate_pass *pass);
void gate_leave(struct gate *g);
/* One that waits does so no longer; its `go` is not called. */
void gate_quit(struct gate *g, struct gate_pass *pass);

void gate_counts(const struct gate *g, struct gate_counts *out);

#endif
