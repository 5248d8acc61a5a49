#include "core/rules/limits.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group.h"
#include "core/rules/warnings.h"

#define EARTH_RADIUS_KM 6371.0088
#define RADIANS (3.14159265358979323846 / 180)
enum { SEATS_MOST = 100 };

/* "not_alone: kind", as people wrote the setting. */
static const char *name_of(struct limits *l, const char *setting, const char *value)
{
    struct err words = ERR_INIT;
    err_set(&words, ERR_OK, "%s: %s", setting, value);
    return arena_text(&l->memory, words.text, strlen(words.text));
}

static const char *name_km(struct limits *l, const char *setting, double km)
{
    char text[32];
    snprintf(text, sizeof text, "%.10g", km);
    return name_of(l, setting, text);
}

static struct limit_attribute *attribute_add(struct limits *l, const char *name, json_t *warnings,
                                             const char *setting, struct err *e)
{
    for (size_t i = 0; i < l->n_attributes; i++)
        if (strcmp(l->attributes[i].attribute, name) == 0)
            return &l->attributes[i];
    struct limit_attribute *a = &l->attributes[l->n_attributes];
    *a = (struct limit_attribute){.attribute = name, .name = name_of(l, setting, name)};
    if (a->name == NULL) {
        err_memory(e, "the limits of networks");
        return NULL;
    }
    if (attribute_read(&a->values, l->p, name, true, e) != ERR_OK)
        return NULL;
    l->n_attributes++;
    if (a->values.n_values == 0 && warnings_of_attribute(l->p, setting, name, warnings, e) != ERR_OK)
        return NULL;
    return a;
}

/* Those of not_alone first, so that an attribute of both settings bears the name of the one that can refuse.
 */
static int build_attributes(struct limits *l, json_t *warnings, struct err *e)
{
    const struct setting_names *alone = l->s->not_alone;
    const struct setting_numbers *mix = l->s->mix;
    size_t n = (alone != NULL ? alone->n : 0) + (mix != NULL ? mix->n : 0);
    l->attributes = calloc(n + 1, sizeof *l->attributes);
    if (l->attributes == NULL)
        return err_memory(e, "the limits of networks");
    for (size_t i = 0; alone != NULL && i < alone->n; i++) {
        struct limit_attribute *a = attribute_add(l, alone->at[i], warnings, "not_alone", e);
        if (a == NULL)
            return (int)e->code;
        a->not_alone = true;
        l->restricts = true;
    }
    for (size_t i = 0; mix != NULL && i < mix->n; i++) {
        struct limit_attribute *a = attribute_add(l, mix->at[i].name, warnings, "mix", e);
        if (a == NULL)
            return (int)e->code;
        a->mix = mix->at[i].value;
    }
    return ERR_OK;
}

static int build_common(struct limits *l, json_t *warnings, struct err *e)
{
    if (l->s->in_common == NULL)
        return ERR_OK;
    l->restricts = true;
    l->common_name = name_of(l, "in_common", l->s->in_common);
    if (l->common_name == NULL)
        return err_memory(e, "the limits of networks");
    int code = attribute_read(&l->common, l->p, l->s->in_common, false, e);
    if (code == ERR_OK && l->common.n_values == 0)
        code = warnings_of_attribute(l->p, "in_common", l->s->in_common, warnings, e);
    return code;
}

static int build_places(struct limits *l, struct err *e)
{
    const struct settings *s = l->s;
    if (s->distance_most_km <= 0 && s->centre_most_km <= 0)
        return ERR_OK;
    l->restricts = true;
    l->pair_name = s->distance_most_km > 0 ? name_km(l, "distance_most_km", s->distance_most_km) : NULL;
    l->centre_name = s->centre_most_km > 0 ? name_km(l, "centre_most_km", s->centre_most_km) : NULL;
    l->point = malloc((l->p->n_organizers + (size_t)1) * sizeof *l->point);
    if (l->point == NULL || (s->distance_most_km > 0 && l->pair_name == NULL) ||
        (s->centre_most_km > 0 && l->centre_name == NULL))
        return err_memory(e, "the limits of networks");
    for (uint32_t i = 0; i < l->p->n_organizers; i++) {
        double lat = l->p->organizers[i].lat * RADIANS, lon = l->p->organizers[i].lon * RADIANS;
        l->point[i] = (struct limit_point){cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)};
    }
    return ERR_OK;
}

