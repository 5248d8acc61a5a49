#include "core/pins/pin_price.h"

#include <stdlib.h>
#include <string.h>

#include "core/pins/pin_table.h"

#define NEAR 12 /* networks in which an exchange is tried */

/* A step that a table could make. */
struct step {
    uint32_t organizer, from, to; /* indices of networks; GROUP_NONE = in none */
    uint32_t other;               /* goes the other way; GROUP_NONE = nobody */
    double gain;                  /* of the sum of fits */
    bool found;
};

static void offer(struct step *best, const struct step *s)
{
    if (!best->found || s->gain > best->gain)
        *best = *s;
}

/* Into `to`, with somebody going the other way or not. `others`: exchanges are tried too. */
static void try_into(struct pin_table *t, uint32_t x, uint32_t to, bool others, struct step *best)
{
    struct step s = {.organizer = x, .from = t->where[x], .to = to, .other = GROUP_NONE, .found = true};
    if (pin_table_may(t, x, to, GROUP_NONE)) {
        s.gain = pin_table_gain(t, x, to, GROUP_NONE);
        offer(best, &s);
    }
    for (uint32_t k = 0; others && s.from != GROUP_NONE && k < t->size[to]; k++) {
        s.other = pin_table_member(t, to, k);
        if (t->held[s.other] || !pin_table_may(t, x, to, s.other))
            continue;
        s.gain = pin_table_gain(t, x, to, s.other);
        offer(best, &s);
    }
}

/* Who is in no published network comes from nowhere, wherever it was put for the comparison. */
static void note_move(const struct pin_table *t, uint32_t x, uint32_t from, uint32_t to,
                      struct pin_price *out)
{
    bool nowhere = t->p->places[x].network == POPULATION_NONE;
    if (out->n_moves < PIN_MOVES_TOLD)
        out->moves[out->n_moves++] =
            (struct pin_move){x, nowhere ? 0 : t->p->networks[from].number, t->p->networks[to].number};
}

static void take(struct pin_table *t, const struct step *s, struct pin_price *out)
{
    pin_table_move(t, s->organizer, s->to);
    if (s->other != GROUP_NONE)
        pin_table_move(t, s->other, s->from);
    const uint32_t who[] = {s->organizer, s->other};
    for (int k = 0; k < 2 && who[k] != GROUP_NONE; k++)
        note_move(t, who[k], k == 0 ? s->from : s->to, k == 0 ? s->to : s->from, out);
}

static int by_fit(const void *a, const void *b)
{
    const struct pin_near *x = a, *y = b;
    if (x->fit != y->fit)
        return x->fit > y->fit ? -1 : 1;
    return x->network < y->network ? -1 : x->network > y->network;
}

/* The best step out of its network, or into any where it is in none. */
static void try_elsewhere(struct pin_table *t, uint32_t x, struct step *best)
{
    uint32_t n = 0;
    for (uint32_t g = 0; g < t->n_networks; g++)
        if (g != t->where[x])
            t->near[n++] =
                (struct pin_near){g, t->size[g] > 0 ? pin_table_sum(t, x, g, GROUP_NONE) / t->size[g] : 0};
    qsort(t->near, n, sizeof *t->near, by_fit);
    for (uint32_t k = 0; k < n; k++)
        try_into(t, x, t->near[k].network, k < NEAR, best);
}

/* Who is in no network yet is placed by the next run anyway: that is no price of the rule. */
static bool place_newcomers(struct pin_table *t, const struct pin_rule *rule)
{
    for (uint32_t k = 0; k < rule->n; k++) {
        struct step best = {0};
        if (t->where[rule->organizer[k]] != GROUP_NONE)
            continue;
        try_elsewhere(t, rule->organizer[k], &best);
        if (!best.found)
            return false;
        pin_table_move(t, best.organizer, best.to);
    }
    return true;
}

static bool gather_in(struct pin_table *t, const struct pin_rule *rule, uint32_t g, double *gain,
                      struct pin_price *out)
{
    *gain = 0;
    for (uint32_t k = 0; k < rule->n; k++) {
        struct step best = {0};
        if (t->where[rule->organizer[k]] == g) {
            if (t->p->places[rule->organizer[k]].network == POPULATION_NONE)
                note_move(t, rule->organizer[k], GROUP_NONE, g, out);
            continue;
        }
        try_into(t, rule->organizer[k], g, true, &best);
        if (!best.found)
            return false;
        *gain += best.gain;
        take(t, &best, out);
    }
    return true;
}

