#include "net/traffic.h"

#define US UINT64_C(1000)
#define MS UINT64_C(1000000)

const uint64_t traffic_bounds[TRAFFIC_BUCKETS] = {2 * US,   5 * US,    10 * US,   25 * US,   100 * US,
                                                  500 * US, 1 * MS,    5 * MS,    25 * MS,   100 * MS,
                                                  500 * MS, 1000 * MS, 5000 * MS, 30000 * MS};

void traffic_note(struct traffic *t, size_t method, enum err_code result, uint64_t ns)
{
    struct traffic_method *m = &t->methods[method];
    size_t bucket = 0;
    while (bucket < TRAFFIC_BUCKETS && ns > traffic_bounds[bucket])
        bucket++;
    m->results[result]++;
    m->buckets[bucket]++;
    m->sum_ns += ns;
}

_Static_assert(METHOD_COUNT <= UINT8_MAX, "a method's number fits");

bool traffic_note_quick(struct traffic *t, size_t method)
{
    t->untimed[t->n_untimed++] = (uint8_t)method;
    return t->n_untimed == TRAFFIC_UNTIMED;
}

void traffic_share(struct traffic *t, uint64_t ns)
{
    for (size_t i = 0; i < t->n_untimed; i++)
        traffic_note(t, t->untimed[i], ERR_OK, ns / t->n_untimed);
    t->n_untimed = 0;
}
