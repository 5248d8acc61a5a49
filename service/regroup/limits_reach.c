/* Who can be in no network at all, whoever else is in it. */
#include <stdlib.h>
#include <string.h>

#include "core/group/group.h"
#include "regroup/limits_reach.h"

struct reach {
    const struct limits *l;
    const struct reach_task *t;
    bool *partner;    /* per attribute: somebody with the same value is within reach */
    uint32_t *parted; /* per limit: how many it keeps away */
    uint32_t n_limits;
};

/* The first not_alone that nobody within reach helps out; GROUP_NONE = none. */
static uint32_t lonely(const struct reach *r, uint32_t organizer)
{
    for (size_t k = 0; k < r->l->n_attributes; k++) {
        const struct limit_attribute *a = &r->l->attributes[k];
        bool has = a->values.start[organizer] < a->values.start[organizer + 1];
        if (a->not_alone && has && !r->partner[k])
            return (uint32_t)k;
    }
    return GROUP_NONE;
}

static void meet(struct reach *r, uint32_t organizer, uint32_t other)
{
    for (size_t k = 0; k < r->l->n_attributes; k++) {
        const struct attribute *a = &r->l->attributes[k].values;
        uint32_t x = a->start[organizer], y = a->start[other];
        if (x < a->start[organizer + 1] && y < a->start[other + 1] && a->value[x] == a->value[y])
            r->partner[k] = true;
    }
}

static uint32_t most_parted(const struct reach *r)
{
    uint32_t most = GROUP_NONE;
    for (uint32_t k = 0; k < r->n_limits; k++)
        if (r->parted[k] > 0 && (most == GROUP_NONE || r->parted[k] > r->parted[most]))
            most = k;
    return most;
}

/* The limit that keeps it out of every network; GROUP_NONE = perhaps none does. */
static uint32_t hindrance(struct reach *r, uint32_t organizer)
{
    const struct reach_task *t = r->t;
    uint32_t places = limits_seats(r->l, organizer);
    if (places > t->max_size)
        return limits_seats_number(r->l);
    memset(r->partner, 0, r->l->n_attributes * sizeof *r->partner);
    memset(r->parted, 0, r->n_limits * sizeof *r->parted);
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t other = t->organizer[i];
        if (other == organizer || t->limit[other] != GROUP_NONE)
            continue;
        uint32_t limit = limits_part(r->l, organizer, other);
        if (limit != GROUP_NONE) {
            r->parted[limit]++;
            continue;
        }
        meet(r, organizer, other);
        places += limits_seats(r->l, other);
        if (places >= t->min_size && lonely(r, organizer) == GROUP_NONE)
            return GROUP_NONE;
    }
    return places < t->min_size ? most_parted(r) : lonely(r, organizer);
}

int limits_reach(const struct limits *l, const struct reach_task *t, struct err *e)
{
    struct reach r = {.l = l, .t = t, .n_limits = limits_seats_number(l) + 1};
    r.partner = calloc(l->n_attributes + 1, sizeof *r.partner);
    r.parted = calloc(r.n_limits, sizeof *r.parted);
    int code = r.partner == NULL || r.parted == NULL ? err_memory(e, "the limits of networks") : ERR_OK;
    /* Each one that is left out may have been what another one needed. */
    for (bool again = code == ERR_OK; again;) {
        again = false;
        for (uint32_t i = 0; i < t->n; i++) {
            uint32_t o = t->organizer[i];
            if (t->held[o] || t->limit[o] != GROUP_NONE)
                continue;
            t->limit[o] = hindrance(&r, o);
            again = again || t->limit[o] != GROUP_NONE;
        }
    }
    free(r.partner);
    free(r.parted);
    return code;
}
