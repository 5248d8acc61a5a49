#include "core/group/group_sparse_build.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/group/group_build.h"

enum { HALVINGS = 3, SAMPLE = 2048 };

/* Groups that are not cut any more, and as many waiting units as they have room for. */
struct part {
    const uint32_t *groups, *waiting;
    uint32_t n_groups, n_waiting;
};

struct building {
    struct group_sparse *s;
    struct group_cut *cut;
    struct group_wide *wide; /* by worker */
    struct thread_pool *pool;
    struct part *part;
    uint32_t n_parts;
    atomic_uint next;
    atomic_bool failed;
    uint32_t most;        /* groups: so many are a part that is not cut any more */
    uint32_t *load, *aim; /* by group */
    uint32_t *waiting;    /* units not yet placed, each of one element: rules have placed the others */
    uint32_t *open;       /* groups with room */
    uint32_t *scratch;
    uint32_t n_waiting;
};

static void put(struct building *b, uint32_t unit, uint32_t g)
{
    b->s->group[unit] = g;
    b->load[g] += b->s->m.size[unit];
}

static void list_waiting(struct building *b, const uint32_t *placed)
{
    for (uint32_t unit = 0; unit < b->s->m.units; unit++)
        if (placed[unit] != GROUP_NONE)
            put(b, unit, placed[unit]);
        else
            b->waiting[b->n_waiting++] = unit;
}

static void shuffle(struct building *b)
{
    for (uint32_t i = b->n_waiting; i > 1; i--) {
        uint32_t j = group_random_below(&b->cut->random, i), unit = b->waiting[i - 1];
        b->waiting[i - 1] = b->waiting[j];
        b->waiting[j] = unit;
    }
}

/* Back to where they were, as far as there is room and enough are left for groups short of their least size.
 */
static void place_returning(struct building *b)
{
    const struct group_problem *p = b->s->p;
    uint32_t left = 0;
    uint64_t missing = 0;
    for (uint32_t g = 0; g < p->n_groups; g++)
        missing += b->load[g] < p->min_size[g] ? p->min_size[g] - b->load[g] : 0;
    for (uint32_t i = 0; i < b->n_waiting; i++) {
        uint32_t unit = b->waiting[i], g = p->previous[b->s->m.rules->element[b->s->m.rules->start[unit]]];
        bool room = g < p->n_groups && b->load[g] < p->max_size[g];
        bool needed = room && b->load[g] < p->min_size[g];
        if (!room || (!needed && left + (b->n_waiting - i - 1) < missing)) {
            b->waiting[left++] = unit;
            continue;
        }
        put(b, unit, g);
        missing -= needed;
    }
    b->n_waiting = left;
}

static void fill(struct building *b, struct group_wide *wide, const struct part *part)
{
    struct err e = ERR_INIT;
    if (group_wide_enter(wide, 0, part->groups, part->n_groups, &e) != ERR_OK) {
        atomic_store(&b->failed, true);
        return;
    }
    group_wide_fill(wide, part->waiting, part->n_waiting, b->aim);
}

static void fill_parts(void *context, uint32_t worker)
{
    struct building *b = context;
    for (;;) {
        uint32_t at = atomic_fetch_add(&b->next, 1);
        if (at >= b->n_parts)
            return;
        fill(b, &b->wide[worker], &b->part[at]);
    }
}

/* Every so many of the waiting units, so that there are SAMPLE at most, measured along the direction and
 * parted in two halves. */
static uint32_t halve(struct building *b, const uint32_t *waiting, uint32_t n)
{
    struct group_cut *c = b->cut;
    uint32_t step = (n + SAMPLE - 1) / SAMPLE, count = 0;
    for (uint32_t k = 0; k < n; k += step, count++)
        c->key[count] = (struct group_cut_key){group_sparse_dot(c->s, waiting[k], c->direction), waiting[k]};
    group_cut_part(c->key, count, count / 2);
    return count;
}

/* Measures the waiting units along a direction in which they differ much: that of two random ones, then
 * several times the difference of the halves of some of them. Returns the place of the middle one. */
static float measure(struct building *b, const uint32_t *waiting, uint32_t n)
{
    struct group_cut *c = b->cut;
    uint32_t x = group_random_below(&c->random, n), y = group_random_below(&c->random, n);
    memset(c->direction, 0, c->s->columns * sizeof *c->direction);
    group_sparse_add(c->s, waiting[x], 1, c->direction);
    group_sparse_add(c->s, waiting[y], -1, c->direction);
    for (int i = 0; i < HALVINGS; i++) {
        uint32_t count = halve(b, waiting, n);
        memset(c->direction, 0, c->s->columns * sizeof *c->direction);
        for (uint32_t k = 0; k < count; k++)
            group_sparse_add(c->s, c->key[k].thing, k < count / 2 ? -1 : 1, c->direction);
    }
    for (uint32_t k = 0; k < n; k++)
        c->key[k] = (struct group_cut_key){group_sparse_dot(c->s, waiting[k], c->direction), waiting[k]};
    group_cut_part(c->key, n, n / 2);
    return c->key[n / 2].value;
}

