/* Elements are placed in a fixed order; sizes are in places that they take. What a partial placement can
 * still reach is bounded element by element: a placed one has its similarities to those placed with it and
 * can get at most its best ones among those not placed, for each size its group may end with; one not placed
 * can choose the group as well.
 *
 * For the sum large groups are worth more to everyone, and not everyone can have them. So a group of size s
 * asks price/s of each of its places and gives its price in return: its places are s. With any prices
 * (Lagrange multipliers) the bound holds; good ones are found at the root, by Polyak's subgradient steps
 * towards the best value known. For the mean, where large groups are no advantage, they stay 0. */
#include "core/group/group_exact.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group_crew.h"
#include "core/group/group_rows.h"

enum { N = GROUP_EXACT_MOST, ROUNDS = 200 };

struct tree {
    const struct group_problem *p;
    const struct group_units *units;
    uint32_t n;
    uint32_t order[N];       /* depth -> element */
    uint32_t weight[N];      /* by depth: places */
    uint32_t behind[N + 1];  /* by depth: places of those from there on */
    double similarity[N][N]; /* by depth */
    double best_of[N][N]
                  [N + 1]; /* [depth placed up to][element][k]: the most of up to k places of those behind */
    uint32_t group[N];     /* by depth */
    uint32_t *load;        /* by group */
    double *inside;        /* by group */
    double *towards;       /* groups * N: similarity of each to the members of each group */
    double *price;         /* by group */
    double *best_price;    /* at the root */
    double *share, *part;  /* by size: see share(); 1 / size */
    double *asked;         /* by group: places asked for, as a share of those it would have */
    double best;
    uint32_t best_group[N];
    struct group_lists lists; /* of units; made for a whole grouping */
    uint64_t nodes;
    bool improved;
};

/* What a similarity counts for each of the two. */
static double share(const struct tree *t, uint32_t size)
{
    return t->share[size];
}

static int fill_shares(struct tree *t, struct err *e)
{
    uint32_t places = t->behind[0];
    t->share = calloc((size_t)places + 2, sizeof *t->share);
    t->part = calloc((size_t)places + 2, sizeof *t->part);
    if (!t->share || !t->part)
        return err_memory(e, "the exact search");
    for (uint32_t size = 1; size <= places; size++) {
        t->part[size] = 1.0 / size;
        t->share[size] = t->p->objective == OBJECTIVE_SUM ? 0.5 : size < 2 ? 0 : 1.0 / (size - 1);
    }
    return ERR_OK;
}

/* A share is an element's; a group's value is twice that of its pairs. */
static double value(const struct tree *t)
{
    double total = 0;
    for (uint32_t g = 0; g < t->p->n_groups; g++)
        total += 2 * share(t, t->load[g]) * t->inside[g];
    return total;
}

/* The most that element i can have in group g, `others` places besides its own being taken, after it has paid
 * for its places; `size` receives the size for which it has it. */
static double most_in(const struct tree *t, uint32_t depth, uint32_t i, uint32_t g, uint32_t others,
                      uint32_t *at)
{
    uint32_t taken = others + t->weight[i], behind = t->behind[depth] - (i >= depth ? t->weight[i] : 0);
    uint32_t low = t->p->min_size[g] > taken ? t->p->min_size[g] : taken;
    uint32_t high = t->p->max_size[g] < taken + behind ? t->p->max_size[g] : taken + behind;
    double most = -INFINITY, known = t->towards[(size_t)g * N + i], paid = t->price[g] * t->weight[i];
    for (uint32_t size = low; size <= high; size++) {
        uint32_t more = size - taken < t->n ? size - taken : t->n;
        double here = share(t, size) * (known + t->best_of[depth][i][more]) - paid * t->part[size];
        if (here > most) {
            most = here;
            *at = size;
        }
    }
    return most;
}

struct choice {
    double value;
    uint32_t group, size;
};

