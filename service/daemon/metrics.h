/* metrics.h - the daemon's figures as OpenMetrics 1.0 text, and its health check by check. Loop thread only.
 */
#ifndef PEERNET_DAEMON_METRICS_H
#define PEERNET_DAEMON_METRICS_H

#include "daemon/daemon.h"

#define METRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

/* Appends all of it, "# EOF" at its end. */
void metrics_write(const struct daemon *d, struct buf *out);

#endif
