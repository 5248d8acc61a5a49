/* To which office a party belongs: the nearest with room. Internal to plan.h. */
#include <math.h>
#include <stdlib.h>

#include "core/plan/plan_parts.h"

uint32_t plan_places(const struct plan_office *office, uint32_t term)
{
    return office->places[term <= office->n_places ? term - 1 : office->n_places - 1];
}

double plan_km(const struct plan_work *w, uint32_t party, uint32_t office)
{
    const struct plan_party *p = &w->out->party[party];
    const struct organizer there = {.lat = w->offices[office].lat, .lon = w->offices[office].lon};
    double sum = 0;
    uint32_t known = 0;
    for (uint32_t k = 0; k < p->n; k++) {
        const struct plan_person *x = &w->people->person[w->out->member[p->start + k]];
        const struct organizer here = {.lat = x->lat, .lon = x->lon};
        double km = organizer_distance_km(&here, &there);
        if (isnan(km))
            continue;
        sum += km;
        known++;
    }
    return known > 0 ? sum / known : (double)NAN;
}

/* How far it is to each office, and what it loses if it is not given its nearest. */
struct traveller {
    uint32_t party;
    const double *km; /* by office; NULL: unknown */
    double loses;
};

/* Who loses most first; whose place is unknown last. */
static int by_loss(const void *a, const void *b)
{
    const struct traveller *x = a, *y = b;
    if ((x->km == NULL) != (y->km == NULL))
        return x->km == NULL ? 1 : -1;
    if (x->loses != y->loses)
        return x->loses > y->loses ? -1 : 1;
    return (x->party > y->party) - (x->party < y->party);
}

static uint32_t most_places(const struct plan_office *office)
{
    uint32_t most = 0;
    for (uint32_t t = 0; t < office->n_places && t < PLAN_TERMS_MOST; t++)
        most = office->places[t] > most ? office->places[t] : most;
    return most;
}

/* Each office's places over as many terms as it takes until all together have enough. */
static void fill_room(struct plan_work *w, int64_t *room)
{
    int64_t needed = 0, all = 0;
    for (uint32_t i = 0; i < w->out->n_parties; i++)
        needed += w->candidate[i].accepted;
    for (uint32_t t = 1; t <= PLAN_TERMS_MOST && (t == 1 || all < needed); t++) {
        for (uint32_t o = 0; o < w->n_offices; o++) {
            int64_t places = (int64_t)plan_places(&w->offices[o], t) * PLAN_PLACE;
            room[o] += places;
            all += places;
        }
    }
}

/* Among the offices that have places enough in some term: the nearest with room, or, where none has or the
 * place is unknown, the one with most. Office n when there is none. */
static uint32_t choose(const struct plan_work *w, const struct traveller *x, const int64_t *room)
{
    const struct plan_candidate *c = &w->candidate[x->party];
    uint32_t nearest = w->n_offices, roomiest = w->n_offices;
    for (uint32_t o = 0; o < w->n_offices; o++) {
        if ((int64_t)most_places(&w->offices[o]) * PLAN_PLACE < c->asked)
            continue;
        if (roomiest == w->n_offices || room[o] > room[roomiest])
            roomiest = o;
        if (x->km != NULL && room[o] >= c->accepted && (nearest == w->n_offices || x->km[o] < x->km[nearest]))
            nearest = o;
    }
    return nearest < w->n_offices ? nearest : roomiest;
}

static void fill_traveller(const struct plan_work *w, uint32_t party, double *km, struct traveller *out)
{
    double first = INFINITY, second = INFINITY;
    *out = (struct traveller){.party = party, .km = km};
    for (uint32_t o = 0; o < w->n_offices; o++) {
        km[o] = plan_km(w, party, o);
        if (isnan(km[o]))
            out->km = NULL;
        second = fmin(second, fmax(first, km[o]));
        first = fmin(first, km[o]);
    }
    out->loses = w->n_offices > 1 ? second - first : 0;
}

static void settle(struct plan_work *w, const struct traveller *order, int64_t *room)
{
    for (uint32_t i = 0; i < w->out->n_parties; i++) {
        struct plan_candidate *c = &w->candidate[order[i].party];
        c->home = choose(w, &order[i], room);
        if (c->home == w->n_offices) {
            c->waits = false;
            w->waiting--;
            continue;
        }
        room[c->home] -= c->accepted;
        w->at_home[c->home]++;
    }
}

int plan_homes(struct plan_work *w, struct err *e)
{
    uint32_t n = w->out->n_parties;
    struct traveller *order = malloc((n + 1u) * sizeof *order);
    double *km = malloc(((size_t)n * w->n_offices + 1) * sizeof *km);
    int64_t *room = calloc(w->n_offices, sizeof *room);
    int code = order == NULL || km == NULL || room == NULL ? err_memory(e, "a plan") : ERR_OK;
    if (code == ERR_OK) {
        for (uint32_t i = 0; i < n; i++)
            fill_traveller(w, i, km + (size_t)i * w->n_offices, &order[i]);
        qsort(order, n, sizeof *order, by_loss);
        fill_room(w, room);
        settle(w, order, room);
    }
    free(order);
    free(km);
    free(room);
    return code;
}
