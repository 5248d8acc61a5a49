/* group_crew.h - whether the members of a group, or those that it would have after a move, keep the limits:
 * the few of them are looked at, nothing is stored. Pure; any number of threads, each with groups that nobody
 * changes meanwhile. */
#ifndef PEERNET_CORE_GROUP_CREW_H
#define PEERNET_CORE_GROUP_CREW_H

#include "core/group/group_units.h"

/* Members of each group as linked lists of units; GROUP_NONE ends them. Who asks for the faults of many
 * changes lets `parted` remember how many pairs of each group are parted, GROUP_NONE where that is not known;
 * then only the thread that changes the groups may ask. */
struct group_lists {
    uint32_t *first;         /* by group */
    uint32_t *after, *prior; /* by unit */
    uint32_t *parted;        /* by group; NULL: every question counts them again */
};

static inline void group_lists_add(struct group_lists *l, uint32_t unit, uint32_t g)
{
    l->after[unit] = l->first[g];
    l->prior[unit] = GROUP_NONE;
    if (l->first[g] != GROUP_NONE)
        l->prior[l->first[g]] = unit;
    l->first[g] = unit;
    if (l->parted)
        l->parted[g] = GROUP_NONE;
}

static inline void group_lists_remove(struct group_lists *l, uint32_t unit, uint32_t g)
{
    if (l->prior[unit] == GROUP_NONE)
        l->first[g] = l->after[unit];
    else
        l->after[l->prior[unit]] = l->after[unit];
    if (l->after[unit] != GROUP_NONE)
        l->prior[l->after[unit]] = l->prior[unit];
    if (l->parted)
        l->parted[g] = GROUP_NONE;
}

/* A group without the units `out` and with the units `in`. */
struct group_change {
    uint32_t group, n_out, n_in;
    const uint32_t *out, *in;
};

/* Whether the group, which keeps the limits, will still keep them. Rules and bounds are not looked at. */
bool group_crew_allows(const struct group_units *u, const struct group_lists *l,
                       const struct group_change *c);
/* The same for both groups of a move: `a` goes from g to h and, unless GROUP_NONE, `b` from h to g. */
bool group_crew_allows_move(const struct group_units *u, const struct group_lists *l, uint32_t a, uint32_t g,
                            uint32_t b, uint32_t h);
/* How many faults the group then has: pairs that a rule or limit parts, elements alone, elements too far from
 * the centre. */
uint32_t group_crew_faults(const struct group_units *u, const struct group_lists *l,
                           const struct group_change *c);
/* Whether the group as it is has none. */
static inline bool group_crew_keeps_limits(const struct group_units *u, const struct group_lists *l,
                                           uint32_t g)
{
    return !u->limiter.restricts || group_crew_faults(u, l, &(struct group_change){.group = g}) == 0;
}
/* How many elements of the group then have the value of the attribute. */
uint32_t group_crew_count(const struct group_units *u, const struct group_lists *l,
                          const struct group_change *c, size_t attribute, uint32_t value);
/* Whether a rule or limit parts two units. */
bool group_units_parted(const struct group_units *u, uint32_t a, uint32_t b);
/* Whether they have a value in common of which nobody may be the only one in its group. */
bool group_units_share_value(const struct group_units *u, uint32_t a, uint32_t b);

#endif
