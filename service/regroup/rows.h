/* rows.h - a finished run as rows of COPY's binary format, one table a function: those of the networks, or of
 * the organizers, from..to-1 that have a row in it. Pure; the caller owns the buffer and checks buf_failed.
 */
#ifndef PEERNET_REGROUP_ROWS_H
#define PEERNET_REGROUP_ROWS_H

#include "base/buf.h"
#include "regroup/grouping.h"
#include "regroup/inputs.h"

void rows_networks(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                   uint32_t from, uint32_t to);
void rows_members(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                  uint32_t from, uint32_t to);
/* The column shared_at of a member: places in its network's list. */
void rows_shared_places(struct buf *out, const struct network_reasons *network,
                        const struct member_reasons *m);
void rows_unmatched(struct buf *out, int64_t run, const struct inputs *in, const struct grouping *g,
                    uint32_t from, uint32_t to);

#endif
