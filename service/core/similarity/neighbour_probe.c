#include "core/similarity/neighbour_probe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Regions are tried for a share of the blocks that are looked at in the end. */
enum { BLOCKS_A_REGION = 3, REGIONS_LEAST = 8 };

static uint32_t blocks_for(uint32_t n)
{
    return n / NEIGHBOUR_ROWS + (n % NEIGHBOUR_ROWS > 0);
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* The mean of the rows from one place to another as the i-th row of `means`. It is of unit length: how many
 * rows a block has, and how much they differ, shall not count. */
static void put_mean(const struct neighbour_blocks *b, uint32_t from, uint32_t to, float *sum, uint8_t *means,
                     uint32_t i)
{
    const uint32_t columns = b->profiles->columns;
    uint8_t *row = means + (size_t)(i / NEIGHBOUR_ROWS) * b->groups * NEIGHBOUR_GROUP_BYTES;
    double square = 0;
    memset(sum, 0, columns * sizeof *sum);
    for (uint32_t k = b->start[from]; k < b->start[to]; k++)
        sum[b->entry[k].column] += b->entry[k].weight;
    for (uint32_t c = 0; c < columns; c++)
        square += (double)sum[c] * (double)sum[c];
    const double scale = square > 0 ? NEIGHBOUR_HEAVIEST / sqrt(square) : 0;
    for (uint32_t c = 0; c < columns; c++)
        row[neighbour_offset(b, c, i % NEIGHBOUR_ROWS)] = (uint8_t)((double)sum[c] * scale);
}

static uint8_t *new_means(const struct neighbour_blocks *b, uint32_t n)
{
    const size_t bytes = ((size_t)blocks_for(n) * b->groups + 1) * NEIGHBOUR_GROUP_BYTES;
    uint8_t *means = aligned_alloc(64, bytes);
    if (means != NULL)
        memset(means, 0, bytes);
    return means;
}

int neighbour_probes_build(struct neighbour_probes *p, const struct neighbour_blocks *b, uint32_t n,
                           struct err *e)
{
    enum { REGION_ROWS = NEIGHBOUR_ROWS * NEIGHBOUR_ROWS };
    float *sum = malloc((b->profiles->columns + (size_t)1) * sizeof *sum);
    *p = (struct neighbour_probes){.blocks = b, .n = least(n, b->n_blocks)};
    p->regions = least(n / BLOCKS_A_REGION + REGIONS_LEAST, b->n_regions);
    p->mean = new_means(b, b->n_blocks);
    p->middle = new_means(b, b->n_regions);
    if (sum == NULL || p->mean == NULL || p->middle == NULL) {
        free(sum);
        neighbour_probes_free(p);
        return err_memory(e, "the means of blocks");
    }
    for (uint32_t block = 0; block < b->n_blocks; block++)
        put_mean(b, block * NEIGHBOUR_ROWS, least((block + 1) * NEIGHBOUR_ROWS, b->n), sum, p->mean, block);
    for (uint32_t region = 0; region < b->n_regions; region++)
        put_mean(b, region * REGION_ROWS, least((region + 1) * REGION_ROWS, b->n), sum, p->middle, region);
    free(sum);
    return 0;
}

void neighbour_probes_free(struct neighbour_probes *p)
{
    free(p->mean);
    free(p->middle);
    *p = (struct neighbour_probes){0};
}

int neighbour_chosen_open(struct neighbour_chosen *c, const struct neighbour_probes *p, struct err *e)
{
    const size_t regions = p->blocks->n_regions + (size_t)1, blocks = (size_t)p->regions * NEIGHBOUR_ROWS + 1;
    const size_t most = regions > blocks ? regions : blocks;
    *c = (struct neighbour_chosen){malloc(most * sizeof *c->thing), malloc(most * sizeof *c->like),
                                   malloc((p->regions + (size_t)1) * sizeof *c->region),
                                   malloc((p->n + (size_t)1) * sizeof *c->block)};
    return c->thing && c->like && c->region && c->block ? 0 : err_memory(e, "finding neighbours");
}

void neighbour_chosen_free(struct neighbour_chosen *c)
{
    free(c->thing);
    free(c->like);
    free(c->region);
    free(c->block);
}

/* Adds the things whose means lie in one block of them. */
static uint32_t add_candidates(struct neighbour_chosen *c, uint32_t n, const struct neighbour_asked *asked,
                               const uint8_t *means, uint32_t first, uint32_t end)
{
    int32_t product[NEIGHBOUR_ROWS];
    const double share = 255 / asked->scale;
    neighbour_products(&asked->question, means, 0, product);
    for (uint32_t i = 0; i < NEIGHBOUR_ROWS && first + i < end; i++) {
        const double like = product[i] * share;
        c->thing[n] = first + i;
        c->like[n++] = like < 255 ? (uint8_t)like : 255;
    }
    return n;
}

/* The `most` of the candidates that are most like the asker, those first; of equals the first. */
static uint32_t pick(const struct neighbour_chosen *c, uint32_t n, uint32_t most, uint32_t *out)
{
    uint32_t start[257] = {0};
    for (uint32_t i = 0; i < n; i++)
        start[255 - c->like[i] + 1]++;
    for (uint32_t k = 1; k < 256; k++)
        start[k] += start[k - 1];
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t at = start[255 - c->like[i]]++;
        if (at < most)
            out[at] = c->thing[i];
    }
    return least(n, most);
}

uint32_t neighbour_choose(const struct neighbour_probes *p, const struct neighbour_asked *asked,
                          struct neighbour_chosen *c)
{
    const struct neighbour_blocks *b = p->blocks;
    uint32_t n = 0;
    for (uint32_t region = 0; region < b->n_regions; region += NEIGHBOUR_ROWS)
        n = add_candidates(c, n, asked, neighbour_block(b, p->middle, region / NEIGHBOUR_ROWS), region,
                           b->n_regions);
    const uint32_t regions = pick(c, n, p->regions, c->region);
    n = 0;
    for (uint32_t i = 0; i < regions; i++)
        n = add_candidates(c, n, asked, neighbour_block(b, p->mean, c->region[i]),
                           c->region[i] * NEIGHBOUR_ROWS, b->n_blocks);
    return pick(c, n, p->n, c->block);
}
