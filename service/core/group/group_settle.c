#include "core/group/group_settle.h"

#include <stdlib.h>
#include <string.h>

#include "core/group/group_fit.h"
#include "core/group/group_reach.h"

enum { SMALL = 40, HANDFUL = 12 };
static const uint64_t PATIENCE_FIRST = 300000, PATIENCE_LAST = 4000000;

struct settling {
    struct group_problem bounded;  /* the problem with bounds of its own, out->low and out->high */
    const struct group_problem *p; /* that one */
    const bool *in_force;
    struct group_settlement *out;
    bool clash;     /* of what is built */
    bool *named;    /* by element: a rule in force names it */
    bool *left;     /* by element */
    bool *may_skip; /* by unit */
    uint32_t *load; /* by group; scratch */
};

/* Rounds of building the units anew: whoever is left out by now is in none. */
static int build(struct settling *s, struct err *e)
{
    const struct group_scope scope = {s->in_force, s->left};
    group_units_free(&s->out->units);
    return group_units_build(s->p, &scope, &s->out->units, &s->clash, e);
}

static void mark_named(struct settling *s)
{
    for (size_t r = 0; r < s->p->n_rules; r++)
        for (uint32_t i = 0; (!s->in_force || s->in_force[r]) && i < s->p->rules[r].n_members; i++)
            s->named[s->p->rules[r].members[i]] = true;
}

/* Only single elements: those of larger units are named by a rule. */
static bool may_leave(const struct settling *s, uint32_t unit)
{
    const struct group_units *u = &s->out->units;
    return s->p->limits && s->p->limits->may_leave_out && !s->named[u->element[u->start[unit]]];
}

/* Leaves the unit out for a limit. */
static void leave_out(struct settling *s, uint32_t unit, uint32_t limit)
{
    const struct group_units *u = &s->out->units;
    uint32_t element = u->element[u->start[unit]];
    s->left[element] = true;
    s->out->left_by[element] = limit;
    s->out->n_left++;
}

static bool may_close(const struct settling *s)
{
    return s->p->limits && s->p->limits->may_close && s->out->units.limiter.restricts;
}

/* Places that units kept in a group take there. */
static void load_fixed(const struct settling *s)
{
    const struct group_units *u = &s->out->units;
    memset(s->load, 0, s->p->n_groups * sizeof *s->load);
    for (uint32_t unit = 0; unit < u->count; unit++)
        if (u->fixed[unit] != GROUP_NONE)
            s->load[u->fixed[unit]] += group_unit_size(u, unit);
}

/* Bounds that no placement can meet, whatever the limits; checked before anything is built on them. */
static bool sizes_can_hold(const struct settling *s)
{
    const uint32_t *load = s->load;
    uint64_t least = 0, most = 0;
    load_fixed(s);
    for (uint32_t g = 0; g < s->p->n_groups; g++) {
        if (load[g] > s->p->max_size[g])
            return false;
        least += load[g] > s->p->min_size[g] ? load[g] : s->p->min_size[g];
        most += s->p->max_size[g];
    }
    return (least <= s->out->units.places || may_close(s)) && s->out->units.places <= most;
}

/* The open group that needs the most, the last of several; GROUP_NONE where only one is open, or units are
 * kept in all. `load` is up to date. */
static uint32_t next_to_close(const struct settling *s)
{
    uint32_t next = GROUP_NONE, open = 0;
    for (uint32_t g = 0; g < s->p->n_groups; g++) {
        open += s->out->high[g] > 0;
        if (s->out->high[g] > 0 && s->load[g] == 0 &&
            (next == GROUP_NONE || s->out->low[g] >= s->out->low[next]))
            next = g;
    }
    return open > 1 ? next : GROUP_NONE;
}

static bool close_one(struct settling *s)
{
    uint32_t g = next_to_close(s);
    if (g != GROUP_NONE)
        s->out->low[g] = s->out->high[g] = 0;
    return g != GROUP_NONE;
}

/* Those for which fewer than their least sizes need are left to be placed; false where they cannot be closed.
 */