/* In the network where that costs least, of those that one of them is in. */
static bool gather(struct pin_table *t, const struct pin_rule *rule, double *gain, struct pin_price *out)
{
    const struct pin_price before = *out;
    bool found = false;
    for (uint32_t k = 0; k < rule->n; k++) {
        struct pin_price tried = before;
        uint32_t g = t->where[rule->organizer[k]];
        double brings;
        if (!pin_table_save(t))
            return false;
        bool fine = gather_in(t, rule, g, &brings, &tried);
        pin_table_restore(t);
        if (!fine || (found && brings <= *gain))
            continue;
        found = true;
        *gain = brings;
        *out = tried;
    }
    return found;
}

static bool part(struct pin_table *t, const struct pin_rule *rule, double *gain, struct pin_price *out)
{
    *gain = 0;
    for (uint32_t a = 0; a < rule->n; a++) {
        for (uint32_t b = a + 1; b < rule->n; b++) {
            uint32_t x = rule->organizer[a], y = rule->organizer[b];
            struct step best = {0};
            if (x == y || t->where[x] != t->where[y])
                continue;
            if (!t->held[x])
                try_elsewhere(t, x, &best);
            if (!t->held[y])
                try_elsewhere(t, y, &best);
            if (!best.found)
                return false;
            *gain += best.gain;
            take(t, &best, out);
        }
    }
    return true;
}

/* What the moves that it forbids would bring. */
static bool keep(struct pin_table *t, const struct pin_rule *rule, double *gain)
{
    *gain = 0;
    for (uint32_t k = 0; k < rule->n; k++) {
        struct step best = {0};
        try_elsewhere(t, rule->organizer[k], &best);
        if (best.found && best.gain > 0)
            *gain -= best.gain;
    }
    return true;
}

static bool obey(struct pin_table *t, const struct pin_rule *rule, double *gain, struct pin_price *out)
{
    if (rule->type == RULE_KEEP && rule->network == GROUP_NONE)
        return keep(t, rule, gain);
    if (!place_newcomers(t, rule))
        return false;
    if (rule->type == RULE_KEEP)
        return gather_in(t, rule, rule->network, gain, out);
    return rule->type == RULE_APART ? part(t, rule, gain, out) : gather(t, rule, gain, out);
}

/* Whom a rule of together binds to somebody who is `in` come in too; whether there was anyone. */
static bool bring_along(const struct pin_table *t, bool *in, uint32_t *list, uint32_t *n)
{
    const uint32_t before = *n;
    for (size_t r = 0; r + 1 < t->n_rules; r++) {
        const struct pin_rule *rule = &t->rules[r];
        bool bound = false;
        for (uint32_t k = 0; rule->type == RULE_TOGETHER && k < rule->n; k++)
            bound = bound || in[rule->organizer[k]];
        for (uint32_t k = 0; bound && k < rule->n; k++) {
            if (!in[rule->organizer[k]])
                list[(*n)++] = rule->organizer[k];
            in[rule->organizer[k]] = true;
        }
    }
    return *n > before;
}

/* The rule as it has to be obeyed: whoever is bound to one of it goes where that one goes. */
static int obey_together(struct pin_table *t, const struct pin_rule *rule, double *gain,
                         struct pin_price *out, struct err *e)
{
    struct pin_rule wide = *rule;
    bool *in = calloc(t->n_organizers + (size_t)1, sizeof *in);
    uint32_t *list = malloc((t->n_organizers + (size_t)1) * sizeof *list);
    int code = in == NULL || list == NULL ? err_memory(e, "the price of a rule") : ERR_OK;
    if (code == ERR_OK) {
        for (uint32_t k = 0; k < rule->n; k++) {
            in[rule->organizer[k]] = true;
            list[k] = rule->organizer[k];
        }
        while (bring_along(t, in, list, &wide.n))
            ;
        wide.organizer = list;
        out->known = obey(t, &wide, gain, out);
    }
    free(in);
    free(list);
    return code;
}

int pin_price(const struct snapshot *s, const struct snapshot_programme *p, const struct pin_rule *rules,
              size_t n, struct pin_price *out, struct err *e)
{
    struct pin_table t;
    double gain = 0;
    *out = (struct pin_price){0};
    int code = pin_table_open(&t, s, p, rules, n, e);
    if (code == ERR_OK && t.n_placed > 0 && rules[n - 1].n > 0) {
        /* Where each stays, or parts from others, nobody has to come along. */
        if (rules[n - 1].type == RULE_TOGETHER ||
            (rules[n - 1].type == RULE_KEEP && rules[n - 1].network != GROUP_NONE))
            code = obey_together(&t, &rules[n - 1], &gain, out, e);
        else
            out->known = obey(&t, &rules[n - 1], &gain, out);
        out->cost = gain == 0 ? 0 : -gain / t.n_placed;
        if (!out->known)
            out->n_moves = 0;
        if (t.no_memory)
            code = err_memory(e, "the price of a rule");
    }
    pin_table_close(&t);
    return code;
}
