#include "core/group/group_cut.h"

#include <stdlib.h>
#include <string.h>

/* Of so many numbers at once, which every processor has; the order of sums is the same on each. */
enum { LANES = 4, PARTS = GROUP_SKETCH / LANES };
/* So many groups a thread takes at a time. */
enum { AT_ONCE = 256 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

/* The same for every seed: which directions are looked along is what chance decides. */
static void fill_projection(struct group_cut *c)
{
    struct group_random random;
    group_random_seed(&random, 1);
    for (uint32_t column = 0; column < c->s->columns; column++) {
        uint64_t bits = group_random_next(&random);
        for (uint32_t i = 0; i < GROUP_SKETCH; i++, bits >>= 1)
            c->projection[(size_t)column * GROUP_SKETCH + i] = bits & 1 ? 1 : -1;
    }
}

int group_cut_init(struct group_cut *c, const struct group_sparse *s, uint32_t regions,
                   struct thread_pool *pool, struct err *e)
{
    size_t units = (size_t)s->m.units + 1, groups = (size_t)s->m.groups + 1;
    *c = (struct group_cut){.s = s, .pool = pool};
    c->members.start = calloc(groups + 1, sizeof *c->members.start);
    c->members.unit = malloc(units * sizeof *c->members.unit);
    c->members.region = calloc(units, sizeof *c->members.region);
    c->order = malloc(groups * sizeof *c->order);
    c->start = calloc((size_t)regions + 2, sizeof *c->start);
    c->direction = calloc((size_t)s->columns + 1, sizeof *c->direction);
    c->projection = malloc(((size_t)s->columns + 1) * GROUP_SKETCH * sizeof *c->projection);
    c->sketched = calloc(groups, sizeof *c->sketched);
    c->sketch = malloc(groups * GROUP_SKETCH * sizeof *c->sketch);
    c->key = malloc((units > groups ? units : groups) * sizeof *c->key);
    if (!c->members.start || !c->members.unit || !c->members.region || !c->order || !c->start ||
        !c->direction || !c->projection || !c->sketch || !c->sketched || !c->key) {
        group_cut_free(c);
        return err_memory(e, "the regions of the search");
    }
    fill_projection(c);
    return ERR_OK;
}

void group_cut_free(struct group_cut *c)
{
    free(c->members.start);
    free(c->members.unit);
    free(c->members.region);
    free(c->order);
    free(c->start);
    free(c->direction);
    free(c->projection);
    free(c->sketch);
    free(c->sketched);
    free(c->key);
    *c = (struct group_cut){0};
}

void group_cut_list(struct group_cut *c)
{
    const struct group_sparse *s = c->s;
    uint32_t *start = c->members.start;
    memset(start, 0, ((size_t)s->m.groups + 2) * sizeof *start);
    for (uint32_t unit = 0; unit < s->m.units; unit++)
        if (s->group[unit] != GROUP_NONE)
            start[s->group[unit] + 2]++;
    for (uint32_t g = 0; g < s->m.groups; g++)
        start[g + 2] += start[g + 1];
    for (uint32_t unit = 0; unit < s->m.units; unit++)
        if (s->group[unit] != GROUP_NONE)
            c->members.unit[start[s->group[unit] + 1]++] = unit;
}

static bool is_before(struct group_cut_key x, struct group_cut_key y)
{
    return x.value < y.value || (x.value == y.value && x.thing < y.thing);
}

static void swap_keys(struct group_cut_key *x, struct group_cut_key *y)
{
    struct group_cut_key kept = *x;
    *x = *y;
    *y = kept;
}

/* Hoare's quickselect; the middle one of three is the pivot. */
void group_cut_part(struct group_cut_key *key, uint32_t n, uint32_t at)
{
    uint32_t low = 0, high = n - 1;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2, i = low, j = high;
        if (is_before(key[middle], key[low]))
            swap_keys(&key[middle], &key[low]);
        if (is_before(key[high], key[middle]))
            swap_keys(&key[high], &key[middle]);
        if (is_before(key[middle], key[low]))
            swap_keys(&key[middle], &key[low]);
        struct group_cut_key pivot = key[middle];
        for (;;) {
            while (is_before(key[i], pivot))
                i++;
            while (is_before(pivot, key[j]))
                j--;
            if (i >= j)
                break;
            swap_keys(&key[i++], &key[j--]);
        }
        if (at <= j)
            high = j;
        else
            low = j + 1;
    }
}

static uint32_t members_of(const struct group_cut *c, uint32_t g)
{
    return c->members.start[g + 1] - c->members.start[g];
}

/* Of the members, whatever their order. */
static uint64_t fingerprint(const struct group_cut *c, uint32_t g)
{
    uint64_t sum = 1;
    for (uint32_t i = c->members.start[g]; i < c->members.start[g + 1]; i++) {
        uint64_t z = (c->members.unit[i] + 1) * 0x9e3779b97f4a7c15u;
        sum += (z ^ (z >> 29)) * 0xbf58476d1ce4e5b9u;
    }
    return sum;
}

