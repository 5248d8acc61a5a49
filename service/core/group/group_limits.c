#include "core/group/group_limits.h"

#include <math.h>

#include "core/group/group.h"

uint32_t group_limits_count(const struct group_limits *l)
{
    return l ? (uint32_t)(l->n_attributes + l->n_sets + 2) : 0;
}

static const char *name_or(const char *name, const char *kind)
{
    return name ? name : kind;
}

const char *group_limits_name(const struct group_limits *l, uint32_t limit)
{
    if (limit < l->n_attributes)
        return name_or(l->attributes[limit].name, "nobody alone with a value");
    limit -= (uint32_t)l->n_attributes;
    if (limit < l->n_sets)
        return name_or(l->sets[limit].name, "something in common");
    return limit == l->n_sets ? name_or(l->places.pair_name, "greatest distance of two members")
                              : name_or(l->places.centre_name, "greatest distance to the centre");
}

bool group_limits_restricts(const struct group_limits *l, uint32_t limit)
{
    if (limit < l->n_attributes)
        return l->attributes[limit].not_alone;
    limit -= (uint32_t)l->n_attributes;
    if (limit < l->n_sets)
        return true;
    return limit == l->n_sets ? l->places.pair_km > 0 : l->places.centre_km > 0;
}

uint64_t group_limits_places(const struct group_problem *p)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < p->n; i++)
        total += group_limits_weight(p->limits, i);
    return total;
}

double group_limits_mix(const struct group_limits *l, uint32_t a, uint32_t b)
{
    double mix = 0;
    for (size_t k = 0; l && k < l->n_attributes; k++) {
        const struct group_attribute *t = &l->attributes[k];
        if (t->mix != 0 && t->value[a] < t->n_values && t->value[a] == t->value[b])
            mix += t->mix;
    }
    return mix;
}

double group_limits_mix_most(const struct group_limits *l)
{
    double most = 0;
    for (size_t k = 0; l && k < l->n_attributes; k++)
        most += fabs(l->attributes[k].mix);
    return most;
}

static int check_attributes(const struct group_problem *p, struct err *e)
{
    for (size_t k = 0; k < p->limits->n_attributes; k++) {
        const struct group_attribute *t = &p->limits->attributes[k];
        const char *name = group_limits_name(p->limits, (uint32_t)k);
        if (!t->value && p->n > 0)
            return err_set(e, ERR_INVALID, "attribute '%s' has no values", name);
        if (!isfinite(t->mix))
            return err_set(e, ERR_INVALID, "the weight of attribute '%s' is not a finite number", name);
        for (uint32_t i = 0; i < p->n; i++)
            if (t->value[i] >= t->n_values && t->value[i] != GROUP_NONE)
                return err_set(e, ERR_INVALID, "attribute '%s': element %u has value %u; there are %u", name,
                               i, t->value[i], t->n_values);
    }
    for (size_t k = 0; k < p->limits->n_sets; k++)
        if (!p->limits->sets[k].mask && p->limits->sets[k].words > 0 && p->n > 0)
            return err_set(e, ERR_INVALID, "set '%s' is missing",
                           group_limits_name(p->limits, (uint32_t)(p->limits->n_attributes + k)));
    return ERR_OK;
}

/* NAN is neither: an unknown coordinate is within every range. */
static bool is_beyond(double degrees, double most)
{
    return degrees < -most || degrees > most;
}

static int check_places(const struct group_problem *p, struct err *e)
{
    const struct group_places *at = &p->limits->places;
    if (!(at->pair_km >= 0) || !(at->centre_km >= 0))
        return err_set(e, ERR_INVALID, "a greatest distance has to be 0 km (off) or more");
    if (at->pair_km == 0 && at->centre_km == 0)
        return ERR_OK;
    if (!at->latitude || !at->longitude)
        return err_set(e, ERR_INVALID, "a greatest distance was given without the elements' places");
    for (uint32_t i = 0; i < p->n; i++)
        if (is_beyond(at->latitude[i], 90) || is_beyond(at->longitude[i], 180))
            return err_set(e, ERR_INVALID, "element %u: latitude %g, longitude %g is no place on Earth", i,
                           at->latitude[i], at->longitude[i]);
    return ERR_OK;
}

int group_limits_check(const struct group_problem *p, struct err *e)
{
    if (!p->limits)
        return ERR_OK;
    for (uint32_t i = 0; i < p->n; i++)
        if (group_limits_weight(p->limits, i) == 0)
            return err_set(e, ERR_INVALID, "element %u takes 0 places; 1 is the least", i);
    if (group_limits_places(p) >= GROUP_NONE / 2)
        return err_set(e, ERR_LIMIT, "the elements take %llu places in all; %u is the limit",
                       (unsigned long long)group_limits_places(p), GROUP_NONE / 2);
    int rc = check_attributes(p, e);
    return rc ? rc : check_places(p, e);
}
