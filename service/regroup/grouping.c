#include "regroup/grouping.h"

#include <stdlib.h>
#include <string.h>

#include "regroup/carry.h"
#include "regroup/interrupt.h"
#include "regroup/numbering.h"
#include "regroup/pins.h"
#include "regroup/search.h"

static int find_neighbours(struct grouping *g, const struct inputs *in, uint32_t threads, struct err *e)
{
    const size_t k = (size_t)in->settings.neighbours;
    g->carried.networks = in->carry.networks;
    if (!carry_suits(in))
        return neighbour_graph_build(&g->profiles, k, (uint32_t)in->settings.probes, threads, &g->graph, e);
    int code = carry_find(in, &g->profiles, threads, &g->lists, &g->carried, e);
    return code == ERR_OK ? neighbour_graph_of(&g->lists, k, &g->graph, e) : code;
}

/* The communities to start from: those of last time, unless the past is to be ignored. */
static int find_communities(struct grouping *g, const struct inputs *in, int64_t seed, struct err *e)
{
    const uint32_t *start = in->base.run > 0 && in->settings.stability > 0 ? in->base.community : NULL;
    return graph_find_communities(&g->graph, start, in->settings.resolution, (uint64_t)seed, interrupt_asked,
                                  &g->communities, e);
}

struct vote {
    uint32_t network, community;
};

static int vote_compare(const void *a, const void *b)
{
    const struct vote *x = a, *y = b;
    if (x->network != y->network)
        return x->network < y->network ? -1 : 1;
    return x->community < y->community ? -1 : x->community > y->community;
}

/* Each group's community: that of most of its members, the larger one of two. */
static int vote_communities(const struct grouping *g, const uint32_t *group, uint32_t *community,
                            struct err *e)
{
    const struct selection *s = &g->selection;
    struct vote *votes = malloc(((size_t)s->n + 1) * sizeof *votes);
    if (votes == NULL)
        return err_memory(e, "the networks' communities");
    for (uint32_t i = 0; i < s->n; i++)
        votes[i] = (struct vote){group[i], g->communities.of[s->organizer[i]]};
    qsort(votes, s->n, sizeof *votes, vote_compare);
    for (uint32_t k = 0; k < s->n_networks; k++)
        community[k] = POPULATION_NONE;
    uint32_t best = 0, run = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        bool fresh = i == 0 || votes[i].network != votes[i - 1].network;
        run = !fresh && votes[i].community == votes[i - 1].community ? run + 1 : 1;
        best = fresh ? 0 : best;
        if (run > best && votes[i].community != POPULATION_NONE) {
            best = run;
            community[votes[i].network] = votes[i].community;
        }
    }
    free(votes);
    return ERR_OK;
}

struct place {
    uint32_t number, group;
};

static int place_compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->number < y->number ? -1 : x->number > y->number;
}

/* Networks in the order of their numbers, and every organizer's place among them. */
static int take_groups(struct grouping *g, const struct search_result *found, const uint32_t *number,
                       const uint32_t *community, struct err *e)
{
    const uint32_t *group = found->group.group, *before = found->slots.of_element;
    const struct selection *s = &g->selection;
    struct place *places = malloc(((size_t)s->n_networks + 1) * sizeof *places);
    uint32_t *index = malloc(((size_t)s->n_networks + 1) * sizeof *index);
    int code = places == NULL || index == NULL ? err_memory(e, "the networks") : ERR_OK;
    for (uint32_t k = 0; code == ERR_OK && k < s->n_networks; k++)
        places[k] = (struct place){number[k], k};
    if (code == ERR_OK)
        qsort(places, s->n_networks, sizeof *places, place_compare);
    for (uint32_t k = 0; code == ERR_OK && k < s->n_networks; k++) {
        index[places[k].group] = k;
        g->number[k] = places[k].number;
        g->community[k] = community[places[k].group];
    }
    for (uint32_t i = 0; code == ERR_OK && i < s->n; i++) {
        g->network[s->organizer[i]] = index[group[i]];
        if (before[i] < s->n_networks)
            g->home[s->organizer[i]] = index[before[i]];
    }
    g->n_networks = s->n_networks;
    free(places);
    free(index);
    return code;
}

