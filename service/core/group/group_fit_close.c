/* Where limits are tight, a region may have too few for a group of its own, and no repair fills it. So groups
 * with faults are first freed of them, those short of their least size filled up from those who wait and from
 * groups that can spare somebody, and the rest closed. Who waits then joins a group that admits it, or takes
 * the place of a member that another group admits, or founds a group with others near by in a closed one's
 * stead, until nothing changes any more. From then on every group holds, so unlike repair this always ends
 * with a placement, unless one whom a rule names is in the way. */
#include <stdlib.h>
#include <string.h>

#include "core/group/group_fit_parts.h"

enum { FRIENDS_LEAST = 100, FRIENDS_WORK = 40000000 };
static const uint64_t WORK_MOST = 400000000; /* looks at a pair of units; some seconds */

struct closing {
    struct fitting *f;
    const bool *may_leave; /* by unit; NULL: nobody */
    uint32_t *low, *high;  /* by group; 0 both: closed */
    uint32_t *first_low;   /* as they were */
    uint32_t *first_high;
    uint32_t *friends;    /* by unit: with how many it may share a group, of those sampled */
    uint32_t *by_friends; /* units, those with the fewest first */
    uint32_t *saved;      /* a placement to go back to */
    uint64_t work;
};

static bool is_closed(const struct closing *c, uint32_t g)
{
    return c->high[g] == 0 && c->first_high[g] > 0;
}

static bool may_leave(const struct closing *c, uint32_t unit)
{
    return c->may_leave && c->may_leave[unit];
}

/* Whether a group that holds, `out` taken away (GROUP_NONE = nobody), holds with the unit. */
static bool admits_for(struct closing *c, uint32_t g, uint32_t unit, uint32_t out)
{
    const struct fitting *f = c->f;
    uint32_t load = f->load[g] + group_unit_size(f->u, unit);
    load -= out == GROUP_NONE ? 0 : group_unit_size(f->u, out);
    if (load > f->p->max_size[g] || load < f->p->min_size[g])
        return false;
    if (group_fitting_meets_foe(f, unit, g, out, &c->work))
        return false;
    const struct group_change change = {g, out != GROUP_NONE, 1, &out, &unit};
    return group_crew_allows(f->u, &f->members, &change);
}

static bool admits(struct closing *c, uint32_t g, uint32_t unit)
{
    return c->f->load[g] > 0 && c->f->load[g] >= c->low[g] && admits_for(c, g, unit, GROUP_NONE);
}

/* Whether its group can do without it. */
static bool can_spare(struct closing *c, uint32_t unit)
{
    const struct fitting *f = c->f;
    uint32_t g = f->group[unit], size = group_unit_size(f->u, unit);
    if (f->u->fixed[unit] != GROUP_NONE || f->load[g] < f->p->min_size[g] + size || f->load[g] == size)
        return false;
    c->work += 4;
    return group_crew_allows(f->u, &f->members, &(struct group_change){.group = g, .n_out = 1, .out = &unit});
}

static void save(struct closing *c)
{
    memcpy(c->saved, c->f->group, c->f->u->count * sizeof *c->saved);
}

static void go_back(struct closing *c)
{
    group_fitting_restore(c->f, c->saved);
    c->work += c->f->u->count + 32 * (uint64_t)c->f->p->n_groups;
}

/* ---- groups with faults ---- */

/* The member that may leave without which the group has the fewest faults. */
static uint32_t worst_member(const struct closing *c, uint32_t g)
{
    const struct fitting *f = c->f;
    uint32_t worst = GROUP_NONE, least = UINT32_MAX;
    for (uint32_t unit = f->members.first[g]; unit != GROUP_NONE; unit = f->members.after[unit]) {
        const struct group_change without = {.group = g, .n_out = 1, .out = &unit};
        uint32_t left = may_leave(c, unit) ? group_crew_faults(f->u, &f->members, &without) : UINT32_MAX;
        if (left < least) {
            least = left;
            worst = unit;
        }
    }
    return worst;
}

static bool has_faults(const struct closing *c, uint32_t g)
{
    const struct fitting *f = c->f;
    return f->load[g] > f->p->max_size[g] ||
           group_crew_faults(f->u, &f->members, &(struct group_change){.group = g}) > 0;
}

static void free_of_faults(struct closing *c, uint32_t g)
{
    while (has_faults(c, g)) {
        uint32_t unit = worst_member(c, g);
        if (unit == GROUP_NONE)
            return;
        group_fitting_take(c->f, unit);
    }
}

