#include "core/explain/member_words.h"
#include "core/snapshot/snapshot.h"

static uint32_t shared_of(const void *holder, uint32_t organizer, const uint32_t **shared)
{
    const struct snapshot_programme *p = holder;
    *shared = p->places[organizer].shared;
    return p->places[organizer].n_shared;
}

static struct next_best next_best_of(const struct snapshot_programme *p, const struct snapshot_place *place)
{
    const bool none = place->next_network == POPULATION_NONE;
    struct next_best next = {.number = none ? 0 : p->networks[place->next_network].number,
                             .fit = place->next_fit,
                             .why_not = place->why_not};
    if (place->why != NULL)
        next.why = *place->why;
    return next;
}

void snapshot_say_reason(const struct snapshot *s, const struct snapshot_programme *p, uint32_t organizer,
                         bool english, struct buf *out)
{
    const struct snapshot_place *place = &p->places[organizer];
    if (place->texts != NULL) {
        buf_text(out, english ? place->texts->reason_en : place->texts->reason_sv);
        return;
    }
    const struct snapshot_network *n = &p->networks[place->network];
    const struct network_view view = {.population = &s->population,
                                      .member = n->member,
                                      .size = n->size,
                                      .shared = n->shared,
                                      .n_shared = n->n_shared,
                                      .shared_of = shared_of,
                                      .holder = p};
    const struct member_facts facts = {.organizer = organizer,
                                       .fit = place->fit,
                                       .told = place->told,
                                       .shared = place->shared,
                                       .n_shared = place->n_shared,
                                       .closest = place->closest,
                                       .next = next_best_of(p, place)};
    member_say(out, &view, &facts, english);
}
