/* Reasons: sentences that say what members share, counted, and where a member would be next best. */
#include <math.h>
#include <string.h>

#include "core/explain_parts.h"

#define CLAUSES 3

/* Challenges that the same members report, told together. */
struct clause {
    uint32_t challenges[SAY_MOST];
    uint32_t n;
    uint32_t count; /* members that report them */
    double lift;    /* the least of theirs */
    uint64_t signature;
};

static struct clause *clause_for(struct clause *clauses, uint32_t *n, const struct tally *t,
                                 uint32_t challenge)
{
    for (uint32_t i = 0; i < *n; i++)
        if (clauses[i].signature == t->signature[challenge])
            return &clauses[i];
    if (*n == CLAUSES)
        return NULL;
    clauses[*n] =
        (struct clause){.count = t->count[challenge], .lift = INFINITY, .signature = t->signature[challenge]};
    return &clauses[(*n)++];
}

static void clause_add(struct clause *c, const struct facts *f, uint32_t challenge, uint32_t size)
{
    double base = (double)f->reporters[challenge] / f->reporting;
    double lift = (double)c->count / size / base;
    uint32_t at = c->n++; /* never more than SAY_MOST are told; in the catalogue's order, as in the label */
    for (; at > 0 && c->challenges[at - 1] > challenge; at--)
        c->challenges[at] = c->challenges[at - 1];
    c->challenges[at] = challenge;
    c->lift = lift < c->lift ? lift : c->lift;
}

/* What most report first; few enough for the simplest of sorts, which keeps the order of equals. */
static void clauses_sort(struct clause *clauses, uint32_t n)
{
    for (uint32_t i = 1; i < n; i++) {
        for (uint32_t j = i; j > 0 && clauses[j].count > clauses[j - 1].count; j--) {
            struct clause moved = clauses[j];
            clauses[j] = clauses[j - 1];
            clauses[j - 1] = moved;
        }
    }
}

/* "alla åtta", "båda", "sex av åtta" */
static void say_of_all(struct buf *out, uint32_t count, uint32_t size, enum language language)
{
    if (count == size && size == 2) {
        buf_text(out, in(language, "båda", "both"));
        return;
    }
    if (count == size) {
        buf_text(out, in(language, "alla ", "all "));
    } else {
        say_count(out, count, language);
        buf_text(out, in(language, " av ", " of "));
    }
    say_count(out, size, language);
}

static void say_lift(struct buf *out, const struct clause *c, enum language language)
{
    size_t from = out->size;
    if (c->n == 1)
        buf_text(out, in(language, ", vilket är ", ", which is "));
    else
        buf_text(out, in(language, ", vart och ett ", ", each "));
    if (say_times(out, c->lift, c->n > 1, language))
        buf_text(out, in(language, " här som bland alla som rapporterar något",
                         " here as among all who report anything"));
    else
        out->size = from;
}

static void say_clause(struct buf *out, const struct facts *f, const struct clause *clauses, uint32_t i,
                       uint32_t size, enum language language)
{
    const struct clause *c = &clauses[i];
    bool of_all = i > 0 && clauses[0].count == size; /* then all of these are among the first ones */
    if (i == 0) {
        say_of_all(out, c->count, size, language);
    } else {
        buf_text(out, "; ");
        say_count(out, c->count, language);
        if (of_all)
            buf_text(out, in(language, " av dem", " of them"));
    }
    const char *verb = c->count == 1 ? " reports " : " report ";
    if (of_all)
        buf_text(out, in(language, " även ", c->count == 1 ? " also reports " : " also report "));
    else
        buf_text(out, in(language, " rapporterar ", verb));
    say_challenges(out, f->p, c->challenges, c->n, SAY_SENTENCE,
                   i > 0 ? clauses[0].challenges[0] : POPULATION_NONE, language);
}

static void say_shared(struct buf *out, const struct facts *f, const struct tally *t, const uint32_t *told,
                       uint32_t n_told, uint32_t size, enum language language)
{
    struct clause clauses[CLAUSES];
    uint32_t n = 0, rarest = 0;
    for (uint32_t i = 0; i < n_told; i++) {
        struct clause *c = clause_for(clauses, &n, t, told[i]);
        if (c != NULL)
            clause_add(c, f, told[i], size);
    }
    clauses_sort(clauses, n);
    for (uint32_t i = 1; i < n; i++)
        if (clauses[i].lift > clauses[rarest].lift)
            rarest = i;
    size_t from = out->size;
    for (uint32_t i = 0; i < n; i++) {
        say_clause(out, f, clauses, i, size, language);
        if (i == rarest)
            say_lift(out, &clauses[i], language);
    }
    buf_text(out, ".");
    say_capital(out, from);
}

/* Where no challenge is shared by half of the members. */
static void say_minority(struct buf *out, const struct facts *f, const struct tally *t, uint32_t challenge,
                         uint32_t size, enum language language)
{
    buf_text(out, in(language, "Ingen utmaning delas av hälften; vanligast är ",
                     "No challenge is shared by half of them; the most common is "));
    say_challenges(out, f->p, &challenge, 1, SAY_SENTENCE, POPULATION_NONE, language);
    buf_text(out, in(language, ", som ", ", which "));
    say_count(out, t->count[challenge], language);
    buf_text(out, in(language, " av ", " of "));
    say_count(out, size, language);
    buf_text(out, in(language, " rapporterar.", " report."));
}

