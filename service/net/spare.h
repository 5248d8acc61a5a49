/* spare.h - memory that a connection needs during a turn only, and hands on when it is empty: so that an idle
 * one has none, however many there are, and a busy one needs no allocation. Bytes that were secret are
 * overwritten before. Owner: the server, or the connection that has it. Loop thread only. */
#ifndef PEERNET_NET_SPARE_H
#define PEERNET_NET_SPARE_H

#include "base/buf.h"

/* Gives an unused buffer the memory of `spare`, if it has any. */
void spare_lend(struct buf *spare, struct buf *to);
/* Takes the memory of an empty buffer back, or frees it where there is one already or it is large. */
void spare_take(struct buf *spare, struct buf *from);

#endif
