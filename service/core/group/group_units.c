#include "core/group/group_units.h"

#include <stdlib.h>
#include <string.h>

#include "core/group/group_random.h"

/* Units are trees over elements while they are built; the root is the lowest element. */
static uint32_t root_of(uint32_t *parent, uint32_t element)
{
    while (parent[element] != element) {
        parent[element] = parent[parent[element]];
        element = parent[element];
    }
    return element;
}

static void join(uint32_t *parent, uint32_t a, uint32_t b)
{
    a = root_of(parent, a);
    b = root_of(parent, b);
    if (a < b)
        parent[b] = a;
    else
        parent[a] = b;
}

static bool holds(const bool *in_force, size_t rule)
{
    return !in_force || in_force[rule];
}

static void join_together(const struct group_problem *p, const bool *in_force, uint32_t *parent)
{
    for (uint32_t i = 0; i < p->n; i++)
        parent[i] = i;
    for (size_t r = 0; r < p->n_rules; r++) {
        const struct group_rule *rule = &p->rules[r];
        if (rule->type != RULE_TOGETHER || !holds(in_force, r))
            continue;
        for (uint32_t i = 1; i < rule->n_members; i++)
            join(parent, rule->members[0], rule->members[i]);
    }
}

/* Numbers the units by their lowest element and lists their elements. */
static void number_units(struct group_units *u, uint32_t *parent, const bool *left)
{
    for (uint32_t i = 0; i < u->n; i++) {
        if (left && left[i])
            u->unit_of[i] = GROUP_NONE;
        else
            u->unit_of[i] = root_of(parent, i) == i ? u->count++ : u->unit_of[parent[i]];
    }
    for (uint32_t i = 0; i < u->n; i++)
        if (u->unit_of[i] != GROUP_NONE)
            u->start[u->unit_of[i] + 1]++;
    for (uint32_t k = 0; k < u->count; k++)
        u->start[k + 1] += u->start[k];
    for (uint32_t i = 0; i < u->n; i++)
        if (u->unit_of[i] != GROUP_NONE)
            u->element[u->start[u->unit_of[i]]++] = i;
    for (uint32_t k = u->count; k > 0; k--)
        u->start[k] = u->start[k - 1];
    u->start[0] = 0;
}

/* Elements whom a limit parts cannot be one unit. */
static void weigh_units(const struct group_problem *p, struct group_units *u, bool *clash)
{
    for (uint32_t k = 0; k < u->count; k++) {
        for (uint32_t i = u->start[k]; i < u->start[k + 1]; i++) {
            uint32_t weight = group_limits_weight(p->limits, u->element[i]);
            u->size[k] += weight;
            u->limited |= weight > 1;
            for (uint32_t j = u->start[k]; j < i; j++)
                *clash |= group_limiter_parts(&u->limiter, u->element[i], u->element[j]) != GROUP_NONE;
        }
        u->places += u->size[k];
    }
    u->limited |= u->limiter.restricts;
    u->ruled |= u->limited;
}

/* A unit kept in two groups at once is a clash. An element that was nowhere has nothing to keep. */
static void fix_units(const struct group_problem *p, const bool *in_force, struct group_units *u, bool *clash)
{
    for (uint32_t k = 0; k < u->count; k++)
        u->fixed[k] = GROUP_NONE;
    for (size_t r = 0; r < p->n_rules; r++) {
        const struct group_rule *rule = &p->rules[r];
        if (rule->type != RULE_KEEP || !holds(in_force, r) || !p->previous)
            continue;
        for (uint32_t i = 0; i < rule->n_members; i++) {
            uint32_t group = p->previous[rule->members[i]], unit = u->unit_of[rule->members[i]];
            if (group >= p->n_groups)
                continue;
            *clash |= u->fixed[unit] != GROUP_NONE && u->fixed[unit] != group;
            u->fixed[unit] = group;
        }
    }
}

/* Calls for each ordered pair of units that an apart rule separates: counts when foe is NULL, else writes. */
static void list_foes(const struct group_problem *p, const bool *in_force, struct group_units *u,
                      uint32_t *at, bool write, bool *clash)
{
    for (size_t r = 0; r < p->n_rules; r++) {
        const struct group_rule *rule = &p->rules[r];
        if (rule->type != RULE_APART || !holds(in_force, r))
            continue;
        for (uint32_t i = 0; i < rule->n_members; i++) {
            for (uint32_t j = 0; j < rule->n_members; j++) {
                uint32_t a = u->unit_of[rule->members[i]], b = u->unit_of[rule->members[j]];
                if (rule->members[i] == rule->members[j])
                    continue;
                *clash |= a == b;
                if (write)
                    u->foe[at[a]] = b;
                at[a]++;
            }
        }
    }
}

static int separate_units(const struct group_problem *p, const bool *in_force, struct group_units *u,
                          bool *clash, struct err *e)
{
    u->foe_start = calloc((size_t)u->count + 2, sizeof *u->foe_start);
    if (!u->foe_start)
        return err_memory(e, "rules that keep elements apart");
    list_foes(p, in_force, u, u->foe_start + 1, false, clash);
    for (uint32_t k = 0; k < u->count; k++)
        u->foe_start[k + 1] += u->foe_start[k];
    u->foe = malloc(((size_t)u->foe_start[u->count] + 1) * sizeof *u->foe);
    if (!u->foe)
        return err_memory(e, "rules that keep elements apart");
    /* Each offset moves to its row's end while writing, which is where the next row starts. */
    memmove(u->foe_start + 1, u->foe_start, u->count * sizeof *u->foe_start);
    list_foes(p, in_force, u, u->foe_start + 1, true, clash);
    return ERR_OK;
}

int group_units_build(const struct group_problem *p, const struct group_scope *scope, struct group_units *out,
                      bool *clash, struct err *e)
{
    const bool *in_force = scope->in_force;
    *out = (struct group_units){.n = p->n, .ruled = p->n_rules > 0};
    *clash = false;
    uint32_t *parent = malloc(((size_t)p->n + 1) * sizeof *parent);
    out->unit_of = malloc(((size_t)p->n + 1) * sizeof *out->unit_of);
    out->element = malloc(((size_t)p->n + 1) * sizeof *out->element);
    out->start = calloc((size_t)p->n + 2, sizeof *out->start);
    out->fixed = malloc(((size_t)p->n + 1) * sizeof *out->fixed);
    out->size = calloc((size_t)p->n + 1, sizeof *out->size);
    int rc = ERR_OK;
    if (!parent || !out->unit_of || !out->element || !out->start || !out->fixed || !out->size)
        rc = err_memory(e, "the elements' units");
    else
        rc = group_limiter_open(&out->limiter, p, in_force ? in_force + p->n_rules : NULL, e);
    if (!rc) {
        join_together(p, in_force, parent);
        number_units(out, parent, scope->left);
        weigh_units(p, out, clash);
        fix_units(p, in_force, out, clash);
        rc = separate_units(p, in_force, out, clash, e);
    }
    free(parent);
    if (rc)
        group_units_free(out);
    return rc;
}

void group_units_free(struct group_units *u)
{
    free(u->unit_of);
    free(u->start);
    free(u->element);
    free(u->fixed);
    free(u->foe_start);
    free(u->foe);
    free(u->size);
    group_limiter_close(&u->limiter);
    *u = (struct group_units){0};
}
