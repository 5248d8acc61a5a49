#include "core/snapshot/snapshot_finish.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/snapshot/fold.h"

int snapshot_finish_places(const struct snapshot *s, struct snapshot_programme *p, struct err *e)
{
    uint32_t n = s->population.n_organizers;
    p->places = calloc(n + 1u, sizeof *p->places);
    if (p->places == NULL)
        return err_memory(e, "placements");
    struct snapshot_place empty = {
        .state = p->published_run == 0 ? PLACE_UNPUBLISHED : PLACE_NEW,
        .network = POPULATION_NONE,
        .next_network = POPULATION_NONE,
        .closest = POPULATION_NONE,
        .last_report = "",
        .reason_sv = "Inga nätverk är publicerade ännu.",
        .reason_en = "No networks are published yet.",
    };
    if (p->published_run != 0) {
        empty.reason_sv = "Huvudmannen tillkom efter den publicerade grupperingen och placeras vid nästa.";
        empty.reason_en = "The organizer came after the published grouping and is placed in the next one.";
    }
    for (uint32_t i = 0; i < n; i++)
        p->places[i] = empty;
    return 0;
}

/* Folds into the arena; NULL when memory ran out. */
static char *fold_kept(struct snapshot *s, const char *text)
{
    size_t length = strlen(text);
    char *out = arena_alloc(&s->memory, length + 1);
    if (out != NULL)
        fold_text(text, length, out);
    return out;
}

/* "name\nid\nmunicipality": what a search looks through. A line feed is in no folded word. */
static char *key_of(struct snapshot *s, const struct organizer *o, const char *name)
{
    size_t id_size = strlen(o->id), place_size = strlen(o->municipality);
    char *key = arena_alloc(&s->memory, strlen(name) + id_size + place_size + 3);
    if (key == NULL)
        return NULL;
    char *at = stpcpy(key, name);
    *at++ = '\n';
    at += fold_text(o->id, id_size, at);
    *at++ = '\n';
    fold_text(o->municipality, place_size, at);
    return key;
}

static int by_name(const void *a, const void *b, void *context)
{
    const struct snapshot *s = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = strcmp(s->name_keys[x], s->name_keys[y]);
    return order != 0 ? order : (x > y) - (x < y); /* indices are in the order of ids */
}

static int finish_keys(struct snapshot *s, struct err *e)
{
    uint32_t n = s->population.n_organizers;
    s->name_keys = calloc(n + 1u, sizeof *s->name_keys);
    s->keys = calloc(n + 1u, sizeof *s->keys);
    s->by_name = calloc(n + 1u, sizeof *s->by_name);
    if (s->name_keys == NULL || s->keys == NULL || s->by_name == NULL)
        return err_memory(e, "search keys");
    for (uint32_t i = 0; i < n; i++) {
        const struct organizer *o = &s->population.organizers[i];
        s->name_keys[i] = fold_kept(s, o->name);
        s->keys[i] = s->name_keys[i] == NULL ? NULL : key_of(s, o, s->name_keys[i]);
        if (s->keys[i] == NULL)
            return err_memory(e, "search keys");
        s->by_name[i] = i;
    }
    qsort_r(s->by_name, n, sizeof *s->by_name, by_name, s);
    return 0;
}

static int newest_first(const void *a, const void *b)
{
    uint64_t x = ((const struct snapshot_run *)a)->run, y = ((const struct snapshot_run *)b)->run;
    return (x < y) - (x > y);
}

static int finish_runs(struct snapshot *s, struct err *e)
{
    if (s->n_runs > 0)
        qsort(s->runs, s->n_runs, sizeof *s->runs, newest_first);
    for (uint32_t i = 0; i < s->n_programmes; i++) {
        struct snapshot_programme *p = &s->programmes[i];
        p->runs = calloc(s->n_runs + 1u, sizeof(const void *));
        if (p->runs == NULL)
            return err_memory(e, "runs");
        for (uint32_t r = 0; r < s->n_runs; r++)
            if (s->runs[r].programme == i)
                p->runs[p->n_runs++] = &s->runs[r];
    }
    return 0;
}

