/* group_region.h - a region: some groups with their members as a dense problem of its own, small enough for
 * the cache, in which the dense walk goes on for a while. Regions that share no group are independent: each
 * may be walked by another thread. Owner: whoever zeroed it; group_region_free gives back what it has grown
 * to. One thread at a time. */
#ifndef PEERNET_CORE_GROUP_REGION_H
#define PEERNET_CORE_GROUP_REGION_H

#include "core/group/group_anneal.h"
#include "core/group/group_sparse.h"

/* Groups, and units by group: what a region is cut from. */
struct group_members {
    uint32_t *start;  /* by group: groups + 1 offsets into unit */
    uint32_t *unit;   /* ascending in each group */
    uint32_t *region; /* by unit: its region now */
};

struct group_region {
    const struct group_sparse *whole;
    uint32_t number;
    struct group_dense m;
    struct group_units rules;
    struct group_state s;
    struct group_anneal a;
    uint32_t *unit, *group; /* of the whole, by number in the region */
    uint32_t units_most, groups_most;
    /* Rows of the region's columns, a lane a unit, to blend weights from. */
    uint32_t *column_local; /* by column of the whole; GROUP_NONE outside of the region */
    uint32_t *entry_column; /* the units' rows, in columns of the region */
    float *entry_weight;
    float *lanes;
    size_t lanes_most;
    uint32_t entries_most, foes_most, elements_most;
};

void group_region_free(struct group_region *r);
/* The groups with all their members; in no grouping yet. */
int group_region_extract(struct group_region *r, const struct group_sparse *whole, uint32_t number,
                         const struct group_members *members, const uint32_t *groups, uint32_t n_groups,
                         struct err *e);
/* The members where they are; marks that as the best so far. */
void group_region_enter(struct group_region *r, uint64_t seed);

#endif