static int number_networks(struct grouping *g, const struct inputs *in, const struct search_result *found,
                           struct err *e)
{
    uint32_t k = g->selection.n_networks, n = in->population.n_organizers;
    g->network = malloc(((size_t)n + 1) * sizeof *g->network);
    g->home = malloc(((size_t)n + 1) * sizeof *g->home);
    g->number = malloc(((size_t)k + 1) * sizeof *g->number);
    g->community = malloc(((size_t)k + 1) * sizeof *g->community);
    uint32_t *number = malloc(((size_t)k + 1) * sizeof *number);
    uint32_t *community = malloc(((size_t)k + 1) * sizeof *community);
    int code = !g->network || !g->home || !g->number || !g->community || !number || !community
                   ? err_memory(e, "the networks")
                   : ERR_OK;
    if (code == ERR_OK) {
        memset(g->network, 0xff, ((size_t)n + 1) * sizeof *g->network);
        memset(g->home, 0xff, ((size_t)n + 1) * sizeof *g->home);
        code = vote_communities(g, found->group.group, community, e);
    }
    if (code == ERR_OK)
        code = numbering_build(in, &g->selection, &found->slots, found->group.group, community, number, e);
    if (code == ERR_OK)
        code = take_groups(g, found, number, community, e);
    free(number);
    free(community);
    return code;
}

static int find_networks(struct grouping *g, const struct inputs *in, int64_t seed, uint32_t threads,
                         struct progress *progress, struct err *e)
{
    struct search_result found;
    const uint64_t effort = g->carried.networks ? 0 : (uint64_t)in->settings.effort;
    struct search_task task = {in,   &g->profiles, &g->graph, g->communities.of,
                               seed, effort,       threads,   progress};
    int code = search_run(&g->selection, &task, &found, e);
    if (code == ERR_OK)
        code = number_networks(g, in, &found, e);
    if (code == ERR_OK) {
        g->effort = found.group.effort;
        g->moves = found.group.moves;
        g->rounds = found.rounds;
        g->moving_price = found.group.moving_price;
    }
    search_result_free(&found);
    return code;
}

/* As the explanation has it, which sees the networks as they are written. */
static double objective_of(const struct grouping *g, enum objective objective)
{
    double sum = 0;
    for (uint32_t k = 0; k < g->n_networks; k++) {
        double size = g->reasons.networks[k].size;
        sum += (double)g->reasons.networks[k].cohesion * size * (size - 1) / 2;
    }
    return objective == OBJECTIVE_SUM ? sum : g->reasons.mean_fit;
}

static bool may_be_network(const void *limits, const uint32_t *organizers, uint32_t n)
{
    return limits_hold(limits, organizers, n);
}

/* What the population holds counts for its scope, but perhaps weighs nothing. */
static bool is_disregarded(const struct inputs *in, uint32_t organizer)
{
    const uint32_t *start = in->population.report_start;
    return start[organizer] < start[organizer + 1] || (in->disregarded != NULL && in->disregarded[organizer]);
}

static struct left_out left_out_of(const struct grouping *g, const struct inputs *in, uint32_t organizer)
{
    const struct selection *s = &g->selection;
    const uint32_t before = in->base.waited[organizer];
    struct left_out l = {.reason = s->reason[organizer],
                         .last_day = in->last_day != NULL ? in->last_day[organizer] : LEFT_OUT_NEVER,
                         .disregarded = is_disregarded(in, organizer),
                         .ahead = s->ahead[organizer],
                         .candidates =
                             s->reason[organizer] == UNMATCHED_CONSTRAINT ? s->uneven : s->candidates};
    if (s->waits[organizer]) {
        l.waited = before + 1;
        l.since = before > 0 ? in->base.since[organizer] : in->as_of;
    }
    return l;
}

/* The facts of the limit that left it out. */
static int limit_of(const struct selection *s, uint32_t organizer, struct arena *memory, struct left_out *l,
                    struct err *e)
{
    if (s->limit[organizer] == GROUP_NONE)
        return ERR_OK;
    struct unmatched_facts *limit = arena_alloc(memory, sizeof *limit);
    if (limit == NULL)
        return err_memory(e, "the reasons");
    *limit = (struct unmatched_facts){0};
    limits_facts(&s->limits, s->limit[organizer], organizer, limit);
    l->limit = limit;
    return ERR_OK;
}

static int list_left_out(struct grouping *g, const struct inputs *in, struct err *e)
{
    g->left_out = malloc(((size_t)in->population.n_organizers + 1) * sizeof *g->left_out);
    if (g->left_out == NULL)
        return err_memory(e, "the reasons");
    int code = ERR_OK;
    for (uint32_t i = 0; code == ERR_OK && i < in->population.n_organizers; i++) {
        g->left_out[i] = left_out_of(g, in, i);
        code = limit_of(&g->selection, i, &g->memory, &g->left_out[i], e);
    }
    return code;
}