static bool seats_of(const char *text, uint32_t *seats)
{
    char *end = NULL;
    unsigned long n = strtoul(text, &end, 10);
    *seats = (uint32_t)n;
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && n >= 1 && n <= SEATS_MOST;
}

static int fill_seats(struct limits *l, const struct attribute *a, json_t *warnings, struct err *e)
{
    int code = ERR_OK;
    for (uint32_t i = 0; code == ERR_OK && i < l->p->n_organizers; i++) {
        l->seats[i] = 1;
        const char *text = a->start[i] < a->start[i + 1] ? a->values[a->value[a->start[i]]] : "1";
        if (seats_of(text, &l->seats[i]))
            continue;
        l->seats[i] = 1;
        code = warnings_add(
            warnings, e,
            "seats: %s of %s (%s) is \"%.40s\"; a whole number from 1 to %d is needed, 1 is taken",
            l->s->seats, l->p->organizers[i].name, l->p->organizers[i].id, text, SEATS_MOST);
    }
    return code;
}

static int build_seats(struct limits *l, json_t *warnings, struct err *e)
{
    if (l->s->seats == NULL)
        return ERR_OK;
    struct attribute a;
    l->seats = malloc((l->p->n_organizers + (size_t)1) * sizeof *l->seats);
    if (l->seats == NULL)
        return err_memory(e, "the limits of networks");
    if (attribute_read(&a, l->p, l->s->seats, true, e) != ERR_OK)
        return (int)e->code;
    int code = a.n_values == 0 ? warnings_of_attribute(l->p, "seats", l->s->seats, warnings, e) : ERR_OK;
    if (code == ERR_OK)
        code = fill_seats(l, &a, warnings, e);
    attribute_free(&a);
    return code;
}

int limits_build(struct limits *l, const struct population *p, const struct settings *s, json_t *warnings,
                 struct err *e)
{
    *l = (struct limits){.p = p, .s = s};
    arena_init(&l->memory);
    int code = build_attributes(l, warnings, e);
    if (code == ERR_OK)
        code = build_common(l, warnings, e);
    if (code == ERR_OK)
        code = build_places(l, e);
    return code == ERR_OK ? build_seats(l, warnings, e) : code;
}

void limits_free(struct limits *l)
{
    for (size_t i = 0; i < l->n_attributes; i++)
        attribute_free(&l->attributes[i].values);
    free(l->attributes);
    attribute_free(&l->common);
    free(l->point);
    free(l->seats);
    arena_free(&l->memory);
    *l = (struct limits){0};
}

/* ---- questions ---- */

static uint32_t value_of(const struct limit_attribute *a, uint32_t organizer)
{
    uint32_t at = a->values.start[organizer];
    return at < a->values.start[organizer + 1] ? a->values.value[at] : GROUP_NONE;
}

static uint32_t set_number(const struct limits *l)
{
    return (uint32_t)l->n_attributes;
}

static uint32_t pair_number(const struct limits *l)
{
    return set_number(l) + (l->common_name != NULL);
}

static uint32_t centre_number(const struct limits *l)
{
    return pair_number(l) + 1;
}

uint32_t limits_seats_number(const struct limits *l)
{
    return centre_number(l) + 1;
}

/* An empty set has nothing to have in common, and parts nobody. */
static bool has_common(const struct attribute *a, uint32_t x, uint32_t y)
{
    uint32_t i = a->start[x], j = a->start[y];
    const uint32_t end_i = a->start[x + 1], end_j = a->start[y + 1];
    if (i == end_i || j == end_j)
        return true;
    while (i < end_i && j < end_j) {
        if (a->value[i] == a->value[j])
            return true;
        if (a->value[i] < a->value[j])
            i++;
        else
            j++;
    }
    return false;
}

