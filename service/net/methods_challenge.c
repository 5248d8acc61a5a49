/* challenge.*: the catalogue of what organizers can report. */
#include "net/encode.h"
#include "proto/mp.h"

static void encode_challenge(struct buf *out, const struct snapshot *s, const struct snapshot_programme *p,
                             uint32_t challenge, bool english)
{
    const struct challenge *c = &s->population.challenges[challenge];
    mp_map(out, 6);
    encode_challenge_name(out, c, english);
    mp_key(out, "category");
    mp_text(out, s->population.categories[c->category]);
    mp_key(out, "label_sv");
    mp_text(out, c->label_sv);
    mp_key(out, "label_en");
    mp_text(out, c->label_en);
    mp_key(out, "organizers");
    mp_uint(out, p->reporters[challenge]);
}

int handle_challenge_list(struct call *call, struct buf *out, struct err *e)
{
    const struct snapshot *s;
    const struct snapshot_programme *p;
    if (call_snapshot(call, &s, e) || call_programme(s, &call->arguments[0], &p, e))
        return e->code;
    mp_map(out, 2);
    mp_key(out, "challenges");
    mp_array(out, s->population.n_challenges);
    for (uint32_t i = 0; i < s->population.n_challenges; i++)
        encode_challenge(out, s, p, i, call->english);
    encode_age_last(out, call);
    return 0;
}
