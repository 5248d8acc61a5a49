#include "core/group/group_limiter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group_math.h"

static const double EARTH_RADIUS_KM = 6371.0088, OFF = 5;
static const double DEGREE = 0.017453292519943295;

/* The square of the chord that spans so many km, a little above for the rounding of equal distances. */
static double chord_square(double km)
{
    double half = km / (2 * EARTH_RADIUS_KM);
    if (!(half < 1.5707963267948966))
        return OFF;
    double sine = group_sin(half);
    return 4 * sine * sine * (1 + 1e-9) + 1e-20;
}

static struct group_point point_at(double latitude, double longitude)
{
    if (isnan(latitude) || isnan(longitude))
        return (struct group_point){NAN, NAN, NAN};
    double phi = latitude * DEGREE, lambda = longitude * DEGREE;
    return (struct group_point){group_cos(phi) * group_cos(lambda), group_cos(phi) * group_sin(lambda),
                                group_sin(phi)};
}

static int place_points(struct group_limiter *r, const struct group_problem *p, struct err *e)
{
    const struct group_places *at = &p->limits->places;
    r->point = malloc(((size_t)p->n + 1) * sizeof *r->point);
    if (!r->point)
        return err_memory(e, "the elements' places");
    for (uint32_t i = 0; i < p->n; i++)
        r->point[i] = point_at(at->latitude[i], at->longitude[i]);
    return ERR_OK;
}

/* What follows from on[]. */
static void conclude(struct group_limiter *r)
{
    const struct group_places *at = &r->limits->places;
    r->restricts = r->counts_alone = false;
    for (uint32_t k = 0; k < group_limits_count(r->limits); k++) {
        r->restricts |= r->on[k];
        r->counts_alone |= r->on[k] && k < r->limits->n_attributes;
    }
    r->pair_most = r->on[r->pair_limit] ? chord_square(at->pair_km) : OFF;
    r->centre_most = r->on[r->centre_limit] ? chord_square(at->centre_km) : OFF;
    r->spread_most = r->on[r->centre_limit] ? chord_square(2 * at->centre_km) : OFF;
}

void group_limiter_set(struct group_limiter *r, uint32_t limit, bool on)
{
    r->on[limit] = on;
    conclude(r);
}

int group_limiter_open(struct group_limiter *r, const struct group_problem *p, const bool *in_force,
                       struct err *e)
{
    *r =
        (struct group_limiter){.limits = p->limits, .pair_most = OFF, .centre_most = OFF, .spread_most = OFF};
    uint32_t count = group_limits_count(p->limits);
    r->on = calloc((size_t)count + 1, sizeof *r->on);
    if (!r->on)
        return err_memory(e, "the limits");
    if (count == 0)
        return ERR_OK;
    for (uint32_t k = 0; k < count; k++)
        r->on[k] = (!in_force || in_force[k]) && group_limits_restricts(p->limits, k);
    r->pair_limit = count - 2;
    r->centre_limit = count - 1;
    conclude(r);
    int rc = r->on[r->pair_limit] || r->on[r->centre_limit] ? place_points(r, p, e) : ERR_OK;
    if (rc)
        group_limiter_close(r);
    return rc;
}

void group_limiter_close(struct group_limiter *r)
{
    free(r->on);
    free(r->point);
    *r = (struct group_limiter){0};
}

static bool is_empty(const struct group_set *s, uint32_t a)
{
    for (uint32_t w = 0; w < s->words; w++)
        if (s->mask[(size_t)a * s->words + w] != 0)
            return false;
    return true;
}

static bool have_nothing_in_common(const struct group_set *s, uint32_t a, uint32_t b)
{
    for (uint32_t w = 0; w < s->words; w++)
        if ((s->mask[(size_t)a * s->words + w] & s->mask[(size_t)b * s->words + w]) != 0)
            return false;
    return !is_empty(s, a) && !is_empty(s, b);
}

uint32_t group_limiter_parts(const struct group_limiter *r, uint32_t a, uint32_t b)
{
    if (!r->restricts)
        return GROUP_NONE;
    for (size_t k = 0; k < r->limits->n_sets; k++) {
        uint32_t limit = (uint32_t)(r->limits->n_attributes + k);
        if (r->on[limit] && have_nothing_in_common(&r->limits->sets[k], a, b))
            return limit;
    }
    if (!r->point)
        return GROUP_NONE;
    double x = r->point[a].x - r->point[b].x, y = r->point[a].y - r->point[b].y,
           z = r->point[a].z - r->point[b].z;
    double square = x * x + y * y + z * z; /* NAN is not above anything */
    return square > r->pair_most ? r->pair_limit : square > r->spread_most ? r->centre_limit : GROUP_NONE;
}

bool group_limiter_concerns(const struct group_limiter *r, uint32_t element)
{
    if (!r->restricts)
        return false;
    for (size_t k = 0; k < r->limits->n_attributes; k++)
        if (r->on[k] && r->limits->attributes[k].value[element] != GROUP_NONE)
            return true;
    for (size_t k = 0; k < r->limits->n_sets; k++)
        if (r->on[r->limits->n_attributes + k] && !is_empty(&r->limits->sets[k], element))
            return true;
    return r->point && !isnan(r->point[element].x);
}
