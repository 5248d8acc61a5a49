#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/group_units.h"
#include "core/neighbour.h"

static int check_sources(const struct group_problem *p, struct err *e)
{
    int sources = !!p->profiles + !!p->matrix + !!p->edges;
    if (sources != 1)
        return err_set(e, ERR_INVALID, "exactly one of profiles, matrix and edges is needed, %d given",
                       sources);
    if (p->profiles && !p->rows)
        return err_set(e, ERR_INVALID, "profiles were given without the row of each element");
    if (p->edges && p->edges->n != p->n)
        return err_set(e, ERR_INVALID, "the edges are of %u elements, the problem of %u", p->edges->n, p->n);
    if (p->n_groups > 0 && (!p->min_size || !p->max_size))
        return err_set(e, ERR_INVALID, "the groups' bounds are missing");
    return ERR_OK;
}

static int check_bounds(const struct group_problem *p, struct err *e)
{
    uint64_t least = 0, most = 0;
    for (uint32_t g = 0; g < p->n_groups; g++) {
        if (p->min_size[g] > p->max_size[g])
            return err_set(e, ERR_INVALID, "group %u: its least size %u is above its greatest %u", g,
                           p->min_size[g], p->max_size[g]);
        least += p->min_size[g];
        most += p->max_size[g];
    }
    if (p->n < least)
        return err_set(e, ERR_INVALID, "%u elements are too few for %u groups: their least sizes need %llu",
                       p->n, p->n_groups, (unsigned long long)least);
    if (p->n > most)
        return err_set(e, ERR_INVALID,
                       "%u elements are too many for %u groups: their greatest sizes hold %llu", p->n,
                       p->n_groups, (unsigned long long)most);
    return ERR_OK;
}

static int check_rules(const struct group_problem *p, struct err *e)
{
    for (size_t r = 0; r < p->n_rules; r++) {
        const struct group_rule *rule = &p->rules[r];
        for (uint32_t i = 0; i < rule->n_members; i++)
            if (rule->members[i] >= p->n)
                return err_set(e, ERR_INVALID, "rule '%s' names element %u; there are %u",
                               rule->name ? rule->name : "", rule->members[i], p->n);
    }
    return ERR_OK;
}

/* No limit is taken that the engine would not keep. */
static int check_supported(const struct group_problem *p, struct err *e)
{
    for (uint32_t k = 0; k < group_limits_count(p->limits); k++)
        if (group_limits_restricts(p->limits, k))
            return err_set(e, ERR_LIMIT, "limit '%s' is not supported yet", group_limits_name(p->limits, k));
    if (group_limits_mix_most(p->limits) > 0 || (p->limits && p->limits->weight))
        return err_set(e, ERR_LIMIT, "weights of attributes and of elements are not supported yet");
    return ERR_OK;
}

/* Can the rules in force be met? */
static int ask(const struct group_problem *p, const bool *in_force, enum group_placement *answer,
               struct err *e)
{
    struct group_units u;
    bool clash;
    int rc = group_units_build(p, in_force, &u, &clash, e);
    if (rc)
        return rc;
    *answer = PLACEMENT_IMPOSSIBLE;
    uint32_t *group = malloc(((size_t)u.count + 1) * sizeof *group);
    if (!group)
        rc = err_memory(e, "checking the rules");
    else if (!clash)
        rc = group_units_place(p, &u, group, answer, e);
    free(group);
    group_units_free(&u);
    return rc;
}

/* Drops rules in ever smaller blocks as long as what is left still cannot be met; what cannot be dropped
 * clashes. A rest of which nobody knows whether it can be met keeps the block. */
static int reduce(const struct group_problem *p, bool *in_force, struct err *e)
{
    for (size_t block = (p->n_rules + 1) / 2; block > 0; block = block == 1 ? 0 : (block + 1) / 2) {
        for (size_t at = 0; at < p->n_rules; at += block) {
            size_t end = at + block < p->n_rules ? at + block : p->n_rules;
            bool *kept = malloc(end - at);
            if (!kept)
                return err_memory(e, "finding the rules that clash");
            memcpy(kept, in_force + at, end - at);
            memset(in_force + at, false, end - at);
            enum group_placement answer;
            int rc = ask(p, in_force, &answer, e);
            if (rc || answer != PLACEMENT_IMPOSSIBLE)
                memcpy(in_force + at, kept, end - at);
            free(kept);
            if (rc)
                return rc;
        }
    }
    return ERR_OK;
}

static uint32_t least_size(const struct group_problem *p)
{
    uint32_t least = UINT32_MAX;
    for (uint32_t g = 0; g < p->n_groups; g++)
        least = p->min_size[g] < least ? p->min_size[g] : least;
    return least;
}

static uint32_t greatest_size(const struct group_problem *p)
{
    uint32_t greatest = 0;
    for (uint32_t g = 0; g < p->n_groups; g++)
        greatest = p->max_size[g] > greatest ? p->max_size[g] : greatest;
    return greatest;
}

static int name_clash(const struct group_problem *p, struct err *e)
{
    bool *in_force = malloc(p->n_rules + 1);
    if (!in_force)
        return err_memory(e, "finding the rules that clash");
    memset(in_force, true, p->n_rules);
    int rc = reduce(p, in_force, e);
    if (!rc) {
        struct buf text;
        buf_init(&text, 0);
        size_t count = 0;
        for (size_t r = 0; r < p->n_rules; r++) {
            if (!in_force[r])
                continue;
            buf_printf(&text, "%s'%s'", count++ > 0 ? ", " : "",
                       p->rules[r].name ? p->rules[r].name : "unnamed rule");
        }
        rc = err_set(e, ERR_INVALID, "%u elements in %u groups of %u to %u cannot meet %s: %s", p->n,
                     p->n_groups, least_size(p), greatest_size(p),
                     count == 1 ? "this rule" : "these rules together", buf_string(&text));
        buf_free(&text);
    }
    free(in_force);
    return rc;
}

static int place_or_refuse(const struct group_problem *p, const struct group_units *u, bool clash,
                           uint32_t *placed, struct err *e)
{
    enum group_placement answer = PLACEMENT_IMPOSSIBLE;
    int rc = clash ? ERR_OK : group_units_place(p, u, placed, &answer, e);
    if (rc || answer == PLACEMENT_FOUND)
        return rc;
    if (answer == PLACEMENT_IMPOSSIBLE)
        return name_clash(p, e);
    return err_set(e, ERR_LIMIT,
                   "no placement that meets all %zu rules was found within the limit of the check; "
                   "nor is it proven that there is none",
                   p->n_rules);
}

int group_check(const struct group_problem *p, struct group_units *units, uint32_t **placed, struct err *e)
{
    int rc = check_sources(p, e);
    rc = rc ? rc : group_limits_check(p, e);
    rc = rc ? rc : check_bounds(p, e);
    rc = rc ? rc : check_rules(p, e);
    rc = rc ? rc : check_supported(p, e);
    bool clash;
    rc = rc ? rc : group_units_build(p, NULL, units, &clash, e);
    if (rc)
        return rc;
    *placed = malloc(((size_t)units->count + 1) * sizeof **placed);
    rc = *placed ? place_or_refuse(p, units, clash, *placed, e) : err_memory(e, "placing the elements");
    if (rc) {
        free(*placed);
        *placed = NULL;
        group_units_free(units);
    }
    return rc;
}
