/* group_cut.h - cuts things with sparse rows (units, or groups by their members) in parts of like ones: again
 * and again in two along a random direction, the difference of two of them. Groups are compared by sketches,
 * the random projections of their mean rows to a few dimensions, which keep who is like whom: so a cut of all
 * of them hardly costs more than a look at their members. Owner: whoever called group_cut_init. The
 * calling thread, and for sketches those of the pool.
 */
#ifndef PEERNET_CORE_GROUP_CUT_H
#define PEERNET_CORE_GROUP_CUT_H

#include <stdatomic.h>

#include "base/thread_pool.h"
#include "core/group/group_random.h"
#include "core/group/group_region.h"

#define GROUP_SKETCH 64 /* dimensions */

struct group_cut {
    const struct group_sparse *s;
    struct group_random random;
    struct group_members members;
    uint32_t regions;   /* of the last cut */
    uint32_t *order;    /* groups, region after region */
    uint32_t *start;    /* regions + 1 offsets into order */
    float *direction;   /* by column, for units */
    float *projection;  /* by column: GROUP_SKETCH numbers of +1 or -1 */
    float *sketch;      /* by group, likewise */
    uint64_t *sketched; /* by group: the fingerprint of those who were in it then; 0: not yet */
    struct group_cut_key *key;
    struct thread_pool *pool; /* helps with the sketches; borrowed */
    atomic_uint next;
};

/* Something's place along a direction. */
struct group_cut_key {
    float value;
    uint32_t thing;
};

int group_cut_init(struct group_cut *c, const struct group_sparse *s, uint32_t regions,
                   struct thread_pool *pool, struct err *e);
void group_cut_free(struct group_cut *c);
/* Lists the members of groups as they are. */
void group_cut_list(struct group_cut *c);
/* Cuts the groups in so many regions of about as many units each; at most as many as at group_cut_init. */
void group_cut_groups(struct group_cut *c, uint32_t regions, uint64_t seed);
/* Puts the `at` first by value, then by thing, in front. */
void group_cut_part(struct group_cut_key *key, uint32_t n, uint32_t at);

#endif