static uint32_t room_of(const struct building *b, uint32_t g)
{
    return b->aim[g] - b->load[g];
}

/* Groups with members go to the side on which these are, untouched ones where room is wanted. Returns how
 * many groups are on the left; at least one is on either side. */
static uint32_t part_groups(struct building *b, uint32_t *groups, uint32_t n, uint32_t half, float middle)
{
    const struct group_members *m = &b->cut->members;
    uint32_t left = 0, right = n, room = 0;
    for (uint32_t k = 0; k < n; k++) {
        uint32_t g = groups[k], first = m->start[g], end = m->start[g + 1];
        float sum = 0;
        for (uint32_t i = first; i < end; i++)
            sum += group_sparse_dot(b->s, m->unit[i], b->cut->direction);
        bool goes_left = first == end ? room + room_of(b, g) <= half : sum / (float)(end - first) < middle;
        room += goes_left ? room_of(b, g) : 0;
        b->scratch[goes_left ? left++ : --right] = g;
    }
    memcpy(groups, b->scratch, n * sizeof *groups);
    return left == 0 || left == n ? n / 2 : left;
}

/* The open groups, and the waiting units, from one place on. */
static void cut(struct building *b, uint32_t at, uint32_t n_groups, uint32_t waiting_at, uint32_t n_waiting)
{
    uint32_t *groups = b->open + at, *waiting = b->waiting + waiting_at;
    if (n_groups <= b->most) {
        b->part[b->n_parts++] = (struct part){groups, waiting, n_groups, n_waiting};
        return;
    }
    float middle = measure(b, waiting, n_waiting);
    uint32_t left = part_groups(b, groups, n_groups, n_waiting / 2, middle), room = 0;
    for (uint32_t k = 0; k < left; k++)
        room += room_of(b, groups[k]);
    if (room < n_waiting)
        group_cut_part(b->cut->key, n_waiting, room);
    for (uint32_t k = 0; k < n_waiting; k++)
        waiting[k] = b->cut->key[k].thing;
    cut(b, at, left, waiting_at, room);
    cut(b, at + left, n_groups - left, waiting_at + room, n_waiting - room);
}

/* Before any part is filled: a unit also asks for the place of its home, which may be in another's part. */
static void find_places(struct building *b)
{
    for (uint32_t at = 0; at < b->n_parts; at++)
        for (uint32_t k = 0; k < b->part[at].n_groups; k++)
            b->wide->whole->place[b->part[at].groups[k]] = k;
}

static int build_all(struct building *b, const uint32_t *placed, struct err *e)
{
    const struct group_problem *p = b->s->p;
    uint32_t n_open = 0;
    list_waiting(b, placed);
    shuffle(b);
    if (p->previous)
        place_returning(b);
    group_aim(p, b->load, b->n_waiting, b->aim);
    group_cut_list(b->cut);
    for (uint32_t g = 0; g < p->n_groups; g++)
        if (room_of(b, g) > 0)
            b->open[n_open++] = g;
    if (n_open > 0)
        cut(b, 0, n_open, 0, b->n_waiting);
    find_places(b);
    thread_pool_run(b->pool, fill_parts, b);
    return atomic_load(&b->failed) ? err_memory(e, "the sums of the groups") : ERR_OK;
}

int group_sparse_build(struct group_sparse *s, struct group_cut *cut, struct group_wide *wide,
                       struct thread_pool *pool, const uint32_t *placed, struct err *e)
{
    size_t units = s->m.units, groups = s->m.groups;
    uint32_t *numbers = calloc(4 * groups + units + 1, sizeof *numbers);
    struct part *part = malloc((groups + 1) * sizeof *part);
    int rc = ERR_OK;
    struct building b = {.s = s, .cut = cut, .wide = wide, .pool = pool, .part = part};
    if (!numbers || !part) {
        rc = err_memory(e, "the first grouping");
    } else {
        b.most = group_wide_most(s);
        b.load = numbers;
        b.aim = numbers + groups;
        b.open = numbers + 2 * groups;
        b.scratch = numbers + 3 * groups;
        b.waiting = numbers + 4 * groups;
        group_random_seed(&cut->random, s->p->seed);
        rc = build_all(&b, placed, e);
    }
    free(numbers);
    free(part);
    return rc;
}