/* Somebody who waits, or else whom another group can spare, whom the group short of its size can take. */
static uint32_t find_filler(struct closing *c, uint32_t g)
{
    const struct fitting *f = c->f;
    for (int spared = 0; spared < 2; spared++)
        for (uint32_t k = 0; k < f->u->count; k++) {
            uint32_t unit = c->by_friends[k];
            if ((f->group[unit] != GROUP_NONE) != spared || f->group[unit] == g)
                continue;
            bool fits = f->load[g] + group_unit_size(f->u, unit) <= f->p->max_size[g] &&
                        !group_fitting_meets_foe(f, unit, g, GROUP_NONE, &c->work);
            if (fits && group_crew_allows(f->u, &f->members, &(struct group_change){g, 0, 1, NULL, &unit}) &&
                (!spared || can_spare(c, unit)))
                return unit;
        }
    return GROUP_NONE;
}

static void move_to(struct closing *c, uint32_t unit, uint32_t g)
{
    if (c->f->group[unit] != GROUP_NONE)
        group_fitting_take(c->f, unit);
    group_fitting_put(c->f, unit, g);
}

/* All or nothing: what was moved in vain goes back. */
static bool fill(struct closing *c, uint32_t g)
{
    struct fitting *f = c->f;
    save(c);
    while (f->load[g] < f->p->min_size[g]) {
        uint32_t unit = c->work < WORK_MOST ? find_filler(c, g) : GROUP_NONE;
        if (unit == GROUP_NONE) {
            go_back(c);
            return false;
        }
        move_to(c, unit, g);
    }
    return true;
}

static bool find_other_group(struct closing *c, uint32_t unit, uint32_t but, uint32_t *to)
{
    for (*to = 0; *to < c->f->p->n_groups; ++*to)
        if (*to != but && admits(c, *to, unit))
            return true;
    return false;
}

/* Its members wait from now on. Whom a rule names needs another place at once: without one it stays open. */
static void close_group(struct closing *c, uint32_t g)
{
    struct fitting *f = c->f;
    uint32_t to;
    save(c);
    for (uint32_t unit = f->members.first[g], after; unit != GROUP_NONE; unit = after) {
        after = f->members.after[unit];
        if (may_leave(c, unit)) {
            group_fitting_take(f, unit);
        } else if (f->u->fixed[unit] == GROUP_NONE && find_other_group(c, unit, g, &to)) {
            move_to(c, unit, to);
        } else {
            go_back(c);
            return;
        }
    }
    c->low[g] = c->high[g] = 0;
}

/* ---- those who wait ---- */

/* Of the groups that admit it the emptiest, so that others find room too. */
static bool join(struct closing *c, uint32_t unit)
{
    struct fitting *f = c->f;
    uint32_t best = GROUP_NONE;
    c->work += f->p->n_groups;
    for (uint32_t g = 0; g < f->p->n_groups; g++)
        if ((best == GROUP_NONE || f->load[g] < f->load[best]) && admits(c, g, unit))
            best = g;
    if (best != GROUP_NONE)
        group_fitting_put(f, unit, best);
    return best != GROUP_NONE;
}

/* Takes the place of a member that another group admits. */
static bool displace(struct closing *c, uint32_t unit)
{
    struct fitting *f = c->f;
    uint32_t to;
    for (uint32_t g = 0; g < f->p->n_groups; g++)
        for (uint32_t member = f->members.first[g]; member != GROUP_NONE && f->load[g] >= c->low[g];
             member = f->members.after[member]) {
            if (f->u->fixed[member] != GROUP_NONE || !admits_for(c, g, unit, member) ||
                !find_other_group(c, member, g, &to))
                continue;
            move_to(c, member, to);
            group_fitting_put(f, unit, g);
            return true;
        }
    return false;
}

/* The next of a new group: with the fewest faults, then with the fewest friends, for others are asked by
 * more.
 */
static uint32_t next_founder(struct closing *c, uint32_t g)
{
    const struct fitting *f = c->f;
    uint32_t best = GROUP_NONE, least = UINT32_MAX;
    for (uint32_t k = 0; k < f->u->count && least > 0; k++) {
        uint32_t unit = c->by_friends[k];
        if (f->group[unit] == g || f->load[g] + group_unit_size(f->u, unit) > f->p->max_size[g])
            continue;
        if (group_fitting_meets_foe(f, unit, g, GROUP_NONE, &c->work) ||
            (f->group[unit] != GROUP_NONE && !can_spare(c, unit)))
            continue;
        const struct group_change with = {.group = g, .n_in = 1, .in = &unit};
        uint32_t faults = group_crew_faults(f->u, &f->members, &with);
        faults += faults > 0 || f->group[unit] != GROUP_NONE; /* those who wait come first */
        if (faults < least) {
            least = faults;
            best = unit;
        }
    }
    return best;
}

