/* snapshot_named.h - whom and what the rows of a run name, looked up in a snapshot in the making, whose
 * organizers and challenges are there. For snapshot_builder.c. */
#ifndef PEERNET_CORE_SNAPSHOT_NAMED_H
#define PEERNET_CORE_SNAPSHOT_NAMED_H

#include <jansson.h>

#include "core/snapshot/snapshot.h"

/* Index, or POPULATION_NONE: there is no such one, or it is no text. */
uint32_t snapshot_challenge_named(const struct snapshot *s, const json_t *code);
uint32_t snapshot_organizer_named(const struct snapshot *s, const char *id); /* NULL: none */
/* Of JSON as networks.shared has it: no more entries than the first says, and all of them, in order, those
 * whose challenge is gone with POPULATION_NONE; how many. What is no such list has none. */
size_t snapshot_shares_most(const char *json);
uint32_t snapshot_shares_read(const struct snapshot *s, const char *json, struct shared_challenge *out);
/* Of JSON as networks.link has it, NULL or "" = none; a link of which somebody is gone is none. */
struct network_link snapshot_link_read(const struct snapshot *s, const char *json);

#endif
