/* answers.h - answers that rest on the snapshot and the request alone, kept as bytes under the bytes that
 * asked for them, so that the same request is answered again without being unpacked. In a ring of fixed size:
 * the newest push out the oldest, and nothing is kept behind the snapshot that it rests on.
 *
 * Owner: the server. Loop thread only. */
#ifndef PEERNET_NET_ANSWERS_H
#define PEERNET_NET_ANSWERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct answers;

/* What was asked, and by what it is told apart. */
struct answers_question {
    uint64_t snapshot; /* its serial */
    bool english;
    const uint8_t *data; /* the request from its method on */
    size_t size;
};

struct answers_found {
    size_t method;
    const uint8_t *data; /* until the next one is kept */
    size_t size;
};

/* `bytes` 0: none is kept. Takes memory as it is filled. */
int answers_open(struct answers **out, size_t bytes, struct err *e);
void answers_free(struct answers *a);

bool answers_find(struct answers *a, const struct answers_question *q, struct answers_found *out);
/* Not when it is long: what is kept would be pushed out by it. */
void answers_keep(struct answers *a, const struct answers_question *q, size_t method, const uint8_t *data,
                  size_t size);

struct answers_counts {
    uint64_t kept; /* since the start */
    size_t bytes;  /* that they take now */
};
void answers_counts(const struct answers *a, struct answers_counts *out);

#endif
