/* Rows ask in batches of such as lie together in the blocks: they are alike, so mostly the same blocks matter
 * to them, and a block that is looked at for one is in the cache for the others. A row first looks at its own
 * block, where its best neighbours tend to be; then at every block whose greatest weights promise a cosine
 * above its k-th best so far. Rows that promise one themselves are computed exactly. */
#include "core/similarity/neighbour_join.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_pool.h"
#include "core/similarity/neighbour_best.h"
#include "core/similarity/neighbour_mend.h"
#include "core/similarity/neighbour_probe.h"

enum { BATCH = 256 };
#define BYTES_MOST ((size_t)1 << 30)

/* A row that looks for neighbours. */
struct asker {
    struct neighbour_asked asked;
    uint32_t place, row;
    int32_t bound;    /* what a product has to be above */
    float least;      /* similarities below are not looked for */
    double *question; /* by column; zero between rows */
    struct neighbour_best best;
};

struct join {
    const struct neighbour_blocks *blocks;
    struct neighbour_some *some;    /* not all rows ask; NULL: all do */
    float *least;                   /* by block: the least of what its rows want to hear of */
    uint32_t asking;                /* rows */
    struct neighbour_probes probes; /* where only some blocks are looked at */
    size_t k;
    struct neighbour *all;
    uint32_t *count;
    struct worker *workers;
    atomic_uint next; /* place of the next batch */
};

struct worker {
    struct join *join;
    struct asker *askers;
    uint32_t n;
    double *questions;
    uint64_t *above;                     /* by asker: blocks of the region at hand that promise enough */
    int32_t (*promised)[NEIGHBOUR_ROWS]; /* likewise: what each promises */
    struct neighbour_chosen chosen;
    struct neighbour_offer *offers;
    size_t n_offers, offers_most;
    bool failed; /* no memory for them */
};

bool neighbour_join_suits(const struct profiles *p)
{
    return p->columns > 0 && p->columns <= NEIGHBOUR_COLUMNS_MOST && p->n <= BYTES_MOST / p->columns;
}

/* What a product has to be above for the cosine to be as much. Weights are rounded up, so a product is never
 * below the cosine but for the rounding of its scale, which the share that is taken off covers many times
 * over. */
static int32_t bound_for(const struct asker *a, float cosine)
{
    return cosine > 1 ? INT32_MAX : (int32_t)((double)cosine * a->asked.scale * (1 - 1e-6));
}

static void set_bound(struct asker *a)
{
    const float best = neighbour_best_least(&a->best);
    a->bound = bound_for(a, best > a->least ? best : a->least);
}

/* As profiles_similarity computes it. What distance would leave of a cosine below `least` is not asked for.
 */
static float exact(const struct neighbour_blocks *b, const struct asker *a, uint32_t place, float least)
{
    const double cosine = neighbour_cosine(b, a->question, place);
    if (b->profiles->place == NULL || (float)cosine < least)
        return (float)cosine;
    return (float)(cosine * profiles_damping(b->profiles, a->row, b->row[place]));
}

static void offer_to(struct worker *w, struct neighbour_offer offer)
{
    if (w->n_offers == w->offers_most) {
        const size_t most = 2 * w->offers_most + BATCH;
        struct neighbour_offer *wider = realloc(w->offers, most * sizeof *wider);
        w->failed |= wider == NULL;
        if (wider == NULL)
            return;
        w->offers = wider;
        w->offers_most = most;
    }
    w->offers[w->n_offers++] = offer;
}

/* The row at a place hears of who asks, where that is as similar as it wants. */
static void tell(struct worker *w, const struct asker *a, uint32_t place, int32_t product)
{
    const struct neighbour_blocks *b = w->join->blocks;
    const float welcome = w->join->some->welcome[place];
    if (product <= bound_for(a, welcome))
        return;
    const float similarity = exact(b, a, place, welcome);
    if (similarity >= welcome)
        offer_to(w, (struct neighbour_offer){b->row[place], {a->row, similarity}});
}

/* What is to be looked at of a block for the asker, and for the block's rows. */
static int32_t bound_in(const struct join *j, const struct asker *a, uint32_t block)
{
    const int32_t theirs = j->least == NULL ? INT32_MAX : bound_for(a, j->least[block]);
    return theirs < a->bound ? theirs : a->bound;
}

