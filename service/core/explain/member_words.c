#include "core/explain/member_words.h"

#include <math.h>

#include "core/explain/explain_parts.h"

#define NAMED_MOST 3 /* peers in one list */
#define TOLD_MOST 3  /* challenges in the clauses */

struct telling {
    struct buf *out;
    const struct network_view *network;
    const struct member_facts *m;
    uint32_t others;
    enum language language;
};

/* ---- who shares what ---- */

/* Other members that report it, of so many; what one shares is what it reports and another one does too. */
static uint32_t count_others(const struct network_view *n, uint32_t challenge, uint32_t others)
{
    for (uint32_t i = 0; i < n->n_shared; i++) {
        const long count = lround((double)n->shared[i].share * n->size) - 1;
        if (n->shared[i].challenge == challenge)
            return count < 0 ? 0 : (uint32_t)count < others ? (uint32_t)count : others;
    }
    return 0;
}

static bool is_listed(const uint32_t *list, uint32_t n, uint32_t challenge)
{
    for (uint32_t i = 0; i < n; i++)
        if (list[i] == challenge)
            return true;
    return false;
}

/* Members other than itself that do, or do not, report the challenge: at most `most`, in ascending order. */
static uint32_t find_peers(const struct telling *t, uint32_t challenge, bool reporting,
                           uint32_t out[NAMED_MOST], uint32_t most)
{
    const struct network_view *network = t->network;
    uint32_t n = 0;
    for (uint32_t i = 0; i < network->size && n < most; i++) {
        const uint32_t *shared, other = network->member[i];
        if (other == t->m->organizer)
            continue;
        uint32_t n_shared = network->shared_of(network->holder, other, &shared);
        if (is_listed(shared, n_shared, challenge) != reporting)
            continue;
        uint32_t at = n++;
        for (; at > 0 && out[at - 1] > other; at--)
            out[at] = out[at - 1];
        out[at] = other;
    }
    return n;
}

/* ---- its challenges ---- */

struct part {                       /* a clause: challenges that the same members report */
    uint32_t challenges[TOLD_MOST]; /* in the catalogue's order, as in the label */
    uint32_t n;
};

static void part_add(struct part *c, uint32_t challenge)
{
    uint32_t at = c->n++;
    for (; at > 0 && c->challenges[at - 1] > challenge; at--)
        c->challenges[at] = c->challenges[at - 1];
    c->challenges[at] = challenge;
}

static uint32_t parts_of(const struct member_facts *m, struct part parts[2])
{
    const uint32_t of[TOLD_MOST] = {0, m->told >> TOLD_SECOND & 3, m->told >> TOLD_THIRD & 3};
    parts[0].n = parts[1].n = 0;
    for (uint32_t i = 0; i < TOLD_MOST && i < m->n_shared; i++)
        if (of[i] < TOLD_LEFT_OUT)
            part_add(&parts[of[i]], m->shared[i]);
    return parts[1].n > 0 ? 2 : 1;
}

/* "alla sju andra", "alla utom Lunds kommun", "Lunds kommun och Lomma kommun", "fem av de sju andra" */
static void say_peers(const struct telling *t, uint32_t challenge)
{
    const uint32_t count = count_others(t->network, challenge, t->others), missing = t->others - count;
    const bool names = t->others < LINK_MEMBERS;
    const struct population *p = t->network->population;
    struct buf *out = t->out;
    uint32_t peers[NAMED_MOST];
    if (missing == 0 && t->others > 2) {
        say_of_all(out, t->others, t->others, t->language);
        buf_text(out, in(t->language, " andra", " others"));
    } else if (names && count <= NAMED_MOST) {
        say_names(out, p, peers, find_peers(t, challenge, true, peers, NAMED_MOST), t->language);
    } else if (names && missing <= 2) {
        buf_text(out, in(t->language, "alla utom ", "all but "));
        say_names(out, p, peers, find_peers(t, challenge, false, peers, 2), t->language);
    } else {
        say_count(out, count, t->language);
        buf_text(out, in(t->language, " av de ", " of the "));
        say_count(out, t->others, t->language);
        buf_text(out, in(t->language, " andra", " others"));
    }
}

static void say_special(const struct telling *t, uint32_t challenge, uint32_t after)
{
    uint32_t peers[NAMED_MOST], n = find_peers(t, challenge, true, peers, 2);
    buf_text(t->out, in(t->language, " Med ", " With "));
    say_names(t->out, t->network->population, peers, n, t->language);
    buf_text(t->out, in(t->language, " delar den dessutom ", " it also shares "));
    say_challenges(t->out, t->network->population, &challenge, 1, SAY_SENTENCE, after, t->language);
    buf_text(t->out, ".");
}

static void say_shares(const struct telling *t)
{
    const struct member_facts *m = t->m;
    struct part parts[2];
    const uint32_t n = parts_of(m, parts), special = m->told >> TOLD_SPECIAL & TOLD_SPECIAL_MOST;
    buf_text(t->out, in(t->language, "Delar ", "Shares "));
    for (uint32_t i = 0; i < n; i++) {
        buf_text(t->out, i > 0 ? in(t->language, " samt ", ", and ") : "");
        say_challenges(t->out, t->network->population, parts[i].challenges, parts[i].n, SAY_SENTENCE,
                       i > 0 ? parts[0].challenges[0] : POPULATION_NONE, t->language);
        buf_text(t->out, in(t->language, " med ", " with "));
        say_peers(t, parts[i].challenges[0]);
    }
    buf_text(t->out, ".");
    if (special > 0 && special <= m->n_shared)
        say_special(t, m->shared[special - 1], parts[0].challenges[0]);
}

