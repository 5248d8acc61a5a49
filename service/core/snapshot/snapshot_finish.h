/* snapshot_finish.h - the last steps of building a snapshot, once all rows are in: search keys, lists,
 * profiles. Internal to the builder; its thread. */
#ifndef PEERNET_CORE_SNAPSHOT_FINISH_H
#define PEERNET_CORE_SNAPSHOT_FINISH_H

#include "core/snapshot/snapshot.h"

/* The placements of a programme, all of them "not placed yet". */
int snapshot_finish_places(const struct snapshot *s, struct snapshot_programme *p, struct err *e);

/* Seals the population and computes everything that rows do not bring. */
int snapshot_finish(struct snapshot *s, struct err *e);

#endif
