/* problem.h - a proposal's problem as bytes for the worker (the layout is in service/regroup/problem_read.h):
 * of a snapshot's organizers those that take part, with their reports that count. It is written in parts, one
 * a turn of the loop, since a large one takes long. And the worker's answer, looked at before it goes to a
 * client.
 *
 *     problem_open(&p, &request, &e);                  what is wrong with the request shows here
 *     while (problem_write(p, &e) == 0 && !problem_is_whole(p))
 *         ...                                          others have their turn
 *     ... problem_bytes(p)
 *     problem_free(p);
 *
 * Owner: the caller. A problem holds its snapshot, but nothing of the request. Loop thread only. */
#ifndef PEERNET_NET_PROBLEM_H
#define PEERNET_NET_PROBLEM_H

#include "core/snapshot/snapshot.h"
#include "proto/method.h"

#define PROBLEM_PART 128         /* organizers, or reports of so many, that are written a turn */
#define PROBLEM_PART_ROWS 4096   /* reports that are looked at in a turn, but for the last organizer's */
#define PROBLEM_PART_LOOK 16384u /* organizers that are looked at in a turn, whether they take part */

struct problem_request {
    const struct snapshot *snapshot;
    const struct snapshot_programme *programme; /* whose published networks are the past */
    struct settings settings;                   /* its scope says who and what takes part */
    const msgpack_object *organizers;           /* a list of ids; NULL = all within the scope */
    const msgpack_object *pins;                 /* a list of {rule, organizers}; NULL = none */
    uint64_t seed;
    uint32_t msgid; /* of the client's request: the worker answers by it */
    bool english;
    uint32_t organizers_limit;
};

/* The programme's settings, changed by a map of settings (NULL = not at all). ERR_INVALID in the words of
 * settings.h; settings_free also after a failure. */
int problem_settings(struct settings *out, const struct snapshot_programme *p, const msgpack_object *settings,
                     struct err *e);

struct problem;

/* Takes over the settings, also when it fails. ERR_NOT_FOUND: an organizer or one in a pin that there is not;
 * ERR_INVALID: a listed organizer outside the scope, a pin that is none; ERR_LIMIT: more than
 * organizers_limit are listed, or stand in pins. */
int problem_open(struct problem **out, struct problem_request *r, struct err *e);
/* Writes the next part. ERR_INVALID: nobody takes part; ERR_LIMIT: more than organizers_limit do. */
int problem_write(struct problem *p, struct err *e);
bool problem_is_whole(const struct problem *p);
struct buf *problem_bytes(struct problem *p);
/* Organizers that were written so far, and those whose reports were. */
uint32_t problem_progress(const struct problem *p);
void problem_free(struct problem *p); /* NULL is fine */

/* Makes a worker's answer, a whole frame, the client's, to which one more field has to be appended: a
 * response to `msgid` whose result is a map of `fields`, at most 15, all but the last there. The worker's own
 * error, or ERR_INTERNAL for bytes that are no such answer. */
int problem_answer(struct buf *answer, uint32_t msgid, uint32_t fields, struct err *e);

#endif
