#include "core/group/group.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group_build.h"
#include "core/group/group_check.h"
#include "core/group/group_exact.h"
#include "core/group/group_search.h"
#include "core/group/group_sparse.h"

enum { DENSE_MOST = 1200, EXACT_ANYWAY = 12, EXACT_NODES = 300000 };

uint32_t group_count(uint32_t n, uint32_t min, uint32_t target, uint32_t max)
{
    if (min == 0 || target == 0 || max < min)
        return 0;
    uint32_t most = n / min, least = n / max + (n % max > 0);
    if (n == 0 || most == 0 || least > most)
        return 0;
    uint32_t count = (uint32_t)(((uint64_t)n + target / 2) / target);
    return count < least ? least : count > most ? most : count;
}

/* The members of one group; `plain` is without what limits.mix adds. */
static void add_pairs(const struct group_problem *p, const uint32_t *member, uint32_t count, double *inside,
                      double *plain)
{
    const struct group_limits *l = p->limits;
    for (uint32_t a = 0; a < count; a++)
        for (uint32_t b = a + 1; b < count; b++) {
            double weight =
                (double)group_limits_weight(l, member[a]) * (double)group_limits_weight(l, member[b]);
            double similarity = group_similarity(p, member[a], member[b]);
            *plain += weight * similarity;
            *inside += weight * (similarity + group_limits_mix(l, member[a], member[b]));
        }
}

/* From the similarities themselves, not from scaled integers; in one fixed order of pairs. */
static int measure(const struct group_problem *p, struct group_result *r, struct err *e)
{
    double *places = calloc((size_t)p->n_groups + 1, sizeof *places);
    uint32_t *size = calloc((size_t)p->n_groups + 1, sizeof *size);
    uint32_t *start = calloc((size_t)p->n_groups + 2, sizeof *start);
    uint32_t *member = malloc(((size_t)p->n + 1) * sizeof *member);
    int rc = ERR_OK;
    if (!places || !size || !start || !member) {
        rc = err_memory(e, "measuring the grouping");
        goto done;
    }
    double all = 0;
    for (uint32_t i = 0; i < p->n; i++) {
        if (r->group[i] == GROUP_NONE)
            continue;
        size[r->group[i]]++;
        places[r->group[i]] += group_limits_weight(p->limits, i);
        all += group_limits_weight(p->limits, i);
    }
    for (uint32_t g = 0; g < p->n_groups; g++)
        start[g + 1] = start[g] + size[g];
    for (uint32_t i = p->n; i-- > 0;)
        if (r->group[i] != GROUP_NONE)
            member[start[r->group[i]] + --size[r->group[i]]] = i;
    double total = 0, mean = 0, fit = 0;
    for (uint32_t g = 0; g < p->n_groups; g++) {
        double inside = 0, plain = 0;
        add_pairs(p, member + start[g], start[g + 1] - start[g], &inside, &plain);
        total += inside;
        mean += places[g] > 1 ? 2 * inside / (places[g] - 1) : 0;
        fit += places[g] > 1 ? 2 * plain / (places[g] - 1) : 0;
    }
    r->mean_fit = all > 0 ? fit / all : 0;
    r->objective = p->objective == OBJECTIVE_SUM ? total : all > 0 ? mean / all : 0;
done:
    free(places);
    free(size);
    free(start);
    free(member);
    return rc;
}

/* Without geography a similarity is a dot product, and the sparse search applies. Where all pairs fit the
 * cache, looking at each of them finds more. */
static bool is_sparse(const struct group_problem *p)
{
    return p->profiles && !(p->profiles->geography > 0) && p->n > DENSE_MOST;
}

static int solve_sparse(const struct group_problem *p, const struct group_units *units,
                        const uint32_t *placed, struct group_result *r, struct err *e)
{
    uint32_t *group = malloc(((size_t)units->count + 1) * sizeof *group);
    if (!group)
        return err_memory(e, "the result");
    int rc = group_sparse_solve(p, units, placed, group, r, e);
    for (uint32_t i = 0; i < p->n && !rc; i++)
        r->group[i] = units->unit_of[i] == GROUP_NONE ? GROUP_NONE : group[units->unit_of[i]];
    free(group);
    return rc;
}

static int solve_dense(const struct group_problem *p, const struct group_units *units, const uint32_t *placed,
                       struct group_result *r, struct err *e)
{
    struct group_dense m;
    struct group_state s;
    int rc = group_dense_build(p, units, &m, e);
    if (rc)
        return rc;
    r->moving_price = m.price;
    rc = group_state_init(&s, &m, e);
    if (!rc) {
        rc = group_build(p, units, placed, &s, e);
        rc = rc ? rc : group_search(p, &s, r, e);
        for (uint32_t i = 0; i < p->n && !rc; i++)
            r->group[i] = units->unit_of[i] == GROUP_NONE ? GROUP_NONE : s.group[units->unit_of[i]];
        group_state_free(&s);
    }
    group_dense_free(&m);
    return rc;
}

