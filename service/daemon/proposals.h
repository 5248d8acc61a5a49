/* proposals.h - the proposals that clients asked for: a few workers at a time, a short queue behind them,
 * each answered exactly once. Owner: the daemon. Loop thread only. */
#ifndef PEERNET_DAEMON_PROPOSALS_H
#define PEERNET_DAEMON_PROPOSALS_H

#include "daemon/proposal_job.h"

struct proposals;

int proposals_open(struct proposals **out, const struct proposal_options *options, struct err *e);
/* No worker may be left. NULL is allowed. */
void proposals_free(struct proposals *p);

/* service.h: propose_room, propose and propose_cancel. */
int proposals_room(struct proposals *p, uint64_t client, uint32_t ahead, uint32_t own, struct err *e);
uint64_t proposals_add(struct proposals *p, uint64_t client, struct buf *problem, service_proposal_done done,
                       void *context, struct err *e);
void proposals_cancel(struct proposals *p, uint64_t id);

struct proposal_counts {
    uint32_t running, waiting;
    uint64_t done, failed, cancelled, refused; /* since the start; done: the worker answered */
};
void proposals_counts(const struct proposals *p, struct proposal_counts *out);

/* All are answered with ERR_CANCELLED, which must not come back here, and their workers killed; no further
 * one is taken. */
void proposals_stop(struct proposals *p);
/* No worker is left, also of those that are answered. NULL is idle. */
bool proposals_idle(const struct proposals *p);

#endif
