#include "core/similarity/neighbour_mend.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/thread_pool.h"
#include "core/similarity/neighbour_best.h"

enum { BATCH = 256 };

struct list {
    struct neighbour *of; /* best first */
    uint32_t *n;
    size_t k;
};

struct mending {
    const struct neighbour_blocks *blocks;
    size_t k;
    const struct neighbour *old; /* lists as they were */
    const uint32_t *old_count;
    struct neighbour *all;
    uint32_t *count;
    uint32_t *place; /* by row */
    struct looking *each;
    atomic_uint next; /* place of the next batch */
};

/* One thread's. */
struct looking {
    double *question; /* by column; zero between rows */
    uint32_t *seen;   /* by row: the last place that looked at it, and 1 */
};

/* Where it belongs, unless it is there or the list is full of better ones. */
static void insert(struct list l, struct neighbour new)
{
    uint32_t at = *l.n;
    for (uint32_t i = 0; i < *l.n; i++)
        if (l.of[i].row == new.row)
            return;
    while (at > 0 && neighbour_worse(&l.of[at - 1], &new))
        at--;
    if (at == l.k)
        return;
    const uint32_t kept = *l.n < l.k ? (*l.n)++ : (uint32_t)l.k - 1;
    memmove(l.of + at + 1, l.of + at, (kept - at) * sizeof *l.of);
    l.of[at] = new;
}

static struct list list_of(const struct mending *m, uint32_t row)
{
    return (struct list){m->all + row * m->k, &m->count[row], m->k};
}

/* In the order of rows, by one thread: a list may have grown when its turn comes. */
static void list_back(const struct mending *m)
{
    const struct neighbour_blocks *b = m->blocks;
    for (uint32_t row = 0; row < b->profiles->n; row++)
        for (uint32_t i = 0; i < m->count[row]; i++) {
            const struct neighbour other = m->all[row * m->k + i];
            insert(list_of(m, other.row), (struct neighbour){row, other.similarity});
        }
}

static bool is_new(struct looking *l, uint32_t other, uint32_t mark)
{
    const bool new = l->seen[other] != mark;
    l->seen[other] = mark;
    return new;
}

static void look_further(const struct mending *m, struct looking *l, uint32_t place)
{
    const uint32_t row = m->blocks->row[place], mark = place + 1;
    const struct neighbour *near = m->old + row * m->k;
    neighbour_spread(m->blocks, place, 1, l->question);
    is_new(l, row, mark);
    for (uint32_t i = 0; i < m->old_count[row]; i++)
        is_new(l, near[i].row, mark);
    for (uint32_t i = 0; i < m->old_count[row]; i++) {
        const struct neighbour *far = m->old + near[i].row * m->k;
        for (uint32_t j = 0; j < m->old_count[near[i].row]; j++) {
            if (!is_new(l, far[j].row, mark))
                continue;
            const struct neighbour found = {
                far[j].row, neighbour_similarity(m->blocks, l->question, row, m->place[far[j].row])};
            if (found.similarity > 0)
                insert(list_of(m, row), found);
        }
    }
    neighbour_spread(m->blocks, place, 0, l->question);
}

static void work(void *context, uint32_t worker)
{
    struct mending *m = context;
    const uint32_t n = m->blocks->n;
    for (uint32_t from; (from = atomic_fetch_add(&m->next, BATCH)) < n;)
        for (uint32_t place = from; place < n && place < from + BATCH; place++)
            look_further(m, &m->each[worker], place);
}

static int look_everywhere(struct mending *m, uint32_t threads, struct err *e)
{
    const struct profiles *p = m->blocks->profiles;
    struct thread_pool *pool = NULL;
    int code = thread_pool_open(&pool, threads, e);
    m->each = calloc(threads, sizeof *m->each);
    if (code == 0 && m->each == NULL)
        code = err_memory(e, "finding neighbours");
    for (uint32_t i = 0; code == 0 && i < threads; i++) {
        m->each[i].question = calloc(p->columns + (size_t)1, sizeof(double));
        m->each[i].seen = calloc(p->n + (size_t)1, sizeof(uint32_t));
        if (m->each[i].question == NULL || m->each[i].seen == NULL)
            code = err_memory(e, "finding neighbours");
    }
    if (code == 0)
        thread_pool_run(pool, work, m);
    thread_pool_close(pool);
    for (uint32_t i = 0; m->each != NULL && i < threads; i++) {
        free(m->each[i].question);
        free(m->each[i].seen);
    }
    free(m->each);
    return code;
}

int neighbour_mend(const struct neighbour_blocks *b, size_t k, uint32_t threads, struct neighbour *all,
                   uint32_t *count, struct err *e)
{
    const size_t n = b->profiles->n;
    struct neighbour *old = malloc((n * k + 1) * sizeof *old);
    uint32_t *old_count = malloc((n + 1) * sizeof *old_count), *place = calloc(n + 1, sizeof *place);
    struct mending m = {
        .blocks = b, .k = k, .old = old, .old_count = old_count, .all = all, .count = count, .place = place};
    int code = old == NULL || old_count == NULL || place == NULL ? err_memory(e, "finding neighbours") : 0;
    for (uint32_t at = 0; code == 0 && at < b->n; at++)
        place[b->row[at]] = at;
    if (code == 0) {
        list_back(&m);
        memcpy(old, all, n * k * sizeof *old);
        memcpy(old_count, count, n * sizeof *old_count);
        code = look_everywhere(&m, threads, e);
    }
    free(old);
    free(old_count);
    free(place);
    return code;
}
