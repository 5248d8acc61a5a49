/* Figures: the fit of every member where it is, and where it would be next best. The sum of a network's
 * profiles gives the mean similarity to all its members in one product, so nothing here looks at all pairs;
 * only where distance weighs, or where there are too many networks for it, are pairs computed, for one's own
 * network and for the candidates that can still be best. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_pool.h"
#include "core/explain/explain_parts.h"

/* Up to this many networks the next best one is exact. Beyond, where there is a graph of neighbours, it is
 * the best of those few in which an organizer has most similarity to neighbours. */
#define EXACT_NETWORKS 2048
#define NEAR_TRIES 6
#define DISTANT_TRIES 64

struct part { /* what a network's profiles sum to in a column */
    uint32_t network;
    double sum;
};

struct parts {
    size_t *start, *end; /* by column: its parts, by network */
    struct part *part;
};

/* One thread's. */
struct fitting {
    const struct facts *f;
    const struct parts *parts;
    bool near;         /* what is met comes from the graph, and its promise is no fit */
    double *own;       /* by column: the sum of the network at hand; zero between networks */
    double *sum;       /* by network: a member's product with it; zero between members */
    uint32_t *touched; /* networks with a sum */
    uint32_t n_touched;
};

static void fitting_free(struct fitting *t)
{
    free(t->own);
    free(t->sum);
    free(t->touched);
}

static void parts_free(struct parts *t)
{
    free(t->start);
    free(t->end);
    free(t->part);
}

/* Room in each column for a part a member; members of one network then share theirs. */
static size_t reserve_columns(struct parts *t, const struct facts *f)
{
    const struct profiles *p = f->profiles;
    for (uint32_t m = 0; m < f->member_start[f->n_networks]; m++)
        for (uint32_t i = p->start[f->member[m]]; i < p->start[f->member[m] + 1]; i++)
            t->end[p->column[i]]++;
    size_t all = 0;
    for (uint32_t c = 0; c < p->columns; c++) {
        size_t room = t->end[c];
        t->start[c] = t->end[c] = all;
        all += room;
    }
    return all;
}

static void add_row(struct parts *t, const struct profiles *p, uint32_t network, uint32_t row)
{
    for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++) {
        uint32_t column = p->column[i];
        size_t end = t->end[column];
        if (end > t->start[column] && t->part[end - 1].network == network)
            t->part[end - 1].sum += p->weight[i];
        else
            t->part[t->end[column]++] = (struct part){network, p->weight[i]};
    }
}

static int list_parts(struct parts *t, const struct facts *f, struct err *e)
{
    t->start = calloc(f->profiles->columns + (size_t)1, sizeof *t->start);
    t->end = calloc(f->profiles->columns + (size_t)1, sizeof *t->end);
    if (!t->start || !t->end)
        return err_memory(e, "reasons");
    size_t all = reserve_columns(t, f);
    t->part = malloc((all + 1) * sizeof *t->part);
    if (t->part == NULL)
        return err_memory(e, "reasons");
    for (uint32_t network = 0; network < f->n_networks; network++)
        for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++)
            add_row(t, f->profiles, network, f->member[m]);
    return 0;
}

static int fitting_open(struct fitting *t, struct err *e)
{
    t->own = calloc(t->f->profiles->columns + (size_t)1, sizeof *t->own);
    t->sum = calloc(t->f->n_networks + (size_t)1, sizeof *t->sum);
    t->touched = malloc((t->f->n_networks + (size_t)1) * sizeof *t->touched);
    return t->own && t->sum && t->touched ? 0 : err_memory(e, "reasons");
}

static float as_share(double value)
{
    return (float)(value < 0 ? 0 : value > 1 ? 1 : value);
}

/* The organizer's weights by column, for fit_by_pairs; 0 takes them away again. */
static void ask(struct fitting *t, uint32_t organizer, double times)
{
    const struct profiles *p = t->f->profiles;
    for (uint32_t i = p->start[organizer]; i < p->start[organizer + 1]; i++)
        t->own[p->column[i]] = times * p->weight[i];
}

