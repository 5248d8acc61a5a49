#include "core/group/group_fit.h"

#include <stdlib.h>
#include <string.h>

#include "core/group/group_fit_parts.h"

void group_fitting_put(struct fitting *f, uint32_t unit, uint32_t g)
{
    f->group[unit] = g;
    f->load[g] += group_unit_size(f->u, unit);
    group_lists_add(&f->members, unit, g);
}

void group_fitting_take(struct fitting *f, uint32_t unit)
{
    uint32_t g = f->group[unit];
    group_lists_remove(&f->members, unit, g);
    f->load[g] -= group_unit_size(f->u, unit);
    f->group[unit] = GROUP_NONE;
}

bool group_fitting_meets_foe(const struct fitting *f, uint32_t unit, uint32_t g, uint32_t but,
                             uint64_t *looks)
{
    for (uint32_t other = f->members.first[g]; other != GROUP_NONE; other = f->members.after[other]) {
        ++*looks;
        if (other != but && group_units_parted(f->u, unit, other))
            return true;
    }
    return false;
}

void group_fitting_restore(struct fitting *f, const uint32_t *group)
{
    for (uint32_t unit = 0; unit < f->u->count; unit++) {
        if (f->group[unit] == group[unit])
            continue;
        if (f->group[unit] != GROUP_NONE)
            group_fitting_take(f, unit);
        if (group[unit] != GROUP_NONE)
            group_fitting_put(f, unit, group[unit]);
    }
    for (uint32_t g = 0; g < f->p->n_groups; g++)
        group_fitting_refresh(f, g);
}

static int allocate(struct fitting *f, struct err *e)
{
    size_t groups = (size_t)f->p->n_groups + 1, units = (size_t)f->u->count + 1;
    f->load = calloc(groups, sizeof *f->load);
    f->cost = calloc(groups, sizeof *f->cost);
    f->waiting = malloc(units * sizeof *f->waiting);
    f->members.first = malloc(groups * sizeof *f->members.first);
    f->members.after = malloc(units * sizeof *f->members.after);
    f->members.prior = malloc(units * sizeof *f->members.prior);
    f->members.parted = malloc(groups * sizeof *f->members.parted);
    if (!f->load || !f->cost || !f->waiting || !f->members.first || !f->members.after || !f->members.prior ||
        !f->members.parted)
        return err_memory(e, "placing the elements under limits");
    for (uint32_t g = 0; g < f->p->n_groups; g++)
        f->members.first[g] = f->members.parted[g] = GROUP_NONE;
    for (uint32_t unit = 0; unit < f->u->count; unit++)
        f->group[unit] = GROUP_NONE;
    return ERR_OK;
}

static int close_groups(struct fitting *f, const struct group_fit *fit, struct err *e)
{
    int rc = group_fitting_close(f, fit->may_leave, fit->low, fit->high, e);
    return rc || f->total > 0 ? rc : group_fitting_bring_back(f, fit->patience / 8, e);
}

int group_fit_all(struct group_fit *fit, struct err *e)
{
    struct fitting f = {.p = fit->p, .u = fit->u, .group = fit->group};
    group_random_seed(&f.random, fit->p->seed);
    int rc = allocate(&f, e);
    rc = rc ? rc : group_fitting_grow(&f, e);
    rc = rc ? rc : group_fitting_repair(&f, fit->patience, e);
    if (!rc && f.total > 0 && fit->low)
        rc = close_groups(&f, fit, e);
    if (!rc && f.total > 0 && fit->may_leave)
        rc = group_fitting_drop(&f, fit->may_leave, fit->patience / 8, e);
    fit->faults = f.total < UINT32_MAX ? (uint32_t)f.total : UINT32_MAX;
    fit->n_out = 0;
    for (uint32_t unit = 0; unit < fit->u->count && !rc; unit++) {
        fit->n_out += fit->group[unit] == GROUP_NONE;
        fit->group[unit] = fit->group[unit] == GROUP_NONE ? GROUP_OUT : fit->group[unit];
    }
    free(f.load);
    free(f.cost);
    free(f.waiting);
    free(f.members.first);
    free(f.members.after);
    free(f.members.prior);
    free(f.members.parted);
    return rc;
}
