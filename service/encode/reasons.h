/* reasons.h - what explains a network and a member, as it is on the wire, for the daemon's answers and the
 * worker's proposals alike. Owner: the caller, of everything. Any thread. */
#ifndef PEERNET_ENCODE_REASONS_H
#define PEERNET_ENCODE_REASONS_H

#include <stdbool.h>

#include "base/buf.h"
#include "core/explain/explain.h"

/* {challenge, label, share, lift} */
void encode_share(struct buf *out, const struct population *p, const struct shared_challenge *shared,
                  bool english);
/* "link" of a map: nil or {organizer, sides: [{organizer, similarity, shared}], similarity, shared} */
void encode_link(struct buf *out, const struct population *p, const struct network_link *l, bool english);
/* "closest" of a map: the member most similar to it, {organizer, similarity}, or nil. */
void encode_closest(struct buf *out, const struct population *p, uint32_t closest, double similarity);

#endif
