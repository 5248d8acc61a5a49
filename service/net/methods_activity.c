/* activity.*: what the agency offers, and which needs that answers. */
#include <stdlib.h>

#include "core/plan/cover.h"
#include "net/ask.h"
#include "net/encode.h"
#include "proto/mp.h"
#include "proto/text.h"

#define ANSWERED_MOST 1000 /* challenges of one activity */

static void encode_activity_name(struct buf *out, const struct snapshot_activity *a, bool english)
{
    mp_key(out, "activity");
    encode_foreign(out, a->code);
    mp_key(out, "title");
    encode_foreign(out, english ? a->title_en : a->title_sv);
}

int handle_activity_list(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    if (call_snapshot(call, &s, e))
        return (int)e->code;
    mp_map(out, 2);
    mp_key(out, "activities");
    mp_array(out, s->n_activities);
    for (uint32_t i = 0; i < s->n_activities; i++) {
        const struct snapshot_activity *a = &s->activities[i];
        mp_map(out, 5);
        encode_activity_name(out, a, call->english);
        mp_key(out, "title_sv");
        encode_foreign(out, a->title_sv);
        mp_key(out, "title_en");
        encode_foreign(out, a->title_en);
        mp_key(out, "challenges");
        encode_challenges(out, &s->population, a->challenge, a->n, call->english);
    }
    encode_age_last(out, call);
    return 0;
}

/* Codes of challenges in the catalogue. */
static int read_codes(const struct snapshot *s, const msgpack_object *list, const char **codes, struct err *e)
{
    char shown[TEXT_SHOWN];
    const char *code;
    size_t size;
    for (size_t i = 0; i < mp_count(list); i++) {
        const msgpack_object *value = mp_at(list, i);
        if (!mp_get_str(value, &code, &size))
            return err_set(e, ERR_INVALID, "challenges[%zu]: %s came; a str, the code, is allowed", i,
                           mp_type_name(value));
        uint32_t challenge = population_find_challenge(&s->population, code, size);
        if (challenge == POPULATION_NONE)
            return err_set(e, ERR_INVALID, "challenges[%zu]: %s is not in the catalogue (challenge.list)", i,
                           text_show(code, size, shown));
        codes[i] = s->population.challenges[challenge].code;
    }
    return 0;
}

int handle_activity_set(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    const struct snapshot *s;
    const char *codes[ANSWERED_MOST];
    size_t n = mp_count(a[3].object);
    struct ask ask;
    (void)out;
    if (call_snapshot(call, &s, e))
        return (int)e->code;
    if (n < 1 || n > ANSWERED_MOST)
        return err_set(e, ERR_INVALID, "challenges: %zu came; 1 to %d are allowed", n, ANSWERED_MOST);
    if (read_codes(s, a[3].object, codes, e))
        return (int)e->code;
    ask_begin(&ask, SERVICE_ACTIVITY_SET);
    ask_arguments(&ask, call, 3);
    ask_list(&ask, 3, codes, n);
    ask_actor(&ask, 4, call->conn);
    return ask_end(&ask, call, 0, e);
}

int handle_activity_remove(struct call *call, struct buf *out, struct err *e)
{
    struct ask ask;
    (void)out;
    ask_begin(&ask, SERVICE_ACTIVITY_REMOVE);
    ask_arguments(&ask, call, 1);
    ask_actor(&ask, 1, call->conn);
    return ask_end(&ask, call, 0, e);
}

struct asked {
    const struct snapshot *s;
    const struct snapshot_programme *p;
    struct cover *cover;
    uint32_t first, end; /* networks, by index */
    uint32_t most;
    double enough, widely;
    bool english;
};

