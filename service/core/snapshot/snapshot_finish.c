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
    static const struct place_texts unpublished = {
        .last_report = "",
        .reason_sv = "Inga nätverk är publicerade ännu.",
        .reason_en = "No networks are published yet.",
    };
    static const struct place_texts later = {
        .last_report = "",
        .reason_sv = "Huvudmannen tillkom efter den publicerade grupperingen och placeras vid nästa.",
        .reason_en = "The organizer came after the published grouping and is placed in the next one.",
    };
    const struct snapshot_place empty = {
        .state = p->published_run == 0 ? PLACE_UNPUBLISHED : PLACE_NEW,
        .network = POPULATION_NONE,
        .next_network = POPULATION_NONE,
        .closest = POPULATION_NONE,
        .texts = p->published_run == 0 ? &unpublished : &later,
    };
    for (uint32_t i = 0; i < n; i++)
        p->places[i] = empty;
    return 0;
}

/* "name\nid\nmunicipality", folded: what a search looks through. A line feed is in no folded word. NULL when
 * memory ran out. */
static char *key_of(struct snapshot *s, const struct organizer *o, struct buf *room)
{
    const char *const parts[] = {o->name, o->id, o->municipality};
    buf_clear(room);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const size_t size = strlen(parts[i]);
        char *to = (char *)buf_reserve(room, size + 2);
        if (to == NULL)
            return NULL;
        if (i > 0)
            *to++ = '\n';
        room->size += (i > 0) + fold_text(parts[i], size, to);
    }
    return arena_text(&s->memory, (const char *)room->data, room->size);
}

/* The keys begin with the names, and a line feed is below every letter. */
static int by_name(const void *a, const void *b, void *context)
{
    const struct snapshot *s = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    int order = strcmp(s->keys[x], s->keys[y]);
    return order != 0 ? order : (x > y) - (x < y); /* indices are in the order of ids */
}

static int finish_keys(struct snapshot *s, struct err *e)
{
    uint32_t n = s->population.n_organizers;
    struct buf room;
    s->keys = calloc(n + 1u, sizeof *s->keys);
    s->by_name = calloc(n + 1u, sizeof *s->by_name);
    if (s->keys == NULL || s->by_name == NULL)
        return err_memory(e, "search keys");
    buf_init(&room, 0);
    int code = 0;
    for (uint32_t i = 0; code == 0 && i < n; i++) {
        s->keys[i] = key_of(s, &s->population.organizers[i], &room);
        s->by_name[i] = i;
        code = s->keys[i] == NULL ? err_memory(e, "search keys") : 0;
    }
    buf_free(&room);
    if (code == 0)
        qsort_r(s->by_name, n, sizeof *s->by_name, by_name, s);
    return code;
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
