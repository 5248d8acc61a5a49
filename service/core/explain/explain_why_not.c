/* Why a member is not in the network where it would fit better: the rules that forbid the move, else what the
 * move would do to everybody. Nothing is supposed: where none of the causes holds, none is given. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain/explain_parts.h"

#define SAME 1e-5 /* figures are sums of floats: a smaller gain is none */

/* ---- rules of people ---- */

/* Another member of the rule in the same network, or POPULATION_NONE. */
static uint32_t companion(const struct facts *f, const struct explain_rule *rule, uint32_t organizer)
{
    for (uint32_t k = 0; k < rule->n_members; k++)
        if (rule->members[k] != organizer && f->network[rule->members[k]] == f->network[organizer])
            return rule->members[k];
    return POPULATION_NONE;
}

static void bind(struct facts *f, const struct explain_rule *rule, uint32_t index)
{
    for (uint32_t k = 0; k < rule->n_members; k++) {
        uint32_t organizer = rule->members[k];
        uint32_t with = rule->type == RULE_KEEP ? POPULATION_NONE : companion(f, rule, organizer);
        if (f->network[organizer] != POPULATION_NONE && (rule->type == RULE_KEEP || with != POPULATION_NONE))
            f->bond[organizer] = (struct bond){index, with};
    }
}

static void part(struct facts *f, const struct explain_rule *rule, uint32_t index,
                 const struct member_reasons *members)
{
    for (uint32_t k = 0; k < rule->n_members; k++) {
        uint32_t next = members[rule->members[k]].next_network;
        for (uint32_t j = 0; next != POPULATION_NONE && j < rule->n_members; j++)
            if (rule->members[j] != rule->members[k] && f->network[rule->members[j]] == next)
                f->foe[rule->members[k]] = (struct bond){index, rule->members[j]};
    }
}

static void apply_rules(struct facts *f, const struct member_reasons *members)
{
    for (uint32_t o = 0; o < f->p->n_organizers; o++)
        f->bond[o] = f->foe[o] = (struct bond){POPULATION_NONE, POPULATION_NONE};
    for (size_t r = 0; r < f->task->n_rules; r++) {
        const struct explain_rule *rule = &f->task->rules[r];
        if (rule->type == RULE_APART)
            part(f, rule, (uint32_t)r, members);
        else
            bind(f, rule, (uint32_t)r);
    }
}

/* ---- what a move would do ---- */

/* What a network adds to the objective: its members' fits, or its pairs. */
static double value_of(const struct facts *f, double pairs, double size)
{
    if (f->s->objective == OBJECTIVE_SUM)
        return pairs;
    return size > 1 ? 2 * pairs / (size - 1) : 0;
}

/* `price`: what each member that was in its network before counts for, as a sum of similarities. */
static double gain(const struct facts *f, const struct member_reasons *member, uint32_t organizer,
                   double price)
{
    const uint32_t from = f->network[organizer], to = member->next_network;
    const uint32_t home = f->task->home == NULL ? POPULATION_NONE : f->task->home[organizer];
    double n = network_size(f, from), m = network_size(f, to);
    double here = f->fit_sum[from] * (n - 1) / 2 + price * f->at_home[from];
    double there = f->fit_sum[to] * (m - 1) / 2 + price * f->at_home[to];
    double leaves = member->fit * (n - 1) + (home == from ? price : 0);
    double enters = member->next_fit * m + (home == to ? price : 0);
    return value_of(f, here - leaves, n - 1) + value_of(f, there + enters, m + 1) - value_of(f, here, n) -
           value_of(f, there, m);
}

/* Where seats or a mix count as well, these gains are not what is maximised. */
static bool gain_is_known(const struct facts *f)
{
    return f->task->seats == NULL && f->s->mix == NULL;
}

static int64_t seats_of(const struct facts *f, uint32_t organizer)
{
    return f->task->seats != NULL ? f->task->seats[organizer] : 1;
}

/* ---- limits ---- */

/* Whether the network would keep the limits with the organizer (or, where it is a member, without it). */
static bool keeps_limits(const struct facts *f, uint32_t *room, uint32_t organizer, uint32_t network)
{
    uint32_t n = 0;
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++)
        if (f->member[m] != organizer)
            room[n++] = f->member[m];
    if (f->network[organizer] != network)
        room[n++] = organizer;
    return f->task->may_be_network(f->task->limits, room, n);
}

static bool limits_forbid(const struct facts *f, uint32_t *room, const struct member_reasons *m,
                          uint32_t organizer)
{
    const uint32_t own = f->network[organizer];
    if (f->task->may_be_network == NULL)
        return false;
    return !keeps_limits(f, room, organizer, m->next_network) ||
           (own != POPULATION_NONE && network_size(f, own) > 1 && !keeps_limits(f, room, organizer, own));
}