/* As profiles_similarity, to the bit: the zeros of columns that the organizer lacks change no sum. */
static double similarity_to(const struct fitting *t, uint32_t organizer, uint32_t other)
{
    const struct profiles *p = t->f->profiles;
    double cosine = 0;
    for (uint32_t i = p->start[other]; i < p->start[other + 1]; i++)
        cosine += t->own[p->column[i]] * p->weight[i];
    cosine = cosine > 1 ? 1 : cosine;
    return p->place == NULL || cosine <= 0 ? cosine : cosine * profiles_damping(p, organizer, other);
}

/* The mean similarity to the members of a network, pair by pair; an organizer, which asks, does not count
 * itself. */
static float fit_by_pairs(const struct fitting *t, uint32_t organizer, uint32_t network)
{
    const struct facts *f = t->f;
    double sum = 0;
    uint32_t others = 0;
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++) {
        if (f->member[m] == organizer)
            continue;
        sum += similarity_to(t, organizer, f->member[m]);
        others++;
    }
    return others > 0 ? as_share(sum / others) : 0;
}

/* The fits of a network's members by its sum: their product with it, less what they give to it themselves. */
static void fit_network(struct fitting *t, uint32_t network, struct member_reasons *members)
{
    const struct facts *f = t->f;
    const struct profiles *p = f->profiles;
    const uint32_t from = f->member_start[network], to = f->member_start[network + 1];
    for (uint32_t m = from; m < to; m++)
        for (uint32_t i = p->start[f->member[m]]; i < p->start[f->member[m] + 1]; i++)
            t->own[p->column[i]] += p->weight[i];
    for (uint32_t m = from; m < to; m++) {
        double product = 0;
        for (uint32_t i = p->start[f->member[m]]; i < p->start[f->member[m] + 1]; i++)
            product += p->weight[i] * (t->own[p->column[i]] - p->weight[i]);
        members[f->member[m]].fit = to - from > 1 ? as_share(product / (to - from - 1)) : 0;
    }
    for (uint32_t m = from; m < to; m++)
        for (uint32_t i = p->start[f->member[m]]; i < p->start[f->member[m] + 1]; i++)
            t->own[p->column[i]] = 0;
}

static void fit_members(struct fitting *t, uint32_t network, struct member_reasons *members)
{
    const struct facts *f = t->f;
    if (f->profiles->place == NULL) {
        fit_network(t, network, members);
        return;
    }
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++) {
        ask(t, f->member[m], 1);
        members[f->member[m]].fit = fit_by_pairs(t, f->member[m], network);
        ask(t, f->member[m], 0);
    }
}

/* Its own is not another. What the others promise is a mean over their members. */
static void end_meeting(struct fitting *t, uint32_t organizer)
{
    if (t->f->network[organizer] != POPULATION_NONE)
        t->sum[t->f->network[organizer]] = -1;
    for (uint32_t i = 0; i < t->n_touched; i++)
        t->sum[t->touched[i]] /= network_size(t->f, t->touched[i]);
}

static void add_to(struct fitting *t, uint32_t network, double similarity)
{
    t->touched[t->n_touched] = network;
    t->n_touched += t->sum[network] == 0;
    t->sum[network] += similarity;
}

/* The mean cosine to each other network that shares a column. */
static void meet_networks(struct fitting *t, uint32_t organizer)
{
    const struct profiles *p = t->f->profiles;
    const struct parts *parts = t->parts;
    t->near = false;
    t->n_touched = 0;
    for (uint32_t i = p->start[organizer]; i < p->start[organizer + 1]; i++)
        for (size_t at = parts->start[p->column[i]], end = parts->end[p->column[i]]; at < end; at++)
            add_to(t, parts->part[at].network, p->weight[i] * parts->part[at].sum);
    end_meeting(t, organizer);
}

