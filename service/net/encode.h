/* encode.h - the shapes of a snapshot that several methods answer with, written in one place each;
 * PROTOCOL.md describes them. Each writes exactly one value. Loop thread only, like the snapshot that they
 * read. */
#ifndef PEERNET_NET_ENCODE_H
#define PEERNET_NET_ENCODE_H

#include "base/buf.h"
#include "core/snapshot/explain_match.h"
#include "core/snapshot/snapshot.h"
#include "encode/population.h"
#include "encode/reasons.h"
#include "net/handlers.h"

#define SHARED_MAX 32 /* challenges that two organizers share, at most, most binding first */

/* What two organizers have in common, as encode_challenges. */
void encode_shared(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p, uint32_t a,
                   uint32_t b, bool english);
/* {number, label, reason, size, cohesion, shared: [{challenge, label, share, lift}], link, name, note,
 * locked, version, moves: [{organizer, from, to, pin}]}; link is nil or {organizer, sides: [{organizer,
 * similarity, shared}], similarity, shared}; moves are those by hand, in or out, that the next run will make
 */
void encode_network(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p,
                    const struct snapshot_network *n, bool english);
/* "changed": what changed since the run read it; run NULL: nothing. A field of a map that the caller opens.
 */
void encode_changed_inputs(struct buf *out, const struct snapshot_run *run);
/* Two fields of a map that the caller opens. */
void encode_number_label(struct buf *out, const struct snapshot_network *n, bool english);
/* {number, label} */
void encode_network_brief(struct buf *out, const struct snapshot_network *n, bool english);
/* {number, label, size, room, fit, shared: [{challenge, label, members}], reason}: methods_match.c */
void encode_match_place(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p,
                        const struct match_place *place, bool english);
/* What most handlers begin with; each fills *e and returns its code when there is no such thing. The snapshot
 * is that of the run that the call asked for, where it asked for one (past.h). */
int call_snapshot(struct call *call, const struct snapshot **out, struct err *e);
int call_organizer(const struct snapshot *s, const struct argument *id, uint32_t *out, struct err *e);
int call_programme(const struct snapshot *s, const struct argument *name,
                   const struct snapshot_programme **out, struct err *e);
int call_network(const struct snapshot_programme *p, const struct argument *number,
                 const struct snapshot_network **out, struct err *e);
/* The last field of most results: "age_s". */
void encode_age(struct buf *out, const struct service *service);
/* The same behind fields that rest on the request, the language and the snapshot alone: the same request is
 * answered with their bytes again, until there is another snapshot (answers.h). */
void encode_age_last(struct buf *out, struct call *call);
/* "run": the published one, nil before the first. */
void encode_published_run(struct buf *out, const struct snapshot_programme *p);

#endif