/* A handful of elements is searched through as a matter of course, unless only a descent was asked for. */
static int prove(const struct group_problem *p, const struct group_units *units, struct group_result *r,
                 struct err *e)
{
    bool searched = p->effort > 0 || p->cpu_seconds > 0;
    uint64_t nodes = p->exact_nodes > 0 ? p->exact_nodes : searched && p->n <= EXACT_ANYWAY ? EXACT_NODES : 0;
    if (nodes == 0 || (p->previous && p->stability > 0))
        return ERR_OK;
    return group_exact(p, units, nodes, r->group, &r->proven, e);
}

/* The problem with the groups that were not closed, and back. */
struct open_groups {
    struct group_problem p;
    uint32_t *low, *high, *previous;
    uint32_t *number; /* by group of the problem: among those that are open */
    uint32_t *group;  /* by open group: of the problem */
};

static void open_groups_free(struct open_groups *o)
{
    free(o->low);
    free(o->high);
    free(o->previous);
    free(o->number);
    free(o->group);
}

static void renumber(const struct open_groups *o, uint32_t groups, uint32_t *group, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (group[i] < groups)
            group[i] = o->number[group[i]];
}

static int open_groups_list(struct open_groups *o, const struct group_problem *p,
                            struct group_settlement *start, struct err *e)
{
    size_t groups = (size_t)p->n_groups + 1, n = (size_t)p->n + 1;
    *o = (struct open_groups){*p,
                              malloc(groups * sizeof *o->low),
                              malloc(groups * sizeof *o->high),
                              malloc(n * sizeof *o->previous),
                              malloc(groups * sizeof *o->number),
                              malloc(groups * sizeof *o->group)};
    if (!o->low || !o->high || !o->previous || !o->number || !o->group)
        return err_memory(e, "the groups that are open");
    o->p.n_groups = 0;
    for (uint32_t g = 0; g < p->n_groups; g++) {
        bool closed = start->high[g] < p->max_size[g];
        o->number[g] = closed ? GROUP_NONE : o->p.n_groups;
        o->low[o->p.n_groups] = start->low[g];
        o->high[o->p.n_groups] = start->high[g];
        o->group[o->p.n_groups] = g;
        o->p.n_groups += !closed;
    }
    o->p.min_size = o->low;
    o->p.max_size = o->high;
    if (p->previous) {
        memcpy(o->previous, p->previous, p->n * sizeof *o->previous);
        renumber(o, p->n_groups, o->previous, p->n);
        o->p.previous = o->previous;
    }
    renumber(o, p->n_groups, start->placed, start->units.count);
    renumber(o, p->n_groups, start->units.fixed, start->units.count);
    return ERR_OK;
}

static int solve(const struct group_problem *p, const struct group_settlement *start, struct group_result *r,
                 struct err *e)
{
    r->group = malloc(((size_t)p->n + 1) * sizeof *r->group);
    int rc = r->group ? ERR_OK : err_memory(e, "the result");
    if (!rc)
        rc = (is_sparse(p) ? solve_sparse : solve_dense)(p, &start->units, start->placed, r, e);
    rc = rc ? rc : prove(p, &start->units, r, e);
    return rc ? rc : measure(p, r, e);
}

/* The search knows nothing of closed groups. */
static int solve_open(const struct group_problem *p, struct group_settlement *start, struct group_result *r,
                      struct err *e)
{
    struct open_groups o;
    if (start->n_closed == 0)
        return solve(p, start, r, e);
    int rc = open_groups_list(&o, p, start, e);
    rc = rc ? rc : solve(&o.p, start, r, e);
    for (uint32_t i = 0; i < p->n && !rc; i++)
        if (r->group[i] != GROUP_NONE)
            r->group[i] = o.group[r->group[i]];
    r->proven = false; /* that fewer need not have been closed is not shown */
    open_groups_free(&o);
    return rc;
}

int group_solve(const struct group_problem *problem, struct group_result *result, struct err *e)
{
    struct group_settlement start;
    *result = (struct group_result){0};
    int rc = group_check(problem, &start, e);
    if (rc)
        return rc;
    rc = solve_open(problem, &start, result, e);
    result->n_closed = start.n_closed;
    result->left_by = start.left_by;
    result->n_left = start.n_left;
    start.left_by = NULL;
    if (rc)
        group_result_free(result);
    group_settlement_free(&start);
    return rc;
}

void group_result_free(struct group_result *result)
{
    free(result->group);
    free(result->left_by);
    *result = (struct group_result){0};
}
