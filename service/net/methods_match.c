/* organizer.match: which networks with room would suit an organizer, or a profile that exists only in the
 * request. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/snapshot/explain_match.h"
#include "net/encode.h"
#include "proto/mp.h"
#include "proto/text.h"

#define REPORTS_MAX 200

/* "reports[2]: ..." of one that is not {challenge, severity}. */
static int read_report(const struct population *p, const msgpack_object *entry, size_t index,
                       struct match_report *out, struct err *e)
{
    char shown[TEXT_SHOWN];
    const msgpack_object *challenge = mp_find(entry, "challenge"), *severity = mp_find(entry, "severity");
    const char *code;
    size_t size;
    uint64_t value;
    if (mp_count(entry) != 2 || challenge == NULL || severity == NULL)
        return err_set(e, ERR_INVALID, "reports[%zu]: a map of challenge and severity is allowed", index);
    if (!mp_get_str(challenge, &code, &size))
        return err_set(e, ERR_INVALID, "reports[%zu].challenge: %s came; a str is allowed", index,
                       mp_type_name(challenge));
    out->challenge = population_find_challenge(p, code, size);
    if (out->challenge == POPULATION_NONE)
        return err_set(e, ERR_INVALID, "reports[%zu].challenge: %s is not in the catalogue (challenge.list)",
                       index, text_show(code, size, shown));
    if (!mp_get_uint(severity, &value))
        return err_set(e, ERR_INVALID, "reports[%zu].severity: %s came; a uint of 1 to 5 is allowed", index,
                       mp_type_name(severity));
    if (value < 1 || value > 5)
        return err_set(e, ERR_INVALID, "reports[%zu].severity: %" PRIu64 " came; a uint of 1 to 5 is allowed",
                       index, value);
    out->severity = (int)value;
    return 0;
}

static int read_reports(const struct population *p, const msgpack_object *list, struct match_report *out,
                        struct match_query *q, struct err *e)
{
    if (mp_count(list) > REPORTS_MAX)
        return err_set(e, ERR_INVALID, "reports: %zu came; at most %d are allowed", mp_count(list),
                       REPORTS_MAX);
    q->reports = out;
    for (; q->n_reports < mp_count(list); q->n_reports++) {
        if (read_report(p, mp_at(list, q->n_reports), q->n_reports, &out[q->n_reports], e))
            return e->code;
        for (size_t i = 0; i < q->n_reports; i++)
            if (out[i].challenge == out[q->n_reports].challenge)
                return err_set(e, ERR_INVALID, "reports[%zu].challenge: %s came before, as reports[%zu]",
                               q->n_reports, p->challenges[out[i].challenge].code, i);
    }
    return 0;
}

void encode_match_place(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p,
                        const struct match_place *place, bool english)
{
    const struct snapshot_network *n = &p->networks[place->network];
    mp_map(out, 7);
    encode_number_label(out, n, english);
    mp_key(out, "size");
    mp_uint(out, n->size);
    mp_key(out, "room");
    mp_uint(out, place->room);
    mp_key(out, "fit");
    mp_rounded(out, place->fit, SCORE_DIGITS);
    mp_key(out, "shared");
    mp_array(out, place->n_shared);
    for (uint32_t i = 0; i < place->n_shared; i++) {
        const struct challenge *c = &s->population.challenges[place->shared[i].challenge];
        mp_map(out, 3);
        mp_key(out, "challenge");
        mp_text(out, c->code);
        mp_key(out, "label");
        mp_text(out, english ? c->label_en : c->label_sv);
        mp_key(out, "members");
        mp_uint(out, place->shared[i].members);
    }
    mp_key(out, "reason");
    mp_text(out, english ? place->reason_en : place->reason_sv);
}

static void encode_own(struct buf *out, const struct snapshot_programme *p, const struct match_answer *x,
                       bool english)
{
    bool member = x->own_network != POPULATION_NONE;
    mp_key(out, "network");
    if (member)
        encode_network_brief(out, &p->networks[x->own_network], english);
    else
        mp_nil(out);
    mp_key(out, "fit");
    if (member)
        mp_rounded(out, x->own_fit, SCORE_DIGITS);
    else
        mp_nil(out);
}

static void encode_answer(struct buf *out, struct call *call, const struct snapshot *s,
                          const struct snapshot_programme *p, uint32_t organizer,
                          const struct match_answer *x)
{
    mp_map(out, 7);
    mp_key(out, "organizer");
    if (organizer == POPULATION_NONE)
        mp_nil(out);
    else
        encode_organizer_brief(out, &s->population.organizers[organizer]);
    mp_key(out, "networks");
    mp_array(out, (uint32_t)x->n_places);
    for (size_t i = 0; i < x->n_places; i++)
        encode_match_place(out, s, p, &x->places[i], call->english);
    encode_own(out, p, x, call->english);
    mp_key(out, "reason");
    mp_text(out, call->english ? x->reason_en : x->reason_sv);
    encode_published_run(out, p);
    encode_age_last(out, call);
}

int handle_organizer_match(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *id = &call->arguments[0], *list = &call->arguments[1];
    const struct snapshot *s;
    const struct snapshot_programme *p;
    struct match_report reports[REPORTS_MAX];
    struct match_query q = {.organizer = POPULATION_NONE, .limit = (size_t)call->arguments[3].natural};
    struct match_answer x;
    if (!id->given && !list->given)
        return err_set(e, ERR_INVALID, "organizer, reports: neither came; one of them, or both, is needed");
    if (call_snapshot(call, &s, e) || (id->given && call_organizer(s, id, &q.organizer, e)) ||
        call_programme(s, &call->arguments[2], &p, e) ||
        (list->given && read_reports(&s->population, list->object, reports, &q, e)))
        return e->code;
    if (match_networks(s, p, &q, &x, e))
        return e->code;
    encode_answer(out, call, s, p, q.organizer, &x);
    match_free(&x);
    return 0;
}
