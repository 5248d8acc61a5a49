/* The descent of group_wide.h. */
#include <math.h>

#include "core/group/group_kernel.h"
#include "core/group/group_wide.h"

/* In hasty passes a unit looks only where it gains so much. */
static const double MUCH = 0.5; /* of the most that it gains by itself */
/* Gains below this share of what is compared may be rounding. */
static const double ROUNDING = 1e-5;

/* What a visit is about: a unit, its group, and what it has there. */
struct visit {
    struct group_wide_unit *unit;
    uint32_t index, g, at; /* the unit's number in the part */
    uint32_t since;        /* when it was looked at last */
    bool all;          /* its group has changed since: all others are looked at, not only those that have */
    uint32_t n_recent; /* > 0: those that have are so few that they are known one by one */
    uint32_t recent[GROUP_WIDE_RECENT];
    double own;         /* similarity to the others of its group, bonus included */
    double value;       /* that times the group's coefficient */
    double least;       /* gains below are none */
    double least_alone; /* of what the unit gains by itself */
};

struct swap {
    double gain, more_g, more_h; /* of the value; of what is inside the groups */
    uint32_t other, place;       /* the partner, in the part, and where it is */
};

/* `except` is on its way out of the group. */
static bool meets_foe(const struct group_wide *w, uint32_t unit, uint32_t g, uint32_t except)
{
    const struct group_units *rules = w->s->m.rules;
    for (uint32_t i = rules->foe_start[unit]; i < rules->foe_start[unit + 1]; i++) {
        uint32_t foe = rules->foe[i];
        /* Those of other parts are in groups of other parts. */
        if (foe != except && w->whole->members->region[foe] == w->number && w->s->group[foe] == g)
            return true;
    }
    return false;
}

bool group_wide_may_move(const struct group_wide *w, uint32_t a, uint32_t g, uint32_t b, uint32_t h)
{
    const struct group_units *rules = w->s->m.rules;
    if (!rules->ruled)
        return true;
    if (meets_foe(w, a, h, b) || (b != GROUP_NONE && meets_foe(w, b, g, a)))
        return false;
    return group_crew_allows_move(rules, &w->whole->lists, a, g, b, h);
}

static void spread(struct group_wide *w, const struct group_wide_unit *unit, bool there)
{
    for (uint32_t k = unit->start; k < unit->end; k++)
        w->unit[w->column[k]] = there ? w->s->sign[w->column[k]] * w->weight[k] : 0;
}

static void look_at_recent(struct group_wide *w, struct visit *v)
{
    const struct group_sparse *s = w->s;
    for (uint32_t time = v->since + 1; time <= w->clock; time++) {
        uint32_t place = w->recent[time % GROUP_WIDE_RECENT];
        if (w->changed[place] == time && place != v->at)
            v->recent[v->n_recent++] = place;
    }
    v->recent[v->n_recent] = v->at;
    for (uint32_t i = 0; i <= v->n_recent; i++) {
        uint32_t k = v->recent[i];
        w->there[k] = group_wide_dot(w, v->unit, w->row + (size_t)k * s->columns) +
                      group_wide_bonus(s, v->unit, w->group[k]);
    }
}

/* False when nothing has changed that concerns the unit. */
static bool look_around(struct group_wide *w, struct visit *v)
{
    v->all = w->changed[v->at] > v->since;
    if (!v->all && w->clock == v->since)
        return false;
    if (!v->all && w->clock - v->since < GROUP_WIDE_RECENT)
        look_at_recent(w, v);
    else
        group_wide_look(w, v->unit);
    w->there[v->at] -= v->unit->square;
    v->own = (double)w->there[v->at];
    v->value = (double)w->factor[v->at] * v->own;
    v->least = ROUNDING * (fabs(v->value) + 1);
    v->least_alone = v->value;
    return true;
}

/* The next place that is above, of those that the visit looks at, `groups` when there is none; *from is where
 * to begin. */
static uint32_t next_place(const struct group_wide *w, const struct visit *v, const struct group_above *above,
                           uint32_t *from)
{
    while (v->n_recent > 0 && *from < v->n_recent) {
        uint32_t k = v->recent[(*from)++];
        if (above->value[k] * above->factor[k] + (above->base ? above->base[k] : 0) > above->least)
            return k;
    }
    while (v->n_recent == 0 && *from < w->groups) {
        uint32_t k = group_scan_above(above, *from);
        *from = k + 1;
        if (k < w->groups && k != v->at && (v->all || w->changed[k] > v->since))
            return k;
    }
    return w->groups;
}

/* The best insert that gains: its place, `groups` if there is none. */
static uint32_t best_insert(struct group_wide *w, const struct visit *v, double *gain)
{
    const struct group_dense *m = &w->s->m;
    uint32_t size = v->unit->size, best = w->groups, from = 0, k;
    if (w->load[v->at] < m->min_size[v->g] + size || size > 1)
        return best;
    double now = w->inside[v->at] * m->coefficient[w->load[v->at]];
    double leaving = (w->inside[v->at] - v->own) * m->coefficient[w->load[v->at] - 1] - now;
    struct group_above above = {w->there, w->draw_factor, w->draw_base, (float)(v->least - leaving),
                                w->stride};
    while ((k = next_place(w, v, &above, &from)) < w->groups) {
        if (!group_wide_may_move(w, v->unit->number, v->g, GROUP_NONE, w->group[k]))
            continue;
        above.least = w->draw_factor[k] * w->there[k] + w->draw_base[k];
        *gain = (double)above.least + leaving;
        best = k;
    }
    return best;
}

