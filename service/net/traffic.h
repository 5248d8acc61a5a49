/* traffic.h - what went through the server, counted for monitoring: requests by method and result, how long
 * each took, bytes. Plain integers, a few additions a request. Owner: the server. Loop thread only. */
#ifndef PEERNET_NET_TRAFFIC_H
#define PEERNET_NET_TRAFFIC_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "proto/method.h"

#define TRAFFIC_RESULTS (ERR_INTERNAL + 1) /* by enum err_code */
#define TRAFFIC_BUCKETS 14
#define TRAFFIC_UNKNOWN METHOD_COUNT /* where requests for no method that there is are counted */

struct traffic_method {
    uint64_t results[TRAFFIC_RESULTS];
    uint64_t buckets[TRAFFIC_BUCKETS + 1]; /* by the least bound that is not exceeded; the last has none */
    uint64_t sum_ns;
};

struct traffic {
    struct traffic_method methods[METHOD_COUNT + 1];
    uint64_t bytes_in, bytes_out;
};

/* Upper bounds of the buckets in ns, ascending. */
extern const uint64_t traffic_bounds[TRAFFIC_BUCKETS];

/* One request was answered with `result`, `ns` after its turn came. */
void traffic_note(struct traffic *t, size_t method, enum err_code result, uint64_t ns);

#endif
