#include "core/snapshot/snapshot.h"

static size_t population_bytes(const struct population *p)
{
    return p->n_organizers * (sizeof *p->organizers + sizeof *p->report_start) +
           p->n_reports * sizeof *p->reports + p->n_challenges * sizeof *p->challenges + p->text.bytes;
}

static size_t programme_bytes(const struct snapshot_programme *p, uint32_t n_organizers)
{
    size_t each =
        sizeof *p->places + sizeof *p->unmatched + (p->contacted == NULL ? 0 : sizeof *p->contacted);
    return n_organizers * each + p->n_networks * sizeof *p->networks + p->n_pins * sizeof *p->pins +
           p->n_challenges * sizeof *p->reporters + profiles_bytes(&p->profiles) +
           neighbour_index_bytes(p->index);
}

size_t snapshot_bytes(const struct snapshot *s)
{
    const uint32_t n = s->population.n_organizers;
    size_t bytes = sizeof *s + population_bytes(&s->population) + s->memory.bytes +
                   n * (sizeof *s->keys + sizeof *s->by_name) + s->n_runs * sizeof *s->runs +
                   s->n_activities * sizeof *s->activities;
    for (uint32_t i = 0; i < s->n_programmes; i++)
        bytes += sizeof s->programmes[i] + programme_bytes(&s->programmes[i], n);
    return bytes;
}