static struct choice choose(const struct tree *t, uint32_t depth, uint32_t i)
{
    struct choice best = {-INFINITY, 0, 1};
    uint32_t size = 1;
    if (i < depth) {
        best.group = t->group[i];
        best.value = most_in(t, depth, i, best.group, t->load[best.group] - t->weight[i], &best.size);
        return best;
    }
    for (uint32_t g = 0; g < t->p->n_groups; g++) {
        if (t->load[g] + t->weight[i] > t->p->max_size[g])
            continue;
        double value = most_in(t, depth, i, g, t->load[g], &size);
        if (value > best.value)
            best = (struct choice){value, g, size};
    }
    return best;
}

/* What can be reached from here at most; `asked` is set. */
static double reachable(struct tree *t, uint32_t depth)
{
    double total = 0;
    for (uint32_t g = 0; g < t->p->n_groups; g++) {
        total += t->price[g];
        t->asked[g] = 0;
    }
    for (uint32_t i = 0; i < t->n; i++) {
        struct choice c = choose(t, depth, i);
        total += c.value;
        t->asked[c.group] += t->weight[i] * t->part[c.size];
    }
    return total;
}

static double margin(const struct tree *t)
{
    return 1e-9 * (1 + fabs(t->best));
}

/* Groups that are asked for more than they have become dearer. One that may stay empty pays nobody to come.
 */
static void move_prices(struct tree *t, double above)
{
    double norm = 0, most = 100 * (1 + fabs(t->best));
    for (uint32_t g = 0; g < t->p->n_groups; g++)
        norm += (t->asked[g] - 1) * (t->asked[g] - 1);
    if (!(norm > 1e-9))
        return;
    for (uint32_t g = 0; g < t->p->n_groups; g++) {
        double price = t->price[g] + (t->asked[g] - 1) * (above / norm);
        price = price > most ? most : price < -most ? -most : price;
        t->price[g] = t->p->min_size[g] == 0 && price < 0 ? 0 : price;
    }
}

static bool rules_allow(const struct tree *t, uint32_t depth, uint32_t g)
{
    const struct group_units *u = t->units;
    uint32_t unit = u->unit_of[t->order[depth]];
    if (u->fixed[unit] != GROUP_NONE && u->fixed[unit] != g)
        return false;
    for (uint32_t i = 0; i < depth; i++) {
        uint32_t other = u->unit_of[t->order[i]];
        if (other == unit && t->group[i] != g)
            return false;
        if (t->group[i] == g && group_limiter_parts(&u->limiter, t->order[depth], t->order[i]) != GROUP_NONE)
            return false;
        for (uint32_t k = u->foe_start[unit]; k < u->foe_start[unit + 1]; k++)
            if (u->foe[k] == other && t->group[i] == g)
                return false;
    }
    return true;
}

/* Empty groups of the same bounds are alike, unless some element is tied to one. */
static bool repeats(const struct tree *t, uint32_t g)
{
    if (t->load[g] > 0)
        return false;
    for (uint32_t unit = 0; unit < t->units->count; unit++)
        if (t->units->fixed[unit] == g)
            return false;
    for (uint32_t h = 0; h < g; h++) {
        bool tied = t->load[h] > 0;
        for (uint32_t unit = 0; unit < t->units->count; unit++)
            tied |= t->units->fixed[unit] == h;
        if (!tied && t->p->min_size[h] == t->p->min_size[g] && t->p->max_size[h] == t->p->max_size[g])
            return true;
    }
    return false;
}

static bool sizes_can_be_met(const struct tree *t, uint32_t depth)
{
    uint64_t missing = 0;
    for (uint32_t g = 0; g < t->p->n_groups; g++)
        missing += t->load[g] < t->p->min_size[g] ? t->p->min_size[g] - t->load[g] : 0;
    return missing <= t->behind[depth];
}