static void say_nothing_shared(struct buf *out, const struct network_reasons *network, enum language language)
{
    buf_text(out, in(language, "De ", "The "));
    say_count(out, network->size, language);
    buf_text(out,
             network->cohesion > 0
                 ? in(language, " delar ingen enskild utmaning, men deras utmaningar hör till samma områden.",
                      " share no single challenge, but their challenges belong to the same areas.")
                 : in(language, " delar ingen utmaning.", " share no challenge."));
}

static void say_single(struct buf *out, const struct facts *f, const uint32_t *told, uint32_t n_told,
                       enum language language)
{
    buf_text(out, in(language, "Nätverket har en enda medlem", "The network has one single member"));
    if (n_told > 0) {
        buf_text(out, in(language, ", som rapporterar ", ", which reports "));
        say_challenges(out, f->p, told, n_told, SAY_SENTENCE, POPULATION_NONE, language);
    }
    buf_text(out, ".");
}

void say_network_reason(struct buf *out, const struct facts *f, const struct tally *t,
                        const struct network_reasons *network, const struct heading *heading,
                        enum language language)
{
    const uint32_t *told = heading->challenges;
    const uint32_t n_told = heading->n, size = network->size;
    if (size == 0)
        buf_text(out, in(language, "Nätverket har inga medlemmar.", "The network has no members."));
    else if (size == 1)
        say_single(out, f, told, n_told, language);
    else if (n_told == 0)
        say_nothing_shared(out, network, language);
    else if (2 * t->count[told[0]] < size)
        say_minority(out, f, t, told[0], size, language);
    else
        say_shared(out, f, t, told, n_told, size, language);
}

/* ---- members ---- */

/* " med alla sju andra", " med fem av de sju andra", " med den andra medlemmen" */
static void say_with(struct buf *out, uint32_t count, uint32_t others, enum language language)
{
    if (others == 1) {
        buf_text(out, in(language, " med den andra medlemmen", " with the other member"));
        return;
    }
    if (count == others) {
        buf_text(out, in(language, " med ", " with "));
        say_of_all(out, others, others, language);
        buf_text(out, others == 2 ? in(language, " de andra", " others") : in(language, " andra", " others"));
        return;
    }
    buf_text(out, in(language, " med ", " with "));
    say_count(out, count, language);
    buf_text(out, in(language, " av de ", " of the "));
    say_count(out, others, language);
    buf_text(out, in(language, " andra", " others"));
}

static void say_member_shares(struct buf *out, const struct facts *f, const struct tally *t,
                              const struct member_reasons *member, uint32_t others, enum language language)
{
    struct clause clauses[CLAUSES];
    uint32_t n = 0;
    for (uint32_t i = 0; i < member->n_shared && i < 3; i++) {
        struct clause *c = clause_for(clauses, &n, t, member->shared[i]);
        clause_add(c, f, member->shared[i], others + 1);
    }
    buf_text(out, in(language, "Delar ", "Shares "));
    for (uint32_t i = 0; i < n && i < 2; i++) {
        if (i > 0)
            buf_text(out, in(language, " och ", " and "));
        say_challenges(out, f->p, clauses[i].challenges, clauses[i].n, SAY_SENTENCE,
                       i > 0 ? clauses[0].challenges[0] : POPULATION_NONE, language);
        if (i == 0) {
            say_with(out, clauses[i].count - 1, others, language);
        } else {
            buf_text(out, in(language, " med ", " with "));
            say_count(out, clauses[i].count - 1, language);
        }
    }
    buf_text(out, ".");
}

static void say_member_apart(struct buf *out, const struct member_reasons *member, uint32_t others,
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

/* Only what is known: that the other network is full, or that its own would become too small. */
static void say_why_not(struct buf *out, const struct facts *f, uint32_t own, uint32_t next,
                        enum language language)
{
    bool counted = f->s->seats == NULL; /* else sizes count seats, of which nothing is known here */
    if (counted && network_size(f, next) >= f->s->max_size)
        buf_text(out, in(language, ", men det är fullt.", ", but it is full."));
    else if (counted && network_size(f, own) <= f->s->min_size)
        buf_text(out, in(language, ", men då skulle det egna nätverket bli för litet.",
                         ", but then its own network would become too small."));
    else
        buf_text(out, in(language, ", men nätverken läggs så att helheten blir så bra som möjligt.",
                         ", but networks are formed so that the whole is as good as possible."));
}

static void say_next(struct buf *out, const struct facts *f, const struct member_reasons *member,
                     uint32_t own, enum language language)
{
    long there = lround(100.0 * member->next_fit), here = lround(100.0 * member->fit);
    if (member->next_network == POPULATION_NONE || !(member->next_fit > member->fit) || there == here)
        return;
    if (language == LANGUAGE_SV)
        buf_printf(out, " Likheten vore större i nätverk %u (%ld mot %ld procent)",
                   f->numbers[member->next_network], there, here);
    else
        buf_printf(out, " It would be more similar to network %u (%ld against %ld per cent)",
                   f->numbers[member->next_network], there, here);
    say_why_not(out, f, own, member->next_network, language);
}

void say_member_reason(struct buf *out, const struct facts *f, const struct tally *t,
                       const struct member_reasons *member, uint32_t organizer, enum language language)
{
    uint32_t own = f->network[organizer], others = network_size(f, own) - 1;
    if (member->n_shared > 0)
        say_member_shares(out, f, t, member, others, language);
    else
        say_member_apart(out, member, others, language);
    say_next(out, f, member, own, language);
}