static void look_at(struct worker *w, struct asker *a, uint32_t block)
{
    const struct neighbour_blocks *b = w->join->blocks;
    int32_t product[NEIGHBOUR_ROWS];
    const uint8_t *weights = neighbour_block(b, b->weights, block);
    uint64_t above = neighbour_products(&a->asked.question, weights, bound_in(w->join, a, block), product);
    for (; above != 0; above &= above - 1) {
        const uint32_t i = (uint32_t)__builtin_ctzll(above), place = block * NEIGHBOUR_ROWS + i;
        if (place == a->place)
            continue;
        if (w->join->least != NULL)
            tell(w, a, place, product[i]);
        if (product[i] <= a->bound)
            continue;
        neighbour_best_offer(
            &a->best, (struct neighbour){b->row[place], exact(b, a, place, neighbour_best_least(&a->best))});
        set_bound(a);
    }
}

static void begin(struct worker *w, struct asker *a, uint32_t place)
{
    const struct neighbour_blocks *b = w->join->blocks;
    a->place = place;
    a->row = b->row[place];
    a->least = w->join->some != NULL && w->join->some->least != NULL ? w->join->some->least[place] : 0;
    a->best = (struct neighbour_best){w->join->all + a->row * w->join->k, 0, w->join->k};
    neighbour_ask(b, place, &a->asked);
    neighbour_spread(b, place, 1, a->question);
    set_bound(a);
    look_at(w, a, place / NEIGHBOUR_ROWS);
}

static void end(struct worker *w, struct asker *a)
{
    neighbour_best_sort(&a->best);
    w->join->count[a->row] = (uint32_t)a->best.n;
    neighbour_spread(w->join->blocks, a->place, 0, a->question);
}

/* Which blocks of a region promise enough to anybody; each asker's own has been looked at. */
static uint64_t test_region(struct worker *w, uint32_t region)
{
    const struct neighbour_blocks *b = w->join->blocks;
    const uint8_t *most = neighbour_block(b, b->most, region);
    const struct join *j = w->join;
    uint64_t any = 0;
    float least = INFINITY;
    for (uint32_t k = region * NEIGHBOUR_ROWS;
         j->least != NULL && k < b->n_blocks && k / NEIGHBOUR_ROWS == region; k++)
        least = j->least[k] < least ? j->least[k] : least;
    for (uint32_t i = 0; i < w->n; i++) {
        const struct asker *a = &w->askers[i];
        const uint32_t own = a->place / NEIGHBOUR_ROWS;
        const int32_t theirs = bound_for(a, least), bound = theirs < a->bound ? theirs : a->bound;
        w->above[i] = neighbour_products(&a->asked.question, most, bound, w->promised[i]);
        if (own / NEIGHBOUR_ROWS == region)
            w->above[i] &= ~((uint64_t)1 << own % NEIGHBOUR_ROWS);
        any |= w->above[i];
    }
    return any;
}

static void visit_region(struct worker *w, uint32_t region)
{
    for (uint64_t any = test_region(w, region); any != 0; any &= any - 1) {
        const uint32_t i = (uint32_t)__builtin_ctzll(any), block = region * NEIGHBOUR_ROWS + i;
        for (uint32_t k = 0; k < w->n; k++)
            if ((w->above[k] >> i & 1) != 0 && w->promised[k][i] > bound_in(w->join, &w->askers[k], block))
                look_at(w, &w->askers[k], block);
    }
}

static void visit_chosen(struct worker *w, struct asker *a)
{
    const struct join *j = w->join;
    const uint32_t n = neighbour_choose(&j->probes, &a->asked, &w->chosen), own = a->place / NEIGHBOUR_ROWS;
    for (uint32_t i = 0; i < n; i++)
        if (w->chosen.block[i] != own)
            look_at(w, a, w->chosen.block[i]);
}

static void visit_blocks(struct worker *w)
{
    if (w->join->probes.n == 0)
        for (uint32_t region = 0; region < w->join->blocks->n_regions; region++)
            visit_region(w, region);
    else
        for (uint32_t i = 0; i < w->n; i++)
            visit_chosen(w, &w->askers[i]);
}

static void work(void *context, uint32_t worker)
{
    struct join *j = context;
    struct worker *w = &j->workers[worker];
    for (uint32_t from; (from = atomic_fetch_add(&j->next, BATCH)) < j->asking;) {
        w->n = j->asking - from < BATCH ? j->asking - from : BATCH;
        for (uint32_t i = 0; i < w->n; i++)
            begin(w, &w->askers[i], j->some != NULL ? j->some->place[from + i] : from + i);
        visit_blocks(w);
        for (uint32_t i = 0; i < w->n; i++)
            end(w, &w->askers[i]);
    }
}

