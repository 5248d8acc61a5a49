/* Two at once in the dense search: see group_pairs.h. */
#include "core/group/group_anneal.h"
#include "core/group/group_pairs.h"

static double score(const void *context, const struct group_pair_move *m, uint32_t unit)
{
    const struct group_state *s = context;
    return (double)group_sum(s, m->from, unit) - (double)s->own[unit];
}

/* The group to which the two are nearest, of a few at random. */
static uint32_t choose_group(const struct group_state *s, const struct group_pair_move *m,
                             struct group_random *random)
{
    uint32_t best = GROUP_NONE;
    double most = 0;
    for (int i = 0; i < 8; i++) {
        uint32_t h = group_random_below(random, s->m->groups);
        double value = s->m->coefficient[s->load[h]] *
                       ((double)group_sum(s, h, m->unit) + (double)group_sum(s, h, m->mate));
        if (h != m->from && s->load[h] > 0 && (best == GROUP_NONE || value > most)) {
            best = h;
            most = value;
        }
    }
    return best;
}

/* What the group `from` has more inside once two have left and the others have come. */
static double change(const struct group_state *s, uint32_t a, uint32_t a2, uint32_t b, uint32_t b2,
                     uint32_t from)
{
    const struct group_dense *m = s->m;
    double more = -((double)s->own[a] + (double)s->own[a2] - (double)group_weight(m, a, a2)) -
                  (double)(m->inner[a] + m->inner[a2]);
    if (b == GROUP_NONE)
        return more;
    return more + (double)group_sum(s, from, b) + (double)group_sum(s, from, b2) +
           (double)group_weight(m, b, b2) - (double)group_weight(m, a, b) - (double)group_weight(m, a, b2) -
           (double)group_weight(m, a2, b) - (double)group_weight(m, a2, b2) +
           (double)(m->inner[b] + m->inner[b2]);
}

static double gain_of(const struct group_state *s, const struct group_pair_move *v)
{
    const struct group_dense *m = s->m;
    uint32_t g = v->from, h = v->to;
    double inside_g = (double)s->inside[g], inside_h = (double)s->inside[h];
    double more_g = change(s, v->unit, v->mate, v->partner, v->partner2, g), more_h;
    if (v->partner != GROUP_NONE) {
        more_h = change(s, v->partner, v->partner2, v->unit, v->mate, h);
        return m->coefficient[s->load[g]] * more_g + m->coefficient[s->load[h]] * more_h;
    }
    uint32_t size = m->size[v->unit] + m->size[v->mate];
    more_h = (double)group_sum(s, h, v->unit) + (double)group_sum(s, h, v->mate) +
             (double)group_weight(m, v->unit, v->mate) + (double)(m->inner[v->unit] + m->inner[v->mate]);
    return m->coefficient[s->load[g] - size] * (inside_g + more_g) - m->coefficient[s->load[g]] * inside_g +
           m->coefficient[s->load[h] + size] * (inside_h + more_h) - m->coefficient[s->load[h]] * inside_h;
}

static void make(struct group_state *s, const struct group_pair_move *v)
{
    if (v->partner == GROUP_NONE) {
        group_state_insert(s, v->unit, v->to);
        group_state_insert(s, v->mate, v->to);
    } else {
        group_state_swap(s, v->unit, v->partner);
        group_state_swap(s, v->mate, v->partner2);
    }
}

bool group_anneal_move_pair(struct group_anneal *a, uint32_t unit, double threshold, double *gain)
{
    struct group_state *s = a->s;
    const struct group_units *rules = s->m->rules;
    struct group_pair_move v = {
        .unit = unit, .from = s->group[unit], .partner = GROUP_NONE, .partner2 = GROUP_NONE};
    v.mate = group_pair_mate(rules, &s->members, unit, v.from, &a->random);
    v.to = v.mate == GROUP_NONE ? GROUP_NONE : choose_group(s, &v, &a->random);
    if (v.to == GROUP_NONE)
        return false;
    uint32_t size = s->m->size[unit] + s->m->size[v.mate];
    bool alone =
        s->load[v.from] >= s->m->min_size[v.from] + size && s->load[v.to] + size <= s->m->max_size[v.to];
    for (int with = !alone; with < 2; with++) {
        if (with && !group_pair_partners(rules, &s->members, &v, score, s))
            return false;
        *gain = gain_of(s, &v);
        if (*gain > threshold && group_pair_allowed(rules, &s->members, &v)) {
            make(s, &v);
            return true;
        }
    }
    return false;
}