/* The networks of an organizer's neighbours; how many others than `own` there are. */
static uint32_t add_neighbours(struct fitting *t, uint32_t organizer, uint32_t own)
{
    const struct neighbour_graph *g = t->f->task->graph;
    for (size_t i = g->start[organizer]; i < g->start[organizer + 1]; i++) {
        const uint32_t network = t->f->network[g->row[i]];
        if (network != POPULATION_NONE)
            add_to(t, network, g->similarity[i]);
    }
    return t->n_touched - (own != POPULATION_NONE && t->sum[own] > 0);
}

/* Where all its neighbours are in its own network, those of the other members; false where they are, too. */
static bool meet_neighbours(struct fitting *t, uint32_t organizer)
{
    const struct facts *f = t->f;
    const uint32_t own = f->network[organizer];
    t->near = true;
    t->n_touched = 0;
    uint32_t others = add_neighbours(t, organizer, own);
    for (uint32_t m = 0; others == 0 && own != POPULATION_NONE && m < network_size(f, own); m++)
        others = add_neighbours(t, f->member[f->member_start[own] + m], own);
    end_meeting(t, organizer);
    return others > 0;
}

/* The most promising network left; its promise is then taken back, so that the next call gives the next. */
static uint32_t take_best(struct fitting *t, double *promise)
{
    uint32_t best = POPULATION_NONE;
    *promise = 0;
    for (uint32_t i = 0; i < t->n_touched; i++) {
        uint32_t network = t->touched[i];
        double sum = t->sum[network];
        if (sum > *promise || (sum == *promise && sum > 0 && network < best)) {
            *promise = sum;
            best = network;
        }
    }
    if (best != POPULATION_NONE)
        t->sum[best] = -1;
    return best;
}

/* A cosine is never less than the similarity that distance leaves of it: once no promise exceeds the best
 * that was computed, that one is the best there is. */
static void find_next(struct fitting *t, uint32_t organizer, struct member_reasons *member)
{
    const struct facts *f = t->f;
    const bool distance = f->profiles->place != NULL;
    int tries = t->near ? NEAR_TRIES : distance ? DISTANT_TRIES : 1;
    double promise;
    while (tries-- > 0) {
        uint32_t network = take_best(t, &promise);
        if (network == POPULATION_NONE || (distance && !t->near && as_share(promise) < member->next_fit))
            break;
        float fit = distance || t->near ? fit_by_pairs(t, organizer, network) : as_share(promise);
        bool better = fit > member->next_fit || (fit == member->next_fit && network < member->next_network);
        if (fit > 0 && better) {
            member->next_fit = fit;
            member->next_network = network;
        }
    }
}

static void forget(struct fitting *t, uint32_t organizer)
{
    for (uint32_t i = 0; i < t->n_touched; i++)
        t->sum[t->touched[i]] = 0;
    if (t->f->network[organizer] != POPULATION_NONE)
        t->sum[t->f->network[organizer]] = 0;
}

static void settle_next(struct fitting *t, uint32_t organizer, struct member_reasons *members)
{
    ask(t, organizer, 1);
    find_next(t, organizer, &members[organizer]);
    ask(t, organizer, 0);
}

/* For members, and where there is something to say of who was left out, for those as well. Who has no profile
 * resembles nobody. */
static bool looks_for_next(const struct facts *f, uint32_t organizer)
{
    return (f->network[organizer] != POPULATION_NONE || f->task->left_out != NULL) &&
           f->profiles->start[organizer] < f->profiles->start[organizer + 1];
}

/* ---- all of it, by threads ---- */

struct fitters {
    const struct facts *f;
    struct member_reasons *members;
    struct thread_pool *pool;
    struct fitting *each;
    uint32_t n;
    struct parts parts;
    bool *lonely; /* by organizer: it met no network by the graph */
    atomic_bool any_lonely;
    struct shares shares;
};