static int worker_open(struct worker *w, struct join *j, struct err *e)
{
    const size_t columns = j->blocks->profiles->columns;
    *w = (struct worker){.join = j};
    w->askers = malloc(BATCH * sizeof *w->askers);
    w->questions = calloc(BATCH * columns, sizeof *w->questions);
    w->above = malloc(BATCH * sizeof *w->above);
    w->promised = aligned_alloc(64, BATCH * sizeof *w->promised);
    if (!w->askers || !w->questions || !w->above || !w->promised)
        return err_memory(e, "finding neighbours");
    for (size_t i = 0; i < BATCH; i++)
        w->askers[i].question = w->questions + i * columns;
    return j->probes.n > 0 ? neighbour_chosen_open(&w->chosen, &j->probes, e) : 0;
}

static void workers_free(struct worker *workers, uint32_t n)
{
    for (uint32_t i = 0; workers != NULL && i < n; i++) {
        free(workers[i].askers);
        free(workers[i].questions);
        free(workers[i].above);
        free(workers[i].promised);
        free(workers[i].offers);
        neighbour_chosen_free(&workers[i].chosen);
    }
    free(workers);
}

/* Those of all workers together. */
static int take_offers(const struct join *j, uint32_t threads, struct err *e)
{
    struct neighbour_some *some = j->some;
    size_t all = 0;
    bool failed = false;
    for (uint32_t i = 0; i < threads; i++) {
        all += j->workers[i].n_offers;
        failed |= j->workers[i].failed;
    }
    some->offers = failed ? NULL : malloc((all + 1) * sizeof *some->offers);
    if (some->offers == NULL)
        return err_memory(e, "finding neighbours");
    for (uint32_t i = 0; i < threads; i++) {
        const struct worker *w = &j->workers[i];
        if (w->n_offers > 0)
            memcpy(some->offers + some->n_offers, w->offers, w->n_offers * sizeof *w->offers);
        some->n_offers += w->n_offers;
    }
    return 0;
}

static int run(struct join *j, uint32_t threads, struct err *e)
{
    struct thread_pool *pool = NULL;
    j->workers = calloc(threads, sizeof *j->workers);
    int code = j->workers == NULL ? err_memory(e, "finding neighbours") : 0;
    for (uint32_t i = 0; code == 0 && i < threads; i++)
        code = worker_open(&j->workers[i], j, e);
    if (code == 0)
        code = thread_pool_open(&pool, threads, e);
    if (code == 0)
        thread_pool_run(pool, work, j);
    thread_pool_close(pool);
    if (code == 0 && j->some != NULL)
        code = take_offers(j, threads, e);
    workers_free(j->workers, threads);
    return code;
}

static uint32_t workers_for(uint32_t asking, uint32_t threads)
{
    const uint32_t batches = asking / BATCH + 1;
    return threads < 1 ? 1 : threads < batches ? threads : batches;
}

int neighbour_join(const struct profiles *p, size_t k, uint32_t probes, uint32_t threads,
                   struct neighbour *all, uint32_t *count, struct err *e)
{
    struct neighbour_blocks blocks;
    struct join j = {.blocks = &blocks, .k = k, .all = all, .count = count};
    memset(count, 0, p->n * sizeof *count);
    if (k == 0)
        return 0;
    int code = neighbour_blocks_build(&blocks, p, e);
    j.asking = blocks.n;
    const uint32_t workers = workers_for(j.asking, threads);
    if (code == 0 && probes > 0 && probes < blocks.n_blocks)
        code = neighbour_probes_build(&j.probes, &blocks, probes, e);
    if (code == 0)
        code = run(&j, workers, e);
    if (code == 0 && j.probes.n > 0)
        code = neighbour_mend(&blocks, k, workers, all, count, e);
    neighbour_probes_free(&j.probes);
    neighbour_blocks_free(&blocks);
    return code;
}

static int find_least(struct join *j, struct err *e)
{
    const struct neighbour_blocks *b = j->blocks;
    j->least = malloc((b->n_blocks + (size_t)1) * sizeof *j->least);
    if (j->least == NULL)
        return err_memory(e, "finding neighbours");
    for (uint32_t block = 0; block < b->n_blocks; block++)
        j->least[block] = INFINITY;
    for (uint32_t place = 0; place < b->n; place++) {
        float *least = &j->least[place / NEIGHBOUR_ROWS];
        *least = j->some->welcome[place] < *least ? j->some->welcome[place] : *least;
    }
    return 0;
}

int neighbour_join_some(const struct neighbour_blocks *b, struct neighbour_some *some, size_t k,
                        uint32_t threads, struct neighbour *all, uint32_t *count, struct err *e)
{
    struct join j = {.blocks = b, .some = some, .asking = some->n, .k = k, .all = all, .count = count};
    int code = some->welcome != NULL ? find_least(&j, e) : 0;
    if (code == 0)
        code = run(&j, workers_for(j.asking, threads), e);
    free(j.least);
    return code;
}
