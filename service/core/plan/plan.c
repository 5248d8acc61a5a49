#include "core/plan/plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/plan/plan_parts.h"

#define LAG_MOST 2.0    /* standard deviations: what lags further counts no more */
#define BEFORE_LAST 1e9 /* no score is as large */

void plan_settings_default(struct plan_settings *s)
{
    *s = (struct plan_settings){
        .unit = PLAN_ORGANIZERS, .severity = 0.4, .breadth = 0.4, .waiting = 0.2, .fairness = 0.5};
    for (int k = 0; k < KIND_COUNT; k++)
        s->accept[k] = 0.8;
}

uint32_t plan_size_of(int32_t pupils)
{
    static const int32_t below[] = {100, 500, 2000};
    uint32_t size = 0;
    if (pupils < 0)
        return PLAN_SIZES - 1;
    while (size < 3 && pupils >= below[size])
        size++;
    return size;
}

void plan_spread(const struct plan_office *offices, uint32_t n_offices, uint32_t total, uint32_t *parts)
{
    uint64_t all = 0, before = 0;
    for (uint32_t o = 0; o < n_offices; o++)
        all += offices[o].places[0];
    for (uint32_t o = 0; o < n_offices; o++) {
        uint64_t upto = all > 0 ? before + offices[o].places[0] : o + 1u;
        uint64_t of = all > 0 ? all : n_offices, from = all > 0 ? before : o;
        parts[o] = (uint32_t)((2 * (uint64_t)total * upto + of) / (2 * of) -
                              (2 * (uint64_t)total * from + of) / (2 * of));
        before = upto;
    }
}

/* Behind its part of all those asked so far, in standard deviations of a count. */
static void fill_lags(struct plan_work *w)
{
    for (uint32_t g = 0; g < w->n_groups; g++) {
        double part = (double)w->group_all[g] * (w->asked + 1) / w->people->n;
        double lag = (part - w->group_asked[g]) / (sqrt(part) + 1);
        w->lag[g] = fmax(-LAG_MOST, fmin(LAG_MOST, lag)) / LAG_MOST;
    }
}

static double rank(const struct plan_work *w, const struct plan_candidate *c)
{
    double lag = 0;
    uint32_t n = 0;
    for (uint32_t k = 0; k < c->n_shares; k++) {
        lag += w->lag[c->share[k].group] * c->share[k].n;
        n += c->share[k].n;
    }
    return c->score + w->settings->fairness * lag / n - (c->before ? BEFORE_LAST : 0);
}

/* The party that an office asks next, of its own while it has any; n_parties when none fits. */
static uint32_t next_party(const struct plan_work *w, uint32_t office)
{
    uint32_t best = w->out->n_parties;
    double highest = 0;
    bool own = w->at_home[office] > 0;
    for (uint32_t i = 0; i < w->out->n_parties; i++) {
        const struct plan_candidate *c = &w->candidate[i];
        if (!c->waits || c->asked > w->room[office] || (own && c->home != office))
            continue;
        double value = rank(w, c);
        if (best == w->out->n_parties || value > highest) {
            best = i;
            highest = value;
        }
    }
    return best;
}

static void ask(struct plan_work *w, uint32_t party, uint32_t office, uint32_t term, uint32_t round)
{
    struct plan_party *p = &w->out->party[party];
    struct plan_candidate *c = &w->candidate[party];
    c->waits = false;
    w->waiting--;
    w->at_home[c->home]--;
    w->room[office] -= c->asked;
    w->declined[office] += c->asked - c->accepted;
    w->asked += p->n;
    for (uint32_t k = 0; k < c->n_shares; k++)
        w->group_asked[c->share[k].group] += c->share[k].n;
    p->term = term;
    p->office = office;
    p->round = round;
    p->km = plan_km(w, party, office);
}

/* The office with the greatest part of its places free; n_offices when all are closed. */
static uint32_t next_office(const struct plan_work *w, uint32_t term)
{
    uint32_t best = w->n_offices;
    double most = 0;
    for (uint32_t o = 0; o < w->n_offices; o++) {
        double part = (double)w->room[o] / (plan_places(&w->offices[o], term) + 1.0);
        if (!w->closed[o] && (best == w->n_offices || part > most)) {
            best = o;
            most = part;
        }
    }
    return best;
}

/* Whether anybody was asked. */
static bool make_round(struct plan_work *w, uint32_t term, uint32_t round)
{
    uint32_t office, waiting = w->waiting;
    memset(w->closed, 0, w->n_offices * sizeof *w->closed);
    memset(w->declined, 0, w->n_offices * sizeof *w->declined);
    while (w->waiting > 0 && (office = next_office(w, term)) < w->n_offices) {
        fill_lags(w);
        uint32_t party = next_party(w, office);
        if (party < w->out->n_parties)
            ask(w, party, office, term, round);
        else
            w->closed[office] = true;
    }
    for (uint32_t o = 0; o < w->n_offices; o++)
        w->room[o] += w->declined[o];
    return w->waiting < waiting;
}

