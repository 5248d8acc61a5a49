/* traffic.h - what went through the server, counted for monitoring: requests by method and result, how long
 * each took, bytes. Plain integers, a few additions a request. Owner: the server. Loop thread only. */
#ifndef PEERNET_NET_TRAFFIC_H
#define PEERNET_NET_TRAFFIC_H

#include <stdbool.h>
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

#define TRAFFIC_UNTIMED 16 /* requests at most that share a look at the clock */

struct traffic {
    struct traffic_method methods[METHOD_COUNT + 1];
    uint64_t bytes_in, bytes_out;
    uint8_t untimed[TRAFFIC_UNTIMED]; /* methods of those that were answered since the last look */
    size_t n_untimed;
};

/* Upper bounds of the buckets in ns, ascending. */
extern const uint64_t traffic_bounds[TRAFFIC_BUCKETS];

/* One request was answered with `result`, `ns` after its turn came. */
void traffic_note(struct traffic *t, size_t method, enum err_code result, uint64_t ns);
/* One was answered well, and so quickly that looking at the clock would have taken a good part of it: it
 * counts once traffic_share is told how long those together took. True: now is the time for that. */
bool traffic_note_quick(struct traffic *t, size_t method);
void traffic_share(struct traffic *t, uint64_t ns);

#endif
