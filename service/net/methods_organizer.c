/* organizer.*: who there is and who resembles whom. */
#include "net/encode.h"
#include "net/past.h"
#include "proto/mp.h"

static void encode_report(struct buf *out, const struct population *p, const struct report *r, bool english)
{
    const struct challenge *c = &p->challenges[r->challenge];
    mp_map(out, 5);
    encode_challenge_name(out, c, english);
    mp_key(out, "category");
    mp_text(out, p->categories[c->category]);
    mp_key(out, "severity");
    mp_uint(out, r->severity);
    mp_key(out, "reported_on");
    encode_day(out, r->day);
}

static void encode_place(struct buf *out, const struct snapshot_programme *p,
                         const struct snapshot_place *place, bool english)
{
    const struct snapshot_network *n = &p->networks[place->network];
    mp_map(out, 6);
    mp_key(out, "programme");
    mp_text(out, p->name);
    encode_number_label(out, n, english);
    mp_key(out, "name");
    encode_optional(out, n->name);
    mp_key(out, "fit");
    mp_rounded(out, place->fit, SCORE_DIGITS);
    encode_published_run(out, p);
}

/* One for each programme in which it is a member; of `only`, unless that is NULL. */
static void encode_places(struct buf *out, const struct snapshot *s, const struct snapshot_programme *only,
                          uint32_t organizer, bool english)
{
    uint32_t n = 0;
    mp_key(out, "networks");
    size_t opened = mp_array_open(out);
    for (uint32_t i = 0; i < s->n_programmes; i++) {
        const struct snapshot_programme *p = &s->programmes[i];
        if ((only != NULL && p != only) || p->places[organizer].state != PLACE_MEMBER)
            continue;
        encode_place(out, p, &p->places[organizer], english);
        n++;
    }
    mp_array_close(out, opened, n);
}

int handle_organizer_get(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *only = NULL;
    const struct argument *programme = past_programme(call);
    uint32_t organizer;
    if (call_snapshot(call, &s, e) || call_organizer(s, &call->arguments[0], &organizer, e) ||
        (programme != NULL && call_programme(s, programme, &only, e)))
        return e->code;
    const struct population *p = &s->population;
    /* What it reports is known of the present alone, also where as_of names the run that is in force. */
    bool then = call->arguments[2].given;
    uint32_t first = p->report_start[organizer], end = then ? first : p->report_start[organizer + 1];
    mp_map(out, 4);
    mp_key(out, "organizer");
    encode_organizer(out, &p->organizers[organizer]);
    encode_places(out, s, only, organizer, call->english);
    mp_key(out, "reports");
    mp_array(out, end - first);
    for (uint32_t i = first; i < end; i++)
        encode_report(out, p, &p->reports[i], call->english);
    encode_age_last(out, call);
    return 0;
}

int handle_organizer_search(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *text = &call->arguments[0], *limit = &call->arguments[1];
    const struct snapshot *s;
    uint32_t found[200]; /* the highest limit, by methods.def */
    size_t total = 0, max = limit->natural < 200 ? (size_t)limit->natural : 200;
    if (call_snapshot(call, &s, e))
        return e->code;
    size_t n = snapshot_search(s, text->text, text->text_size, found, max, &total);
    mp_map(out, 3);
    mp_key(out, "organizers");
    mp_array(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        encode_organizer(out, &s->population.organizers[found[i]]);
    mp_key(out, "total");
    mp_uint(out, total);
    encode_age_last(out, call);
    return 0;
}

static void encode_similar(struct buf *out, const struct call *call, const struct snapshot *s,
                           const struct snapshot_programme *p, uint32_t organizer,
                           const struct neighbour *other)
{
    mp_map(out, 3);
    mp_key(out, "organizer");
    encode_organizer_brief(out, &s->population.organizers[other->row]);
    mp_key(out, "similarity");
    mp_rounded(out, other->similarity, SCORE_DIGITS);
    mp_key(out, "shared");
    encode_shared(out, s, p, organizer, other->row, call->english);
}

int handle_organizer_similar(struct call *call, struct buf *out, struct err *e)
{
    const struct argument *id = &call->arguments[0], *limit = &call->arguments[1],
                          *name = &call->arguments[2];
    const struct snapshot *s;
    const struct snapshot_programme *p;
    uint32_t organizer;
    struct neighbour similar[200]; /* the highest limit, by methods.def */
    size_t max = limit->natural < 200 ? (size_t)limit->natural : 200;
    if (call_snapshot(call, &s, e) || call_organizer(s, id, &organizer, e) || call_programme(s, name, &p, e))
        return e->code;
    size_t n = snapshot_similar(p, organizer, max, similar);
    mp_map(out, 3);
    mp_key(out, "organizer");
    encode_organizer(out, &s->population.organizers[organizer]);
    mp_key(out, "similar");
    mp_array(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++)
        encode_similar(out, call, s, p, organizer, &similar[i]);
    encode_age_last(out, call);
    return 0;
}
