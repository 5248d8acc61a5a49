/* bench_neighbours FOLDER [K [THREADS]] - all rows' k nearest neighbours, by blocks and by the plain join
 * over an inverted index that sparse_dot_topn does (one row after another: products are added up for all rows
 * that share a column, the best k kept), on what peernet-generate --to FOLDER wrote. Prints CPU and wall
 * seconds of each, their ratio, and whether the lists are the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/similarity/neighbour_best.h"
#include "core/similarity/neighbour_join.h"
#include "regroup/solve_read.h"

struct lists {
    struct neighbour *all;
    uint32_t *count;
};

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void check(int code, const struct err *e)
{
    if (code == 0)
        return;
    fprintf(stderr, "bench_neighbours: %s\n", e->text);
    exit(1);
}

static struct lists lists_open(uint32_t n, size_t k)
{
    struct err e = ERR_INIT;
    struct lists l = {malloc((n * k + 1) * sizeof *l.all), calloc(n + (size_t)1, sizeof *l.count)};
    check(l.all == NULL || l.count == NULL ? err_memory(&e, "lists of neighbours") : 0, &e);
    return l;
}

static void lists_free(struct lists *l)
{
    free(l->all);
    free(l->count);
}

/* ---- the peer ---- */

/* Columns as lists of rows with their weights. */
struct columns {
    uint32_t *start, *row;
    float *weight;
};

static struct columns turn(const struct profiles *p)
{
    struct err e = ERR_INIT;
    struct columns c = {calloc(p->columns + (size_t)2, sizeof *c.start),
                        malloc((p->start[p->n] + (size_t)1) * sizeof *c.row),
                        malloc((p->start[p->n] + (size_t)1) * sizeof *c.weight)};
    check(!c.start || !c.row || !c.weight ? err_memory(&e, "the columns") : 0, &e);
    for (uint32_t i = 0; i < p->start[p->n]; i++)
        c.start[p->column[i] + 2]++;
    for (uint32_t k = 0; k < p->columns; k++)
        c.start[k + 2] += c.start[k + 1];
    for (uint32_t row = 0; row < p->n; row++)
        for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++) {
            const uint32_t at = c.start[p->column[i] + 1]++;
            c.row[at] = row;
            c.weight[at] = p->weight[i];
        }
    return c;
}

static void join_row(const struct profiles *p, const struct columns *c, uint32_t row, double *sum,
                     uint32_t *touched, struct neighbour_best *best)
{
    uint32_t n = 0;
    for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++)
        for (uint32_t at = c->start[p->column[i]]; at < c->start[p->column[i] + 1]; at++) {
            const uint32_t other = c->row[at];
            if (!(sum[other] > 0))
                touched[n++] = other;
            sum[other] += (double)p->weight[i] * (double)c->weight[at];
        }
    for (uint32_t i = 0; i < n; i++) {
        const double cosine = sum[touched[i]] > 1 ? 1 : sum[touched[i]];
        sum[touched[i]] = 0;
        if (touched[i] != row)
            neighbour_best_offer(best, (struct neighbour){touched[i], (float)cosine});
    }
    neighbour_best_sort(best);
}

static void join_plainly(const struct profiles *p, size_t k, struct lists *l)
{
    struct err e = ERR_INIT;
    struct columns c = turn(p);
    double *sum = calloc(p->n + (size_t)1, sizeof *sum);
    uint32_t *touched = malloc((p->n + (size_t)1) * sizeof *touched);
    check(sum == NULL || touched == NULL ? err_memory(&e, "the join") : 0, &e);
    for (uint32_t row = 0; row < p->n; row++) {
        struct neighbour_best best = {l->all + row * k, 0, k};
        join_row(p, &c, row, sum, touched, &best);
        l->count[row] = (uint32_t)best.n;
    }
    free(sum);
    free(touched);
    free(c.start);
    free(c.row);
    free(c.weight);
}

/* ---- comparing ---- */

