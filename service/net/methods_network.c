/* network.*: the published networks of a programme, who is in them and why. */
#include <inttypes.h>
#include <math.h>

#include "core/snapshot/explain_match.h"
#include "net/encode.h"
#include "proto/mp.h"
#include "proto/text.h"

/* The sentence of the run; but who had reported nothing then and has since is not told so any more. */
static void encode_reason(struct buf *out, const struct call *call, const struct snapshot *s,
                          const struct snapshot_programme *p, uint32_t organizer)
{
    mp_key(out, "reason");
    if (p->places[organizer].state == PLACE_UNMATCHED && call->past == NULL &&
        match_is_newcomer(p, organizer)) {
        mp_text(out,
                call->english
                    ? "It had reported nothing that counts when the published networks were formed; it "
                      "has since, and is placed in the next run."
                    : "Den hade inte rapporterat något som räknas när de publicerade nätverken bildades; "
                      "det har den gjort sedan dess, och den placeras vid nästa gruppering.");
        return;
    }
    size_t opened = mp_text_open(out);
    snapshot_say_reason(s, p, organizer, call->english, out);
    mp_text_close(out, opened);
}

/* The next best network with the fit there, or nil. */
static void encode_next(struct buf *out, const struct snapshot_programme *p,
                        const struct snapshot_place *place, bool english)
{
    mp_key(out, "next");
    if (place->next_network == POPULATION_NONE) {
        mp_nil(out);
        return;
    }
    const struct snapshot_network *n = &p->networks[place->next_network];
    mp_map(out, 4);
    encode_number_label(out, n, english);
    mp_key(out, "fit");
    mp_rounded(out, place->next_fit, SCORE_DIGITS);
    mp_key(out, "why");
    if (place->why_not == WHY_NOT_NONE)
        mp_nil(out);
    else
        mp_text(out, why_not_name(place->why_not));
}

/* What two members of an earlier run had in common: the challenges that the run tells of both. */
static void encode_told_of_both(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p,
                                uint32_t a, uint32_t b, bool english)
{
    const struct snapshot_place *x = &p->places[a], *y = &p->places[b];
    uint32_t both[SHARED_MAX], n = 0;
    for (uint32_t i = 0; i < x->n_shared && n < SHARED_MAX; i++)
        for (uint32_t k = 0; k < y->n_shared; k++)
            if (x->shared[i] == y->shared[k])
                both[n++] = x->shared[i];
    encode_challenges(out, &s->population, both, n, english);
}

/* Profiles of then are gone: how similar the two were is not known. */
static void encode_past_peer(struct buf *out, const struct call *call, const struct snapshot *s,
                             const struct snapshot_programme *p, uint32_t organizer, uint32_t peer)
{
    mp_key(out, "similarity");
    mp_nil(out);
    mp_key(out, "shared");
    encode_told_of_both(out, s, p, organizer, peer, call->english);
}

static void encode_peer(struct buf *out, const struct call *call, const struct snapshot *s,
                        const struct snapshot_programme *p, uint32_t organizer, uint32_t peer)
{
    mp_map(out, 4);
    mp_key(out, "organizer");
    encode_organizer_brief(out, &s->population.organizers[peer]);
    mp_key(out, "fit");
    mp_rounded(out, p->places[peer].fit, SCORE_DIGITS);
    if (call->past != NULL) {
        encode_past_peer(out, call, s, p, organizer, peer);
        return;
    }
    mp_key(out, "similarity");
    mp_rounded(out, profiles_similarity(&p->profiles, organizer, peer), SCORE_DIGITS);
    mp_key(out, "shared");
    encode_shared(out, s, p, organizer, peer, call->english);
}