static bool close_surplus(struct settling *s)
{
    load_fixed(s);
    for (;;) {
        uint64_t least = 0;
        for (uint32_t g = 0; g < s->p->n_groups; g++)
            least += s->load[g] > s->out->low[g] ? s->load[g] : s->out->low[g];
        if (least <= s->out->units.places)
            return s->out->units.places > 0;
        if (!close_one(s))
            return false;
    }
}

/* The limit that parts the unit from most others. */
static uint32_t chief_limit(const struct settling *s, uint32_t unit)
{
    const struct group_units *u = &s->out->units;
    const struct group_limits *limits = s->p->limits;
    uint32_t best = GROUP_NONE, most = 0, element = u->element[u->start[unit]];
    for (uint32_t k = 0; k < group_limits_count(limits); k++) {
        uint32_t parted = 0;
        for (uint32_t i = 0; u->limiter.on[k] && i < s->p->n; i++) {
            if (k >= limits->n_attributes)
                parted += group_limiter_parts(&u->limiter, element, i) == k;
            else if (limits->attributes[k].value[element] != GROUP_NONE)
                parted += limits->attributes[k].value[element] != limits->attributes[k].value[i];
        }
        if (u->limiter.on[k] && (best == GROUP_NONE || parted > most)) {
            best = k;
            most = parted;
        }
    }
    return best;
}

/* The first limit without which some group could take the unit; the chief one where several keep it out. */
static uint32_t reason_of(struct settling *s, struct group_reach *reach, uint32_t unit)
{
    struct group_limiter *limiter = &s->out->units.limiter;
    for (uint32_t k = 0; k < group_limits_count(s->p->limits); k++) {
        if (!limiter->on[k])
            continue;
        group_limiter_set(limiter, k, false);
        bool excluded = group_reach_excludes(reach, unit);
        group_limiter_set(limiter, k, true);
        if (!excluded)
            return k;
    }
    return chief_limit(s, unit);
}

/* Leaves out whom no group could take; `possible` becomes false where one of them has to stay. */
static int exclude(struct settling *s, uint32_t *excluded, bool *possible, struct err *e)
{
    struct group_reach reach;
    int rc = group_reach_open(&reach, s->p, &s->out->units, e);
    *excluded = 0;
    if (rc)
        return rc;
    for (uint32_t unit = 0; unit < s->out->units.count && *possible; unit++) {
        if (!group_reach_excludes(&reach, unit))
            continue;
        *possible = may_leave(s, unit) && s->out->units.limiter.restricts;
        if (*possible)
            leave_out(s, unit, reason_of(s, &reach, unit));
        ++*excluded;
    }
    group_reach_close(&reach);
    return ERR_OK;
}

/* Until nobody more is excluded: who is left out keeps nobody else company. */
static int build_reachable(struct settling *s, bool *possible, struct err *e)
{
    uint32_t excluded = 1;
    int rc = ERR_OK;
    *possible = true;
    while (!rc && *possible && excluded > 0) {
        excluded = 0;
        rc = build(s, e);
        if (rc)
            return rc;
        *possible = !s->clash && (!s->out->units.limited || sizes_can_hold(s));
        if (*possible && s->out->units.limited)
            rc = exclude(s, &excluded, possible, e);
    }
    return rc;
}

static void list_may_leave(struct settling *s)
{
    for (uint32_t unit = 0; unit < s->out->units.count; unit++)
        s->may_skip[unit] = may_leave(s, unit);
}

/* Takes those out that a placement left out; `placed` follows. */
static int take_out(struct settling *s, struct err *e)
{
    uint32_t *placed = malloc(((size_t)s->p->n + 1) * sizeof *placed);
    if (!placed)
        return err_memory(e, "leaving elements out");
    for (uint32_t i = 0; i < s->p->n; i++)
        placed[i] = s->left[i] ? GROUP_OUT : s->out->placed[s->out->units.unit_of[i]];
    for (uint32_t unit = 0; unit < s->out->units.count; unit++)
        if (s->out->placed[unit] == GROUP_OUT)
            leave_out(s, unit, chief_limit(s, unit));
    int rc = build(s, e);
    for (uint32_t unit = 0; !rc && unit < s->out->units.count; unit++)
        s->out->placed[unit] = placed[s->out->units.element[s->out->units.start[unit]]];
    free(placed);
    return rc;
}

