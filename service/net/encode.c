#include "net/encode.h"

#include <string.h>
#include <time.h>

#include "proto/mp.h"
#include "proto/mp_json.h"
#include "proto/text.h"

void encode_foreign(struct buf *out, const char *text)
{
    size_t size = text == NULL ? 0 : strlen(text);
    mp_str(out, size == 0 ? "" : text, size);
    if (!buf_failed(out))
        text_repair((char *)out->data + out->size - size, size);
}

void encode_optional(struct buf *out, const char *text)
{
    if (text == NULL || *text == '\0')
        mp_nil(out);
    else
        encode_foreign(out, text);
}

void encode_json(struct buf *out, const char *json)
{
    struct err e = ERR_INIT;
    if (mp_from_json(out, json, strlen(json), &e) == ERR_INVALID)
        mp_map(out, 0);
}

void encode_day(struct buf *out, int32_t day)
{
    char text[32];
    struct tm date;
    time_t seconds = (time_t)day * 86400;
    if (gmtime_r(&seconds, &date) == NULL || strftime(text, sizeof text, "%Y-%m-%d", &date) == 0)
        mp_nil(out);
    else
        mp_text(out, text);
}

void encode_kind(struct buf *out, enum organizer_kind kind)
{
    mp_text(out, organizer_kind_name(kind));
}

static void encode_identity(struct buf *out, const struct organizer *o)
{
    mp_key(out, "id");
    mp_text(out, o->id);
    mp_key(out, "name");
    mp_text(out, o->name);
    mp_key(out, "kind");
    encode_kind(out, o->kind);
}

void encode_organizer_brief(struct buf *out, const struct organizer *o)
{
    mp_map(out, 3);
    encode_identity(out, o);
}

void encode_organizer(struct buf *out, const struct organizer *o)
{
    mp_map(out, 9);
    encode_identity(out, o);
    mp_key(out, "municipality");
    encode_optional(out, o->municipality);
    mp_key(out, "county");
    encode_optional(out, o->county);
    mp_key(out, "lat");
    mp_rounded(out, o->lat, 6);
    mp_key(out, "lon");
    mp_rounded(out, o->lon, 6);
    mp_key(out, "pupils");
    if (o->pupils < 0)
        mp_nil(out);
    else
        mp_int(out, o->pupils);
    mp_key(out, "attributes");
    encode_json(out, o->attributes);
}

void encode_challenge_name(struct buf *out, const struct challenge *c, bool english)
{
    mp_key(out, "challenge");
    mp_text(out, c->code);
    mp_key(out, "label");
    mp_text(out, english ? c->label_en : c->label_sv);
}

void encode_challenges(struct buf *out, const struct population *p, const uint32_t *challenges, size_t n,
                       bool english)
{
    mp_array(out, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        mp_map(out, 2);
        encode_challenge_name(out, &p->challenges[challenges[i]], english);
    }
}

void encode_shared(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p, uint32_t a,
                   uint32_t b, bool english)
{
    uint32_t shared[SHARED_MAX];
    size_t n = snapshot_shared(p, a, b, shared, SHARED_MAX);
    encode_challenges(out, &s->population, shared, n, english);
}

static void encode_reason(struct buf *out, const struct snapshot *s, const struct shared_challenge *shared,
                          bool english)
{
    mp_map(out, 4);
    encode_challenge_name(out, &s->population.challenges[shared->challenge], english);
    mp_key(out, "share");
    mp_rounded(out, shared->share, SCORE_DIGITS);
    mp_key(out, "lift");
    mp_rounded(out, shared->lift, SCORE_DIGITS);
}

static void encode_link(struct buf *out, const struct snapshot *s, const struct network_link *l, bool english)
{
    const struct population *p = &s->population;
    mp_key(out, "link");
    if (l->organizer == POPULATION_NONE) {
        mp_nil(out);
        return;
    }
    mp_map(out, 4);
    mp_key(out, "organizer");
    encode_organizer_brief(out, &p->organizers[l->organizer]);
    mp_key(out, "sides");
    mp_array(out, 2);
    for (int k = 0; k < 2; k++) {
        mp_map(out, 3);
        mp_key(out, "organizer");
        encode_organizer_brief(out, &p->organizers[l->side[k].organizer]);
        mp_key(out, "similarity");
        mp_rounded(out, l->side[k].similarity, SCORE_DIGITS);
        mp_key(out, "shared");
        encode_challenges(out, p, l->side[k].shared, l->side[k].n_shared, english);
    }
    mp_key(out, "similarity");
    mp_rounded(out, l->direct, SCORE_DIGITS);
    mp_key(out, "shared");
    encode_challenges(out, p, l->common, l->n_common, english);
}

void encode_network(struct buf *out, const struct snapshot *s, const struct snapshot_network *n, bool english)
{
    mp_map(out, 7);
    mp_key(out, "number");
    mp_uint(out, n->number);
    mp_key(out, "label");
    mp_text(out, english ? n->label_en : n->label_sv);
    mp_key(out, "reason");
    mp_text(out, english ? n->reason_en : n->reason_sv);
    mp_key(out, "size");
    mp_uint(out, n->size);
    mp_key(out, "cohesion");
    mp_rounded(out, n->cohesion, SCORE_DIGITS);
    mp_key(out, "shared");
    mp_array(out, n->n_shared);
    for (uint32_t i = 0; i < n->n_shared; i++)
        encode_reason(out, s, &n->shared[i], english);
    encode_link(out, s, &n->link, english);
}

void encode_network_brief(struct buf *out, const struct snapshot_network *n, bool english)
{
    mp_map(out, 2);
    mp_key(out, "number");
    mp_uint(out, n->number);
    mp_key(out, "label");
    mp_text(out, english ? n->label_en : n->label_sv);
}

int call_snapshot(struct call *call, const struct snapshot **out, struct err *e)
{
    *out = call->service->snapshot(call->service->self);
    if (*out == NULL)
        return err_set(
            e, ERR_UNAVAILABLE,
            "no data yet: the database has not been read since this daemon started (status says why)");
    return 0;
}

int call_organizer(const struct snapshot *s, const struct argument *id, uint32_t *out, struct err *e)
{
    char shown[TEXT_SHOWN];
    *out = snapshot_find_organizer(s, id->text, id->text_size);
    if (*out == POPULATION_NONE)
        return err_set(e, ERR_NOT_FOUND, "no organizer has the id %s",
                       text_show(id->text, id->text_size, shown));
    return 0;
}

int call_programme(const struct snapshot *s, const struct argument *name,
                   const struct snapshot_programme **out, struct err *e)
{
    char shown[TEXT_SHOWN];
    *out = snapshot_find_programme(s, name->text, name->text_size);
    if (*out == NULL)
        return err_set(e, ERR_NOT_FOUND, "no programme is called %s",
                       text_show(name->text, name->text_size, shown));
    return 0;
}

void encode_age(struct buf *out, const struct call *call)
{
    mp_key(out, "age_s");
    mp_rounded(out, call->service->age_s(call->service->self), 3);
}

void encode_published_run(struct buf *out, const struct snapshot_programme *p)
{
    mp_key(out, "run");
    if (p->published_run == 0)
        mp_nil(out);
    else
        mp_uint(out, p->published_run);
}
