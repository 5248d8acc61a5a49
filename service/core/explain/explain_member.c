/* Members: how what they share is told, and their sentences out of what an explanation holds. */
#include "core/explain/explain_parts.h"
#include "core/explain/member_words.h"

#define CLAUSES_TOLD 2
#define SPECIAL_LEAST 4 /* others in the network, for it to be told with whom it shares something rare */

/* Where each of the first three challenges is told, as TOLD_SECOND has it. */
static uint32_t clauses_of(const struct tally *t, const struct member_reasons *m, uint32_t clause[3])
{
    uint32_t n = 0, told = m->n_shared < 3 ? m->n_shared : 3;
    for (uint32_t i = 0; i < told; i++) {
        clause[i] = n;
        for (uint32_t k = 0; k < i; k++)
            if (t->signature[m->shared[k]] == t->signature[m->shared[i]])
                clause[i] = clause[k];
        n += clause[i] == n;
    }
    return told;
}

/* Whether a challenge's members are those of one that is told. */
static bool is_told(const struct tally *t, const struct member_reasons *m, const uint32_t *clause,
                    uint32_t told, uint32_t challenge)
{
    for (uint32_t i = 0; i < told; i++)
        if (clause[i] < CLAUSES_TOLD && t->signature[m->shared[i]] == t->signature[challenge])
            return true;
    return false;
}

/* The rarest challenge that it shares with one or two others only and that is not told yet: its place in the
 * list, from 1. */
static uint32_t special_of(const struct facts *f, const struct tally *t, const struct member_reasons *m,
                           const uint32_t *clause, uint32_t told)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < m->n_shared && i < TOLD_SPECIAL_MOST; i++) {
        const uint32_t challenge = m->shared[i];
        if (t->count[challenge] <= 3 && !is_told(t, m, clause, told, challenge) &&
            (best == 0 || f->reporters[challenge] < f->reporters[m->shared[best - 1]]))
            best = i + 1;
    }
    return best;
}

uint16_t tell_member(const struct facts *f, const struct tally *t, const struct member_reasons *m,
                     uint32_t organizer)
{
    const uint32_t others = network_size(f, f->network[organizer]) - 1;
    uint32_t clause[3] = {0}, how = 0, told = clauses_of(t, m, clause);
    how |= (clause[1] < CLAUSES_TOLD ? clause[1] : TOLD_LEFT_OUT) << TOLD_SECOND;
    how |= (clause[2] < CLAUSES_TOLD ? clause[2] : TOLD_LEFT_OUT) << TOLD_THIRD;
    if (others >= 2 && m->closest != POPULATION_NONE && m->closest_alone)
        how |= TOLD_CLOSEST;
    if (m->next_network == POPULATION_NONE && f->n_networks > 1)
        how |= TOLD_NO_OTHER;
    if (others >= SPECIAL_LEAST && others < LINK_MEMBERS)
        how |= special_of(f, t, m, clause, told) << TOLD_SPECIAL;
    return (uint16_t)how;
}

static uint32_t shared_of(const void *holder, uint32_t organizer, const uint32_t **shared)
{
    const struct explanation *x = holder;
    *shared = x->members[organizer].shared;
    return x->members[organizer].n_shared;
}

static struct next_best next_best_of(const struct member_reasons *m, const struct network_reasons *networks)
{
    const bool none = m->next_network == POPULATION_NONE;
    return (struct next_best){none ? 0 : networks[m->next_network].number, m->next_fit, m->why_not, m->why};
}

void explain_say(struct buf *out, const struct explanation *x, const struct population *p, uint32_t organizer,
                 uint32_t network, bool english)
{
    const struct member_reasons *m = &x->members[organizer];
    if (network == POPULATION_NONE) {
        buf_text(out, english ? m->reason_en : m->reason_sv);
        return;
    }
    const struct network_reasons *n = &x->networks[network];
    const struct network_view view = {.population = p,
                                      .member = x->member + x->member_start[network],
                                      .size = n->size,
                                      .shared = n->shared,
                                      .n_shared = n->n_shared,
                                      .shared_of = shared_of,
                                      .holder = x};
    const struct member_facts facts = {.organizer = organizer,
                                       .fit = m->fit,
                                       .told = m->told,
                                       .shared = m->shared,
                                       .n_shared = m->n_shared,
                                       .closest = m->closest,
                                       .next = next_best_of(m, x->networks)};
    member_say(out, &view, &facts, english);
}