/* The fields from network to peers for a member. */
static void encode_membership(struct buf *out, const struct call *call, const struct snapshot *s,
                              const struct snapshot_programme *p, uint32_t organizer)
{
    const struct snapshot_place *place = &p->places[organizer];
    const struct snapshot_network *n = &p->networks[place->network];
    mp_key(out, "network");
    encode_network(out, s, p, n, call->english);
    mp_key(out, "fit");
    mp_rounded(out, place->fit, SCORE_DIGITS);
    mp_key(out, "shared");
    encode_challenges(out, &s->population, place->shared, place->n_shared, call->english);
    mp_key(out, "peers");
    mp_array(out, n->size - 1);
    for (uint32_t i = 0; i < n->size; i++)
        if (n->member[i] != organizer)
            encode_peer(out, call, s, p, organizer, n->member[i]);
}

/* The same for one that is in no network. */
static void encode_no_membership(struct buf *out)
{
    mp_key(out, "network");
    mp_nil(out);
    mp_key(out, "fit");
    mp_nil(out);
    mp_key(out, "shared");
    mp_array(out, 0);
    mp_key(out, "peers");
    mp_array(out, 0);
}

/* Where a newcomer belongs until the next run: the best network with room, or nil. */
static int encode_provisional(struct buf *out, const struct call *call, const struct snapshot *s,
                              const struct snapshot_programme *p, uint32_t organizer, struct err *e)
{
    struct match_query q = {.organizer = organizer, .limit = 1};
    struct match_answer x;
    mp_key(out, "provisional");
    if (call->past != NULL || !match_is_newcomer(p, organizer)) {
        mp_nil(out);
        return 0;
    }
    if (match_networks(s, p, &q, &x, e))
        return e->code;
    if (x.n_places == 0)
        mp_nil(out);
    else
        encode_match_place(out, s, p, &x.places[0], call->english);
    match_free(&x);
    return 0;
}

/* Whom a call is about, in which programme, and where it is there. */
struct asked {
    const struct snapshot *s;
    const struct snapshot_programme *p;
    uint32_t organizer;
    const struct snapshot_place *place;
    const struct snapshot_network *network; /* NULL: it is in none */
};

static int read_asked(struct call *call, struct asked *a, struct err *e)
{
    if (call_snapshot(call, &a->s, e) || call_organizer(a->s, &call->arguments[0], &a->organizer, e) ||
        call_programme(a->s, &call->arguments[1], &a->p, e))
        return e->code;
    a->place = &a->p->places[a->organizer];
    a->network = a->place->state == PLACE_MEMBER ? &a->p->networks[a->place->network] : NULL;
    return 0;
}

int handle_network_of(struct call *call, struct buf *out, struct err *e)
{
    struct asked a;
    if (read_asked(call, &a, e))
        return e->code;
    mp_map(out, 13);
    mp_key(out, "organizer");
    encode_organizer(out, &a.s->population.organizers[a.organizer]);
    mp_key(out, "matched");
    mp_bool(out, a.network != NULL);
    if (a.network != NULL)
        encode_membership(out, call, a.s, a.p, a.organizer);
    else
        encode_no_membership(out);
    encode_closest(out, &a.s->population, a.place->closest, a.place->closest_similarity);
    encode_next(out, a.p, a.place, call->english);
    if (encode_provisional(out, call, a.s, a.p, a.organizer, e))
        return e->code;
    encode_reason(out, call, a.s, a.p, a.organizer);
    /* Similarities to peers are of today, the rest is of the run. */
    encode_changed_inputs(out, a.p->published_run == 0 ? NULL : snapshot_find_run(a.s, a.p->published_run));
    encode_published_run(out, a.p);
    encode_age_last(out, call);
    return 0;
}

/* A few hundred bytes where network.of has thousands: what a program wants that asks for each of its users.
 */
int handle_network_peers(struct call *call, struct buf *out, struct err *e)
{
    struct asked a;
    if (read_asked(call, &a, e))
        return e->code;
    const struct snapshot_network *n = a.network;
    mp_map(out, 6);
    mp_key(out, "network");
    if (n != NULL)
        mp_uint(out, n->number);
    else
        mp_nil(out);
    mp_key(out, "label");
    mp_text(out, n == NULL ? NULL : call->english ? n->label_en : n->label_sv);
    mp_key(out, "fit");
    mp_rounded(out, n != NULL ? a.place->fit : NAN, SCORE_DIGITS);
    mp_key(out, "peers");
    mp_array(out, n != NULL ? n->size - 1 : 0);
    for (uint32_t i = 0; n != NULL && i < n->size; i++)
        if (n->member[i] != a.organizer)
            mp_text(out, a.s->population.organizers[n->member[i]].id);
    encode_published_run(out, a.p);
    encode_age_last(out, call);
    return 0;
}

