/* Plans as they are on the wire. */
#include <math.h>

#include "net/encode.h"
#include "net/plan_job.h"
#include "proto/mp.h"

#define KM_DIGITS 1
#define FAR_KM 500 /* from everybody: no office of theirs, but perhaps lat and lon in each other's place */

static double rounded(double value)
{
    return round(value * 1e6) / 1e6;
}

/* "capacity", "invited", "in_line", "dialogues", "expected". */
static void encode_count(struct buf *out, const struct plan_count *c)
{
    mp_key(out, "capacity");
    mp_uint(out, c->places);
    mp_key(out, "invited");
    mp_uint(out, c->invited);
    mp_key(out, "in_line");
    mp_uint(out, c->in_line);
    mp_key(out, "dialogues");
    mp_uint(out, c->dialogues);
    mp_key(out, "expected");
    mp_rounded(out, rounded(c->expected), 3);
}

static void encode_term(struct buf *out, const struct plan_scenario *x, uint32_t at)
{
    const struct plan_term *t = &x->plan.term[at];
    mp_map(out, 10);
    mp_key(out, "term");
    mp_uint(out, at + 1);
    encode_count(out, &t->all);
    mp_key(out, "reach");
    mp_rounded(out, t->reach, SCORE_DIGITS);
    mp_key(out, "need_left");
    mp_rounded(out, t->need_left, SCORE_DIGITS);
    mp_key(out, "kinds");
    mp_map(out, KIND_COUNT);
    for (int k = 0; k < KIND_COUNT; k++) {
        mp_key(out, organizer_kind_name((enum organizer_kind)k));
        mp_uint(out, t->kinds[k]);
    }
    mp_key(out, "offices");
    mp_array(out, x->n_offices);
    for (uint32_t o = 0; o < x->n_offices; o++) {
        mp_map(out, 6);
        mp_key(out, "office");
        mp_text(out, x->offices[o].name);
        encode_count(out, &t->office[o]);
    }
}

/* "organizers", their ids, and "names". */
static void encode_people(struct buf *out, const struct plan_job *job, const struct plan_scenario *x,
                          const struct plan_party *party)
{
    const struct organizer *all = job->job.s->population.organizers;
    mp_key(out, "organizers");
    mp_array(out, party->n);
    for (uint32_t k = 0; k < party->n; k++)
        mp_text(out, all[job->people.person[x->plan.member[party->start + k]].organizer].id);
    mp_key(out, "names");
    mp_array(out, party->n);
    for (uint32_t k = 0; k < party->n; k++)
        mp_text(out, all[job->people.person[x->plan.member[party->start + k]].organizer].name);
}

/* {term, office, round, network, organizers, names, need, km} */
static void encode_party(struct buf *out, const struct plan_job *job, const struct plan_scenario *x,
                         const struct plan_party *party)
{
    bool never = party->term == 0;
    mp_map(out, 8);
    mp_key(out, "term");
    if (never)
        mp_nil(out);
    else
        mp_uint(out, party->term);
    mp_key(out, "office");
    mp_text(out, never ? NULL : x->offices[party->office].name);
    mp_key(out, "round");
    if (never)
        mp_nil(out);
    else
        mp_uint(out, party->round);
    mp_key(out, "network");
    if (party->network == POPULATION_NONE)
        mp_nil(out);
    else
        mp_uint(out, job->job.p->networks[party->network].number);
    encode_people(out, job, x, party);
    mp_key(out, "need");
    mp_rounded(out, party->need, SCORE_DIGITS);
    mp_key(out, "km");
    mp_rounded(out, party->km, KM_DIGITS);
}

static bool is_invited(const struct plan_job *job, const struct plan_party *party)
{
    return party->term > 0 && party->term <= job->terms;
}

/* Those who are invited within the terms asked for, or those who wait longer. */
static void encode_parties(struct buf *out, const struct plan_job *job, const struct plan_scenario *x,
                           bool invited)
{
    uint32_t n = 0;
    size_t opened = mp_array_open(out);
    for (uint32_t i = 0; job->detail && i < x->plan.n_parties; i++) {
        if (is_invited(job, &x->plan.party[i]) != invited)
            continue;
        encode_party(out, job, x, &x->plan.party[i]);
        n++;
    }
    mp_array_close(out, opened, n);
}

static void encode_whole_or_nil(struct buf *out, const char *key, bool known, uint32_t value)
{
    mp_key(out, key);
    if (known)
        mp_uint(out, value);
    else
        mp_nil(out);
}

/* Where anybody is known to be, but nobody near it. */
static bool is_far(const struct plan_job *job, const struct plan_office *office)
{
    const struct organizer there = {.lat = office->lat, .lon = office->lon};
    bool known = false;
    for (uint32_t i = 0; i < job->people.n; i++) {
        const struct organizer here = {.lat = job->people.person[i].lat, .lon = job->people.person[i].lon};
        double km = organizer_distance_km(&here, &there);
        if (km <= FAR_KM)
            return false;
        known = known || !isnan(km);
    }
    return known;
}

static void encode_far(struct buf *out, const struct plan_job *job, const struct plan_scenario *x)
{
    uint32_t n = 0;
    size_t opened = mp_array_open(out);
    for (uint32_t o = 0; o < x->n_offices; o++) {
        if (!is_far(job, &x->offices[o]))
            continue;
        mp_text(out, x->offices[o].name);
        n++;
    }
    mp_array_close(out, opened, n);
}

void encode_scenario(struct buf *out, const struct plan_job *job, const struct plan_scenario *x)
{
    const struct plan *plan = &x->plan;
    bool all = plan->never == 0;
    mp_map(out, 9);
    mp_key(out, "name");
    mp_text(out, x->name);
    encode_whole_or_nil(out, "terms_to_all", all, plan->n_terms);
    mp_key(out, "years_to_all");
    mp_rounded(out, all ? (double)plan->n_terms / x->options.terms_per_year : (double)NAN, 2);
    mp_key(out, "never");
    mp_uint(out, plan->never);
    mp_key(out, "terms_per_year");
    mp_uint(out, x->options.terms_per_year);
    mp_key(out, "terms");
    mp_array(out, plan->n_terms);
    for (uint32_t t = 0; t < plan->n_terms; t++)
        encode_term(out, x, t);
    mp_key(out, "invitations");
    encode_parties(out, job, x, true);
    mp_key(out, "waiting");
    encode_parties(out, job, x, false);
    mp_key(out, "far");
    encode_far(out, job, x);
}

void encode_plans(struct buf *out, const struct plan_job *job)
{
    double need = 0;
    for (uint32_t i = 0; i < job->people.n; i++)
        need += job->people.person[i].need;
    mp_key(out, "plans");
    mp_array(out, job->n_scenarios);
    for (uint32_t i = 0; i < job->n_scenarios; i++)
        encode_scenario(out, job, &job->scenario[i]);
    mp_key(out, "organizers");
    mp_uint(out, job->people.n);
    mp_key(out, "before");
    mp_uint(out, job->before);
    mp_key(out, "need");
    mp_rounded(out, need, SCORE_DIGITS);
    encode_published_run(out, job->job.p);
    mp_key(out, "age_s");
    mp_rounded(out, job->age_s, 3);
}
