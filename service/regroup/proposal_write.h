/* proposal_write.h - what a proposal found, as network.propose answers it: the shapes of network.get and
 * network.list (PROTOCOL.md), of networks that nobody stored. Pure. */
#ifndef PEERNET_REGROUP_PROPOSAL_WRITE_H
#define PEERNET_REGROUP_PROPOSAL_WRITE_H

#include "regroup/grouping.h"
#include "regroup/problem_read.h"

/* Appends one map: networks, unmatched, figures, settings, seed. */
int proposal_write(struct buf *out, const struct problem *p, const struct grouping *g,
                   const struct progress *progress, struct err *e);

#endif