static int best_fit_first(const void *a, const void *b, void *context)
{
    const struct snapshot_place *places = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    if (places[x].fit != places[y].fit)
        return places[x].fit > places[y].fit ? -1 : 1;
    return (x > y) - (x < y);
}

/* Each network's member list, out of one array. */
static int finish_members(struct snapshot *s, struct snapshot_programme *p, struct err *e)
{
    uint32_t n = s->population.n_organizers, members = 0;
    double fit = 0;
    uint32_t *list = arena_alloc(&s->memory, (n + 1u) * sizeof *list);
    if (list == NULL)
        return err_memory(e, "members");
    for (uint32_t i = 0; i < n; i++)
        if (p->places[i].state == PLACE_MEMBER)
            p->networks[p->places[i].network].size++;
    uint32_t *next = list;
    for (uint32_t k = 0; k < p->n_networks; k++) {
        p->networks[k].member = next;
        next += p->networks[k].size;
        p->networks[k].size = 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct snapshot_place *place = &p->places[i];
        if (place->state != PLACE_MEMBER)
            continue;
        struct snapshot_network *network = &p->networks[place->network];
        list[(size_t)(network->member - list) + network->size++] = i;
        members++;
        fit += place->fit;
    }
    for (uint32_t k = 0; k < p->n_networks; k++)
        qsort_r(list + (p->networks[k].member - list), p->networks[k].size, sizeof *list, best_fit_first,
                p->places);
    p->mean_fit = members == 0 ? 0 : fit / members;
    return 0;
}

static int finish_unmatched(const struct snapshot *s, struct snapshot_programme *p, struct err *e)
{
    uint32_t n = s->population.n_organizers;
    p->unmatched = calloc(n + 1u, sizeof *p->unmatched);
    if (p->unmatched == NULL)
        return err_memory(e, "unmatched organizers");
    for (uint32_t i = 0; i < n; i++)
        if (p->places[i].state == PLACE_UNMATCHED)
            p->unmatched[p->n_unmatched++] = i;
    return 0;
}

static int count_reporters(struct snapshot_programme *p, struct err *e)
{
    const struct profiles *f = &p->profiles;
    p->reporters = calloc(p->n_challenges + 1u, sizeof *p->reporters);
    if (p->reporters == NULL)
        return err_memory(e, "counts of reports");
    for (uint32_t i = 0; i < f->start[f->n]; i++)
        if (f->column[i] < p->n_challenges)
            p->reporters[f->column[i]]++;
    return 0;
}

static int finish_profiles(const struct snapshot *s, struct snapshot_programme *p, struct err *e)
{
    p->n_challenges = s->population.n_challenges;
    if (limits_build(&p->limits, &s->population, &p->settings, NULL, e) != 0)
        return (int)e->code;
    int code = profiles_build(&s->population, &p->settings, s->today, &p->profiles, e);
    if (code == 0)
        code = count_reporters(p, e);
    if (code == 0)
        code = neighbour_index_build(&p->profiles, &p->index, e);
    if (code != 0)
        return code;
    p->scratch = neighbour_scratch_new(p->index);
    return p->scratch == NULL ? err_memory(e, "profiles") : 0;
}

static atomic_uint_fast64_t serials;

int snapshot_finish(struct snapshot *s, struct err *e)
{
    s->serial = atomic_fetch_add(&serials, 1) + 1;
    int code = population_seal(&s->population, e);
    if (code == 0)
        code = finish_keys(s, e);
    if (code == 0)
        code = finish_runs(s, e);
    for (uint32_t i = 0; code == 0 && i < s->n_programmes; i++) {
        struct snapshot_programme *p = &s->programmes[i];
        if (p->places == NULL)
            code = snapshot_finish_places(s, p, e);
        if (code == 0)
            code = finish_members(s, p, e);
        if (code == 0)
            code = finish_unmatched(s, p, e);
        if (code == 0)
            code = finish_profiles(s, p, e);
    }
    return code;
}