/* Comparisons with an unknown place are false: it is never too far. */
static bool farther(const struct limit_point *a, const struct limit_point *b, double km)
{
    double angle = km / EARTH_RADIUS_KM;
    if (angle >= 3.1415926535)
        return false;
    double x = a->x - b->x, y = a->y - b->y, z = a->z - b->z, most = 2 * sin(angle / 2);
    return x * x + y * y + z * z > most * most;
}

uint32_t limits_part(const struct limits *l, uint32_t a, uint32_t b)
{
    if (l->common_name != NULL && !has_common(&l->common, a, b))
        return set_number(l);
    if (l->pair_name != NULL && farther(&l->point[a], &l->point[b], l->s->distance_most_km))
        return pair_number(l);
    if (l->centre_name != NULL && farther(&l->point[a], &l->point[b], 2 * l->s->centre_most_km))
        return centre_number(l);
    return GROUP_NONE;
}

static bool nobody_alone(const struct limit_attribute *a, const uint32_t *organizers, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t value = value_of(a, organizers[i]), same = 0;
        for (uint32_t j = 0; j < n; j++)
            same += value_of(a, organizers[j]) == value;
        if (value != GROUP_NONE && same < 2)
            return false;
    }
    return true;
}

static bool near_centre(const struct limits *l, const uint32_t *organizers, uint32_t n)
{
    struct limit_point centre = {0, 0, 0};
    for (uint32_t i = 0; i < n; i++) {
        const struct limit_point *at = &l->point[organizers[i]];
        if (isnan(at->x))
            continue;
        centre = (struct limit_point){centre.x + at->x, centre.y + at->y, centre.z + at->z};
    }
    double length = sqrt(centre.x * centre.x + centre.y * centre.y + centre.z * centre.z);
    if (!(length > 0))
        return true;
    centre = (struct limit_point){centre.x / length, centre.y / length, centre.z / length};
    for (uint32_t i = 0; i < n; i++)
        if (farther(&l->point[organizers[i]], &centre, l->s->centre_most_km))
            return false;
    return true;
}

static void list_one(struct buf *out, bool *first, const char *name)
{
    if (name == NULL)
        return;
    buf_printf(out, "%s'%s'", *first ? "" : ", ", name);
    *first = false;
}

void limits_list(const struct limits *l, struct buf *out)
{
    bool first = true;
    for (size_t k = 0; k < l->n_attributes; k++)
        list_one(out, &first, l->attributes[k].not_alone ? l->attributes[k].name : NULL);
    list_one(out, &first, l->common_name);
    list_one(out, &first, l->pair_name);
    list_one(out, &first, l->centre_name);
}

bool limits_hold(const struct limits *l, const uint32_t *organizers, uint32_t n)
{
    if (!l->restricts)
        return true;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++)
            if (limits_part(l, organizers[i], organizers[j]) != GROUP_NONE)
                return false;
    for (size_t k = 0; k < l->n_attributes; k++)
        if (l->attributes[k].not_alone && !nobody_alone(&l->attributes[k], organizers, n))
            return false;
    return l->centre_name == NULL || near_centre(l, organizers, n);
}

void limits_facts(const struct limits *l, uint32_t limit, uint32_t organizer, struct unmatched_facts *f)
{
    if (limit < l->n_attributes) {
        const struct limit_attribute *a = &l->attributes[limit];
        f->limit = LIMIT_NOT_ALONE;
        f->attribute = a->attribute;
        f->value = value_of(a, organizer) == GROUP_NONE ? "-" : a->values.values[value_of(a, organizer)];
    } else if (limit == set_number(l) && l->common_name != NULL) {
        f->limit = LIMIT_IN_COMMON;
        f->attribute = l->s->in_common;
    } else if (limit == pair_number(l)) {
        f->limit = LIMIT_DISTANCE;
        f->km = l->s->distance_most_km;
    } else if (limit == centre_number(l)) {
        f->limit = LIMIT_CENTRE;
        f->km = l->s->centre_most_km;
    } else if (limit == limits_seats_number(l) && l->seats != NULL) {
        f->limit = LIMIT_SEATS;
        f->attribute = l->s->seats;
        f->seats = l->seats[organizer];
        f->max_size = (uint32_t)l->s->max_size;
    }
}
