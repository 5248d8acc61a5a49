/* steer.h - several daemons listen on one port (SO_REUSEPORT), and one of them is about to go: the kernel
 * resets connections that it has given to a socket that closes before they are accepted (unless
 * net.ipv4.tcp_migrate_req is on, which takes root). So new ones are sent to the others first, by a classic
 * BPF program of one instruction, which names a socket by its place among those that share the port.
 *
 * Owner: the listener. Loop thread only. */
#ifndef PEERNET_NET_STEER_H
#define PEERNET_NET_STEER_H

#include "net/listener.h"

/* How long connections that were begun before still come: they wait for the last word from the peer. */
#define STEER_MS 250

/* True when connections that begin from now on go to another socket of the port. Whether they do is tried by
 * connecting to it; false where there is none, or none answers at once. */
bool steer_away(struct listener *l);
/* Ends what one that has gone left behind, so that those that stay share the port evenly again. */
void steer_evenly(struct listener *l);

#endif