/* In the stead of a closed group, with others who wait or can be spared. */
static bool found(struct closing *c, uint32_t unit)
{
    struct fitting *f = c->f;
    uint32_t g = 0;
    while (g < f->p->n_groups && !is_closed(c, g))
        g++;
    if (g == f->p->n_groups)
        return false;
    save(c);
    c->low[g] = c->first_low[g];
    c->high[g] = c->first_high[g];
    group_fitting_put(f, unit, g);
    while (f->load[g] < c->low[g] || has_faults(c, g)) {
        uint32_t next = c->work < WORK_MOST ? next_founder(c, g) : GROUP_NONE;
        if (next == GROUP_NONE) {
            go_back(c);
            c->low[g] = c->high[g] = 0;
            return false;
        }
        move_to(c, next, g);
    }
    return true;
}

static bool place_waiting(struct closing *c)
{
    bool any = false;
    for (uint32_t k = 0; k < c->f->u->count && c->work < WORK_MOST; k++) {
        uint32_t unit = c->by_friends[k];
        if (c->f->group[unit] == GROUP_NONE)
            any |= join(c, unit) || displace(c, unit) || found(c, unit);
    }
    return any;
}

/* ---- all of it ---- */

static int by_friends(const void *a_, const void *b_, void *friends)
{
    const uint32_t *f = friends;
    uint32_t a = *(const uint32_t *)a_, b = *(const uint32_t *)b_;
    return f[a] != f[b] ? f[a] < f[b] ? -1 : 1 : (a > b) - (a < b);
}

static void count_friends(struct closing *c)
{
    const struct group_units *u = c->f->u;
    uint32_t sampled = FRIENDS_LEAST + FRIENDS_WORK / (u->count + 1);
    sampled = u->count < sampled ? u->count : sampled;
    for (uint32_t a = 0; a < u->count; a++) {
        c->by_friends[a] = a;
        for (uint32_t k = 0; k < sampled; k++)
            c->friends[a] += !group_units_parted(u, a, (uint32_t)((uint64_t)k * u->count / sampled));
    }
    qsort_r(c->by_friends, u->count, sizeof *c->by_friends, by_friends, c->friends);
}

/* The fullest first: the fewest are needed for it. */
static void fill_or_close(struct closing *c)
{
    struct fitting *f = c->f;
    uint32_t most = 0;
    for (uint32_t g = 0; g < f->p->n_groups; g++)
        most = c->low[g] > most ? c->low[g] : most;
    for (uint32_t load = most; load-- > 0;)
        for (uint32_t g = 0; g < f->p->n_groups; g++)
            if (f->load[g] == load && load < c->low[g] && (load == 0 || !fill(c, g)))
                close_group(c, g);
}

int group_fitting_close(struct fitting *f, const bool *leave, uint32_t *low, uint32_t *high, struct err *e)
{
    size_t units = (size_t)f->u->count + 1, groups = (size_t)f->p->n_groups + 1;
    struct closing c = {.f = f, .may_leave = leave, .low = low, .high = high};
    c.first_low = malloc(groups * sizeof *c.first_low);
    c.first_high = malloc(groups * sizeof *c.first_high);
    c.friends = calloc(units, sizeof *c.friends);
    c.by_friends = malloc(units * sizeof *c.by_friends);
    c.saved = malloc(units * sizeof *c.saved);
    int rc = ERR_OK;
    if (!c.first_low || !c.first_high || !c.friends || !c.by_friends || !c.saved) {
        rc = err_memory(e, "closing groups that cannot be filled");
    } else {
        memcpy(c.first_low, low, f->p->n_groups * sizeof *low);
        memcpy(c.first_high, high, f->p->n_groups * sizeof *high);
        count_friends(&c);
        for (uint32_t g = 0; g < f->p->n_groups; g++)
            free_of_faults(&c, g);
        fill_or_close(&c);
        while (place_waiting(&c))
            continue;
        for (uint32_t g = 0; g < f->p->n_groups; g++)
            group_fitting_refresh(f, g);
    }
    free(c.first_low);
    free(c.first_high);
    free(c.friends);
    free(c.by_friends);
    free(c.saved);
    return rc;
}
