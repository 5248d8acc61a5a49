#include "core/similarity/neighbour_blocks.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/similarity/neighbour_order.h"

static int order_rows(struct neighbour_blocks *b, struct err *e)
{
    const struct profiles *p = b->profiles;
    for (uint32_t row = 0; row < p->n; row++)
        if (p->start[row] < p->start[row + 1])
            b->row[b->n++] = row;
    return neighbour_order_rows(p, b->row, b->n, e);
}

static void copy_entries(struct neighbour_blocks *b)
{
    const struct profiles *p = b->profiles;
    uint32_t used = 0;
    for (uint32_t place = 0; place < b->n; place++) {
        const uint32_t row = b->row[place];
        b->start[place] = used;
        for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++)
            b->entry[used++] = (struct neighbour_entry){p->column[i], p->weight[i]};
    }
    b->start[b->n] = used;
}

/* Never below weight * scale, but for what rounding a double takes; neighbour_bound has room for that. */
static uint8_t rounded_up(float weight, double scale)
{
    const double w = ceil(weight * scale);
    return w < NEIGHBOUR_HEAVIEST ? (uint8_t)w : NEIGHBOUR_HEAVIEST;
}

/* ---- which columns lie side by side ---- */

enum { COUNTED_MOST = 4096 }; /* rows that are looked at for it */

/* together[a * columns + b]: how many rows, of some, have both; together[a * columns + a]: have a. */
static void count_together(const struct neighbour_blocks *b, uint32_t *together)
{
    const size_t columns = b->profiles->columns;
    const uint32_t step = b->n / COUNTED_MOST + 1;
    for (uint32_t place = 0; place < b->n; place += step)
        for (uint32_t i = b->start[place]; i < b->start[place + 1]; i++)
            for (uint32_t j = b->start[place]; j < b->start[place + 1]; j++)
                together[b->entry[i].column * columns + b->entry[j].column]++;
}

/* The column without a place yet of which most rows have it together with those of `score`; of equals the
 * first. */
static uint32_t next_column(const struct neighbour_blocks *b, const uint32_t *score)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t c = 0; c < b->profiles->columns; c++)
        if (b->position[c] == UINT32_MAX && (best == UINT32_MAX || score[c] > score[best]))
            best = c;
    return best;
}

/* The commonest column left begins a group, and what rows have most together with it joins it. */
static int group_columns(struct neighbour_blocks *b, struct err *e)
{
    const size_t columns = b->profiles->columns;
    uint32_t *together = calloc(columns * columns + 1, sizeof *together);
    uint32_t *score = malloc((columns + 1) * sizeof *score);
    int code = together == NULL || score == NULL ? err_memory(e, "blocks of profiles") : 0;
    if (code == 0)
        count_together(b, together);
    for (uint32_t c = 0; code == 0 && c < columns; c++)
        b->position[c] = UINT32_MAX;
    for (uint32_t next = 0; code == 0 && next < columns; next++) {
        for (uint32_t c = 0; c < columns && next % NEIGHBOUR_COLUMNS == 0; c++)
            score[c] = together[c * columns + c];
        const uint32_t column = next_column(b, score);
        b->position[column] = next;
        for (uint32_t c = 0; c < columns; c++)
            score[c] = (next % NEIGHBOUR_COLUMNS == 0 ? 0 : score[c]) + together[column * columns + c];
    }
    free(together);
    free(score);
    return code;
}

/* ---- the blocks ---- */

static void fill_weights(struct neighbour_blocks *b)
{
    const size_t bytes = (size_t)b->groups * NEIGHBOUR_GROUP_BYTES;
    for (uint32_t place = 0; place < b->n; place++) {
        const uint32_t block = place / NEIGHBOUR_ROWS;
        uint8_t *weights = b->weights + block * bytes, *most = b->most + block / NEIGHBOUR_ROWS * bytes;
        for (uint32_t i = b->start[place]; i < b->start[place + 1]; i++) {
            const uint8_t w = rounded_up(b->entry[i].weight, NEIGHBOUR_HEAVIEST);
            uint8_t *greatest = &most[neighbour_offset(b, b->entry[i].column, block % NEIGHBOUR_ROWS)];
            weights[neighbour_offset(b, b->entry[i].column, place % NEIGHBOUR_ROWS)] = w;
            *greatest = w > *greatest ? w : *greatest;
        }
    }
}

