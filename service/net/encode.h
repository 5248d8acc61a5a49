/* encode.h - the shapes that several methods answer with, written in one place each; PROTOCOL.md describes
 * them. Each writes exactly one value. Loop thread only, like the snapshot that they read. */
#ifndef PEERNET_NET_ENCODE_H
#define PEERNET_NET_ENCODE_H

#include "base/buf.h"
#include "core/explain_match.h"
#include "core/snapshot.h"
#include "net/handlers.h"

#define SHARED_MAX 32  /* challenges that two organizers share, at most, most binding first */
#define SCORE_DIGITS 4 /* decimals of similarities, shares and fits on the wire */

void encode_organizer(struct buf *out, const struct organizer *o);       /* everything known of it */
void encode_organizer_brief(struct buf *out, const struct organizer *o); /* id, name, kind */
/* "challenge" and "label" of a map: its code, and its words in the language. */
void encode_challenge_name(struct buf *out, const struct challenge *c, bool english);
/* [{challenge, label}] */
void encode_challenges(struct buf *out, const struct population *p, const uint32_t *challenges, size_t n,
                       bool english);
/* What two organizers have in common, as encode_challenges. */
void encode_shared(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p, uint32_t a,
                   uint32_t b, bool english);
/* {number, label, reason, size, cohesion, shared: [{challenge, label, share, lift}], link}; link is nil or
 * {organizer, sides: [{organizer, similarity, shared}], similarity, shared} */
void encode_network(struct buf *out, const struct snapshot *s, const struct snapshot_network *n,
                    bool english);
/* {number, label} */
void encode_network_brief(struct buf *out, const struct snapshot_network *n, bool english);
/* {number, label, size, room, fit, shared: [{challenge, label, members}], reason}: methods_match.c */
void encode_match_place(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p,
                        const struct match_place *place, bool english);
/* A JSON document of the database as a map; an empty one where it cannot be read. */
void encode_json(struct buf *out, const char *json);
/* Text that another program wrote: what is not UTF-8 becomes '?'. NULL counts as "". */
void encode_foreign(struct buf *out, const char *text);
/* The same, nil for NULL and "". */
void encode_optional(struct buf *out, const char *text);
/* Days since 1970-01-01 as "2026-03-14". */
void encode_day(struct buf *out, int32_t day);
void encode_kind(struct buf *out, enum organizer_kind kind);

/* What most handlers begin with; each fills *e and returns its code when there is no such thing. */
int call_snapshot(struct call *call, const struct snapshot **out, struct err *e);
int call_organizer(const struct snapshot *s, const struct argument *id, uint32_t *out, struct err *e);
int call_programme(const struct snapshot *s, const struct argument *name,
                   const struct snapshot_programme **out, struct err *e);
/* The last fields of most results: "age_s". */
void encode_age(struct buf *out, const struct call *call);
/* "run": the published one, nil before the first. */
void encode_published_run(struct buf *out, const struct snapshot_programme *p);

#endif