/* What a group's members have, projected; their mean. Most groups are soon as they were at the last cut. */
static void sketch_group(struct group_cut *c, uint32_t g)
{
    uint64_t now = fingerprint(c, g);
    if (c->sketched[g] == now)
        return;
    c->sketched[g] = now;
    const struct group_sparse *s = c->s;
    const uint32_t *start = c->members.start;
    lanes sum[PARTS] = {{0}}, *sketch = (lanes *)(c->sketch + (size_t)g * GROUP_SKETCH);
    for (uint32_t i = start[g]; i < start[g + 1]; i++) {
        const uint32_t unit = c->members.unit[i];
        for (uint32_t k = s->start[unit]; k < s->start[unit + 1]; k++) {
            const lanes *projection = (const lanes *)(c->projection + (size_t)s->column[k] * GROUP_SKETCH);
            for (uint32_t d = 0; d < PARTS; d++)
                sum[d] += s->weight[k] * projection[d];
        }
    }
    float share = start[g + 1] > start[g] ? 1 / (float)members_of(c, g) : 0;
    for (uint32_t d = 0; d < PARTS; d++)
        sketch[d] = share * sum[d];
}

static void point(const struct group_cut *c, uint32_t g, float factor, lanes *direction)
{
    const lanes *sketch = (const lanes *)(c->sketch + (size_t)g * GROUP_SKETCH);
    for (uint32_t d = 0; d < PARTS; d++)
        direction[d] += factor * sketch[d];
}

static float along(const struct group_cut *c, uint32_t g, const lanes *direction)
{
    const lanes *sketch = (const lanes *)(c->sketch + (size_t)g * GROUP_SKETCH);
    lanes sum = {0};
    for (uint32_t d = 0; d < PARTS; d++)
        sum += sketch[d] * direction[d];
    return (sum[0] + sum[2]) + (sum[1] + sum[3]);
}

static void measure(struct group_cut *c, const uint32_t *groups, uint32_t n, const lanes *direction)
{
    for (uint32_t k = 0; k < n; k++)
        c->key[k] = (struct group_cut_key){along(c, groups[k], direction), groups[k]};
}

/* Two random groups give a direction; the difference of the halves that it makes is a better one. */
static void cut_in_two(struct group_cut *c, uint32_t *groups, uint32_t n, uint32_t left)
{
    uint32_t a = group_random_below(&c->random, n), b = group_random_below(&c->random, n - 1);
    b += b >= a;
    lanes first[PARTS] = {{0}}, better[PARTS] = {{0}};
    point(c, groups[a], 1, first);
    point(c, groups[b], -1, first);
    measure(c, groups, n, first);
    group_cut_part(c->key, n, n / 2);
    for (uint32_t k = 0; k < n; k++)
        point(c, c->key[k].thing, k < n / 2 ? -1 : 1, better);
    measure(c, groups, n, better);
    group_cut_part(c->key, n, left);
    for (uint32_t k = 0; k < n; k++)
        groups[k] = c->key[k].thing;
}

static void cut(struct group_cut *c, uint32_t from, uint32_t to, uint32_t first, uint32_t regions)
{
    if (regions == 1) {
        c->start[first + 1] = to;
        return;
    }
    uint32_t half = regions / 2, left = (uint32_t)((uint64_t)(to - from) * half / regions);
    cut_in_two(c, c->order + from, to - from, left);
    cut(c, from, from + left, first, half);
    cut(c, from + left, to, first + half, regions - half);
}

static void sketch_groups(void *context, uint32_t worker)
{
    struct group_cut *c = context;
    (void)worker;
    for (;;) {
        uint32_t from = atomic_fetch_add(&c->next, AT_ONCE), to = from + AT_ONCE;
        if (from >= c->s->m.groups)
            return;
        for (uint32_t g = from; g < to && g < c->s->m.groups; g++)
            sketch_group(c, g);
    }
}

void group_cut_groups(struct group_cut *c, uint32_t regions, uint64_t seed)
{
    const struct group_sparse *s = c->s;
    c->regions = regions;
    group_random_seed(&c->random, seed);
    group_cut_list(c);
    for (uint32_t g = 0; g < s->m.groups; g++)
        c->order[g] = g;
    atomic_store(&c->next, 0);
    if (regions > 1)
        thread_pool_run(c->pool, sketch_groups, c);
    cut(c, 0, s->m.groups, 0, c->regions);
    for (uint32_t r = 0; r < c->regions; r++)
        for (uint32_t k = c->start[r]; k < c->start[r + 1]; k++)
            for (uint32_t i = c->members.start[c->order[k]]; i < c->members.start[c->order[k] + 1]; i++)
                c->members.region[c->members.unit[i]] = r;
}