/* Whether somebody who reaches the least fit would not if the organizer came (sign 1) or went (sign -1). */
static bool hurts(const struct facts *f, const struct member_reasons *members, uint32_t organizer,
                  uint32_t network, int sign)
{
    const double least = f->s->min_fit, others = network_size(f, network) - 1.0;
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++) {
        const uint32_t member = f->member[m];
        if (member == organizer || members[member].fit < least)
            continue;
        double similar = profiles_similarity(f->profiles, organizer, member), left = others + sign;
        if (left < 1 || (members[member].fit * others + sign * similar) / left < least - SAME)
            return true;
    }
    return false;
}

static bool least_fit_hurt(const struct facts *f, const struct member_reasons *members, uint32_t organizer)
{
    const struct member_reasons *m = &members[organizer];
    const uint32_t own = f->network[organizer];
    if (f->s->min_fit <= 0)
        return false;
    return m->next_fit < f->s->min_fit - SAME || hurts(f, members, organizer, m->next_network, 1) ||
           (own != POPULATION_NONE && hurts(f, members, organizer, own, -1));
}

static enum why_not why_not_of(const struct facts *f, const struct member_reasons *members,
                               uint32_t organizer, uint32_t *room)
{
    const struct member_reasons *m = &members[organizer];
    const uint32_t own = f->network[organizer];
    const bool placed = own != POPULATION_NONE;
    if (m->next_network == POPULATION_NONE)
        return WHY_NOT_NONE;
    if (placed && m->next_fit <= m->fit)
        return WHY_NOT_BEST_HERE;
    if (f->bond[organizer].rule != POPULATION_NONE)
        return WHY_NOT_PINNED;
    if (f->foe[organizer].rule != POPULATION_NONE)
        return WHY_NOT_APART;
    if ((int64_t)f->seats[m->next_network] + seats_of(f, organizer) > f->s->max_size)
        return WHY_NOT_FULL;
    if (placed && (int64_t)f->seats[own] - seats_of(f, organizer) < f->s->min_size)
        return WHY_NOT_TOO_SMALL;
    if (limits_forbid(f, room, m, organizer))
        return WHY_NOT_LIMIT;
    if (placed && gain_is_known(f) && gain(f, m, organizer, 0) <= SAME)
        return WHY_NOT_COSTS_OTHERS;
    if (placed && gain_is_known(f) && gain(f, m, organizer, f->task->moving_price) <= SAME)
        return WHY_NOT_STABILITY;
    return least_fit_hurt(f, members, organizer) ? WHY_NOT_LEAST_FIT : WHY_NOT_UNKNOWN;
}

/* What belongs to it, for the words. */
static struct why_facts why_facts_of(const struct facts *f, const struct member_reasons *m,
                                     uint32_t organizer)
{
    const struct bond *b = m->why_not == WHY_NOT_APART ? &f->foe[organizer] : &f->bond[organizer];
    struct why_facts why = {.figure = NAN, .with = POPULATION_NONE};
    if (m->why_not == WHY_NOT_PINNED || m->why_not == WHY_NOT_APART) {
        why.pin = f->task->rules[b->rule].number;
        why.with = b->with;
    } else if (m->why_not == WHY_NOT_LEAST_FIT) {
        why.figure = (float)f->s->min_fit;
    } else if (m->why_not == WHY_NOT_COSTS_OTHERS && f->s->objective != OBJECTIVE_SUM) {
        why.figure = (float)((double)m->next_fit - (double)m->fit - gain(f, m, organizer, 0));
    }
    return why;
}

/* ---- all of it ---- */

static void sum_networks(struct facts *f, const struct member_reasons *members)
{
    for (uint32_t o = 0; o < f->p->n_organizers; o++) {
        uint32_t own = f->network[o];
        if (own == POPULATION_NONE)
            continue;
        f->fit_sum[own] += members[o].fit;
        f->seats[own] += (uint64_t)seats_of(f, o);
        f->at_home[own] += f->task->home != NULL && f->task->home[o] == own;
    }
}

int why_not_compute(struct facts *f, struct explanation *out, struct err *e)
{
    const size_t n = f->p->n_organizers + (size_t)1, networks = f->n_networks + (size_t)1;
    f->fit_sum = calloc(networks, sizeof *f->fit_sum);
    f->at_home = calloc(networks, sizeof *f->at_home);
    f->seats = calloc(networks, sizeof *f->seats);
    uint32_t *room = malloc(n * sizeof *room);
    f->bond = malloc(n * sizeof *f->bond);
    f->foe = malloc(n * sizeof *f->foe);
    if (!f->fit_sum || !f->at_home || !f->seats || !f->bond || !f->foe || !room) {
        free(room);
        return err_memory(e, "reasons");
    }
    sum_networks(f, out->members);
    apply_rules(f, out->members);
    for (uint32_t o = 0; o < f->p->n_organizers; o++) {
        struct member_reasons *m = &out->members[o];
        m->why_not = why_not_of(f, out->members, o, room);
        m->why = why_facts_of(f, m, o);
    }
    free(room);
    return 0;
}