static bool are_equal(const struct lists *a, const struct lists *b, uint32_t n, size_t k)
{
    for (uint32_t row = 0; row < n; row++)
        for (uint32_t i = 0; i < a->count[row] || i < b->count[row]; i++)
            if (a->count[row] != b->count[row] || a->all[row * k + i].row != b->all[row * k + i].row ||
                a->all[row * k + i].similarity != b->all[row * k + i].similarity)
                return false;
    return true;
}

/* The share of the exact lists' places whose similarity is reached: one of two that are as near will do. Of
 * many rows some are looked at. */
static double recall(const struct profiles *p, const struct lists *found, size_t k)
{
    enum { SAMPLE = 1000 };
    struct err e = ERR_INIT;
    struct neighbour_index *index;
    struct neighbour exact[256];
    uint64_t all = 0, reached = 0;
    check(neighbour_index_build(p, &index, &e), &e);
    struct neighbour_scratch *scratch = neighbour_scratch_new(index);
    check(scratch == NULL ? err_memory(&e, "the index") : 0, &e);
    for (uint32_t row = 0; row < p->n; row += p->n / SAMPLE + 1) {
        const size_t n = neighbours_of(index, scratch, row, k, exact);
        all += n;
        for (uint32_t i = 0; i < found->count[row] && n > 0; i++)
            reached += found->all[row * k + i].similarity >= exact[n - 1].similarity;
    }
    neighbour_scratch_free(scratch);
    neighbour_index_free(index);
    return all > 0 ? (double)reached / (double)all : 1;
}

struct cost {
    double cpu, wall;
};

static struct cost by_blocks(const struct profiles *p, size_t k, uint32_t probes, uint32_t threads,
                             struct lists *l)
{
    struct err e = ERR_INIT;
    const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID), wall = seconds(CLOCK_MONOTONIC);
    check(neighbour_join(p, k, probes, threads, l->all, l->count, &e), &e);
    return (struct cost){seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu, seconds(CLOCK_MONOTONIC) - wall};
}

static void compare(const struct profiles *p, size_t k, uint32_t threads)
{
    enum { PEER_MOST = 100000, EXACT_MOST = 300000 };
    struct lists ours = lists_open(p->n, k), theirs = lists_open(p->n, k);
    printf("%u rows, k = %zu, %u threads\n", p->n, k, threads);
    if (p->n <= EXACT_MOST) {
        const struct cost blocks = by_blocks(p, k, 0, threads, &ours);
        printf("%-22s %8.2f CPU s %8.2f s\n", "blocks, exact", blocks.cpu, blocks.wall);
        if (p->n <= PEER_MOST) {
            const double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
            join_plainly(p, k, &theirs);
            const double took = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
            printf("%-22s %8.2f CPU s, %.1f times as much; %s\n", "inverted index", took, took / blocks.cpu,
                   are_equal(&ours, &theirs, p->n, k) ? "the same lists" : "OTHER LISTS");
        }
    }
    for (uint32_t probes = 8; probes <= 128; probes *= 2) {
        const struct cost some = by_blocks(p, k, probes, threads, &theirs);
        printf("blocks, %3u probes     %8.2f CPU s %8.2f s, recall %.4f\n", probes, some.cpu, some.wall,
               recall(p, &theirs, k));
        fflush(stdout);
    }
    lists_free(&ours);
    lists_free(&theirs);
}

int main(int argc, char **argv)
{
    struct err e = ERR_INIT;
    struct solve_options o = {0};
    struct solve_input in = {0};
    char reports[4096], challenges[4096];
    const size_t k = argc > 2 ? strtoul(argv[2], NULL, 10) : 15;
    if (argc < 2 || k > 256) {
        fprintf(stderr, "usage: bench_neighbours FOLDER [K [THREADS]]\n");
        return 2;
    }
    snprintf(reports, sizeof reports, "%s/reports.csv", argv[1]);
    snprintf(challenges, sizeof challenges, "%s/challenges.csv", argv[1]);
    settings_default(&o.settings);
    o.profiles = reports;
    o.challenges = challenges;
    check(solve_read_profiles(&o, &in, &e), &e);
    compare(&in.profiles, k, argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 1);
    solve_input_free(&in);
    settings_free(&o.settings);
    return 0;
}
