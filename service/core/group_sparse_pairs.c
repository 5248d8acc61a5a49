/* Two at once in the sparse search: see group_pairs.h. */
#include "core/group_pairs.h"
#include "core/group_sparse.h"

static double score(const void *context, const struct group_pair_move *m, uint32_t unit)
{
    const struct group_sparse *s = context;
    return (double)group_sparse_towards(s, unit, m->from) - (double)s->own[unit];
}

/* The group to which the two are nearest, of a few at random; s->there is of the unit visited. */
static uint32_t choose_group(struct group_sparse *s, const struct group_pair_move *m)
{
    uint32_t best = GROUP_NONE;
    double most = 0;
    for (int i = 0; i < 8; i++) {
        uint32_t h = group_random_below(&s->random, s->walk.groups);
        double value =
            s->coefficient[s->load[h]] * ((double)s->there[h] + (double)group_sparse_towards(s, m->mate, h));
        if (h != m->from && s->load[h] > 0 && (best == GROUP_NONE || value > most)) {
            best = h;
            most = value;
        }
    }
    return best;
}

static double value_of(const struct group_sparse *s, const struct group_pair_move *v)
{
    return s->coefficient[s->load[v->from]] * s->inside[v->from] +
           s->coefficient[s->load[v->to]] * s->inside[v->to];
}

static void go(struct group_sparse *s, uint32_t unit, uint32_t g)
{
    if (unit == GROUP_NONE)
        return;
    group_sparse_take(s, unit);
    group_sparse_put(s, unit, g);
}

/* Sums of floats: done to see what it gains, and undone. In the middle no group holds more than it may, for
 * the partners leave first. */
static void make(struct group_sparse *s, const struct group_pair_move *v, bool back)
{
    uint32_t leave = back ? v->to : v->from, enter = back ? v->from : v->to;
    const uint32_t goes[] = {v->unit, v->mate}, comes[] = {v->partner, v->partner2};
    for (int i = 0; i < 2; i++) {
        if (comes[i] != GROUP_NONE)
            group_sparse_take(s, comes[i]);
        go(s, goes[i], enter);
        if (comes[i] != GROUP_NONE)
            group_sparse_put(s, comes[i], leave);
    }
    group_sparse_refresh(s, v->from);
    group_sparse_refresh(s, v->to);
}

bool group_sparse_move_pair(struct group_sparse *s, uint32_t unit, double threshold, double *gain)
{
    const struct group_lists members = {s->first, s->after, s->prior};
    struct group_pair_move v = {
        .unit = unit, .from = s->group[unit], .partner = GROUP_NONE, .partner2 = GROUP_NONE};
    v.mate = group_pair_mate(s->rules, &members, unit, v.from, &s->random);
    v.to = v.mate == GROUP_NONE ? GROUP_NONE : choose_group(s, &v);
    if (v.to == GROUP_NONE)
        return false;
    uint32_t size = group_unit_size(s->rules, unit) + group_unit_size(s->rules, v.mate);
    bool alone =
        s->load[v.from] >= s->p->min_size[v.from] + size && s->load[v.to] + size <= s->p->max_size[v.to];
    if ((!alone || group_random_below(&s->random, 2) == 0) &&
        !group_pair_partners(s->rules, &members, &v, score, s))
        return false;
    if (!group_pair_allowed(s->p, s->rules, &members, s->load, &v))
        return false;
    double before = value_of(s, &v);
    bool was_best = s->at_best;
    group_sparse_save(s);
    make(s, &v, false);
    *gain = value_of(s, &v) - before;
    if (*gain > threshold)
        return true;
    make(s, &v, true);
    s->at_best = was_best;
    return false;
}
