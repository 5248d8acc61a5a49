/* Groups are grown from the unit that the fewest others may join, by the most similar unit that may join all
 * members, those first that keep somebody alone company. A window of the waiting bounds the work. */
#include <stdlib.h>
#include <string.h>

#include "core/group/group_build.h"
#include "core/group/group_dense.h"
#include "core/group/group_fit_parts.h"

enum { WINDOW = 3000, WINDOW_LEAST = 100, WORK = 20000000, SAMPLED = 400 };

struct growing {
    struct fitting *f;
    uint32_t *friends; /* by unit: how many others may share a group with it, of those sampled */
    uint32_t *aim;
    uint32_t *count; /* by value of all attributes: elements of the group that have it */
    bool *may_join;  /* by place in the window */
    double *similar; /* the same: to the group's members */
    uint32_t width;  /* of the window, at most */
};

static uint32_t first_element(const struct fitting *f, uint32_t unit)
{
    return f->u->element[f->u->start[unit]];
}

/* Counts against every unit, or against so many spread evenly. */
static void count_friends(struct growing *w)
{
    const struct group_units *u = w->f->u;
    uint32_t sampled = u->count < SAMPLED ? u->count : SAMPLED;
    for (uint32_t a = 0; a < u->count; a++)
        for (uint32_t k = 0; k < sampled; k++) {
            uint32_t b = (uint32_t)((uint64_t)k * u->count / sampled);
            w->friends[a] += a != b && !group_units_parted(u, a, b);
        }
}

static int by_friends(const void *a_, const void *b_, void *context)
{
    const struct growing *w = context;
    uint32_t a = *(const uint32_t *)a_, b = *(const uint32_t *)b_;
    if (w->friends[a] != w->friends[b])
        return w->friends[a] < w->friends[b] ? -1 : 1;
    const uint32_t *community = w->f->p->community;
    uint32_t x = community ? community[first_element(w->f, a)] : 0,
             y = community ? community[first_element(w->f, b)] : 0;
    if (x != y)
        return x < y ? -1 : 1;
    return (a > b) - (a < b);
}

static void put_fixed(struct fitting *f)
{
    for (uint32_t unit = 0; unit < f->u->count; unit++) {
        if (f->u->fixed[unit] != GROUP_NONE)
            group_fitting_put(f, unit, f->u->fixed[unit]);
        else
            f->waiting[f->n_waiting++] = unit;
    }
}

/* Back to where they were, as far as there is room and enough are left for groups short of their least size.
 */
static void put_returning(struct fitting *f)
{
    uint64_t missing = 0, places = 0, looks = 0;
    uint32_t left = 0;
    for (uint32_t g = 0; g < f->p->n_groups; g++)
        missing += f->load[g] < f->p->min_size[g] ? f->p->min_size[g] - f->load[g] : 0;
    for (uint32_t i = 0; i < f->n_waiting; i++)
        places += group_unit_size(f->u, f->waiting[i]);
    for (uint32_t i = 0; i < f->n_waiting; i++) {
        uint32_t unit = f->waiting[i], g = f->p->previous[first_element(f, unit)];
        uint32_t size = group_unit_size(f->u, unit), lacks = 0;
        bool room = g < f->p->n_groups && f->load[g] + size <= f->p->max_size[g] &&
                    !group_fitting_meets_foe(f, unit, g, GROUP_NONE, &looks);
        if (room && f->load[g] < f->p->min_size[g])
            lacks = f->p->min_size[g] - f->load[g];
        lacks = lacks < size ? lacks : size;
        if (!room || places - size < missing - lacks) {
            f->waiting[left++] = unit;
            continue;
        }
        group_fitting_put(f, unit, g);
        missing -= lacks;
        places -= size;
    }
    f->n_waiting = left;
}

/* Adds the unit's values to the group's counts. */
static void count_values(struct growing *w, uint32_t unit, bool more)
{
    const struct group_units *u = w->f->u;
    const struct group_limits *limits = u->limiter.limits;
    uint32_t *count = w->count;
    for (size_t k = 0; limits && k < limits->n_attributes; count += limits->attributes[k++].n_values)
        for (uint32_t i = u->start[unit]; u->limiter.on[k] && i < u->start[unit + 1]; i++)
            if (limits->attributes[k].value[u->element[i]] != GROUP_NONE)
                count[limits->attributes[k].value[u->element[i]]] += more ? 1 : -1u;
}

/* How many more are alone in the group when the unit joins; for units of several elements about so. */
static int adds_alone(const struct growing *w, uint32_t unit)
{
    const struct group_units *u = w->f->u;
    const struct group_limits *limits = u->limiter.limits;
    const uint32_t *count = w->count;
    int alone = 0;
    for (size_t k = 0; limits && k < limits->n_attributes; count += limits->attributes[k++].n_values)
        for (uint32_t i = u->start[unit]; u->limiter.on[k] && i < u->start[unit + 1]; i++) {
            uint32_t value = limits->attributes[k].value[u->element[i]];
            if (value != GROUP_NONE)
                alone += count[value] == 0 ? 1 : count[value] == 1 ? -1 : 0;
        }
    return alone;
}

static uint32_t window(const struct growing *w)
{
    return w->f->n_waiting < w->width ? w->f->n_waiting : w->width;
}

/* The new member's say on who may still join. */
static void narrow(struct growing *w, uint32_t member)
{
    struct fitting *f = w->f;
    for (uint32_t i = 0; i < window(w); i++) {
        if (!w->may_join[i])
            continue;
        w->may_join[i] = !group_units_parted(f->u, member, f->waiting[i]);
        w->similar[i] += group_similarity(f->p, first_element(f, member), first_element(f, f->waiting[i]));
    }
    count_values(w, member, true);
}

