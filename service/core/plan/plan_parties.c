/* Who is invited together, and what it weighs: the first part of plan.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/plan/plan_parts.h"

struct place_of {
    uint32_t network, person;
};

/* By network; those in none last, each for itself. */
static int by_network(const void *a, const void *b)
{
    const struct place_of *x = a, *y = b;
    if (x->network != y->network)
        return x->network < y->network ? -1 : 1;
    return (x->person > y->person) - (x->person < y->person);
}

static int order(struct plan_work *w, struct err *e)
{
    uint32_t n = w->people->n;
    struct place_of *places = malloc((n + 1u) * sizeof *places);
    struct plan *out = w->out;
    out->party = calloc(n + 1u, sizeof *out->party);
    out->member = malloc((n + 1u) * sizeof *out->member);
    if (places == NULL || out->party == NULL || out->member == NULL) {
        free(places);
        return err_memory(e, "a plan");
    }
    for (uint32_t i = 0; i < n; i++)
        places[i] = (struct place_of){w->people->person[i].network, i};
    qsort(places, n, sizeof *places, by_network);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t network = places[i].network;
        if (i == 0 || network == POPULATION_NONE || network != places[i - 1].network)
            out->party[out->n_parties++] = (struct plan_party){.start = i, .network = network, .km = NAN};
        out->party[out->n_parties - 1].n++;
        out->member[i] = places[i].person;
    }
    free(places);
    return ERR_OK;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* The groups of its members, each once, with how many are of it. */
static int count_groups(struct plan_work *w, const struct plan_party *party, struct plan_candidate *c,
                        struct err *e)
{
    uint32_t n = 3 * party->n;
    uint32_t *groups = malloc(n * sizeof *groups);
    struct plan_share *share = arena_alloc(&w->memory, n * sizeof *share);
    if (groups == NULL || share == NULL) {
        free(groups);
        return err_memory(e, "a plan");
    }
    for (uint32_t k = 0; k < party->n; k++) {
        const struct plan_person *x = &w->people->person[w->out->member[party->start + k]];
        groups[3 * k] = (uint32_t)x->kind;
        groups[3 * k + 1] = KIND_COUNT + x->size;
        groups[3 * k + 2] = KIND_COUNT + PLAN_SIZES + x->region;
    }
    qsort(groups, n, sizeof *groups, ascending);
    c->share = share;
    for (uint32_t k = 0; k < n; k++) {
        if (k == 0 || groups[k] != groups[k - 1])
            share[c->n_shares++] = (struct plan_share){groups[k], 0};
        share[c->n_shares - 1].n++;
        w->group_all[groups[k]]++;
    }
    free(groups);
    return ERR_OK;
}

static void weigh(struct plan_work *w, struct plan_party *party, struct plan_candidate *c)
{
    const struct plan_settings *s = w->settings;
    double none = 1; /* accepts */
    c->before = c->waits = true;
    for (uint32_t k = 0; k < party->n; k++) {
        const struct plan_person *x = &w->people->person[w->out->member[party->start + k]];
        double accept = s->accept[x->kind];
        c->score += s->severity * x->severity + s->breadth * x->breadth + s->waiting * x->waiting;
        c->before &= x->before;
        c->accepted += lround(accept * PLAN_PLACE);
        c->expected += accept;
        c->met += accept * x->need;
        none *= 1 - accept;
        party->need += x->need;
    }
    c->score /= party->n;
    c->asked = (int64_t)party->n * PLAN_PLACE;
    if (s->unit == PLAN_DIALOGUES) {
        c->asked = PLAN_PLACE;
        c->accepted = lround((1 - none) * PLAN_PLACE);
    }
}

int plan_parties(struct plan_work *w, struct err *e)
{
    int code = order(w, e);
    if (code != ERR_OK)
        return code;
    uint32_t n = w->out->n_parties;
    w->n_groups = KIND_COUNT + PLAN_SIZES + w->people->regions;
    w->candidate = calloc(n + 1u, sizeof *w->candidate);
    w->group_all = calloc(w->n_groups, sizeof *w->group_all);
    w->group_asked = calloc(w->n_groups, sizeof *w->group_asked);
    w->lag = calloc(w->n_groups, sizeof *w->lag);
    if (w->candidate == NULL || w->group_all == NULL || w->group_asked == NULL || w->lag == NULL)
        return err_memory(e, "a plan");
    for (uint32_t i = 0; i < n && code == ERR_OK; i++) {
        code = count_groups(w, &w->out->party[i], &w->candidate[i], e);
        weigh(w, &w->out->party[i], &w->candidate[i]);
    }
    w->waiting = n;
    return code;
}
