/* Units with faults that repair does not get rid of are left out, the worst of each group first; then each is
 * tried once more, for what had no place at first may have one when others have gone. */
#include <stdlib.h>
#include <string.h>

#include "core/group/group_fit_parts.h"

enum { ROUNDS_MOST = 200, RETURNS_MOST = 60 };

/* The member without which the group has the fewest faults, if they are fewer than now. */
static uint32_t worst_member(const struct fitting *f, uint32_t g, const bool *may_leave)
{
    uint32_t worst = GROUP_NONE,
             least = group_crew_faults(f->u, &f->members, &(struct group_change){.group = g});
    for (uint32_t unit = f->members.first[g]; unit != GROUP_NONE; unit = f->members.after[unit]) {
        if (!may_leave[unit])
            continue;
        const struct group_change without = {.group = g, .n_out = 1, .out = &unit};
        uint32_t left = group_crew_faults(f->u, &f->members, &without);
        if (left >= least)
            continue;
        least = left;
        worst = unit;
    }
    return worst;
}

/* One of each group with faults, but no more than a quarter of the faults at a time. */
static uint32_t drop_round(struct fitting *f, const bool *may_leave)
{
    uint64_t most = f->total / 4 + 1;
    uint32_t dropped = 0;
    for (uint32_t g = 0; g < f->p->n_groups && dropped < most; g++) {
        uint32_t unit = f->cost[g] > 0 ? worst_member(f, g, may_leave) : GROUP_NONE;
        if (unit == GROUP_NONE)
            continue;
        group_fitting_take(f, unit);
        group_fitting_refresh(f, g);
        dropped++;
    }
    return dropped;
}

static uint32_t best_group(const struct fitting *f, uint32_t unit)
{
    uint32_t best = 0;
    uint64_t least = UINT64_MAX;
    for (uint32_t g = 0; g < f->p->n_groups; g++) {
        const struct group_change with = {.group = g, .n_in = 1, .in = &unit};
        if (f->p->max_size[g] == 0)
            continue;
        uint64_t faults = group_crew_faults(f->u, &f->members, &with);
        faults += f->load[g] + group_unit_size(f->u, unit) > f->p->max_size[g];
        if (faults < least) {
            least = faults;
            best = g;
        }
    }
    return best;
}

int group_fitting_bring_back(struct fitting *f, uint64_t patience, struct err *e)
{
    uint32_t *saved = malloc(((size_t)f->u->count + 1) * sizeof *saved), tries = 0;
    int rc = saved ? ERR_OK : err_memory(e, "bringing elements back");
    for (uint32_t unit = 0; unit < f->u->count && !rc; unit++) {
        if (f->group[unit] != GROUP_NONE)
            continue;
        memcpy(saved, f->group, f->u->count * sizeof *saved);
        uint32_t g = best_group(f, unit);
        group_fitting_put(f, unit, g);
        group_fitting_refresh(f, g);
        if (f->total > 0 && tries++ < RETURNS_MOST)
            rc = group_fitting_repair(f, patience, e);
        if (!rc && f->total > 0)
            group_fitting_restore(f, saved);
    }
    free(saved);
    return rc;
}

int group_fitting_drop(struct fitting *f, const bool *may_leave, uint64_t patience, struct err *e)
{
    int rc = ERR_OK;
    for (int round = 0; round < ROUNDS_MOST && f->total > 0 && !rc; round++) {
        if (drop_round(f, may_leave) == 0)
            return ERR_OK;
        rc = group_fitting_repair(f, patience, e);
    }
    return rc || f->total > 0 ? rc : group_fitting_bring_back(f, patience, e);
}
