/* process.h - what the worker asks of the operating system for the good of its neighbours: it goes when the
 * daemon that started it goes, is the first to be ended when the machine runs out of memory, and keeps to a
 * limit of its own. Owner: the process, once at start. */
#ifndef PEERNET_REGROUP_PROCESS_H
#define PEERNET_REGROUP_PROCESS_H

#include <stdint.h>

#include "base/err.h"

/* Sends this process SIGTERM when its parent ends. */
int process_follow_parent(struct err *e);

/* Raises the score by which Linux chooses whom to end; that it cannot is no reason not to work. */
void process_offer_memory(void);

/* Address space in bytes; 0 = no limit. Without effect under AddressSanitizer, whose shadow needs terabytes.
 */
int process_limit_memory(int64_t bytes, struct err *e);

#endif
