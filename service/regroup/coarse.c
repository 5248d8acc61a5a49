#include "regroup/coarse.h"

#include <stdlib.h>
#include <string.h>

/* Passes over all nodes. */
enum { BUNCHING = 2, REFINING = 3 };

/* What bunches a node is tied to, and how much. */
struct tally {
    double *weight; /* by bunch; 0 but of those listed */
    uint32_t *listed, n;
};

static int tally_open(struct tally *t, uint32_t n, struct err *e)
{
    t->weight = calloc((size_t)n + 1, sizeof *t->weight);
    t->listed = malloc(((size_t)n + 1) * sizeof *t->listed);
    t->n = 0;
    return t->weight != NULL && t->listed != NULL ? ERR_OK : err_memory(e, "the bunches of organizers");
}

static void tally_close(struct tally *t)
{
    free(t->weight);
    free(t->listed);
}

/* Weights are above 0. */
static void tally_add(struct tally *t, uint32_t bunch, double weight)
{
    if (!(t->weight[bunch] > 0))
        t->listed[t->n++] = bunch;
    t->weight[bunch] += weight;
}

static void tally_clear(struct tally *t)
{
    for (uint32_t k = 0; k < t->n; k++)
        t->weight[t->listed[k]] = 0;
    t->n = 0;
}

static void tally_neighbours(struct tally *t, const struct neighbour_graph *g, const uint32_t *of,
                             uint32_t node)
{
    for (size_t k = g->start[node]; k < g->start[node + 1]; k++)
        if (g->similarity[k] > 0)
            tally_add(t, of[g->row[k]], (double)g->similarity[k]);
}

/* Where it gains most: what ties it to a community less what chance would. It stays rather than gain nothing.
 */
static uint32_t best_community(const struct tally *t, const double *strength, const uint32_t *label,
                               uint32_t node, uint32_t now, double own, double chance)
{
    uint32_t best = now;
    double most = t->weight[now] - chance * (strength[now] - own);
    for (uint32_t k = 0; k < t->n; k++) {
        uint32_t c = t->listed[k];
        if (c == now || (label != NULL && label[c] != label[node]))
            continue;
        double gain = t->weight[c] - chance * strength[c];
        if (gain > most || (!(gain < most) && c < best && best != now)) {
            most = gain;
            best = c;
        }
    }
    return best;
}

static double strength_of(const struct neighbour_graph *g, uint32_t node)
{
    double strength = 0;
    for (size_t k = g->start[node]; k < g->start[node + 1]; k++)
        strength += (double)g->similarity[k];
    return strength;
}

/* Nodes go where modularity gains, so many times over. */
static int move_nodes(const struct neighbour_graph *g, const uint32_t *label, double chance, int passes,
                      uint32_t *of, uint32_t n, struct err *e)
{
    struct tally t;
    double *strength = calloc((size_t)n + 1, sizeof *strength);
    int code = tally_open(&t, n, e);
    if (code == ERR_OK && strength == NULL)
        code = err_memory(e, "the communities");
    for (uint32_t i = 0; code == ERR_OK && i < g->n; i++)
        strength[of[i]] += strength_of(g, i);
    for (int pass = 0; code == ERR_OK && pass < passes; pass++)
        for (uint32_t i = 0; i < g->n; i++) {
            double own = strength_of(g, i);
            tally_neighbours(&t, g, of, i);
            uint32_t best = best_community(&t, strength, label, i, of[i], own, chance * own);
            tally_clear(&t);
            strength[of[i]] -= own;
            strength[best] += own;
            of[i] = best;
        }
    free(strength);
    tally_close(&t);
    return code;
}

static double chance_of(const struct neighbour_graph *g, double resolution)
{
    double total = 0;
    for (size_t k = 0; k < g->start[g->n]; k++)
        total += (double)g->similarity[k];
    return total > 0 ? resolution / total : 0;
}

