#include "encode/reasons.h"

#include "encode/population.h"
#include "proto/mp.h"

void encode_share(struct buf *out, const struct population *p, const struct shared_challenge *shared,
                  bool english)
{
    mp_map(out, 4);
    encode_challenge_name(out, &p->challenges[shared->challenge], english);
    mp_key(out, "share");
    mp_rounded(out, shared->share, SCORE_DIGITS);
    mp_key(out, "lift");
    mp_rounded(out, shared->lift, SCORE_DIGITS);
}

void encode_link(struct buf *out, const struct population *p, const struct network_link *l, bool english)
{
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

void encode_closest(struct buf *out, const struct population *p, uint32_t closest, double similarity)
{
    mp_key(out, "closest");
    if (closest == POPULATION_NONE) {
        mp_nil(out);
        return;
    }
    mp_map(out, 2);
    mp_key(out, "organizer");
    encode_organizer_brief(out, &p->organizers[closest]);
    mp_key(out, "similarity");
    mp_rounded(out, similarity, SCORE_DIGITS);
}