static void make_insert(struct group_wide *w, const struct visit *v, uint32_t place)
{
    w->inside[v->at] -= v->own;
    w->inside[place] += (double)w->there[place];
    w->load[v->at]--;
    w->load[place]++;
    group_wide_move(w, v->index, v->at, place);
    group_wide_settle(w, v->at);
    group_wide_settle(w, place);
}

/* The unit and `other`, of the group at `place`, change groups. False when the unit does not gain by itself:
 * then the swap is found from the other's side, if at all. */
static bool weigh_swap(const struct group_wide *w, const struct visit *v, const struct group_wide_unit *other,
                       uint32_t place, struct swap *swap)
{
    const struct group_sparse *s = w->s;
    float both = group_wide_dot(w, other, w->unit);
    double factor = (double)w->factor[place], there = (double)(w->there[place] - both);
    if (factor * there <= v->least_alone)
        return false;
    float comes =
        group_wide_dot(w, other, w->row + (size_t)v->at * s->columns) + group_wide_bonus(s, other, v->g);
    double alone = group_wide_inner(s, other) - group_wide_inner(s, v->unit);
    swap->more_g = (double)(comes - both) - v->own + alone;
    swap->more_h = there - (double)other->own - alone;
    swap->gain = (double)w->factor[v->at] * swap->more_g + factor * swap->more_h;
    return true;
}

static void best_in_group(const struct group_wide *w, const struct visit *v, uint32_t place,
                          struct swap *best)
{
    const uint32_t *member = w->member + (size_t)place * w->seats;
    struct swap swap = {.place = place};
    for (uint32_t i = 0; i < w->count[place]; i++) {
        const struct group_wide_unit *other = &w->units[member[i]];
        swap.other = member[i];
        if (other->size == v->unit->size && weigh_swap(w, v, other, place, &swap) && swap.gain > best->gain &&
            group_wide_may_move(w, v->unit->number, v->g, other->number, w->group[place]))
            *best = swap;
    }
}

static void make_swap(struct group_wide *w, const struct visit *v, const struct swap *swap)
{
    w->inside[v->at] += swap->more_g;
    w->inside[swap->place] += swap->more_h;
    group_wide_move(w, v->index, v->at, swap->place);
    group_wide_move(w, swap->other, swap->place, v->at);
    group_wide_settle(w, v->at);
    group_wide_settle(w, swap->place);
}

/* What a unit has to gain by itself. */
static float much(const struct group_wide *w, const struct visit *v)
{
    struct group_above above = {w->there, w->factor, NULL, (float)v->value, w->stride};
    uint32_t from = 0, k;
    while ((k = next_place(w, v, &above, &from)) < w->groups)
        above.least = w->factor[k] * w->there[k];
    return (float)(v->value + MUCH * ((double)above.least - v->value));
}

static bool visit_swaps(struct group_wide *w, const struct visit *v, double least, bool hasty)
{
    struct swap best = {.gain = least, .other = GROUP_NONE};
    struct group_above above = {w->there, w->factor, NULL, hasty ? much(w, v) : (float)v->least_alone,
                                w->stride};
    uint32_t from = 0, k;
    if ((k = next_place(w, v, &above, &from)) >= w->groups)
        return false;
    spread(w, v->unit, true);
    for (; k < w->groups; k = next_place(w, v, &above, &from))
        best_in_group(w, v, k, &best);
    spread(w, v->unit, false);
    if (best.other == GROUP_NONE)
        return false;
    make_swap(w, v, &best);
    return true;
}

static void visit(struct group_wide *w, uint32_t index, bool hasty)
{
    struct group_wide_unit *unit = &w->units[index];
    struct visit v = {.unit = unit, .index = index, .g = w->s->group[unit->number], .since = unit->looked};
    double gain = 0;
    v.at = w->whole->place[v.g];
    if (unit->size == 0 || !look_around(w, &v))
        return;
    if (!hasty)
        unit->looked = w->clock;
    uint32_t insert = best_insert(w, &v, &gain);
    bool swapped = visit_swaps(w, &v, insert < w->groups ? gain : v.least, hasty);
    if (!swapped && insert < w->groups)
        make_insert(w, &v, insert);
    w->moves += swapped || insert < w->groups;
}

void group_wide_descend(struct group_wide *w, uint32_t hasty, uint32_t passes)
{
    uint64_t before = UINT64_MAX;
    for (uint32_t pass = 0; pass < passes && (pass <= hasty || w->moves > before); pass++) {
        before = w->moves;
        for (uint32_t k = 0; k < w->n_units; k++)
            visit(w, k, pass < hasty);
    }
}
