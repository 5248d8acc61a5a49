/* population.h - organizers and challenges as they are on the wire, for the daemon's answers and the worker's
 * proposals alike; PROTOCOL.md describes them. Each writes exactly one value where nothing else is said.
 * Owner: the caller, of everything. Any thread. */
#ifndef PEERNET_ENCODE_POPULATION_H
#define PEERNET_ENCODE_POPULATION_H

#include <stdbool.h>

#include "base/buf.h"
#include "core/population/population.h"

#define SCORE_DIGITS 4 /* decimals of similarities, shares and fits on the wire */

void encode_organizer(struct buf *out, const struct organizer *o);       /* everything known of it */
void encode_organizer_brief(struct buf *out, const struct organizer *o); /* id, name, kind */
/* "challenge" and "label" of a map: its code, and its words in the language. */
void encode_challenge_name(struct buf *out, const struct challenge *c, bool english);
/* [{challenge, label}] */
void encode_challenges(struct buf *out, const struct population *p, const uint32_t *challenges, size_t n,
                       bool english);
/* A JSON document as a map; an empty one where it cannot be read. */
void encode_json(struct buf *out, const char *json);
/* Text that another program wrote: what is not UTF-8 becomes '?'. NULL counts as "". */
void encode_foreign(struct buf *out, const char *text);
/* The same, nil for NULL and "". */
void encode_optional(struct buf *out, const char *text);
/* Days since 1970-01-01 as "2026-03-14". */
void encode_day(struct buf *out, int32_t day);
void encode_kind(struct buf *out, enum organizer_kind kind);

#endif
