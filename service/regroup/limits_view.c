/* The settings' limits as the engine wants them: arrays by element. */
#include <string.h>

#include "core/group/group.h"
#include "regroup/limits_view.h"

enum { WORD_BITS = 64 };

static void *room(struct limits_view *v, size_t count, size_t size)
{
    void *memory = arena_alloc(&v->memory, (count + 1) * size);
    if (memory != NULL)
        memset(memory, 0, (count + 1) * size);
    return memory;
}

static bool view_attributes(struct limits_view *v, const struct limits *l, const uint32_t *organizer,
                            uint32_t n)
{
    struct group_attribute *all = room(v, l->n_attributes, sizeof *all);
    for (size_t k = 0; all != NULL && k < l->n_attributes; k++) {
        const struct limit_attribute *a = &l->attributes[k];
        uint32_t *value = room(v, n, sizeof *value);
        if (value == NULL)
            return false;
        for (uint32_t i = 0; i < n; i++) {
            uint32_t at = a->values.start[organizer[i]];
            value[i] = at < a->values.start[organizer[i] + 1] ? a->values.value[at] : GROUP_NONE;
        }
        all[k] = (struct group_attribute){a->name, value, a->values.n_values, a->not_alone, a->mix};
    }
    v->engine.attributes = all;
    v->engine.n_attributes = l->n_attributes;
    return all != NULL;
}

static bool view_common(struct limits_view *v, const struct limits *l, const uint32_t *organizer, uint32_t n)
{
    if (l->common_name == NULL)
        return true;
    uint32_t words = (l->common.n_values + WORD_BITS - 1) / WORD_BITS;
    struct group_set *set = room(v, 1, sizeof *set);
    uint64_t *mask = room(v, (size_t)n * words, sizeof *mask);
    if (set == NULL || mask == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t k = l->common.start[organizer[i]]; k < l->common.start[organizer[i] + 1]; k++)
            mask[(size_t)i * words + l->common.value[k] / WORD_BITS] |= UINT64_C(1)
                                                                        << l->common.value[k] % WORD_BITS;
    *set = (struct group_set){l->common_name, mask, words};
    v->engine.sets = set;
    v->engine.n_sets = 1;
    return true;
}

static bool view_places(struct limits_view *v, const struct limits *l, const uint32_t *organizer, uint32_t n)
{
    if (l->point == NULL)
        return true;
    double *latitude = room(v, n, sizeof *latitude), *longitude = room(v, n, sizeof *longitude);
    if (latitude == NULL || longitude == NULL)
        return false;
    for (uint32_t i = 0; i < n; i++) {
        latitude[i] = l->p->organizers[organizer[i]].lat;
        longitude[i] = l->p->organizers[organizer[i]].lon;
    }
    v->engine.places = (struct group_places){
        latitude, longitude, l->s->distance_most_km, l->s->centre_most_km, l->pair_name, l->centre_name};
    return true;
}

static bool view_seats(struct limits_view *v, const struct limits *l, const uint32_t *organizer, uint32_t n)
{
    if (l->seats == NULL)
        return true;
    uint32_t *weight = room(v, n, sizeof *weight);
    for (uint32_t i = 0; weight != NULL && i < n; i++)
        weight[i] = l->seats[organizer[i]];
    v->engine.weight = weight;
    return weight != NULL;
}

int limits_view_open(struct limits_view *v, const struct limits *l, const uint32_t *organizer, uint32_t n,
                     struct err *e)
{
    *v = (struct limits_view){0};
    arena_init(&v->memory);
    v->engine.may_leave_out = true;
    v->engine.may_close = l->s->networks == 0; /* a number asked for is a number to get */
    if (!l->restricts && l->n_attributes == 0 && l->seats == NULL)
        return ERR_OK;
    v->given = &v->engine;
    if (view_attributes(v, l, organizer, n) && view_common(v, l, organizer, n) &&
        view_places(v, l, organizer, n) && view_seats(v, l, organizer, n))
        return ERR_OK;
    return err_memory(e, "the limits of networks");
}

void limits_view_close(struct limits_view *v)
{
    arena_free(&v->memory);
    *v = (struct limits_view){0};
}
