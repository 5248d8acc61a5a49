/* Reasons: sentences that say what members share, counted, and where a member would be next best. */
#include <math.h>
#include <string.h>

#include "core/explain/explain_parts.h"

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

uint32_t clauses_make(struct clause clauses[CLAUSES], const struct facts *f, const struct tally *t,
                      const uint32_t *challenges, uint32_t n, uint32_t size)
{
    uint32_t made = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct clause *c = clause_for(clauses, &made, t, challenges[i]);
        if (c != NULL)
            clause_add(c, f, challenges[i], size);
    }
    return made;
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

void say_of_all(struct buf *out, uint32_t count, uint32_t size, enum language language)
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

/* "sju av dem rapporterar även", or after another that as many report: "lika många" */
static void say_who(struct buf *out, const struct clause *clauses, uint32_t i, uint32_t size, bool as_before,
                    enum language language)
{
    const struct clause *c = &clauses[i];
    const bool of_all = i > 0 && clauses[0].count == size; /* then all of these are among the first ones */
    if (as_before) {
        buf_text(out, in(language, ", lika många ", ", and as many "));
        return;
    }
    buf_text(out, i > 0 ? "; " : "");
    if (i == 0)
        say_of_all(out, c->count, size, language);
    else
        say_count(out, c->count, language);
    buf_text(out, of_all ? in(language, " av dem", " of them") : "");
    const char *verb = c->count == 1 ? " reports " : " report ";
    const char *also = c->count == 1 ? " also reports " : " also report ";
    buf_text(out, of_all ? in(language, " även ", also) : in(language, " rapporterar ", verb));
}

static void say_shared(struct buf *out, const struct facts *f, const struct tally *t, const uint32_t *told,
                       uint32_t n_told, uint32_t size, enum language language)
{
    struct clause clauses[CLAUSES];
    uint32_t n = clauses_make(clauses, f, t, told, n_told, size), rarest = 0;
    clauses_sort(clauses, n);
    for (uint32_t i = 1; i < n; i++)
        if (clauses[i].lift > clauses[rarest].lift)
            rarest = i;
    size_t from = out->size;
    for (uint32_t i = 0; i < n; i++) {
        bool as_before = i > 1 && clauses[i].count == clauses[i - 1].count && rarest != i - 1;
        say_who(out, clauses, i, size, as_before, language);
        say_challenges(out, f->p, clauses[i].challenges, clauses[i].n, SAY_SENTENCE,
                       i > 0 ? clauses[0].challenges[0] : POPULATION_NONE, language);
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
    say_link(out, f, &network->link, language);
}
