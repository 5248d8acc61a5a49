#include "regroup/selection.h"

#include <stdlib.h>
#include <string.h>

#include "core/group/group.h"
#include "regroup/limits_reach.h"
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

uint64_t selection_seats(const struct selection *s)
{
    uint64_t seats = 0;
    for (uint32_t i = 0; i < s->n; i++)
        seats += limits_seats(&s->limits, s->organizer[i]);
    return seats;
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

static void leave_out(struct selection *s, uint32_t organizer, enum unmatched_reason reason, uint32_t ahead)
{
    s->reason[organizer] = reason;
    s->waits[organizer] = true;
    s->ahead[organizer] = ahead;
}

/* Those who were left out before, and are no elements any more, stand behind `more`. */
static void queue_behind(struct selection *s, const struct inputs *in, uint32_t more)
{
    for (uint32_t i = 0; i < in->population.n_organizers; i++)
        s->ahead[i] += s->waits[i] && s->element[i] == POPULATION_NONE ? more : 0;
}

static void candidates_list(const struct selection *s, const struct inputs *in, struct candidate *all)
{
    for (uint32_t i = 0; i < s->n; i++) {
        uint32_t o = s->organizer[i];
        all[i] = (struct candidate){o, s->held[o], in->base.waited[o], need_of(&in->population, o)};
    }
    qsort(all, s->n, sizeof *all, candidate_compare);
}

/* One after the other, as long as there are seats; who takes more than are left waits, and others may go
 * first. */
static int keep_first(struct selection *s, const struct inputs *in, uint64_t seats,
                      enum unmatched_reason reason, struct err *e)
{
    struct candidate *all = malloc(((size_t)s->n + 1) * sizeof *all);
    if (all == NULL)
        return err_memory(e, "choosing who has to wait");
    candidates_list(s, in, all);
    int code = ERR_OK;
    uint32_t waiting = 0;
    s->candidates = s->candidates > 0 ? s->candidates : s->n;
    s->uneven = reason == UNMATCHED_CONSTRAINT ? s->n : s->uneven;
    uint64_t left = seats;
    for (uint32_t i = 0; code == ERR_OK && i < s->n; i++) {
        uint32_t takes = limits_seats(&s->limits, all[i].organizer);
        if (takes <= left)
            left -= takes;
        else if (all[i].held)
            code =
                err_set(e, ERR_INVALID, "pins hold more organizers in networks than there are places (%llu)",
                        (unsigned long long)seats);
        else
            leave_out(s, all[i].organizer, reason, waiting++);
    }
    free(all);
    queue_behind(s, in, waiting);
    if (code == ERR_OK)
        selection_renumber(s, in);
    return code;
}

static int fixed_networks(struct selection *s, const struct inputs *in, struct err *e)
{
    uint64_t networks = (uint64_t)in->settings.networks, least = networks * (uint64_t)in->settings.min_size;
    uint64_t most = networks * (uint64_t)in->settings.max_size, seats = selection_seats(s);
    if (seats < least)
        return err_set(
            e, ERR_INVALID,
            "networks = %llu with min_size %lld need at least %llu organizers, but %llu can be placed",
            (unsigned long long)networks, (long long)in->settings.min_size, (unsigned long long)least,
            (unsigned long long)seats);
    s->n_networks = (uint32_t)networks;
    return seats > most ? keep_first(s, in, most, UNMATCHED_OVER_CAPACITY, e) : ERR_OK;
}

/* As many as the target size gives, but not more than the capacity; 0 where the sizes do not add up. */
static uint32_t networks_for(const struct settings *s, uint64_t seats)
{
    uint32_t networks =
        group_count((uint32_t)seats, (uint32_t)s->min_size, (uint32_t)s->target_size, (uint32_t)s->max_size);
    return s->capacity > 0 && networks > s->capacity ? (uint32_t)s->capacity : networks;
}

/* Who finds no room in as many networks as there may be has to wait. */
static int keep_capacity(struct selection *s, const struct inputs *in, struct err *e)
{
    uint64_t most = (uint64_t)in->settings.capacity * (uint64_t)in->settings.max_size;
    return in->settings.capacity > 0 && selection_seats(s) > most
               ? keep_first(s, in, most, UNMATCHED_OVER_CAPACITY, e)
               : ERR_OK;
}

/* Some numbers of organizers cannot be cut into the sizes allowed (11 into fives and sixes can, 9 cannot):
 * then the fewest possible are left out. */
int selection_count_networks(struct selection *s, const struct inputs *in, struct err *e)
{
    if (in->settings.networks > 0 && s->n > 0)
        return fixed_networks(s, in, e);
    int code = keep_capacity(s, in, e);
    while (code == ERR_OK) {
        uint64_t seats = selection_seats(s), fit = seats;
        while (fit > 0 && networks_for(&in->settings, fit) == 0)
            fit--;
        s->n_networks = fit > 0 ? networks_for(&in->settings, fit) : 0;
        if (fit == seats)
            return ERR_OK;
        /* Too few for a single network: nobody's pin can change that. */
        if (fit == 0)
            memset(s->held, 0, in->population.n_organizers * sizeof *s->held);
        code = keep_first(s, in, fit, UNMATCHED_CONSTRAINT, e);
    }
    return code;
}

/* Whom no network can hold, whoever else is in it, is left out before networks are counted. */
static int leave_out_of_reach(struct selection *s, const struct inputs *in, struct err *e)
{
    if (!s->limits.restricts && s->limits.seats == NULL)
        return ERR_OK;
    struct reach_task task = {
        s->organizer, s->n,    (uint32_t)in->settings.min_size, (uint32_t)in->settings.max_size,
        s->held,      s->limit};
    int code = limits_reach(&s->limits, &task, e);
    for (uint32_t i = 0; code == ERR_OK && i < in->population.n_organizers; i++)
        if (s->limit[i] != GROUP_NONE)
            s->reason[i] = UNMATCHED_CONSTRAINT;
    if (code == ERR_OK)
        selection_renumber(s, in);
    return code;
}

static int prepare(struct selection *s, uint32_t n, struct err *e)
{
    *s = (struct selection){0};
    s->organizer = malloc(((size_t)n + 1) * sizeof *s->organizer);
    s->element = malloc(((size_t)n + 1) * sizeof *s->element);
    s->reason = calloc((size_t)n + 1, sizeof *s->reason);
    s->held = calloc((size_t)n + 1, sizeof *s->held);
    s->waits = calloc((size_t)n + 1, sizeof *s->waits);
    s->limit = malloc(((size_t)n + 1) * sizeof *s->limit);
    s->ahead = calloc((size_t)n + 1, sizeof *s->ahead);
    s->warnings = json_array();
    if (!s->organizer || !s->element || !s->reason || !s->held || !s->waits || !s->limit || !s->ahead ||
        !s->warnings)
        return err_memory(e, "choosing who takes part");
    memset(s->limit, 0xff, ((size_t)n + 1) * sizeof *s->limit);
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
        else if (graph != NULL && graph->start[i] == graph->start[i + 1])
            s->reason[i] = UNMATCHED_NO_FIT;
    }
    code = pins_hold(in, s->reason, s->held, s->warnings, e);
    if (code == ERR_OK)
        code = warnings_of_settings(in, s->warnings, e);
    if (code == ERR_OK)
        code = limits_build(&s->limits, &in->population, &in->settings, s->warnings, e);
    if (code != ERR_OK)
        return code;
    selection_renumber(s, in);
    code = leave_out_of_reach(s, in, e);
    return code == ERR_OK ? selection_count_networks(s, in, e) : code;
}

