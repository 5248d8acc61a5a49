/* Members: what they share with whom, and where they would be next best. */
#include <math.h>

#include "core/explain/explain_parts.h"

#define NAMED_MOST 3 /* peers in one list */

/* Members other than the organizer that do, or do not, report the challenge: at most `most` of them. */
static uint32_t find_peers(const struct facts *f, uint32_t organizer, uint32_t challenge, bool reporting,
                           uint32_t out[NAMED_MOST], uint32_t most)
{
    const uint32_t own = f->network[organizer];
    uint32_t n = 0;
    for (uint32_t m = f->member_start[own]; m < f->member_start[own + 1] && n < most; m++)
        if (f->member[m] != organizer && organizer_reports(f, f->member[m], challenge) == reporting)
            out[n++] = f->member[m];
    return n;
}

/* "alla sju andra", "alla utom Lunds kommun", "Lunds kommun och Lomma kommun", "fem av de sju andra" */
static void say_peers(struct buf *out, const struct facts *f, uint32_t organizer, const struct clause *c,
                      uint32_t others, enum language language)
{
    const uint32_t count = c->count - 1, missing = others - count;
    const bool names = others < LINK_MEMBERS;
    uint32_t peers[NAMED_MOST];
    if (missing == 0 && others > 2) {
        say_of_all(out, others, others, language);
        buf_text(out, in(language, " andra", " others"));
    } else if (names && count <= NAMED_MOST) {
        say_names(out, f, peers, find_peers(f, organizer, c->challenges[0], true, peers, NAMED_MOST),
                  language);
    } else if (names && missing <= 2) {
        buf_text(out, in(language, "alla utom ", "all but "));
        say_names(out, f, peers, find_peers(f, organizer, c->challenges[0], false, peers, 2), language);
    } else {
        say_count(out, count, language);
        buf_text(out, in(language, " av de ", " of the "));
        say_count(out, others, language);
        buf_text(out, in(language, " andra", " others"));
    }
}

/* The rarest challenge that it shares with one or two others only and that is not told yet. */
static uint32_t special_of(const struct facts *f, const struct tally *t, const struct member_reasons *member,
                           const struct clause *told, uint32_t n)
{
    uint32_t best = POPULATION_NONE;
    for (uint32_t i = 0; i < member->n_shared; i++) {
        const uint32_t challenge = member->shared[i];
        bool said = t->count[challenge] > 3;
        for (uint32_t k = 0; k < n; k++)
            said = said || told[k].signature == t->signature[challenge];
        if (!said && (best == POPULATION_NONE || f->reporters[challenge] < f->reporters[best]))
            best = challenge;
    }
    return best;
}

static void say_special(struct buf *out, const struct facts *f, uint32_t organizer, uint32_t challenge,
                        uint32_t after, enum language language)
{
    uint32_t peers[NAMED_MOST], n = find_peers(f, organizer, challenge, true, peers, 2);
    buf_text(out, in(language, " Med ", " With "));
    say_names(out, f, peers, n, language);
    buf_text(out, in(language, " delar den dessutom ", " it also shares "));
    say_challenges(out, f->p, &challenge, 1, SAY_SENTENCE, after, language);
    buf_text(out, ".");
}

static void say_shares(struct buf *out, const struct facts *f, const struct tally *t,
                       const struct member_reasons *member, uint32_t organizer, uint32_t others,
                       enum language language)
{
    struct clause clauses[CLAUSES];
    uint32_t told = member->n_shared < 3 ? member->n_shared : 3;
    uint32_t n = clauses_make(clauses, f, t, member->shared, told, others + 1);
    n = n < 2 ? n : 2;
    buf_text(out, in(language, "Delar ", "Shares "));
    for (uint32_t i = 0; i < n; i++) {
        buf_text(out, i > 0 ? in(language, " samt ", ", and ") : "");
        say_challenges(out, f->p, clauses[i].challenges, clauses[i].n, SAY_SENTENCE,
                       i > 0 ? clauses[0].challenges[0] : POPULATION_NONE, language);
        buf_text(out, in(language, " med ", " with "));
        say_peers(out, f, organizer, &clauses[i], others, language);
    }
    buf_text(out, ".");
    uint32_t special = special_of(f, t, member, clauses, n);
    if (special != POPULATION_NONE && others > NAMED_MOST && others < LINK_MEMBERS)
        say_special(out, f, organizer, special, clauses[0].challenges[0], language);
}

static void say_closest(struct buf *out, const struct facts *f, const struct member_reasons *member,
                        uint32_t others, enum language language)
{
    if (others < 2 || member->closest == POPULATION_NONE || !member->closest_alone)
        return;
    buf_printf(out, "%s%s.", in(language, " Mest gemensamt har den med ", " It has most in common with "),
               organizer_name(f, member->closest));
}

static void say_apart(struct buf *out, const struct member_reasons *member, uint32_t others,
                      enum language language)
{
    if (others == 0) {
        buf_text(out, in(language, "Är ensam i sitt nätverk.", "Is alone in its network."));
        return;
    }
    buf_text(out, in(language, "Delar ingen enskild utmaning med ", "Shares no single challenge with the "));
    if (others == 1)
        buf_text(out, in(language, "den andra medlemmen", "other member"));
    else
        buf_text(out, in(language, "de andra", "others"));
    if (member->fit > 0)
        buf_text(out, in(language, ", men utmaningarna hör till samma områden",
                         ", but the challenges belong to the same areas"));
    buf_text(out, ".");
}

/* ---- the next best network ---- */