/* The pins by organizers. Whom nobody knows is left out. */
static int list_rules(const struct inputs *in, struct arena *memory, struct explain_rule **out, struct err *e)
{
    *out = arena_alloc(memory, ((size_t)in->n_pins + 1) * sizeof **out);
    for (uint32_t p = 0; *out != NULL && p < in->n_pins; p++) {
        const struct pin *pin = &in->pins[p];
        uint32_t *members = arena_alloc(memory, ((size_t)pin->n_organizers + 1) * sizeof *members), n = 0;
        if (members == NULL)
            return err_memory(e, "the reasons");
        for (uint32_t k = 0; k < pin->n_organizers; k++) {
            uint32_t i = pin_organizer(in, pin, k);
            if (i != POPULATION_NONE && (pin->type != RULE_KEEP || pin_keeps(in, pin, i)))
                members[n++] = i;
        }
        (*out)[p] = (struct explain_rule){pin->type, pin->number, members, n};
    }
    return *out != NULL ? ERR_OK : err_memory(e, "the reasons");
}

static int explain(struct grouping *g, const struct inputs *in, uint32_t threads, struct err *e)
{
    struct explain_rule *rules = NULL;
    int code = list_left_out(g, in, e);
    if (code == ERR_OK)
        code = list_rules(in, &g->memory, &rules, e);
    struct explain_task task = {.population = &in->population,
                                .profiles = &g->profiles,
                                .settings = &in->settings,
                                .today = in->today,
                                .network = g->network,
                                .numbers = g->number,
                                .n_networks = g->n_networks,
                                .left_out = g->left_out,
                                .home = g->home,
                                .moving_price = g->moving_price,
                                .rules = rules,
                                .n_rules = in->n_pins,
                                .seats = g->selection.limits.seats,
                                .may_be_network = g->selection.limits.restricts ? may_be_network : NULL,
                                .limits = &g->selection.limits,
                                .graph = &g->graph,
                                .threads = threads};
    if (code == ERR_OK)
        code = explain_build(&task, &g->reasons, e);
    if (code == ERR_OK) {
        g->mean_fit = g->reasons.mean_fit;
        g->objective = objective_of(g, in->settings.objective);
        if (!g->carried.networks) {
            g->carried.since = 0;
            g->carried.fit = g->mean_fit;
        }
    }
    return code == ERR_OK ? interrupt_check(e) : code;
}

int grouping_build(struct grouping *g, const struct inputs *in, int64_t seed, uint32_t threads,
                   struct progress *progress, struct err *e)
{
    memset(g, 0, sizeof *g);
    arena_init(&g->memory);
    progress_step(progress, STEP_PROFILES, "weighing %zu reports", in->population.n_reports);
    int code = profiles_build(&in->population, &in->settings, in->today, &g->profiles, e);
    if (code == ERR_OK) {
        progress_step(progress, STEP_GRAPH, "comparing %u organizers", in->population.n_organizers);
        code = find_neighbours(g, in, threads, e);
    }
    if (code == ERR_OK)
        code = interrupt_check(e);
    if (code == ERR_OK) {
        progress_step(progress, STEP_COMMUNITIES, "finding communities");
        code = find_communities(g, in, seed, e);
    }
    if (code == ERR_OK)
        code = selection_build(&g->selection, in, &g->profiles, &g->graph, e);
    if (code == ERR_OK) {
        progress_step(progress, STEP_NETWORKS, "placing %u organizers in %u networks", g->selection.n,
                      g->selection.n_networks);
        code = find_networks(g, in, seed, threads, progress, e);
    }
    if (code == ERR_OK) {
        progress_step(progress, STEP_REASONS, "explaining %u networks", g->n_networks);
        code = explain(g, in, threads, e);
    }
    return code;
}

void grouping_free(struct grouping *g)
{
    explain_free(&g->reasons);
    arena_free(&g->memory);
    free(g->network);
    free(g->home);
    free(g->left_out);
    free(g->number);
    free(g->community);
    selection_free(&g->selection);
    graph_communities_free(&g->communities);
    neighbour_graph_free(&g->graph);
    neighbour_lists_free(&g->lists);
    profiles_free(&g->profiles);
    memset(g, 0, sizeof *g);
}