static bool all_closed(const struct settling *s)
{
    for (uint32_t g = 0; g < s->p->n_groups; g++)
        if (s->out->high[g] > 0)
            return false;
    return true;
}

static int fit(struct settling *s, uint64_t patience, bool leaving, bool closing,
               enum group_placement *answer, struct err *e)
{
    list_may_leave(s);
    struct group_fit f = {.p = s->p,
                          .u = &s->out->units,
                          .patience = patience,
                          .may_leave = leaving ? s->may_skip : NULL,
                          .low = closing ? s->out->low : NULL,
                          .high = s->out->high,
                          .group = s->out->placed};
    int rc = group_fit_all(&f, e);
    *answer = !rc && f.faults == 0 && !all_closed(s) ? PLACEMENT_FOUND : PLACEMENT_UNKNOWN;
    return rc || *answer != PLACEMENT_FOUND || f.n_out == 0 ? rc : take_out(s, e);
}

static int place(struct settling *s, uint32_t skips, enum group_placement *answer, struct err *e)
{
    list_may_leave(s);
    return group_units_place(s->p, &s->out->units, s->may_skip, skips, s->out->placed, answer, e);
}

/* By trying everything: the fewest that have to be left out. */
static int place_most(struct settling *s, enum group_placement *answer, struct err *e)
{
    uint32_t count = s->out->units.count;
    bool may_skip = s->p->limits->may_leave_out && s->out->units.limiter.restricts;
    int rc = place(s, 0, answer, e);
    if (rc || *answer != PLACEMENT_IMPOSSIBLE || !may_skip || count > SMALL)
        return rc;
    rc = place(s, count, answer, e);
    if (rc || *answer == PLACEMENT_IMPOSSIBLE)
        return rc;
    *answer = PLACEMENT_IMPOSSIBLE;
    for (uint32_t skips = 1; skips <= count && !rc && *answer == PLACEMENT_IMPOSSIBLE; skips++)
        rc = place(s, skips, answer, e);
    return rc || *answer != PLACEMENT_FOUND ? rc : take_out(s, e);
}

static void open_all(struct settling *s, const struct group_problem *p)
{
    memcpy(s->out->low, p->min_size, p->n_groups * sizeof *s->out->low);
    memcpy(s->out->high, p->max_size, p->n_groups * sizeof *s->out->high);
}

/* Whether those that may be closed differ in nothing, so that it does not matter which are. */
static bool are_alike(const struct settling *s)
{
    uint32_t first = next_to_close(s);
    for (uint32_t g = 0; g < s->p->n_groups && first != GROUP_NONE; g++)
        if (s->load[g] == 0 && s->out->high[g] > 0 &&
            (s->out->low[g] != s->out->low[first] || s->out->high[g] != s->out->high[first]))
            return false;
    return true;
}

/* By trying everything: the fewest that have to be closed, then the fewest left out. */
static int place_closing(struct settling *s, const struct group_problem *p, enum group_placement *answer,
                         struct err *e)
{
    bool certain = are_alike(s);
    for (;;) {
        int rc = place_most(s, answer, e);
        if (rc || *answer == PLACEMENT_FOUND)
            return rc;
        certain &= *answer == PLACEMENT_IMPOSSIBLE;
        if (!close_one(s))
            break;
    }
    *answer = certain ? PLACEMENT_IMPOSSIBLE : PLACEMENT_UNKNOWN;
    open_all(s, p);
    return ERR_OK;
}

/* A region too thin for one more group has nothing that repair could find, however long. */
static int settle_closing(struct settling *s, const struct group_problem *p, enum group_placement *answer,
                          struct err *e)
{
    *answer = PLACEMENT_IMPOSSIBLE;
    if (!close_surplus(s))
        return ERR_OK;
    if (s->out->units.count > HANDFUL && s->out->units.count <= SMALL) {
        int rc = fit(s, PATIENCE_FIRST, false, false, answer, e);
        if (rc || *answer == PLACEMENT_FOUND)
            return rc;
    }
    if (s->out->units.count <= SMALL) {
        int rc = place_closing(s, p, answer, e);
        if (rc || *answer != PLACEMENT_UNKNOWN)
            return rc;
        close_surplus(s);
    }
    return fit(s, PATIENCE_FIRST, p->limits->may_leave_out, true, answer, e);
}

