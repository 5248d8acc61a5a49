#include "regroup/numbering.h"

#include <stdlib.h>

#include "core/group/group.h"
#include "regroup/assignment.h"
#include "regroup/pins.h"

/* A published network as far as its members take part. */
struct former {
    uint32_t number, members;
    bool kept; /* by a pin */
    uint32_t slot;
};

static int by_number(const void *a, const void *b)
{
    const struct former *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int by_claim(const void *a, const void *b)
{
    const struct former *x = a, *y = b;
    if (x->kept != y->kept)
        return x->kept ? -1 : 1;
    if (x->members != y->members)
        return x->members > y->members ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static struct former *former_find(struct former *all, uint32_t n, uint32_t number)
{
    struct former key = {number, 0, false, 0};
    return bsearch(&key, all, n, sizeof *all, by_number);
}

static uint32_t unique(struct former *all, uint32_t n)
{
    qsort(all, n, sizeof *all, by_number);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        if (kept > 0 && all[kept - 1].number == all[i].number)
            all[kept - 1].members += all[i].members;
        else
            all[kept++] = all[i];
    }
    return kept;
}

/* All published networks that have members among the elements, by number; the caller frees. */
static struct former *former_list(const struct inputs *in, const struct selection *s, uint32_t *n)
{
    struct former *all = malloc(((size_t)s->n + 1) * sizeof *all);
    uint32_t count = 0;
    for (uint32_t i = 0; all != NULL && i < s->n; i++) {
        uint32_t number = base_home(&in->base, s->organizer[i]);
        if (number > 0)
            all[count++] = (struct former){number, 1, false, GROUP_NONE};
    }
    if (all != NULL)
        *n = unique(all, count);
    return all;
}

static void mark_kept(const struct inputs *in, const struct selection *s, struct former *all, uint32_t n)
{
    for (uint32_t p = 0; p < in->n_pins; p++) {
        const struct pin *pin = &in->pins[p];
        if (pin->type != RULE_KEEP)
            continue;
        for (uint32_t k = 0; k < pin->n_organizers; k++) {
            uint32_t i = pin_organizer(in, pin, k);
            if (i == POPULATION_NONE || s->element[i] == POPULATION_NONE || !pin_keeps(in, pin, i))
                continue;
            former_find(all, n, base_home(&in->base, i))->kept = true;
        }
    }
}

static int choose_slots(struct former *all, uint32_t n, uint32_t n_networks, struct err *e)
{
    uint32_t kept = 0;
    qsort(all, n, sizeof *all, by_claim);
    while (kept < n && all[kept].kept)
        kept++;
    if (kept > n_networks)
        return err_set(e, ERR_INVALID, "pins keep members in %u networks, but only %u will be formed", kept,
                       n_networks);
    for (uint32_t i = n_networks; i < n; i++)
        all[i].slot = GROUP_NONE;
    uint32_t chosen = n < n_networks ? n : n_networks;
    qsort(all, chosen, sizeof *all, by_number);
    for (uint32_t i = 0; i < chosen; i++)
        all[i].slot = i;
    qsort(all, n, sizeof *all, by_number);
    return ERR_OK;
}

int slots_build(const struct inputs *in, const struct selection *s, struct slots *out, struct err *e)
{
    uint32_t n = 0;
    struct former *all = former_list(in, s, &n);
    out->of_element = malloc(((size_t)s->n + 1) * sizeof *out->of_element);
    int code = ERR_OK;
    if (all == NULL || out->of_element == NULL) {
        code = err_memory(e, "the published networks");
    } else {
        mark_kept(in, s, all, n);
        code = choose_slots(all, n, s->n_networks, e);
    }
    for (uint32_t i = 0; code == ERR_OK && i < s->n; i++) {
        struct former *f = former_find(all, n, base_home(&in->base, s->organizer[i]));
        out->of_element[i] = f == NULL ? GROUP_NONE : f->slot;
    }
    free(all);
    if (code != ERR_OK)
        slots_free(out);
    return code;
}

void slots_free(struct slots *s)
{
    free(s->of_element);
    *s = (struct slots){0};
}

/* One element that was in a published network and is in a group now. */
struct overlap {
    uint32_t group, former;
    int64_t weight;
};

static int overlap_compare(const void *a, const void *b)
{
    const struct overlap *x = a, *y = b;
    if (x->group != y->group)
        return x->group < y->group ? -1 : 1;
    return x->former < y->former ? -1 : x->former > y->former;
}

/* Pins promise that a member stays in its network, by number: that weighs more than any number of members. */
static const int64_t KEPT = 1000000000;

static uint32_t overlaps_list(const struct inputs *in, const struct selection *s, const struct slots *slots,
                              const uint32_t *group, struct former *all, uint32_t n, struct overlap *out)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        struct former *f = former_find(all, n, base_home(&in->base, s->organizer[i]));
        if (f == NULL)
            continue;
        bool kept = f->kept && slots->of_element[i] == group[i];
        out[count++] = (struct overlap){group[i], (uint32_t)(f - all), kept ? KEPT : 1};
    }
    qsort(out, count, sizeof *out, overlap_compare);
    uint32_t merged = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (merged > 0 && overlap_compare(&out[merged - 1], &out[i]) == 0)
            out[merged - 1].weight += out[i].weight;
        else
            out[merged++] = out[i];
    }
    return merged;
}

