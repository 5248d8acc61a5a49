#include "core/group.h"

#include <math.h>
#include <stdlib.h>

#include "core/group_build.h"
#include "core/group_exact.h"
#include "core/group_search.h"
#include "core/group_sparse.h"

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

/* From the similarities themselves, not from scaled integers; in one fixed order of pairs. */
static int measure(const struct group_problem *p, struct group_result *r, struct err *e)
{
    double *inside = calloc((size_t)p->n_groups + 1, sizeof *inside);
    uint32_t *size = calloc((size_t)p->n_groups + 1, sizeof *size);
    uint32_t *start = calloc((size_t)p->n_groups + 2, sizeof *start);
    uint32_t *member = malloc(((size_t)p->n + 1) * sizeof *member);
    int rc = ERR_OK;
    if (!inside || !size || !start || !member) {
        rc = err_memory(e, "measuring the grouping");
        goto done;
    }
    for (uint32_t i = 0; i < p->n; i++)
        size[r->group[i]]++;
    for (uint32_t g = 0; g < p->n_groups; g++)
        start[g + 1] = start[g] + size[g];
    for (uint32_t i = p->n; i-- > 0;)
        member[start[r->group[i]] + --size[r->group[i]]] = i;
    double total = 0, fit = 0;
    for (uint32_t g = 0; g < p->n_groups; g++) {
        for (uint32_t a = start[g]; a < start[g + 1]; a++)
            for (uint32_t b = a + 1; b < start[g + 1]; b++)
                inside[g] += group_similarity(p, member[a], member[b]);
        total += inside[g];
        if (start[g + 1] - start[g] > 1)
            fit += 2 * inside[g] / (start[g + 1] - start[g] - 1);
    }
    r->mean_fit = p->n > 0 ? fit / p->n : 0;
    r->objective = p->objective == OBJECTIVE_SUM ? total : r->mean_fit;
done:
    free(inside);
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
        r->group[i] = group[units->unit_of[i]];
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
    rc = group_state_init(&s, &m, e);
    if (!rc) {
        rc = group_build(p, units, placed, &s, e);
        rc = rc ? rc : group_search(p, &s, r, e);
        for (uint32_t i = 0; i < p->n && !rc; i++)
            r->group[i] = s.group[units->unit_of[i]];
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

int group_solve(const struct group_problem *problem, struct group_result *result, struct err *e)
{
    struct group_units units;
    uint32_t *placed;
    *result = (struct group_result){0};
    int rc = group_check(problem, &units, &placed, e);
    if (rc)
        return rc;
    result->group = malloc(((size_t)problem->n + 1) * sizeof *result->group);
    if (!result->group)
        rc = err_memory(e, "the result");
    if (!rc)
        rc = (is_sparse(problem) ? solve_sparse : solve_dense)(problem, &units, placed, result, e);
    rc = rc ? rc : prove(problem, &units, result, e);
    rc = rc ? rc : measure(problem, result, e);
    if (rc)
        group_result_free(result);
    free(placed);
    group_units_free(&units);
    return rc;
}

void group_result_free(struct group_result *result)
{
    free(result->group);
    *result = (struct group_result){0};
}