/* Nobody is left out for want of room: without limits the elements with their places have to fit. */
static int settle_sizes(struct settling *s, enum group_placement *answer, struct err *e)
{
    struct group_limits sizes = {.weight = s->p->limits->weight};
    struct group_problem p = *s->p;
    struct group_settlement found;
    p.limits = &sizes;
    bool *in_force = calloc(p.n_rules + group_limits_count(&sizes) + 1, sizeof *in_force);
    if (!in_force)
        return err_memory(e, "checking rules and limits");
    for (size_t r = 0; r < p.n_rules; r++)
        in_force[r] = !s->in_force || s->in_force[r];
    int rc = group_settle(&p, in_force, &found, answer, e);
    if (!rc && *answer == PLACEMENT_FOUND)
        group_settlement_free(&found);
    free(in_force);
    return rc;
}

static int settle(struct settling *s, const struct group_problem *p, enum group_placement *answer,
                  struct err *e)
{
    bool possible;
    mark_named(s);
    if (s->p->limits && s->p->limits->may_leave_out && s->p->limits->weight) {
        int rc = settle_sizes(s, answer, e);
        if (rc || *answer != PLACEMENT_FOUND)
            return rc;
    }
    *answer = PLACEMENT_IMPOSSIBLE;
    int rc = build_reachable(s, &possible, e);
    if (rc || !possible)
        return rc;
    if (!s->out->units.limited)
        return place(s, 0, answer, e);
    if (may_close(s))
        return settle_closing(s, p, answer, e);
    *answer = PLACEMENT_UNKNOWN;
    if (s->out->units.count > HANDFUL)
        rc = fit(s, PATIENCE_FIRST, false, false, answer, e);
    if (rc || *answer == PLACEMENT_FOUND)
        return rc;
    rc = place_most(s, answer, e);
    bool leaving = s->p->limits->may_leave_out && s->out->units.limiter.restricts;
    bool open = *answer == PLACEMENT_UNKNOWN ||
                (*answer == PLACEMENT_IMPOSSIBLE && leaving && s->out->units.count > SMALL);
    if (rc || !open)
        return rc;
    return fit(s, leaving ? PATIENCE_FIRST : PATIENCE_LAST, leaving, false, answer, e);
}

int group_settle(const struct group_problem *p, const bool *in_force, struct group_settlement *out,
                 enum group_placement *answer, struct err *e)
{
    struct settling s = {.bounded = *p, .in_force = in_force, .out = out};
    size_t n = (size_t)p->n + 1, groups = (size_t)p->n_groups + 1;
    *out = (struct group_settlement){0};
    s.named = calloc(n, sizeof *s.named);
    s.left = calloc(n, sizeof *s.left);
    s.may_skip = calloc(n, sizeof *s.may_skip);
    s.load = calloc(groups, sizeof *s.load);
    out->low = malloc(groups * sizeof *out->low);
    out->high = malloc(groups * sizeof *out->high);
    out->placed = malloc(n * sizeof *out->placed);
    out->left_by = malloc(n * sizeof *out->left_by);
    int rc = ERR_OK;
    if (!s.named || !s.left || !s.may_skip || !s.load || !out->placed || !out->left_by || !out->low ||
        !out->high) {
        rc = err_memory(e, "checking rules and limits");
    } else {
        memset(out->left_by, 0xff, n * sizeof *out->left_by);
        s.p = &s.bounded;
        s.bounded.min_size = out->low;
        s.bounded.max_size = out->high;
        open_all(&s, p);
        rc = settle(&s, p, answer, e);
        for (uint32_t g = 0; g < p->n_groups; g++)
            out->n_closed += out->high[g] < p->max_size[g];
    }
    if (rc || *answer != PLACEMENT_FOUND)
        group_settlement_free(out);
    free(s.named);
    free(s.left);
    free(s.may_skip);
    free(s.load);
    return rc;
}

void group_settlement_free(struct group_settlement *s)
{
    group_units_free(&s->units);
    free(s->placed);
    free(s->left_by);
    free(s->low);
    free(s->high);
    *s = (struct group_settlement){0};
}