static void place(struct tree *t, uint32_t depth, uint32_t g, double sign)
{
    double *towards = t->towards + (size_t)g * N;
    t->inside[g] += sign * towards[depth];
    for (uint32_t i = 0; i < t->n; i++)
        towards[i] += sign * t->similarity[depth][i];
    t->load[g] += sign > 0 ? t->weight[depth] : -t->weight[depth];
    t->group[depth] = g;
}

/* Who is alone, and how far the centre is, shows only when all are placed. */
static bool limits_allow(struct tree *t)
{
    const struct group_units *u = t->units;
    if (!u->limiter.restricts)
        return true;
    for (uint32_t g = 0; g < t->p->n_groups; g++)
        t->lists.first[g] = GROUP_NONE;
    for (uint32_t i = 0; i < t->n; i++) {
        uint32_t unit = u->unit_of[t->order[i]];
        if (u->element[u->start[unit]] == t->order[i])
            group_lists_add(&t->lists, unit, t->group[i]);
    }
    for (uint32_t g = 0; g < t->p->n_groups; g++)
        if (!group_crew_keeps_limits(u, &t->lists, g))
            return false;
    return true;
}

static void keep(struct tree *t)
{
    double found = value(t);
    if (found <= t->best + margin(t) || !limits_allow(t))
        return;
    t->best = found;
    t->improved = true;
    memcpy(t->best_group, t->group, sizeof t->best_group);
}

/* As deep as there are elements: at most N. */
static void descend(struct tree *t, uint32_t depth)
{
    if (depth == t->n) {
        keep(t);
        return;
    }
    for (uint32_t g = 0; g < t->p->n_groups && t->nodes > 0; g++) {
        if (t->load[g] + t->weight[depth] > t->p->max_size[g] || repeats(t, g) || !rules_allow(t, depth, g))
            continue;
        t->nodes--;
        place(t, depth, g, 1);
        if (sizes_can_be_met(t, depth + 1) && reachable(t, depth + 1) > t->best + margin(t))
            descend(t, depth + 1);
        place(t, depth, g, -1);
    }
}

static int descending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

static void fill_best(struct tree *t)
{
    double row[N];
    for (uint32_t depth = 0; depth <= t->n; depth++) {
        for (uint32_t i = 0; i < t->n; i++) {
            uint32_t count = 0;
            for (uint32_t j = depth; j < t->n; j++)
                if (j != i)
                    row[count++] = t->similarity[i][j];
            qsort(row, count, sizeof *row, descending);
            double total = 0;
            for (uint32_t k = 0; k <= t->n; k++) {
                t->best_of[depth][i][k] = total;
                /* Where one element takes several places, fewer elements fill the same: none that takes away.
                 */
                bool less = k >= count || (t->units->places > t->n && row[k] < 0);
                total += less ? 0 : row[k];
            }
        }
    }
}

/* Prices that bring the bound at the root down; shorter steps where one went too far. */
static void find_prices(struct tree *t)
{
    double least = INFINITY, step = 1;
    for (int round = 0; round < ROUNDS && t->p->objective == OBJECTIVE_SUM; round++) {
        double total = reachable(t, 0);
        if (total < least) {
            least = total;
            memcpy(t->best_price, t->price, t->p->n_groups * sizeof *t->price);
        } else {
            step *= 0.95;
        }
        if (!(total > t->best))
            break;
        move_prices(t, step * (total - t->best));
    }
    memcpy(t->price, t->best_price, t->p->n_groups * sizeof *t->price);
}

static void fill_weights(struct tree *t)
{
    t->behind[t->n] = 0;
    for (uint32_t i = t->n; i-- > 0;) {
        t->weight[i] = group_limits_weight(t->p->limits, t->order[i]);
        t->behind[i] = t->behind[i + 1] + t->weight[i];
    }
}