static void say_closest(const struct telling *t)
{
    if ((t->m->told & TOLD_CLOSEST) == 0 || t->m->closest == POPULATION_NONE)
        return;
    buf_text(t->out, in(t->language, " Mest gemensamt har den med ", " It has most in common with "));
    buf_text(t->out, organizer_name(t->network->population, t->m->closest));
    buf_text(t->out, ".");
}

static void say_apart(const struct telling *t)
{
    const enum language language = t->language;
    struct buf *out = t->out;
    if (t->others == 0) {
        buf_text(out, in(language, "Är ensam i sitt nätverk.", "Is alone in its network."));
        return;
    }
    buf_text(out, in(language, "Delar ingen enskild utmaning med ", "Shares no single challenge with the "));
    if (t->others == 1)
        buf_text(out, in(language, "den andra medlemmen", "other member"));
    else
        buf_text(out, in(language, "de andra", "others"));
    if (t->m->fit > 0)
        buf_text(out, in(language, ", men utmaningarna hör till samma områden",
                         ", but the challenges belong to the same areas"));
    buf_text(out, ".");
}

/* ---- the next best network ---- */

static void say_bond(struct buf *out, const struct population *p, const struct why_facts *why, bool apart,
                     enum language language)
{
    if (why->pin == 0) {
        buf_text(out, in(language, ", men dess nätverk är låst", ", but its network is locked"));
        return;
    }
    buf_printf(out, "%s%lld ", in(language, ", men regel ", ", but pin "), (long long)why->pin);
    if (why->with == POPULATION_NONE) {
        if (apart)
            buf_text(out, in(language, "håller den utanför", "keeps it out"));
        else
            buf_text(out, in(language, "håller den kvar här", "keeps it here"));
        return;
    }
    if (apart)
        buf_text(out, in(language, "håller den isär från ", "keeps it apart from "));
    else
        buf_text(out, in(language, "håller den samman med ", "keeps it together with "));
    buf_text(out, organizer_name(p, why->with));
}

static void say_cost(struct buf *out, double lose, double gains, enum language language)
{
    const bool more = lround(100 * lose) > lround(100 * gains);
    if (isnan(lose)) {
        buf_text(out, in(language, ", men det är så litet att summan av alla likheter skulle minska",
                         ", but it is so small that the sum of all similarities would fall"));
        return;
    }
    if (more)
        buf_text(out,
                 in(language, ", men de andra skulle förlora mer (", ", but the others would lose more ("));
    else
        buf_text(out, in(language, ", men de andra skulle förlora lika mycket (",
                         ", but the others would lose as much ("));
    say_decimal(out, lose, language);
    buf_text(out, in(language, ") ", ") "));
    buf_text(out, more ? in(language, "än den vinner (", "than it gains (")
                       : in(language, "som den vinner (", "as it gains ("));
    say_decimal(out, gains, language);
    buf_text(out, ")");
}

static void say_least(struct buf *out, const struct next_best *next, enum language language)
{
    if (next->fit >= next->why.figure)
        buf_text(out, in(language, ", men någon annan skulle hamna", ", but somebody else would fall"));
    else
        buf_text(out, ",");
    buf_text(out, in(language, " under den lägsta tillåtna på ", " below the least fit of "));
    say_decimal(out, next->why.figure, language);
}

void say_why_not(struct buf *out, const struct population *p, const struct next_best *next, float here,
                 enum language language)
{
    switch (next->why_not) {
    case WHY_NOT_PINNED:
    case WHY_NOT_APART:
        say_bond(out, p, &next->why, next->why_not == WHY_NOT_APART, language);
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
        say_least(out, next, language);
        break;
    case WHY_NOT_COSTS_OTHERS:
        say_cost(out, next->why.figure, (double)next->fit - (double)here, language);
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

static void say_next(const struct telling *t)
{
    const struct next_best *next = &t->m->next;
    const enum language language = t->language;
    struct buf *out = t->out;
    if (next->number == 0) {
        if ((t->m->told & TOLD_NO_OTHER) != 0)
            buf_text(out,
                     in(language, " Den liknar inget annat nätverk.", " It resembles no other network."));
        return;
    }
    const long there = lround(100.0 * next->fit), here = lround(100.0 * t->m->fit);
    buf_text(out, there < here ? in(language, " Näst bäst vore nätverk ", " Next best would be network ")
                  : there == here ? in(language, " Lika bra vore nätverk ", " As good would be network ")
                                  : in(language, " I nätverk ", " In network "));
    say_whole(out, next->number);
    buf_text(out, there > here ? in(language, " vore likheten större (", " the similarity would be greater (")
                               : in(language, " (likhet ", " (similarity "));
    say_decimal(out, next->fit, language);
    if (there != here) {
        buf_text(out, in(language, " mot ", " against "));
        say_decimal(out, t->m->fit, language);
        buf_text(out, in(language, " här", " here"));
    }
    buf_text(out, ")");
    if (there > here)
        say_why_not(out, t->network->population, next, t->m->fit, language);
    buf_text(out, ".");
}

void member_say(struct buf *out, const struct network_view *network, const struct member_facts *m,
                bool english)
{
    const struct telling t = {out, network, m, network->size - 1, english ? LANGUAGE_EN : LANGUAGE_SV};
    if (m->n_shared > 0)
        say_shares(&t);
    else
        say_apart(&t);
    say_closest(&t);
    say_next(&t);
}
