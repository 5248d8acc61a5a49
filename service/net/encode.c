#include "net/encode.h"

#include "proto/mp.h"
#include "proto/text.h"

void encode_shared(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p, uint32_t a,
                   uint32_t b, bool english)
{
    uint32_t shared[SHARED_MAX];
    size_t n = snapshot_shared(p, a, b, shared, SHARED_MAX);
    encode_challenges(out, &s->population, shared, n, english);
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
        encode_share(out, &s->population, &n->shared[i], english);
    encode_link(out, &s->population, &n->link, english);
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
