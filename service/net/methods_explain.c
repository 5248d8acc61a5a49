/* organizer.explain: two organizers beside each other. */
#include "core/explain/explain_pair.h"
#include "net/encode.h"
#include "proto/mp.h"

static void encode_weight(struct buf *out, const char *severity, const char *weight,
                          const struct pair_challenge *c, int side)
{
    mp_key(out, severity);
    mp_uint(out, c->severity[side]);
    mp_key(out, weight);
    mp_rounded(out, c->weight[side], SCORE_DIGITS);
}

static void encode_both(struct buf *out, const struct population *p, const struct pair_challenge *c,
                        bool english)
{
    mp_map(out, 7);
    encode_challenge_name(out, &p->challenges[c->challenge], english);
    encode_weight(out, "severity", "weight", c, 0);
    encode_weight(out, "other_severity", "other_weight", c, 1);
    mp_key(out, "share");
    mp_rounded(out, c->share, SCORE_DIGITS);
}

static void encode_only(struct buf *out, const char *key, const struct population *p,
                        const struct pair_explanation *x, int side, bool english)
{
    mp_key(out, key);
    mp_array(out, x->n_only[side]);
    for (uint32_t i = 0; i < x->n_only[side]; i++) {
        mp_map(out, 4);
        encode_challenge_name(out, &p->challenges[x->only[side][i].challenge], english);
        encode_weight(out, "severity", "weight", &x->only[side][i], side);
    }
}

static void encode_parts(struct buf *out, const struct population *p, const struct pair_explanation *x,
                         bool english)
{
    mp_key(out, "shared");
    mp_array(out, x->n_shared);
    for (uint32_t i = 0; i < x->n_shared; i++)
        encode_both(out, p, &x->shared[i], english);
    mp_key(out, "categories");
    mp_array(out, x->n_categories);
    for (uint32_t i = 0; i < x->n_categories; i++) {
        mp_map(out, 2);
        mp_key(out, "category");
        mp_text(out, p->categories[x->categories[i].category]);
        mp_key(out, "share");
        mp_rounded(out, x->categories[i].share, SCORE_DIGITS);
    }
    encode_only(out, "only", p, x, 0, english);
    encode_only(out, "other_only", p, x, 1, english);
}

static void encode_place(struct buf *out, const char *key, const struct snapshot_programme *p,
                         uint32_t organizer, bool english)
{
    uint32_t network = p->places[organizer].network;
    mp_key(out, key);
    if (network == POPULATION_NONE)
        mp_nil(out);
    else
        encode_network_brief(out, &p->networks[network], english);
}

static void encode_pair(struct buf *out, struct call *call, const struct snapshot *s,
                        const struct snapshot_programme *p, const uint32_t *pair,
                        const struct pair_explanation *x)
{
    mp_map(out, 14);
    mp_key(out, "organizer");
    encode_organizer_brief(out, &s->population.organizers[pair[0]]);
    mp_key(out, "other");
    encode_organizer_brief(out, &s->population.organizers[pair[1]]);
    mp_key(out, "similarity");
    mp_rounded(out, x->similarity, SCORE_DIGITS);
    mp_key(out, "damping");
    mp_rounded(out, x->damping, SCORE_DIGITS);
    mp_key(out, "distance_km");
    mp_rounded(out, x->distance_km, 1);
    encode_parts(out, &s->population, x, call->english);
    encode_place(out, "network", p, pair[0], call->english);
    encode_place(out, "other_network", p, pair[1], call->english);
    mp_key(out, "reason");
    mp_text(out, call->english ? x->reason_en : x->reason_sv);
    encode_published_run(out, p);
    encode_age_last(out, call);
}

int handle_organizer_explain(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    struct pair_explanation x;
    uint32_t pair[2];
    if (call_snapshot(call, &s, e) || call_organizer(s, &call->arguments[0], &pair[0], e) ||
        call_organizer(s, &call->arguments[1], &pair[1], e) || call_programme(s, &call->arguments[2], &p, e))
        return e->code;
    if (pair[0] == pair[1])
        return err_set(e, ERR_INVALID, "organizer and other are the same, %s; two are compared",
                       s->population.organizers[pair[0]].id);
    if (pair_explain(&s->population, &p->profiles, &p->settings, s->today, pair[0], pair[1], &x, e))
        return e->code;
    encode_pair(out, call, s, p, pair, &x);
    pair_free(&x);
    return 0;
}
