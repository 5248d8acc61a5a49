/* problem_read.h - the inputs of a proposal, from the bytes of a pipe instead of a database: one message of
 * MessagePack-RPC, [0, msgid, "propose", [problem]], that service/net/problem.c writes. Its fields:
 *
 *   settings: JSON   seed: int   today: days since 1970-01-01   language: "sv" or "en"   base: run or 0
 *   organizers: [[id, name, kind, municipality, county, lat, lon, pupils, attributes, last_day, network]]
 *       lat, lon: nil = unknown; pupils: -1 = unknown; last_day: of the latest report that is too old to
 * count, nil = none; network: the number of the published one that it is in, 0 = none challenges: [[code,
 * category, label_sv, label_en]] reports: [organizer, challenge, severity, day, ...]     indices into the two
 * lists, four values a report pins: [[rule, [id, ...]]]
 *
 * All of it is checked: what is wrong is named with its place. Owner: the caller. One thread. */
#ifndef PEERNET_REGROUP_PROBLEM_READ_H
#define PEERNET_REGROUP_PROBLEM_READ_H

#include "proto/frame.h"
#include "regroup/inputs.h"

struct problem {
    struct inputs in;
    int64_t seed;
    uint32_t msgid; /* to answer by; also after a failure, 0 where it could not be read */
    bool english;
};

extern const struct frame_limits problem_limits; /* 64 MiB, 16 deep, 16 million values */

/* ERR_INVALID, ERR_LIMIT, ERR_MEMORY; problem_free also after a failure. */
int problem_read(struct problem *p, const uint8_t *data, size_t size, struct err *e);
void problem_free(struct problem *p);

#endif