static void *copy_of(const void *from, size_t count, size_t size)
{
    void *to = malloc((count + 1) * size);
    if (to != NULL)
        memcpy(to, from, count * size);
    return to;
}

int selection_copy(struct selection *to, const struct selection *from, uint32_t organizers, struct err *e)
{
    *to = *from;
    to->organizer = copy_of(from->organizer, organizers, sizeof *to->organizer);
    to->element = copy_of(from->element, organizers, sizeof *to->element);
    to->reason = copy_of(from->reason, organizers, sizeof *to->reason);
    to->held = copy_of(from->held, organizers, sizeof *to->held);
    to->waits = copy_of(from->waits, organizers, sizeof *to->waits);
    to->limit = copy_of(from->limit, organizers, sizeof *to->limit);
    to->ahead = copy_of(from->ahead, organizers, sizeof *to->ahead);
    if (to->organizer && to->element && to->reason && to->held && to->waits && to->limit && to->ahead)
        return ERR_OK;
    selection_copy_free(to);
    return err_memory(e, "a copy of who takes part");
}

void selection_copy_free(struct selection *s)
{
    free(s->organizer);
    free(s->element);
    free(s->reason);
    free(s->held);
    free(s->waits);
    free(s->limit);
    free(s->ahead);
}

void selection_free(struct selection *s)
{
    selection_copy_free(s);
    limits_free(&s->limits);
    json_decref(s->warnings);
    *s = (struct selection){0};
}
