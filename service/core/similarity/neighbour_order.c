/* The rows are halved again and again: by how much nearer they are to one of two centres than to the other,
 * which a few rounds of 2-means find among a sample of them (as in ball trees: Omohundro, Five balltree
 * construction algorithms, 1989). Halves are whole blocks, and whole blocks of blocks as long as there are
 * any. */
#include "core/similarity/neighbour_order.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/similarity/neighbour_kernel.h"

enum { SAMPLE = 96, ROUNDS = 4 };

struct placed {
    float side; /* how much nearer to the one than to the other */
    uint32_t row;
};

struct ordering {
    const struct profiles *p;
    struct placed *placed;
    float *centre[2]; /* by column */
    float *away;      /* by column: the one centre less the other */
};

static float product(const struct profiles *p, uint32_t row, const float *with)
{
    float sum = 0;
    for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++)
        sum += p->weight[i] * with[p->column[i]];
    return sum;
}

static void add_row(const struct profiles *p, uint32_t row, float *to)
{
    for (uint32_t i = p->start[row]; i < p->start[row + 1]; i++)
        to[p->column[i]] += p->weight[i];
}

static void make_centre(struct ordering *o, int which, uint32_t row)
{
    memset(o->centre[which], 0, o->p->columns * sizeof(float));
    add_row(o->p, row, o->centre[which]);
}

static uint32_t least_like(const struct ordering *o, const uint32_t *sample, uint32_t n, const float *centre)
{
    uint32_t least = 0;
    float best = 0;
    for (uint32_t i = 0; i < n; i++) {
        const float like = product(o->p, sample[i], centre);
        if (i == 0 || like < best) {
            best = like;
            least = sample[i];
        }
    }
    return least;
}

/* One of the sample, what is least like it, and what is least like that, begin. Each then moves to the mean
 * of what is nearer to it; its length does not matter much, and stays. */
static void find_centres(struct ordering *o, const uint32_t *sample, uint32_t n)
{
    const uint32_t columns = o->p->columns;
    make_centre(o, 0, sample[0]);
    make_centre(o, 1, least_like(o, sample, n, o->centre[0]));
    make_centre(o, 0, least_like(o, sample, n, o->centre[1]));
    for (int round = 0; round < ROUNDS; round++) {
        uint32_t count[2] = {0};
        for (uint32_t c = 0; c < columns; c++)
            o->away[c] = o->centre[0][c] - o->centre[1][c];
        memset(o->centre[0], 0, columns * sizeof(float));
        memset(o->centre[1], 0, columns * sizeof(float));
        for (uint32_t i = 0; i < n; i++) {
            const int side = product(o->p, sample[i], o->away) < 0;
            add_row(o->p, sample[i], o->centre[side]);
            count[side]++;
        }
        for (uint32_t c = 0; c < columns && count[0] > 0 && count[1] > 0; c++) {
            o->centre[0][c] /= (float)count[0];
            o->centre[1][c] /= (float)count[1];
        }
    }
    for (uint32_t c = 0; c < columns; c++)
        o->away[c] = o->centre[0][c] - o->centre[1][c];
}

static bool before(struct placed a, struct placed b)
{
    return a.side != b.side ? a.side < b.side : a.row < b.row;
}

static struct placed middle_of_three(const struct placed *x, size_t n)
{
    struct placed a = x[0], b = x[n / 2], c = x[n - 1];
    if (before(b, a)) {
        struct placed t = a;
        a = b;
        b = t;
    }
    return before(c, a) ? a : before(c, b) ? c : b;
}

/* The first `wanted` of them in front (Hoare's selection). */
static void select_first(struct placed *x, size_t n, size_t wanted)
{
    while (n > 1 && wanted > 0 && wanted < n) {
        const struct placed pivot = middle_of_three(x, n);
        size_t i = 0, j = n - 1;
        for (;;) {
            while (before(x[i], pivot))
                i++;
            while (before(pivot, x[j]))
                j--;
            if (i >= j)
                break;
            struct placed t = x[i];
            x[i++] = x[j];
            x[j--] = t;
        }
        /* x[0..i-1] are not behind x[i..] */
        const size_t front = i == j ? i + 1 : i;
        if (wanted < front) {
            n = i == j && wanted == i ? i : front;
            if (wanted == n)
                return;
        } else {
            x += front;
            n -= front;
            wanted -= front;
        }
    }
}

static uint32_t left_part(uint32_t n)
{
    uint32_t left = NEIGHBOUR_ROWS;
    while (left < n - left)
        left *= 2;
    return left;
}

static void halve(struct ordering *o, uint32_t *row, uint32_t n)
{
    uint32_t sample[SAMPLE] = {0};
    const uint32_t sampled = n < SAMPLE ? n : SAMPLE, left = left_part(n);
    for (uint32_t i = 0; i < sampled; i++)
        sample[i] = row[(size_t)i * n / sampled];
    find_centres(o, sample, sampled);
    for (uint32_t i = 0; i < n; i++)
        o->placed[i] = (struct placed){product(o->p, row[i], o->away), row[i]};
    select_first(o->placed, n, left);
    for (uint32_t i = 0; i < n; i++)
        row[i] = o->placed[i].row;
}

/* Depth is the logarithm of the number of blocks. */
static void order(struct ordering *o, uint32_t *row, uint32_t n)
{
    while (n > NEIGHBOUR_ROWS) {
        const uint32_t left = left_part(n);
        halve(o, row, n);
        order(o, row, left);
        row += left;
        n -= left;
    }
}

int neighbour_order_rows(const struct profiles *p, uint32_t *row, uint32_t n, struct err *e)
{
    struct ordering o = {.p = p};
    const size_t columns = p->columns + (size_t)1;
    float *room = malloc(3 * columns * sizeof *room);
    o.placed = malloc((n + (size_t)1) * sizeof *o.placed);
    int code = room == NULL || o.placed == NULL ? err_memory(e, "ordering profiles") : 0;
    if (code == 0) {
        o.centre[0] = room;
        o.centre[1] = room + columns;
        o.away = room + 2 * columns;
        order(&o, row, n);
    }
    free(room);
    free(o.placed);
    return code;
}
