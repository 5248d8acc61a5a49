/* port_file.h - tells other programs the port that was taken, in a file that is whole or not there. Owner:
 * none. */
#ifndef PEERNET_DAEMON_PORT_FILE_H
#define PEERNET_DAEMON_PORT_FILE_H

#include <stdint.h>

#include "base/err.h"

int port_file_write(const char *path, uint16_t port, struct err *e);

#endif
