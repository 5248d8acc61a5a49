#include "regroup/figures.h"

#include <stdio.h>

/* How the run differs from what is published: of the members then and now. */
struct churn {
    uint32_t stayed, moved, joined, left;
};

static struct churn churn_of(const struct inputs *in, const struct grouping *g)
{
    struct churn c = {.left = in->base.outside};
    for (uint32_t i = 0; i < in->population.n_organizers; i++) {
        uint32_t before = in->base.number[i];
        uint32_t now = g->network[i] == POPULATION_NONE ? 0 : g->number[g->network[i]];
        c.stayed += before != 0 && now == before;
        c.moved += before != 0 && now != 0 && now != before;
        c.joined += before == 0 && now != 0;
        c.left += before != 0 && now == 0;
    }
    return c;
}

static json_t *base_figures(const struct inputs *in, const struct grouping *g)
{
    if (in->base.run == 0)
        return json_null();
    struct churn c = churn_of(in, g);
    return json_pack("{s:I, s:i, s:i, s:i, s:i}", "run", (json_int_t)in->base.run, "stayed", (int)c.stayed,
                     "moved", (int)c.moved, "joined", (int)c.joined, "left", (int)c.left);
}

/* What was taken over from an earlier run; null where all was computed anew. */
static json_t *carried_figures(const struct grouping *g)
{
    const struct carried *c = &g->carried;
    if (c->run == 0)
        return json_null();
    return json_pack("{s:I, s:i, s:i, s:b, s:f}", "run", (json_int_t)c->run, "changed", (int)c->changed,
                     "neighbours", (int)c->asked, "networks", (int)c->networks, "since", c->since);
}

static json_t *unmatched_figures(const struct inputs *in, const struct grouping *g)
{
    int count[UNMATCHED_COUNT] = {0};
    for (uint32_t i = 0; i < in->population.n_organizers; i++)
        count[g->selection.reason[i]]++;
    json_t *all = json_object();
    for (int r = UNMATCHED_NONE + 1; r < UNMATCHED_COUNT; r++)
        json_object_set_new(all, unmatched_reason_name((enum unmatched_reason)r), json_integer(count[r]));
    return all;
}

/* Milliseconds are as fine as anybody needs, and read better. */
static json_t *seconds_figures(const struct progress *progress)
{
    json_t *all = json_object();
    for (int s = 0; s < STEP_WRITE; s++) {
        char text[32];
        snprintf(text, sizeof text, "%.3f", progress->seconds[s]);
        json_object_set_new(all, step_name((enum step)s), json_loads(text, JSON_DECODE_ANY, NULL));
    }
    return all;
}

static uint32_t highest_number(const struct inputs *in, const struct grouping *g)
{
    uint32_t last = g->n_networks > 0 ? g->number[g->n_networks - 1] : 0;
    return last > in->base.highest_number ? last : in->base.highest_number;
}

static void sizes(const struct grouping *g, int *smallest, int *largest)
{
    *smallest = *largest = 0;
    for (uint32_t k = 0; k < g->n_networks; k++) {
        int size = (int)g->reasons.networks[k].size;
        *smallest = k == 0 || size < *smallest ? size : *smallest;
        *largest = size > *largest ? size : *largest;
    }
}

json_t *figures_build(const struct inputs *in, const struct grouping *g, const struct progress *progress)
{
    int smallest, largest;
    sizes(g, &smallest, &largest);
    size_t edges = g->graph.start[g->graph.n] / 2;
    return json_pack(
        "{s:i, s:i, s:I, s:i, s:o, s:i, s:i, s:i, s:f, s:f, s:I, s:i, s:f, s:I, s:I, s:i, s:i, s:o, s:o, "
        "s:o, s:O}",
        "organizers", (int)in->population.n_organizers, "outside_scope", (int)in->n_outside, "reports",
        (json_int_t)in->population.n_reports, "matched", (int)g->selection.n, "unmatched",
        unmatched_figures(in, g), "networks", (int)g->n_networks, "smallest", smallest, "largest", largest,
        "mean_fit", g->mean_fit, "objective", g->objective, "edges", (json_int_t)edges, "communities",
        (int)g->communities.n, "modularity", g->communities.modularity, "effort", (json_int_t)g->effort,
        "moves", (json_int_t)g->moves, "rounds", (int)g->rounds, "highest_number", (int)highest_number(in, g),
        "base", base_figures(in, g), "carried", carried_figures(g), "seconds", seconds_figures(progress),
        "warnings", g->selection.warnings);
}