static void make_terms(struct plan_work *w)
{
    for (uint32_t term = 1; term <= PLAN_TERMS_MOST && w->waiting > 0; term++) {
        uint32_t round = 1;
        for (uint32_t o = 0; o < w->n_offices; o++)
            w->room[o] = (int64_t)plan_places(&w->offices[o], term) * PLAN_PLACE;
        while (make_round(w, term, round))
            round++;
        if (round > 1)
            w->out->n_terms = term;
    }
}

static void add(struct plan_count *count, const struct plan_party *p, double expected)
{
    if (p->round == 1)
        count->invited += p->n;
    else
        count->in_line += p->n;
    count->dialogues++;
    count->expected += expected;
}

static int count_terms(struct plan_work *w, struct err *e)
{
    struct plan *out = w->out;
    size_t n = out->n_terms;
    out->term = calloc(n + 1, sizeof *out->term);
    out->counts = calloc(n * w->n_offices + 1, sizeof *out->counts);
    if (out->term == NULL || out->counts == NULL)
        return err_memory(e, "a plan");
    for (uint32_t t = 0; t < n; t++) {
        out->term[t].office = out->counts + (size_t)t * w->n_offices;
        for (uint32_t o = 0; o < w->n_offices; o++) {
            uint32_t places = plan_places(&w->offices[o], t + 1);
            out->counts[(size_t)t * w->n_offices + o].places = places;
            out->term[t].all.places += places;
        }
    }
    return ERR_OK;
}

static void count_parties(struct plan_work *w)
{
    struct plan *out = w->out;
    double need = 0, met = 0;
    uint32_t asked = 0;
    for (uint32_t i = 0; i < out->n_parties; i++) {
        struct plan_party *p = &out->party[i];
        need += p->need;
        if (p->term == 0) {
            out->never += p->n;
            continue;
        }
        struct plan_term *t = &out->term[p->term - 1];
        add(&t->all, p, w->candidate[i].expected);
        add(&out->counts[(size_t)(p->term - 1) * w->n_offices + p->office], p, w->candidate[i].expected);
        t->need_left += w->candidate[i].met; /* what is met in it, for now */
        for (uint32_t k = 0; k < p->n; k++)
            t->kinds[w->people->person[out->member[p->start + k]].kind]++;
    }
    for (uint32_t t = 0; t < out->n_terms; t++) {
        asked += out->term[t].all.invited + out->term[t].all.in_line;
        met += out->term[t].need_left;
        out->term[t].reach = (double)asked / w->people->n;
        out->term[t].need_left = need > 0 ? fmax(0, 1 - met / need) : 0;
    }
}

static int by_term(const void *a, const void *b)
{
    const struct plan_party *x = a, *y = b;
    if (x->term != y->term)
        return x->term - 1u < y->term - 1u ? -1 : 1; /* 0, never, last */
    if (x->office != y->office)
        return x->office < y->office ? -1 : 1;
    if (x->round != y->round)
        return x->round < y->round ? -1 : 1;
    double p = x->need / x->n, q = y->need / y->n;
    if (p != q)
        return p > q ? -1 : 1;
    return (x->start > y->start) - (x->start < y->start);
}

static int open_work(struct plan_work *w, struct err *e)
{
    w->at_home = calloc(w->n_offices, sizeof *w->at_home);
    w->room = calloc(w->n_offices, sizeof *w->room);
    w->declined = calloc(w->n_offices, sizeof *w->declined);
    w->closed = calloc(w->n_offices, sizeof *w->closed);
    if (w->at_home == NULL || w->room == NULL || w->declined == NULL || w->closed == NULL)
        return err_memory(e, "a plan");
    return ERR_OK;
}

static void close_work(struct plan_work *w)
{
    free(w->candidate);
    free(w->group_all);
    free(w->group_asked);
    free(w->lag);
    free(w->at_home);
    free(w->room);
    free(w->declined);
    free(w->closed);
    arena_free(&w->memory);
}

int plan_make(const struct plan_people *people, const struct plan_office *offices, uint32_t n_offices,
              const struct plan_settings *settings, struct plan *out, struct err *e)
{
    struct plan_work w = {
        .people = people, .offices = offices, .n_offices = n_offices, .settings = settings, .out = out};
    *out = (struct plan){0};
    if (n_offices == 0)
        return err_set(e, ERR_INVALID, "offices: none came; 1 to %d are allowed", PLAN_OFFICES_MOST);
    if (people->n > PLAN_ORGANIZERS_MOST)
        return err_set(e, ERR_INVALID, "%u organizers are to be planned for; at most %d are allowed",
                       people->n, PLAN_ORGANIZERS_MOST);
    arena_init(&w.memory);
    int code = open_work(&w, e);
    if (code == ERR_OK)
        code = plan_parties(&w, e);
    if (code == ERR_OK)
        code = plan_homes(&w, e);
    if (code == ERR_OK) {
        make_terms(&w);
        code = count_terms(&w, e);
    }
    if (code == ERR_OK) {
        count_parties(&w);
        qsort(out->party, out->n_parties, sizeof *out->party, by_term);
    }
    close_work(&w);
    return code;
}

void plan_free(struct plan *p)
{
    free(p->party);
    free(p->member);
    free(p->term);
    free(p->counts);
    *p = (struct plan){0};
}
