/* descriptors.h - open files, so that clients can never take those that the database connection and the
 * workers need. At start, before there are other threads. */
#ifndef PEERNET_DAEMON_DESCRIPTORS_H
#define PEERNET_DAEMON_DESCRIPTORS_H

#include <stdint.h>

/* Raises this process's limit of open files to what so many clients need besides everything else; returns how
 * many clients fit, which are fewer where the system allows no such limit. */
uint32_t descriptors_for(uint32_t clients);

#endif
