/* Figures: the fit of every member where it is, and where it would be next best. The sum of a network's
 * profiles gives the mean similarity to all its members in one product, so nothing here looks at all pairs;
 * only where distance weighs are pairs computed, for one's own network and for the candidates that can still
 * be best. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain_parts.h"

/* Up to this many networks the next best one is exact; beyond, each column offers only the networks that are
 * strongest in it, and the best of the few that then look best is taken. */
#define EXACT_NETWORKS 8192
#define CHAMPIONS 128
#define CHAMPION_TRIES 4
#define DISTANT_TRIES 64

struct part { /* what a network's profiles sum to in a column */
    uint32_t network;
    double sum;
};

struct fitting {
    const struct facts *f;
    size_t *start, *end; /* by column: its parts, by network or, where there are too many, strongest first */
    struct part *parts;
    double *own;       /* by column: the sum of the network at hand; zero between networks */
    double *sum;       /* by network: a member's product with it; zero between members */
    uint32_t *touched; /* networks with a sum */
    uint32_t n_touched;
};

static void fitting_free(struct fitting *t)
{
    free(t->start);
    free(t->end);
    free(t->parts);
    free(t->own);
    free(t->sum);
    free(t->touched);
}

/* Room in each column for a part a member; members of one network then share theirs. */
static size_t reserve_columns(struct fitting *t)
{
    const struct facts *f = t->f;
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

static void add_row(struct fitting *t, uint32_t network, uint32_t row)
{
    const struct profiles *p = t->f->profiles;
    for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++) {
        uint32_t column = p->column[i];
        size_t end = t->end[column];
        if (end > t->start[column] && t->parts[end - 1].network == network)
            t->parts[end - 1].sum += p->weight[i];
        else
            t->parts[t->end[column]++] = (struct part){network, p->weight[i]};
    }
}

static int part_compare(const void *a, const void *b)
{
    const struct part *x = a, *y = b;
    if (x->sum != y->sum)
        return x->sum > y->sum ? -1 : 1;
    return (x->network > y->network) - (x->network < y->network);
}

static void keep_champions(struct fitting *t)
{
    for (uint32_t c = 0; c < t->f->profiles->columns; c++) {
        if (t->end[c] - t->start[c] <= CHAMPIONS)
            continue;
        qsort(t->parts + t->start[c], t->end[c] - t->start[c], sizeof *t->parts, part_compare);
        t->end[c] = t->start[c] + CHAMPIONS;
    }
}

static int fitting_open(struct fitting *t, struct err *e)
{
    const struct facts *f = t->f;
    const struct profiles *p = f->profiles;
    t->start = calloc(p->columns + (size_t)1, sizeof *t->start);
    t->end = calloc(p->columns + (size_t)1, sizeof *t->end);
    t->own = calloc(p->columns + (size_t)1, sizeof *t->own);
    t->sum = calloc(f->n_networks + (size_t)1, sizeof *t->sum);
    t->touched = malloc((f->n_networks + (size_t)1) * sizeof *t->touched);
    if (!t->start || !t->end || !t->own || !t->sum || !t->touched)
        return err_memory(e, "reasons");
    size_t all = reserve_columns(t);
    t->parts = malloc((all + 1) * sizeof *t->parts);
    if (t->parts == NULL)
        return err_memory(e, "reasons");
    for (uint32_t network = 0; network < f->n_networks; network++)
        for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++)
            add_row(t, network, f->member[m]);
    if (f->n_networks > EXACT_NETWORKS)
        keep_champions(t);
    return 0;
}

static float as_share(double value)
{
    return (float)(value < 0 ? 0 : value > 1 ? 1 : value);
}

/* The mean similarity to the members of a network, pair by pair; an organizer does not count itself. */
static float fit_by_pairs(const struct facts *f, uint32_t organizer, uint32_t network)
{
    double sum = 0;
    uint32_t others = 0;
    for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++) {
        if (f->member[m] == organizer)
            continue;
        sum += profiles_similarity(f->profiles, organizer, f->member[m]);
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

static void fit_members(struct fitting *t, struct member_reasons *members)
{
    const struct facts *f = t->f;
    for (uint32_t network = 0; network < f->n_networks; network++) {
        if (f->profiles->place == NULL) {
            fit_network(t, network, members);
            continue;
        }
        for (uint32_t m = f->member_start[network]; m < f->member_start[network + 1]; m++)
            members[f->member[m]].fit = fit_by_pairs(f, f->member[m], network);
    }
}

/* The mean cosine to each other network that shares a column; for champions a part of it. */
static void meet_networks(struct fitting *t, uint32_t organizer)
{
    const struct profiles *p = t->f->profiles;
    uint32_t n = 0;
    for (uint32_t i = p->start[organizer]; i < p->start[organizer + 1]; i++) {
        double weight = p->weight[i];
        for (size_t at = t->start[p->column[i]], end = t->end[p->column[i]]; at < end; at++) {
            double *sum = &t->sum[t->parts[at].network];
            t->touched[n] = t->parts[at].network;
            n += *sum == 0;
            *sum += weight * t->parts[at].sum;
        }
    }
    if (t->f->network[organizer] != POPULATION_NONE)
        t->sum[t->f->network[organizer]] = -1; /* its own is not another */
    for (uint32_t i = 0; i < n; i++)
        t->sum[t->touched[i]] /= network_size(t->f, t->touched[i]);
    t->n_touched = n;
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
    const bool champions = f->n_networks > EXACT_NETWORKS, distance = f->profiles->place != NULL;
    int tries = distance ? DISTANT_TRIES : champions ? CHAMPION_TRIES : 1;
    double promise;
    while (tries-- > 0) {
        uint32_t network = take_best(t, &promise);
        if (network == POPULATION_NONE || (distance && !champions && as_share(promise) < member->next_fit))
            break;
        float fit = distance || champions ? fit_by_pairs(f, organizer, network) : as_share(promise);
        bool better = fit > member->next_fit || (fit == member->next_fit && network < member->next_network);
        if (fit > 0 && better) {
            member->next_fit = fit;
            member->next_network = network;
        }
    }
}

static void find_one_next(struct fitting *t, uint32_t organizer, struct member_reasons *members)
{
    meet_networks(t, organizer);
    find_next(t, organizer, &members[organizer]);
    for (uint32_t i = 0; i < t->n_touched; i++)
        t->sum[t->touched[i]] = 0;
    if (t->f->network[organizer] != POPULATION_NONE)
        t->sum[t->f->network[organizer]] = 0;
}

/* For members, and where there is something to say of who was left out, for those as well. */
static void find_all_next(struct fitting *t, struct member_reasons *members)
{
    for (uint32_t o = 0; o < t->f->p->n_organizers; o++)
        if (t->f->network[o] != POPULATION_NONE || t->f->task->left_out != NULL)
            find_one_next(t, o, members);
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
    struct fitting t = {.f = f};
    int code = fitting_open(&t, e);
    if (code == 0) {
        fit_members(&t, out->members);
        find_all_next(&t, out->members);
        average(f, out);
    }
    fitting_free(&t);
    return code;
}
