/* descriptors.h - open files, so that clients can never take those that the database connection and the
 * workers need. At start, before there are other threads. */
#ifndef PEERNET_DAEMON_DESCRIPTORS_H
#define PEERNET_DAEMON_DESCRIPTORS_H

#include "net/server.h"

/* Raises this process's limit of open files to what as many clients as options allow need besides everything
 * else. Where the system allows no such limit fewer clients are allowed; the options then say how many were
 * wanted. */
void descriptors_for(struct server_options *options);

#endif
