/* output.h - what a connection has to send: appended here, handed to libuv one write at a time. Loop thread
 * only. */
#ifndef PEERNET_NET_OUTPUT_H
#define PEERNET_NET_OUTPUT_H

#include "net/state.h"

/* Bytes not yet taken by the kernel. */
size_t output_unsent(const struct conn *c);
bool output_has_room(const struct conn *c, size_t size);
/* Begins to send what there is, unless a write is under way. May close the connection. */
void output_flush(struct conn *c);
/* Announces the end of output and lingers for the peer to read it. Everything has been sent. */
void output_end(struct conn *c);
/* Gives back what the buffers of an idle connection hold. Not while a write is under way. */
void output_rest(struct conn *c);

#endif