static void say_bond(struct buf *out, const struct facts *f, const struct bond *b, bool apart,
                     enum language language)
{
    if (f->task->rules[b->rule].number == 0) {
        buf_text(out, in(language, ", men dess nätverk är låst", ", but its network is locked"));
        return;
    }
    buf_printf(out, "%s%lld ", in(language, ", men regel ", ", but pin "),
               (long long)f->task->rules[b->rule].number);
    if (b->with == POPULATION_NONE) {
        buf_text(out, in(language, "håller den kvar här", "keeps it here"));
        return;
    }
    if (apart)
        buf_text(out, in(language, "håller den isär från ", "keeps it apart from "));
    else
        buf_text(out, in(language, "håller den samman med ", "keeps it together with "));
    buf_text(out, organizer_name(f, b->with));
}

static void say_cost(struct buf *out, const struct facts *f, const struct member_reasons *member,
                     uint32_t organizer, enum language language)
{
    double gains = (double)member->next_fit - (double)member->fit;
    double lose = gains - why_not_gain(f, member, organizer);
    if (f->s->objective == OBJECTIVE_SUM) {
        buf_text(out, in(language, ", men det är så litet att summan av alla likheter skulle minska",
                         ", but it is so small that the sum of all similarities would fall"));
        return;
    }
    if (lround(100 * lose) > lround(100 * gains))
        buf_text(out,
                 in(language, ", men de andra skulle förlora mer (", ", but the others would lose more ("));
    else
        buf_text(out, in(language, ", men de andra skulle förlora lika mycket (",
                         ", but the others would lose as much ("));
    say_decimal(out, lose, language);
    buf_text(out, in(language, ") ", ") "));
    buf_text(out, lround(100 * lose) > lround(100 * gains)
                      ? in(language, "än den vinner (", "than it gains (")
                      : in(language, "som den vinner (", "as it gains ("));
    say_decimal(out, gains, language);
    buf_text(out, ")");
}

static void say_least(struct buf *out, const struct facts *f, const struct member_reasons *member,
                      enum language language)
{
    if (member->next_fit >= f->s->min_fit)
        buf_text(out, in(language, ", men någon annan skulle hamna", ", but somebody else would fall"));
    else
        buf_text(out, ",");
    buf_text(out, in(language, " under den lägsta tillåtna på ", " below the least fit of "));
    say_decimal(out, f->s->min_fit, language);
}

void say_why_not(struct buf *out, const struct facts *f, const struct member_reasons *member,
                 uint32_t organizer, enum language language)
{
    switch (member->why_not) {
    case WHY_NOT_PINNED:
        say_bond(out, f, &f->bond[organizer], false, language);
        break;
    case WHY_NOT_APART:
        say_bond(out, f, &f->foe[organizer], true, language);
        break;
    case WHY_NOT_LIMIT:
        buf_text(out, in(language, ", men en gräns som programmet har satt tillåter det inte",
                         ", but a limit that the programme sets does not allow it"));
        break;
    case WHY_NOT_FULL:
        buf_text(out, in(language, ", men det är fullt", ", but that network is full"));
        break;
    case WHY_NOT_TOO_SMALL:
        buf_text(out, in(language, ", men det egna nätverket skulle bli för litet",
                         ", but its own network would become too small"));
        break;
    case WHY_NOT_LEAST_FIT:
        say_least(out, f, member, language);
        break;
    case WHY_NOT_COSTS_OTHERS:
        say_cost(out, f, member, organizer, language);
        break;
    case WHY_NOT_STABILITY:
        buf_text(out, in(language, ", men inte så mycket att det är värt att byta",
                         ", but not by so much that a change is worth it"));
        break;
    case WHY_NOT_NONE:
    case WHY_NOT_BEST_HERE:
    case WHY_NOT_UNKNOWN:
    case WHY_NOT_COUNT:
        break;
    }
}

static void say_next(struct buf *out, const struct facts *f, const struct member_reasons *member,
                     uint32_t organizer, enum language language)
{
    if (member->next_network == POPULATION_NONE) {
        if (f->n_networks > 1)
            buf_text(out,
                     in(language, " Den liknar inget annat nätverk.", " It resembles no other network."));
        return;
    }
    const long there = lround(100.0 * member->next_fit), here = lround(100.0 * member->fit);
    const char *best = there < here ? in(language, " Näst bäst vore nätverk ", " Next best would be network ")
                       : there == here ? in(language, " Lika bra vore nätverk ", " As good would be network ")
                                       : in(language, " I nätverk ", " In network ");
    buf_printf(out, "%s%u", best, f->numbers[member->next_network]);
    buf_text(out, there > here ? in(language, " vore likheten större (", " the similarity would be greater (")
                               : in(language, " (likhet ", " (similarity "));
    say_decimal(out, member->next_fit, language);
    if (there != here) {
        buf_text(out, in(language, " mot ", " against "));
        say_decimal(out, member->fit, language);
        buf_text(out, in(language, " här", " here"));
    }
    buf_text(out, ")");
    if (there > here)
        say_why_not(out, f, member, organizer, language);
    buf_text(out, ".");
}

void say_member_reason(struct buf *out, const struct facts *f, const struct tally *t,
                       const struct member_reasons *member, uint32_t organizer, enum language language)
{
    uint32_t own = f->network[organizer], others = network_size(f, own) - 1;
    if (member->n_shared > 0)
        say_shares(out, f, t, member, organizer, others, language);
    else
        say_apart(out, member, others, language);
    say_closest(out, f, member, others, language);
    say_next(out, f, member, organizer, language);
}
