#include "regroup/selection.h"

#include <stdlib.h>
#include <string.h>

#include "core/group.h"
#include "regroup/pins.h"
#include "regroup/warnings.h"

void selection_renumber(struct selection *s, const struct inputs *in)
{
    s->n = 0;
    for (uint32_t i = 0; i < in->population.n_organizers; i++) {
        bool placed = s->reason[i] == UNMATCHED_NONE;
        s->element[i] = placed ? s->n : POPULATION_NONE;
        if (placed)
            s->organizer[s->n++] = i;
    }
}

struct candidate {
    uint32_t organizer;
    bool held;
    uint32_t waited; /* published runs in a row */
    uint32_t need;   /* sum of the severities it reports */
};

/* Who is placed first when there is no room for all: whom a pin holds, who has waited longest, who needs it
 * most. */
static int candidate_compare(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->held != y->held)
        return x->held ? -1 : 1;
    if (x->waited != y->waited)
        return x->waited > y->waited ? -1 : 1;
    if (x->need != y->need)
        return x->need > y->need ? -1 : 1;
    return x->organizer < y->organizer ? -1 : x->organizer > y->organizer;
}

static uint32_t need_of(const struct population *p, uint32_t organizer)
{
    uint32_t need = 0;
    for (uint32_t k = p->report_start[organizer]; k < p->report_start[organizer + 1]; k++)
        need += p->reports[k].severity;
    return need;
}

static void leave_out(struct selection *s, uint32_t organizer, enum unmatched_reason reason)
{
    s->reason[organizer] = reason;
    s->waits[organizer] = true;
}

static int keep_first(struct selection *s, const struct inputs *in, uint32_t places,
                      enum unmatched_reason reason, struct err *e)
{
    struct candidate *all = malloc(((size_t)s->n + 1) * sizeof *all);
    if (all == NULL)
        return err_memory(e, "choosing who has to wait");
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t o = s->organizer[i];
        all[i] = (struct candidate){o, s->held[o], in->base.waited[o], need_of(&in->population, o)};
    }
    qsort(all, s->n, sizeof *all, candidate_compare);
    int code = ERR_OK;
    if (places < s->n && all[places].held)
        code = err_set(e, ERR_INVALID, "pins hold more organizers in networks than there are places (%u)",
                       places);
    for (uint32_t i = places; code == ERR_OK && i < s->n; i++)
        leave_out(s, all[i].organizer, reason);
    free(all);
    if (code == ERR_OK)
        selection_renumber(s, in);
    return code;
}

static int fixed_networks(struct selection *s, const struct inputs *in, struct err *e)
{
    uint64_t networks = (uint64_t)in->settings.networks, least = networks * (uint64_t)in->settings.min_size;
    uint64_t most = networks * (uint64_t)in->settings.max_size;
    if (s->n < least)
        return err_set(
            e, ERR_INVALID,
            "networks = %llu with min_size %lld need at least %llu organizers, but %u can be placed",
            (unsigned long long)networks, (long long)in->settings.min_size, (unsigned long long)least, s->n);
    s->n_networks = (uint32_t)networks;
    return s->n > most ? keep_first(s, in, (uint32_t)most, UNMATCHED_OVER_CAPACITY, e) : ERR_OK;
}

/* As many as the target size gives, but not more than the capacity; 0 where the sizes do not add up. */
static uint32_t networks_for(const struct settings *s, uint32_t n)
{
    uint32_t networks =
        group_count(n, (uint32_t)s->min_size, (uint32_t)s->target_size, (uint32_t)s->max_size);
    return s->capacity > 0 && networks > s->capacity ? (uint32_t)s->capacity : networks;
}

/* Who finds no room in as many networks as there may be has to wait. */
static int keep_capacity(struct selection *s, const struct inputs *in, struct err *e)
{
    uint64_t most = (uint64_t)in->settings.capacity * (uint64_t)in->settings.max_size;
    return in->settings.capacity > 0 && s->n > most
               ? keep_first(s, in, (uint32_t)most, UNMATCHED_OVER_CAPACITY, e)
               : ERR_OK;
}

/* Some numbers of organizers cannot be cut into the sizes allowed (11 into fives and sixes can, 9 cannot):
 * then the fewest possible are left out. */
static int count_networks(struct selection *s, const struct inputs *in, struct err *e)
{
    if (in->settings.networks > 0 && s->n > 0)
        return fixed_networks(s, in, e);
    if (keep_capacity(s, in, e) != ERR_OK)
        return (int)e->code;
    uint32_t places = s->n;
    while (places > 0 && networks_for(&in->settings, places) == 0)
        places--;
    s->n_networks = places > 0 ? networks_for(&in->settings, places) : 0;
    if (places == s->n)
        return ERR_OK;
    /* Too few for a single network: nobody's pin can change that. */
    if (places == 0)
        memset(s->held, 0, in->population.n_organizers * sizeof *s->held);
    return keep_first(s, in, places, UNMATCHED_CONSTRAINT, e);
}

static int prepare(struct selection *s, uint32_t n, struct err *e)
{
    *s = (struct selection){0};
    s->organizer = malloc(((size_t)n + 1) * sizeof *s->organizer);
    s->element = malloc(((size_t)n + 1) * sizeof *s->element);
    s->reason = calloc((size_t)n + 1, sizeof *s->reason);
    s->held = calloc((size_t)n + 1, sizeof *s->held);
    s->waits = calloc((size_t)n + 1, sizeof *s->waits);
    s->warnings = json_array();
    if (!s->organizer || !s->element || !s->reason || !s->held || !s->waits || !s->warnings)
        return err_memory(e, "choosing who takes part");
    return ERR_OK;
}

int selection_build(struct selection *s, const struct inputs *in, const struct profiles *profiles,
                    const struct neighbour_graph *graph, struct err *e)
{
    uint32_t n = in->population.n_organizers;
    int code = prepare(s, n, e);
    if (code != ERR_OK)
        return code;
    for (uint32_t i = 0; i < n; i++) {
        if (profiles->start[i] == profiles->start[i + 1])
            s->reason[i] = UNMATCHED_NOTHING_REPORTED;
        else if (graph->start[i] == graph->start[i + 1])
            s->reason[i] = UNMATCHED_NO_FIT;
    }
    code = pins_hold(in, s->reason, s->held, s->warnings, e);
    if (code == ERR_OK)
        code = warnings_of_settings(in, s->warnings, e);
    if (code != ERR_OK)
        return code;
    selection_renumber(s, in);
    return count_networks(s, in, e);
}

void selection_free(struct selection *s)
{
    free(s->organizer);
    free(s->element);
    free(s->reason);
    free(s->held);
    free(s->waits);
    json_decref(s->warnings);
    *s = (struct selection){0};
}