static void encode_network_cover(struct buf *out, const struct asked *q, uint32_t network)
{
    struct cover_network x;
    cover_network(q->cover, network, q->most, q->enough, &x);
    mp_map(out, 4);
    mp_key(out, "network");
    encode_network_brief(out, &q->p->networks[network], q->english);
    mp_key(out, "need");
    mp_rounded(out, x.need, SCORE_DIGITS);
    mp_key(out, "covered");
    mp_rounded(out, x.covered, SCORE_DIGITS);
    mp_key(out, "activities");
    mp_array(out, x.n_choices);
    for (uint32_t k = 0; k < x.n_choices; k++) {
        mp_map(out, 3);
        encode_activity_name(out, &q->s->activities[x.choice[k].activity], q->english);
        mp_key(out, "share");
        mp_rounded(out, x.choice[k].share, SCORE_DIGITS);
    }
}

struct lack {
    uint32_t challenge, organizers;
};

static int by_organizers(const void *a, const void *b)
{
    const struct lack *x = a, *y = b;
    if (x->organizers != y->organizers)
        return x->organizers > y->organizers ? -1 : 1;
    return (x->challenge > y->challenge) - (x->challenge < y->challenge);
}

/* "missing": challenges that many report and no activity answers, most reported first; "answered": the share
 * of all that is reported that some activity answers. */
static int encode_missing(struct buf *out, const struct asked *q, struct err *e)
{
    uint32_t n = 0, reporting = cover_reporting(q->cover);
    double all = 0, answered = 0;
    struct lack *lacks = malloc((q->s->population.n_challenges + 1u) * sizeof *lacks);
    if (lacks == NULL)
        return err_memory(e, "the missing activities");
    for (uint32_t c = 0; c < q->s->population.n_challenges; c++) {
        uint32_t reporters = q->p->reporters[c];
        all += reporters;
        if (cover_answers(q->cover, c))
            answered += reporters;
        else if (reporters > 0 && reporters >= q->widely * reporting)
            lacks[n++] = (struct lack){c, reporters};
    }
    qsort(lacks, n, sizeof *lacks, by_organizers);
    mp_key(out, "missing");
    mp_array(out, n);
    for (uint32_t i = 0; i < n; i++) {
        mp_map(out, 4);
        encode_challenge_name(out, &q->s->population.challenges[lacks[i].challenge], q->english);
        mp_key(out, "organizers");
        mp_uint(out, lacks[i].organizers);
        mp_key(out, "share");
        mp_rounded(out, (double)lacks[i].organizers / reporting, SCORE_DIGITS);
    }
    free(lacks);
    mp_key(out, "answered");
    mp_rounded(out, all > 0 ? answered / all : 0, SCORE_DIGITS);
    return 0;
}

/* Which networks are asked about: one, or a page of them. */
static int find_networks(struct call *call, struct asked *q, struct err *e)
{
    const struct argument *network = &call->arguments[1];
    const struct snapshot_network *one;
    uint64_t offset = call->arguments[5].natural, limit = call->arguments[6].natural;
    if (network->given) {
        if (call_network(q->p, network, &one, e))
            return (int)e->code;
        q->first = (uint32_t)(one - q->p->networks);
        q->end = q->first + 1;
        return 0;
    }
    q->first = offset < q->p->n_networks ? (uint32_t)offset : q->p->n_networks;
    q->end = limit < q->p->n_networks - q->first ? q->first + (uint32_t)limit : q->p->n_networks;
    return 0;
}

int handle_activity_cover(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *a = call->arguments;
    struct asked q = {.most = (uint32_t)a[2].natural,
                      .enough = (double)a[3].natural / 100,
                      .widely = (double)a[4].natural / 100,
                      .english = call->english};
    if (call_snapshot(call, &q.s, e) || call_programme(q.s, &a[0], &q.p, e) || find_networks(call, &q, e))
        return (int)e->code;
    q.cover = cover_open(q.s, q.p);
    if (q.cover == NULL)
        return err_memory(e, "what activities cover");
    mp_map(out, 6);
    mp_key(out, "networks");
    mp_array(out, q.end - q.first);
    for (uint32_t i = q.first; i < q.end; i++)
        encode_network_cover(out, &q, i);
    mp_key(out, "total");
    mp_uint(out, q.p->n_networks);
    int code = encode_missing(out, &q, e);
    encode_published_run(out, q.p);
    encode_age_last(out, call);
    cover_close(q.cover);
    return code;
}