static void encode_member(struct buf *out, const struct call *call, const struct snapshot *s,
                          const struct snapshot_programme *p, uint32_t organizer)
{
    const struct snapshot_place *place = &p->places[organizer];
    mp_map(out, 6);
    mp_key(out, "organizer");
    encode_organizer(out, &s->population.organizers[organizer]);
    mp_key(out, "fit");
    mp_rounded(out, place->fit, SCORE_DIGITS);
    mp_key(out, "shared");
    encode_challenges(out, &s->population, place->shared, place->n_shared, call->english);
    encode_closest(out, &s->population, place->closest, place->closest_similarity);
    encode_next(out, p, place, call->english);
    encode_reason(out, call, s, p, organizer);
}

int handle_network_get(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    const struct snapshot_network *n;
    if (call_snapshot(call, &s, e) || call_programme(s, &call->arguments[1], &p, e) ||
        call_network(p, &call->arguments[0], &n, e))
        return e->code;
    mp_map(out, 4);
    mp_key(out, "network");
    encode_network(out, s, p, n, call->english);
    mp_key(out, "members");
    mp_array(out, n->size);
    for (uint32_t i = 0; i < n->size; i++)
        encode_member(out, call, s, p, n->member[i]);
    encode_published_run(out, p);
    encode_age_last(out, call);
    return 0;
}

/* How many of `total` a page from `offset` holds. */
static uint32_t page_size(uint64_t total, uint64_t offset, uint64_t limit)
{
    uint64_t left = offset < total ? total - offset : 0;
    return (uint32_t)(left < limit ? left : limit);
}

static void encode_unmatched(struct buf *out, const struct call *call, const struct snapshot *s,
                             const struct snapshot_programme *p, uint32_t organizer)
{
    const struct snapshot_place *place = &p->places[organizer];
    mp_map(out, 6);
    mp_key(out, "organizer");
    encode_organizer_brief(out, &s->population.organizers[organizer]);
    mp_key(out, "code");
    mp_text(out, unmatched_reason_name(place->unmatched));
    encode_reason(out, call, s, p, organizer);
    encode_next(out, p, place, call->english);
    mp_key(out, "last_report");
    encode_optional(out, place->texts->last_report);
    mp_key(out, "ahead");
    if (place->waits)
        mp_uint(out, place->ahead);
    else
        mp_nil(out);
}

int handle_network_list(struct call *call, struct buf *out, struct err *e)
{
    uint64_t offset = call->arguments[1].natural, limit = call->arguments[2].natural;
    bool left_out = call->arguments[3].flag;
    const struct snapshot *s;
    const struct snapshot_programme *p;
    if (call_snapshot(call, &s, e) || call_programme(s, &call->arguments[0], &p, e))
        return e->code;
    uint32_t networks = left_out ? 0 : page_size(p->n_networks, offset, limit);
    uint32_t unmatched = left_out ? page_size(p->n_unmatched, offset, limit) : 0;
    mp_map(out, 6);
    mp_key(out, "networks");
    mp_array(out, networks);
    for (uint32_t i = 0; i < networks; i++)
        encode_network(out, s, p, &p->networks[offset + i], call->english);
    mp_key(out, "unmatched");
    mp_array(out, unmatched);
    for (uint32_t i = 0; i < unmatched; i++)
        encode_unmatched(out, call, s, p, p->unmatched[offset + i]);
    mp_key(out, "total");
    mp_uint(out, p->n_networks);
    mp_key(out, "unmatched_total");
    mp_uint(out, p->n_unmatched);
    encode_published_run(out, p);
    encode_age_last(out, call);
    return 0;
}