/* Numbers without gaps, in the order of the lowest nodes. */
static int number_bunches(struct coarse *c, uint32_t n, struct err *e)
{
    uint32_t *number = malloc(((size_t)n + 1) * sizeof *number);
    c->first = malloc(((size_t)n + 1) * sizeof *c->first);
    if (number == NULL || c->first == NULL) {
        free(number);
        return err_memory(e, "the bunches of organizers");
    }
    memset(number, 0xff, ((size_t)n + 1) * sizeof *number);
    for (uint32_t i = 0; i < n; i++) {
        if (number[c->of[i]] == UINT32_MAX) {
            number[c->of[i]] = c->n;
            c->first[c->n++] = i;
        }
        c->of[i] = number[c->of[i]];
    }
    free(number);
    return ERR_OK;
}

/* Nodes by bunch. */
static int list_nodes(const struct coarse *c, uint32_t n, uint32_t **nodes, uint32_t **from, struct err *e)
{
    *nodes = malloc(((size_t)n + 1) * sizeof **nodes);
    *from = calloc((size_t)c->n + 3, sizeof **from);
    if (*nodes == NULL || *from == NULL)
        return err_memory(e, "the bunches of organizers");
    for (uint32_t i = 0; i < n; i++)
        (*from)[c->of[i] + 2]++;
    for (uint32_t b = 0; b < c->n; b++)
        (*from)[b + 2] += (*from)[b + 1];
    for (uint32_t i = 0; i < n; i++)
        (*nodes)[(*from)[c->of[i] + 1]++] = i;
    return ERR_OK;
}

static void tie_bunch(struct coarse *c, struct tally *t, uint32_t b)
{
    size_t at = c->start[b];
    for (uint32_t k = 0; k < t->n; k++)
        if (t->listed[k] != b) {
            c->bunch[at] = t->listed[k];
            c->weight[at++] = t->weight[t->listed[k]];
        }
    c->start[b + 1] = at;
    tally_clear(t);
}

static int tie_bunches(struct coarse *c, const struct neighbour_graph *g, const uint32_t *nodes,
                       const uint32_t *from, struct err *e)
{
    struct tally t;
    size_t most = g->start[g->n] + 1;
    c->start = calloc((size_t)c->n + 2, sizeof *c->start);
    c->bunch = malloc(most * sizeof *c->bunch);
    c->weight = malloc(most * sizeof *c->weight);
    c->strength = calloc((size_t)c->n + 1, sizeof *c->strength);
    int code = tally_open(&t, c->n, e);
    if (code == ERR_OK && (c->start == NULL || c->bunch == NULL || c->weight == NULL || c->strength == NULL))
        code = err_memory(e, "the bunches of organizers");
    for (uint32_t b = 0; code == ERR_OK && b < c->n; b++) {
        for (uint32_t k = from[b]; k < from[b + 1]; k++)
            tally_neighbours(&t, g, c->of, nodes[k]);
        for (uint32_t k = 0; k < t.n; k++)
            c->strength[b] += t.weight[t.listed[k]];
        tie_bunch(c, &t, b);
    }
    tally_close(&t);
    return code;
}

int coarse_build(struct coarse *c, const struct neighbour_graph *g, const uint32_t *label, double resolution,
                 struct err *e)
{
    uint32_t *nodes = NULL, *from = NULL;
    *c = (struct coarse){.of = malloc(((size_t)g->n + 1) * sizeof *c->of)};
    int code = c->of == NULL ? err_memory(e, "the bunches of organizers") : ERR_OK;
    for (uint32_t i = 0; code == ERR_OK && i < g->n; i++)
        c->of[i] = i;
    if (code == ERR_OK)
        code = move_nodes(g, label, chance_of(g, resolution), BUNCHING, c->of, g->n, e);
    if (code == ERR_OK)
        code = number_bunches(c, g->n, e);
    if (code == ERR_OK)
        code = list_nodes(c, g->n, &nodes, &from, e);
    if (code == ERR_OK)
        code = tie_bunches(c, g, nodes, from, e);
    free(nodes);
    free(from);
    if (code != ERR_OK)
        coarse_free(c);
    return code;
}

int coarse_refine(const struct neighbour_graph *g, double resolution, uint32_t *of, uint32_t n, struct err *e)
{
    return move_nodes(g, NULL, chance_of(g, resolution), REFINING, of, n, e);
}

void coarse_free(struct coarse *c)
{
    free(c->of);
    free(c->first);
    free(c->strength);
    free(c->start);
    free(c->bunch);
    free(c->weight);
    *c = (struct coarse){0};
}
