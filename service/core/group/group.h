/* group.h - the grouping engine: places n elements in groups within size bounds so that the elements of a
 * group are similar (maximum diversity grouping / capacitated clustering). Pure: no clock other than CPU time
 * when a time budget is asked for, no I/O, no global state.
 *
 * The problem's arrays are borrowed for the call; the result belongs to the caller. One call uses as many
 * threads as the problem says; progress is told by the calling thread.
 * Same problem, seed and effort give the same result, bit for bit. */
#ifndef PEERNET_CORE_GROUP_H
#define PEERNET_CORE_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "core/group/group_limits.h"
#include "core/similarity/profile.h"
#include "core/settings/settings.h"

/* The engine's number. Raised by 1 with every change after which the same problem, seed and effort may give
 * another result, here or in what a run is computed with besides (neighbours, communities, who takes part,
 * numbers of networks, sentences): runs keep the number that computed them, so that a replay that comes out
 * differently can tell another engine from a damaged run. tests/unit/test_core_engine.c notices most such
 * changes. Runs that name none are of engine 1. */
#define GROUP_ENGINE 3

#define GROUP_NONE UINT32_MAX

enum group_rule_type { RULE_TOGETHER, RULE_APART, RULE_KEEP };
struct group_rule {
    enum group_rule_type type;
    const uint32_t *members; /* together, apart: two or more elements; keep: one or more, each stays in its
                                previous group */
    uint32_t n_members;
    const char *name; /* the words in which a person wrote it; used when rules clash */
};

/* Called now and then with the best objective so far and the share of the budget used (0-1); returning false
 * stops the search, which then returns the best found with ERR_OK. */
typedef bool (*group_progress)(void *context, double objective, double share);

struct group_problem {
    uint32_t n;
    /* Similarity of two elements; exactly one of these three is given. */
    const struct profiles *profiles; /* with rows[i] = the profile row of element i */
    const uint32_t *rows;
    const double *matrix;                /* n*n, symmetric; may be negative */
    const struct neighbour_graph *edges; /* pairs that are not listed have similarity 0 */

    uint32_t n_groups;
    const uint32_t *min_size, *max_size; /* n_groups each */
    enum objective objective;
    const uint32_t *community; /* n: a hint for construction; NULL = none */
    const uint32_t *previous;  /* n: group before, GROUP_NONE for newcomers; NULL = none */
    double stability;          /* 0-1: price of moving, see settings.def */
    const struct group_rule *rules;
    size_t n_rules;
    const struct group_limits *limits; /* see group_limits.h; NULL = none */
    uint64_t seed;
    uint64_t effort;    /* search steps; 0 = construction and descent only */
    double cpu_seconds; /* > 0: stop the search after this much CPU time too */
    /* > 0: after the search look for proof, trying at most so many placements; for at most 32 elements. Where
     * a price of moving applies (previous and stability), there is no proof. */
    uint64_t exact_nodes;
    uint32_t threads; /* most threads to use, 0 = 1; the result does not depend on it */
    group_progress progress;
    void *progress_context;
};

struct group_result {
    uint32_t *group;   /* n: 0..n_groups-1; GROUP_NONE: left out, where the limits allow that */
    uint32_t *left_by; /* n: the number of the limit that kept the element out; GROUP_NONE: in a group */
    uint32_t n_left;   /* elements left out */
    uint32_t n_closed; /* groups closed, where the limits allow that: nobody is in them */
    /* sum: total over pairs in the same group; mean: mean fit of all elements; what limits.mix adds included
     */
    double objective;
    /* Mean over elements (over the places that they take) of mean similarity to the others of its group. */
    double mean_fit;
    uint64_t effort;     /* steps done: asking for this effort gives this result again */
    uint64_t moves;      /* moves made */
    double moving_price; /* what a move out of the previous group had to bring, as a sum of similarities */
    bool proven;         /* no grouping within bounds and rules has a better objective */
};

/* Errors: ERR_INVALID where bounds, rules and limits cannot be met (the text names the smallest clash it
 * found), ERR_LIMIT where no grouping that meets them was found nor proven impossible, ERR_MEMORY. */
int group_solve(const struct group_problem *problem, struct group_result *result, struct err *e);
void group_result_free(struct group_result *result);

/* How many groups of min..max suit n elements: round(n / target), moved to where min*K <= n <= max*K; 0 when
 * no K does. */
uint32_t group_count(uint32_t n, uint32_t min, uint32_t target, uint32_t max);

#endif
