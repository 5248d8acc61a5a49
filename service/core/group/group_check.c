#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "core/group/group_check.h"
#include "core/similarity/neighbour.h"

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
    uint64_t places = group_limits_places(p);
    char of[64] = "";
    const char *plural = p->n_groups == 1 ? "" : "s";
    if (p->limits && p->limits->weight)
        snprintf(of, sizeof of, " that take %llu places", (unsigned long long)places);
    if (places < least)
        return err_set(e, ERR_INVALID,
                       "%u elements%s are too few for %u group%s: their least sizes need %llu", p->n, of,
                       p->n_groups, plural, (unsigned long long)least);
    if (places > most)
        return err_set(e, ERR_INVALID,
                       "%u elements%s are too many for %u group%s: their greatest sizes hold %llu", p->n, of,
                       p->n_groups, plural, (unsigned long long)most);
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

/* Can the rules and limits in force be met? */
static int ask(const struct group_problem *p, const bool *in_force, enum group_placement *answer,
               struct err *e)
{
    struct group_settlement found;
    int rc = group_settle(p, in_force, &found, answer, e);
    if (!rc && *answer == PLACEMENT_FOUND)
        group_settlement_free(&found);
    return rc;
}

/* Drops rules and limits in ever smaller blocks as long as what is left still cannot be met; what cannot be
 * dropped clashes. A rest of which nobody knows whether it can be met keeps the block. */
static int reduce(const struct group_problem *p, bool *in_force, size_t count, struct err *e)
{
    for (size_t block = (count + 1) / 2; block > 0; block = block == 1 ? 0 : (block + 1) / 2) {
        for (size_t at = 0; at < count; at += block) {
            size_t end = at + block < count ? at + block : count;
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

/* The names of what clashes; how many. */
static size_t list_names(const struct group_problem *p, const bool *in_force, struct buf *text)
{
    size_t count = 0;
    for (size_t k = 0; k < p->n_rules + group_limits_count(p->limits); k++) {
        if (!in_force[k])
            continue;
        const char *name = k >= p->n_rules    ? group_limits_name(p->limits, (uint32_t)(k - p->n_rules))
                           : p->rules[k].name ? p->rules[k].name
                                              : "unnamed rule";
        buf_printf(text, "%s'%s'", count++ > 0 ? ", " : "", name);
    }
    return count;
}

static size_t count_limits(const struct group_problem *p)
{
    size_t count = 0;
    for (uint32_t k = 0; k < group_limits_count(p->limits); k++)
        count += group_limits_restricts(p->limits, k);
    return count;
}

static int say_clash(const struct group_problem *p, const bool *in_force, struct err *e)
{
    struct buf text, of;
    buf_init(&text, 0);
    buf_init(&of, 0);
    size_t count = list_names(p, in_force, &text), rules = 0;
    for (size_t k = 0; k < p->n_rules; k++)
        rules += in_force[k];
    if (p->limits && p->limits->weight)
        buf_printf(&of, " that take %llu places", (unsigned long long)group_limits_places(p));
    const char *things = count == 0                 ? ": no way to fill them"
                         : count == 1 && rules == 1 ? " cannot meet this rule: "
                         : count == 1               ? " cannot meet this limit: "
                         : rules == count           ? " cannot meet these rules together: "
                                                    : " cannot meet these together: ";
    int rc = err_set(e, ERR_INVALID, "%u elements%s in %u groups of %u to %u%s%s", p->n, buf_string(&of),
                     p->n_groups, least_size(p), greatest_size(p), things, buf_string(&text));
    buf_free(&text);
    buf_free(&of);
    return rc;
}

static int name_clash(const struct group_problem *p, struct err *e)
{
    size_t count = p->n_rules + group_limits_count(p->limits);
    bool *in_force = malloc(count + 1);
    if (!in_force)
        return err_memory(e, "finding what clashes");
    for (size_t k = 0; k < count; k++)
        in_force[k] = k < p->n_rules || group_limits_restricts(p->limits, (uint32_t)(k - p->n_rules));
    int rc = reduce(p, in_force, count, e);
    rc = rc ? rc : say_clash(p, in_force, e);
    free(in_force);
    return rc;
}

int group_check(const struct group_problem *p, struct group_settlement *out, struct err *e)
{
    enum group_placement answer;
    *out = (struct group_settlement){0};
    int rc = check_sources(p, e);
    rc = rc ? rc : group_limits_check(p, e);
    rc = rc ? rc : check_bounds(p, e);
    rc = rc ? rc : check_rules(p, e);
    rc = rc ? rc : group_settle(p, NULL, out, &answer, e);
    if (rc || answer == PLACEMENT_FOUND)
        return rc;
    if (answer == PLACEMENT_IMPOSSIBLE)
        return name_clash(p, e);
    return err_set(
        e, ERR_LIMIT,
        "no placement that meets all %zu rules and limits was found within the limit of the check; "
        "nor is it proven that there is none",
        p->n_rules + count_limits(p));
}