static bool beats(const struct growing *w, uint32_t i, int alone, uint32_t best, int best_alone)
{
    if (best == GROUP_NONE || alone != best_alone)
        return best == GROUP_NONE || alone < best_alone;
    return w->similar[i] > w->similar[best];
}

/* The place in the window of the unit to join next; the first for an untouched group. */
static uint32_t choose(const struct growing *w, uint32_t g)
{
    const struct fitting *f = w->f;
    uint32_t best = GROUP_NONE;
    int best_alone = 0;
    for (uint32_t i = 0; i < window(w); i++) {
        uint32_t unit = f->waiting[i], size = group_unit_size(f->u, unit);
        if (!w->may_join[i] || f->load[g] + size > f->p->max_size[g] ||
            (f->load[g] + size > w->aim[g] && size == 1))
            continue;
        if (f->load[g] == 0)
            return i;
        int alone = adds_alone(w, unit);
        if (beats(w, i, alone, best, best_alone)) {
            best = i;
            best_alone = alone;
        }
    }
    return best;
}

static void join(struct growing *w, uint32_t at, uint32_t g)
{
    struct fitting *f = w->f;
    uint32_t unit = f->waiting[at], behind = --f->n_waiting - at;
    group_fitting_put(f, unit, g);
    memmove(f->waiting + at, f->waiting + at + 1, behind * sizeof *f->waiting);
    uint32_t moved = window(w) - at;
    memmove(w->may_join + at, w->may_join + at + 1, moved * sizeof *w->may_join);
    memmove(w->similar + at, w->similar + at + 1, moved * sizeof *w->similar);
    if (window(w) == w->width)
        w->may_join[w->width - 1] = false; /* came into the window late: unknown to the group */
    narrow(w, unit);
}

static void grow(struct growing *w, uint32_t g)
{
    struct fitting *f = w->f;
    for (uint32_t i = 0; i < window(w); i++) {
        w->may_join[i] = true;
        w->similar[i] = 0;
    }
    for (uint32_t unit = f->members.first[g]; unit != GROUP_NONE; unit = f->members.after[unit])
        narrow(w, unit);
    while (f->load[g] < w->aim[g]) {
        uint32_t at = choose(w, g);
        if (at == GROUP_NONE)
            break;
        join(w, at, g);
    }
    for (uint32_t unit = f->members.first[g]; unit != GROUP_NONE; unit = f->members.after[unit])
        count_values(w, unit, false);
}

static uint32_t excess(const struct fitting *f, uint32_t unit, uint32_t g)
{
    uint32_t load = f->load[g] + group_unit_size(f->u, unit);
    return load > f->p->max_size[g] ? load - f->p->max_size[g] : 0;
}

/* Whoever is left: to the group with the fewest faults, groups short of their least size first. */
static void put_rest(struct fitting *f)
{
    for (uint32_t i = 0; i < f->n_waiting; i++) {
        uint32_t unit = f->waiting[i], best = 0;
        uint64_t least = UINT64_MAX;
        for (uint32_t g = 0; g < f->p->n_groups; g++) {
            const struct group_change with = {.group = g, .n_in = 1, .in = &unit};
            uint64_t faults = 2 * ((uint64_t)group_crew_faults(f->u, &f->members, &with) +
                                   2 * (uint64_t)excess(f, unit, g));
            faults += f->load[g] >= f->p->min_size[g];
            if (faults < least) {
                least = faults;
                best = g;
            }
        }
        group_fitting_put(f, unit, best);
    }
    f->n_waiting = 0;
}

static int allocate(struct growing *w, struct err *e)
{
    const struct group_limits *limits = w->f->u->limiter.limits;
    size_t values = 1;
    for (size_t k = 0; limits && k < limits->n_attributes; k++)
        values += limits->attributes[k].n_values;
    w->friends = calloc((size_t)w->f->u->count + 1, sizeof *w->friends);
    w->aim = malloc(((size_t)w->f->p->n_groups + 1) * sizeof *w->aim);
    w->count = calloc(values, sizeof *w->count);
    w->may_join = malloc(WINDOW + 1);
    w->similar = malloc((WINDOW + 1) * sizeof *w->similar);
    return w->friends && w->aim && w->count && w->may_join && w->similar
               ? ERR_OK
               : err_memory(e, "placing the elements under limits");
}

int group_fitting_grow(struct fitting *f, struct err *e)
{
    uint32_t width = WORK / (f->u->count + 1);
    struct growing w = {.f = f,
                        .width = width < WINDOW_LEAST ? WINDOW_LEAST
                                 : width < WINDOW     ? width
                                                      : WINDOW};
    int rc = allocate(&w, e);
    if (!rc) {
        uint64_t places = 0, room = 0;
        put_fixed(f);
        if (f->p->previous)
            put_returning(f);
        count_friends(&w);
        qsort_r(f->waiting, f->n_waiting, sizeof *f->waiting, by_friends, &w);
        for (uint32_t i = 0; i < f->n_waiting; i++)
            places += group_unit_size(f->u, f->waiting[i]);
        for (uint32_t g = 0; g < f->p->n_groups; g++)
            room += f->load[g] < f->p->max_size[g] ? f->p->max_size[g] - f->load[g] : 0;
        group_aim(f->p, f->load, (uint32_t)(places < room ? places : room), w.aim);
        for (uint32_t g = 0; g < f->p->n_groups; g++)
            grow(&w, g);
        put_rest(f);
    }
    free(w.friends);
    free(w.aim);
    free(w.count);
    free(w.may_join);
    free(w.similar);
    return rc;
}