static void fit_shares(void *context, uint32_t worker)
{
    struct fitters *all = context;
    uint32_t from, to;
    while (shares_take(&all->shares, &from, &to))
        for (uint32_t network = from; network < to; network++)
            fit_members(&all->each[worker], network, all->members);
}

static void near_shares(void *context, uint32_t worker)
{
    struct fitters *all = context;
    struct fitting *t = &all->each[worker];
    uint32_t from, to;
    while (shares_take(&all->shares, &from, &to))
        for (uint32_t o = from; o < to; o++) {
            if (!looks_for_next(all->f, o))
                continue;
            if (meet_neighbours(t, o)) {
                settle_next(t, o, all->members);
            } else {
                all->lonely[o] = true;
                atomic_store(&all->any_lonely, true);
            }
            forget(t, o);
        }
}

static void exact_shares(void *context, uint32_t worker)
{
    struct fitters *all = context;
    struct fitting *t = &all->each[worker];
    uint32_t from, to;
    while (shares_take(&all->shares, &from, &to))
        for (uint32_t o = from; o < to; o++) {
            if (!looks_for_next(all->f, o) || (all->lonely != NULL && !all->lonely[o]))
                continue;
            meet_networks(t, o);
            settle_next(t, o, all->members);
            forget(t, o);
        }
}

static void run_shares(struct fitters *all, thread_pool_work work, uint32_t things)
{
    shares_open(&all->shares, things);
    thread_pool_run(all->pool, work, all);
}

/* By the graph where there are thousands of networks; whoever meets none that way, and all others, by sums.
 */
static int find_all_next(struct fitters *all, struct err *e)
{
    const struct facts *f = all->f;
    if (f->task->graph != NULL && f->n_networks > EXACT_NETWORKS) {
        all->lonely = calloc(f->p->n_organizers + (size_t)1, sizeof *all->lonely);
        if (all->lonely == NULL)
            return err_memory(e, "reasons");
        run_shares(all, near_shares, f->p->n_organizers);
        if (!atomic_load(&all->any_lonely))
            return 0;
    }
    int code = list_parts(&all->parts, f, e);
    if (code == 0)
        run_shares(all, exact_shares, f->p->n_organizers);
    return code;
}

static int fitters_open(struct fitters *all, const struct facts *f, struct member_reasons *members,
                        struct err *e)
{
    *all = (struct fitters){.f = f, .members = members, .n = facts_threads(f)};
    all->each = calloc(all->n, sizeof *all->each);
    int code = all->each == NULL ? err_memory(e, "reasons") : thread_pool_open(&all->pool, all->n, e);
    for (uint32_t i = 0; i < all->n && code == 0; i++) {
        all->each[i] = (struct fitting){.f = f, .parts = &all->parts};
        code = fitting_open(&all->each[i], e);
    }
    return code;
}

static void fitters_close(struct fitters *all)
{
    for (uint32_t i = 0; all->each != NULL && i < all->n; i++)
        fitting_free(&all->each[i]);
    thread_pool_close(all->pool);
    free(all->each);
    free(all->lonely);
    parts_free(&all->parts);
}

/* The mean over its members of the mean similarity to the others is the mean over its pairs. */
static void average(const struct facts *f, struct explanation *out)
{
    double all = 0;
    for (uint32_t network = 0; network < f->n_networks; network++) {
        double sum = 0;
        for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++)
            sum += out->members[f->member[m]].fit;
        all += sum;
        out->networks[network].cohesion =
            network_size(f, network) > 0 ? (float)(sum / network_size(f, network)) : 0;
    }
    uint32_t members = f->member_start[f->n_networks];
    out->mean_fit = members > 0 ? all / members : 0;
}

int fits_compute(const struct facts *f, struct explanation *out, struct err *e)
{
    struct fitters all;
    int code = fitters_open(&all, f, out->members, e);
    if (code == 0) {
        run_shares(&all, fit_shares, f->n_networks);
        code = find_all_next(&all, e);
        average(f, out);
    }
    fitters_close(&all);
    return code;
}