static int match_overlaps(const struct overlap *overlaps, uint32_t count, uint32_t n_groups,
                          uint32_t n_formers, uint32_t *match, struct err *e)
{
    size_t *start = calloc((size_t)n_groups + 2, sizeof *start);
    uint32_t *right = malloc(((size_t)count + 1) * sizeof *right);
    int64_t *weight = malloc(((size_t)count + 1) * sizeof *weight);
    int code =
        start == NULL || right == NULL || weight == NULL ? err_memory(e, "numbering the networks") : ERR_OK;
    for (uint32_t i = 0; code == ERR_OK && i < count; i++) {
        start[overlaps[i].group + 1]++;
        right[i] = overlaps[i].former;
        weight[i] = overlaps[i].weight;
    }
    for (uint32_t g = 0; code == ERR_OK && g < n_groups; g++)
        start[g + 1] += start[g];
    if (code == ERR_OK) {
        struct assignment_problem problem = {n_groups, n_formers, start, right, weight};
        code = assignment_solve(&problem, match, e);
    }
    free(start);
    free(right);
    free(weight);
    return code;
}

struct newcomer {
    uint32_t group, community, first;
};

static int newcomer_compare(const void *a, const void *b)
{
    const struct newcomer *x = a, *y = b;
    if (x->community != y->community)
        return x->community < y->community ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

/* New networks by theme, so that numbers near each other are near each other in what they are about. */
static int number_new(const struct inputs *in, const struct selection *s, const uint32_t *group,
                      const uint32_t *community, uint32_t *number, struct err *e)
{
    struct newcomer *all = malloc(((size_t)s->n_networks + 1) * sizeof *all);
    if (all == NULL)
        return err_memory(e, "numbering the networks");
    for (uint32_t g = 0; g < s->n_networks; g++)
        all[g] = (struct newcomer){g, community[g], POPULATION_NONE};
    for (uint32_t i = s->n; i-- > 0;)
        all[group[i]].first = s->organizer[i];
    qsort(all, s->n_networks, sizeof *all, newcomer_compare);
    uint32_t next = in->base.highest_number + 1;
    for (uint32_t k = 0; k < s->n_networks; k++) {
        if (number[all[k].group] == 0)
            number[all[k].group] = next++;
    }
    free(all);
    return ERR_OK;
}

int numbering_build(const struct inputs *in, const struct selection *s, const struct slots *slots,
                    const uint32_t *group, const uint32_t *community, uint32_t *number, struct err *e)
{
    uint32_t n = 0;
    struct former *all = former_list(in, s, &n);
    struct overlap *overlaps = malloc(((size_t)s->n + 1) * sizeof *overlaps);
    uint32_t *match = malloc(((size_t)s->n_networks + 1) * sizeof *match);
    int code =
        all == NULL || overlaps == NULL || match == NULL ? err_memory(e, "numbering the networks") : ERR_OK;
    if (code == ERR_OK) {
        mark_kept(in, s, all, n);
        uint32_t count = overlaps_list(in, s, slots, group, all, n, overlaps);
        code = match_overlaps(overlaps, count, s->n_networks, n, match, e);
    }
    for (uint32_t g = 0; code == ERR_OK && g < s->n_networks; g++)
        number[g] = match[g] == ASSIGNMENT_NONE ? 0 : all[match[g]].number;
    free(all);
    free(overlaps);
    free(match);
    return code == ERR_OK ? number_new(in, s, group, community, number, e) : code;
}