/* Elements with the strongest similarities first: they decide most. */
static int fill(struct tree *t, const uint32_t *group, struct err *e)
{
    struct group_rows rows;
    double all[N][N], strength[N], *row = malloc(((size_t)t->p->n + 1) * sizeof *row);
    uint32_t element[N], kept = 0;
    int rc = row ? group_rows_open(&rows, t->p, e) : err_memory(e, "the exact search");
    if (rc) {
        free(row);
        return rc;
    }
    for (uint32_t i = 0; i < t->p->n; i++)
        if (group[i] != GROUP_NONE)
            element[kept++] = i;
    for (uint32_t i = 0; i < t->n; i++) {
        group_rows_of(&rows, element[i], row);
        strength[i] = 0;
        for (uint32_t j = 0; j < t->n; j++) {
            all[i][j] = row[element[j]];
            strength[i] += fabs(all[i][j]);
        }
        uint32_t at = i;
        for (; at > 0 && strength[t->order[at - 1]] < strength[i]; at--)
            t->order[at] = t->order[at - 1];
        t->order[at] = i;
    }
    group_rows_close(&rows);
    free(row);
    for (uint32_t i = 0; i < t->n; i++)
        for (uint32_t j = 0; j < t->n; j++)
            t->similarity[i][j] = all[t->order[i]][t->order[j]];
    for (uint32_t i = 0; i < t->n; i++)
        t->order[i] = element[t->order[i]];
    fill_weights(t);
    fill_best(t);
    rc = fill_shares(t, e);
    if (rc)
        return rc;
    for (uint32_t i = 0; i < t->n; i++)
        place(t, i, group[t->order[i]], 1);
    t->best = value(t);
    memcpy(t->best_group, t->group, sizeof t->best_group);
    memset(t->inside, 0, t->p->n_groups * sizeof *t->inside);
    memset(t->load, 0, t->p->n_groups * sizeof *t->load);
    memset(t->towards, 0, (size_t)t->p->n_groups * N * sizeof *t->towards);
    find_prices(t);
    return ERR_OK;
}

int group_exact(const struct group_problem *p, const struct group_units *units, uint64_t nodes,
                uint32_t *group, bool *proven, struct err *e)
{
    *proven = false;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < p->n; i++)
        kept += group[i] != GROUP_NONE;
    if (kept > N)
        return err_set(e, ERR_LIMIT, "%u elements; at most %d can be grouped with proof", kept, N);
    struct tree *t = calloc(1, sizeof *t);
    if (!t)
        return err_memory(e, "the exact search");
    t->p = p;
    t->units = units;
    t->n = kept;
    t->nodes = nodes;
    t->load = calloc((size_t)p->n_groups + 1, sizeof *t->load);
    t->inside = calloc((size_t)p->n_groups + 1, sizeof *t->inside);
    t->towards = calloc(((size_t)p->n_groups + 1) * N, sizeof *t->towards);
    t->price = calloc((size_t)p->n_groups + 1, sizeof *t->price);
    t->best_price = calloc((size_t)p->n_groups + 1, sizeof *t->best_price);
    t->asked = calloc((size_t)p->n_groups + 1, sizeof *t->asked);
    t->lists.first = calloc((size_t)p->n_groups + 1, sizeof *t->lists.first);
    t->lists.after = calloc((size_t)units->count + 1, sizeof *t->lists.after);
    t->lists.prior = calloc((size_t)units->count + 1, sizeof *t->lists.prior);
    bool all = t->load && t->inside && t->towards && t->price && t->best_price && t->asked &&
               t->lists.first && t->lists.after && t->lists.prior;
    int rc = all ? fill(t, group, e) : err_memory(e, "the exact search");
    if (!rc) {
        descend(t, 0);
        *proven = t->nodes > 0;
        for (uint32_t i = 0; i < t->n && t->improved; i++)
            group[t->order[i]] = t->best_group[i];
    }
    free(t->load);
    free(t->inside);
    free(t->towards);
    free(t->price);
    free(t->best_price);
    free(t->share);
    free(t->part);
    free(t->asked);
    free(t->lists.first);
    free(t->lists.after);
    free(t->lists.prior);
    free(t);
    return rc;
}
