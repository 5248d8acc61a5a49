/* problem.h - a proposal's problem as bytes for the worker (the layout is in service/regroup/problem_read.h):
 * of a snapshot's organizers those that take part, with their reports that count; and the worker's answer,
 * looked at before anything of it goes to a client. Owner: the caller. Loop thread only, as the snapshot. */
#ifndef PEERNET_NET_PROBLEM_H
#define PEERNET_NET_PROBLEM_H

#include "core/snapshot.h"
#include "proto/method.h"

struct problem_request {
    const struct snapshot *snapshot;
    const struct snapshot_programme *programme; /* whose published networks are the past */
    struct settings settings;                   /* its scope says who and what takes part */
    const msgpack_object *organizers;           /* a list of ids; NULL = all within the scope */
    const msgpack_object *pins;                 /* a list of {rule, organizers}; NULL = none */
    uint64_t seed;
    bool english;
    uint32_t organizers_limit;
};

/* The programme's settings, changed by a map of settings (NULL = not at all). ERR_INVALID in the words of
 * settings.h; settings_free also after a failure. */
int problem_settings(struct settings *out, const struct snapshot_programme *p, const msgpack_object *settings,
                     struct err *e);

/* ERR_NOT_FOUND: an organizer or one in a pin that there is not; ERR_INVALID: nobody takes part, a listed
 * organizer outside the scope, a pin that is none; ERR_LIMIT: more than organizers_limit. */
int problem_write(struct buf *out, const struct problem_request *r, struct err *e);

/* The fields of the result in a worker's answer of `size` bytes: `*pairs` of them begin at `*fields`, in
 * `data`. The worker's own error, or ERR_INTERNAL for bytes that are no answer. */
int problem_answer(const uint8_t *data, size_t size, uint32_t pairs, const uint8_t **fields, size_t *n,
                   struct err *e);

#endif
