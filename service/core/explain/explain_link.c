/* Pairs: who in a network is closest to whom, and the member that holds two others together. */
#include "core/explain/explain_parts.h"

/* A link tells something where it is more similar to both sides than they are to each other, by so much. */
#define LINK_LEAST 0.15f
#define LINK_COMMON LINK_TOLD /* and the sides share no more challenges than can be told */
#define CLOSER_BY 0.005f      /* what two decimals show */

bool organizer_reports(const struct facts *f, uint32_t organizer, uint32_t challenge)
{
    for (uint32_t i = f->counted_start[organizer]; i < f->counted_start[organizer + 1]; i++)
        if (f->counted[i].challenge == challenge)
            return true;
    return false;
}

struct pairs { /* similarities of a network's members, by their place in it */
    const struct facts *f;
    const uint32_t *member;
    uint32_t n;
    float *similar;
};

static float similar(const struct pairs *p, uint32_t a, uint32_t b)
{
    return p->similar[a * p->n + b];
}

static void compare_all(const struct pairs *p)
{
    for (uint32_t a = 0; a < p->n; a++) {
        p->similar[a * p->n + a] = 0;
        for (uint32_t b = 0; b < a; b++)
            p->similar[a * p->n + b] = p->similar[b * p->n + a] =
                (float)profiles_similarity(p->f->profiles, p->member[a], p->member[b]);
    }
}

static void find_closest(const struct pairs *p, struct member_reasons *members)
{
    for (uint32_t a = 0; a < p->n; a++) {
        struct member_reasons *m = &members[p->member[a]];
        float second = 0;
        for (uint32_t b = 0; b < p->n; b++) {
            float to_b = similar(p, a, b);
            if (b == a || to_b <= second)
                continue;
            second = to_b > m->closest_similarity ? m->closest_similarity : to_b;
            if (to_b <= m->closest_similarity)
                continue;
            m->closest = p->member[b];
            m->closest_similarity = to_b;
        }
        m->closest_alone = m->closest_similarity >= second + CLOSER_BY;
    }
}

/* ---- the link ---- */

/* The reports that count are in the catalogue's order. Challenges of both a and b that c does not report, or
 * with c = POPULATION_NONE all of them; those that bind a and b most are kept, in the catalogue's order.
 * Returns how many there are in all. */
static uint32_t shared_of(const struct facts *f, uint32_t a, uint32_t b, uint32_t c, uint32_t kept[LINK_TOLD],
                          uint32_t *n_kept)
{
    uint32_t all = 0, n = 0, weight[LINK_TOLD];
    for (uint32_t i = f->counted_start[a]; i < f->counted_start[a + 1]; i++) {
        const uint32_t challenge = f->counted[i].challenge;
        if (!organizer_reports(f, b, challenge) ||
            (c != POPULATION_NONE && organizer_reports(f, c, challenge)))
            continue;
        const uint32_t rarity = f->reporting - f->reporters[challenge];
        all++;
        if (n == LINK_TOLD) { /* the commonest goes */
            uint32_t least = 0;
            for (uint32_t k = 1; k < n; k++)
                least = weight[k] < weight[least] ? k : least;
            if (weight[least] >= rarity)
                continue;
            for (n--; least < n; least++) {
                kept[least] = kept[least + 1];
                weight[least] = weight[least + 1];
            }
        }
        kept[n] = challenge;
        weight[n++] = rarity;
    }
    *n_kept = n;
    return all;
}

static bool telling(const struct facts *f, struct network_link *l)
{
    struct link_side *a = &l->side[0], *b = &l->side[1];
    uint32_t common = shared_of(f, a->organizer, b->organizer, POPULATION_NONE, l->common, &l->n_common);
    return common <= LINK_COMMON &&
           shared_of(f, a->organizer, l->organizer, b->organizer, a->shared, &a->n_shared) > 0 &&
           shared_of(f, b->organizer, l->organizer, a->organizer, b->shared, &b->n_shared) > 0;
}

static uint32_t most_similar(const struct pairs *p, const struct member_reasons *members)
{
    uint32_t best = 0;
    for (uint32_t a = 1; a < p->n; a++)
        if (members[p->member[a]].fit > members[p->member[best]].fit)
            best = a;
    return best;
}

static float link_gain(const struct pairs *p, uint32_t link, uint32_t a, uint32_t b)
{
    float weaker = similar(p, link, a) < similar(p, link, b) ? similar(p, link, a) : similar(p, link, b);
    return weaker - similar(p, a, b);
}

/* The pair that the link holds together most; of equals the first. */
static void find_link(const struct pairs *p, const struct member_reasons *members, struct network_link *out)
{
    const uint32_t link = most_similar(p, members);
    float best = 0;
    for (uint32_t a = 0; a < p->n; a++) {
        for (uint32_t b = a + 1; b < p->n; b++) {
            float gain = link_gain(p, link, a, b);
            if (a == link || b == link || gain < LINK_LEAST || gain <= best)
                continue;
            struct network_link l = {.organizer = p->member[link],
                                     .side = {{.organizer = p->member[a], .similarity = similar(p, link, a)},
                                              {.organizer = p->member[b], .similarity = similar(p, link, b)}},
                                     .direct = similar(p, a, b)};
            if (!telling(p->f, &l))
                continue;
            *out = l;
            best = gain;
        }
    }
}

void link_find(const struct facts *f, uint32_t network, struct explanation *out, float *room)
{
    const struct pairs p = {f, f->member + f->member_start[network], network_size(f, network), room};
    if (p.n < 2 || p.n > LINK_MEMBERS)
        return;
    compare_all(&p);
    find_closest(&p, out->members);
    if (p.n > 2)
        find_link(&p, out->members, &out->networks[network].link);
}

/* ---- its words ---- */

static void say_side(struct buf *out, const struct facts *f, const struct link_side *side, uint32_t after,
                     enum language language)
{
    say_challenges(out, f->p, side->shared, side->n_shared, SAY_SENTENCE, after, language);
    buf_printf(out, "%s%s", in(language, " med ", " with "), organizer_name(f->p, side->organizer));
}

void say_link(struct buf *out, const struct facts *f, const struct network_link *l, enum language language)
{
    if (l->organizer == POPULATION_NONE)
        return;
    const uint32_t sides[] = {l->side[0].organizer, l->side[1].organizer};
    buf_printf(out, " %s%s", organizer_name(f->p, l->organizer),
               in(language, " är länken mellan ", " is the link between "));
    say_names(out, f->p, sides, 2, language);
    buf_text(out, in(language, ": den delar dels ", ": it shares "));
    say_side(out, f, &l->side[0], POPULATION_NONE, language);
    buf_text(out, in(language, ", dels ", ", and "));
    say_side(out, f, &l->side[1], l->side[0].shared[0], language);
    if (l->n_common == 0) {
        buf_text(out, in(language, ", medan de två inte delar någon utmaning med varandra.",
                         ", while the two share no challenge with each other."));
        return;
    }
    buf_text(out, in(language, ", medan de två bara delar ", ", while the two share only "));
    say_challenges(out, f->p, l->common, l->n_common, SAY_SENTENCE, l->side[0].shared[0], language);
    buf_text(out, in(language, " med varandra.", " with each other."));
}