static uint8_t *new_blocks(const struct neighbour_blocks *b, uint32_t n)
{
    const size_t bytes = ((size_t)n * b->groups + 1) * NEIGHBOUR_GROUP_BYTES;
    uint8_t *blocks = aligned_alloc(64, bytes);
    if (blocks != NULL)
        memset(blocks, 0, bytes);
    return blocks;
}

static uint32_t blocks_for(uint32_t n)
{
    return n / NEIGHBOUR_ROWS + (n % NEIGHBOUR_ROWS > 0);
}

int neighbour_blocks_build(struct neighbour_blocks *b, const struct profiles *p, struct err *e)
{
    *b = (struct neighbour_blocks){.profiles = p};
    b->position = malloc((p->columns + (size_t)1) * sizeof *b->position);
    b->row = malloc((p->n + (size_t)1) * sizeof *b->row);
    b->start = malloc((p->n + (size_t)1) * sizeof *b->start);
    b->entry = malloc((p->start[p->n] + (size_t)1) * sizeof *b->entry);
    int code = b->position && b->row && b->start && b->entry ? order_rows(b, e)
                                                             : err_memory(e, "blocks of profiles");
    b->groups = (p->columns + NEIGHBOUR_COLUMNS - 1) / NEIGHBOUR_COLUMNS;
    b->n_blocks = blocks_for(b->n);
    b->n_regions = blocks_for(b->n_blocks);
    if (code == 0) {
        b->weights = new_blocks(b, b->n_blocks);
        b->most = new_blocks(b, b->n_regions);
        code = b->weights && b->most ? 0 : err_memory(e, "blocks of profiles");
    }
    if (code == 0) {
        copy_entries(b);
        code = group_columns(b, e);
    }
    if (code == 0) {
        fill_weights(b);
    } else {
        neighbour_blocks_free(b);
    }
    return code;
}

void neighbour_blocks_free(struct neighbour_blocks *b)
{
    free(b->position);
    free(b->row);
    free(b->start);
    free(b->entry);
    free(b->weights);
    free(b->most);
    *b = (struct neighbour_blocks){0};
}

static struct neighbour_part *part_of(struct neighbour_question *q, uint32_t group)
{
    for (uint32_t i = 0; i < q->n; i++)
        if (q->part[i].group == group)
            return &q->part[i];
    q->part[q->n] = (struct neighbour_part){.group = group};
    return &q->part[q->n++];
}

/* Its weights fill the seven bits: the heaviest is 127. */
void neighbour_ask(const struct neighbour_blocks *b, uint32_t place, struct neighbour_asked *out)
{
    float heaviest = 0;
    for (uint32_t i = b->start[place]; i < b->start[place + 1]; i++)
        heaviest = b->entry[i].weight > heaviest ? b->entry[i].weight : heaviest;
    const double scale = NEIGHBOUR_HEAVIEST / (double)heaviest;
    out->question.n = 0;
    for (uint32_t i = b->start[place]; i < b->start[place + 1]; i++) {
        const uint32_t position = b->position[b->entry[i].column];
        part_of(&out->question, position / NEIGHBOUR_COLUMNS)->weight[position % NEIGHBOUR_COLUMNS] =
            rounded_up(b->entry[i].weight, scale);
    }
    out->scale = scale * NEIGHBOUR_HEAVIEST;
}

float neighbour_similarity(const struct neighbour_blocks *b, const double *question, uint32_t row,
                           uint32_t place)
{
    const struct profiles *p = b->profiles;
    const double cosine = neighbour_cosine(b, question, place);
    return (float)(p->place == NULL ? cosine : cosine * profiles_damping(p, row, b->row[place]));
}
