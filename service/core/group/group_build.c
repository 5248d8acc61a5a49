#include "core/group/group_build.h"

#include <stdlib.h>
#include <string.h>

#include "core/group/group_random.h"

/* One more for whichever group is smallest among those with room, least sizes first; level by level. */
void group_aim(const struct group_problem *p, const uint32_t *load, uint32_t free_elements, uint32_t *aim)
{
    uint32_t left = free_elements;
    for (uint32_t g = 0; g < p->n_groups; g++) {
        aim[g] = load[g] > p->min_size[g] ? load[g] : p->min_size[g];
        left -= aim[g] - load[g];
    }
    for (uint32_t level = 0; left > 0; level++)
        for (uint32_t g = 0; g < p->n_groups && left > 0; g++)
            if (aim[g] == level && aim[g] < p->max_size[g]) {
                aim[g]++;
                left--;
            }
}

struct building {
    const struct group_problem *p;
    const struct group_units *units;
    struct group_state *s;
    struct group_random random;
    uint32_t *waiting; /* units not yet placed, a community after the other */
    uint32_t *community;
    uint32_t *aim;
    uint32_t n_waiting;
};

static void shuffle(struct building *b)
{
    for (uint32_t i = b->n_waiting; i > 1; i--) {
        uint32_t j = group_random_below(&b->random, i), unit = b->waiting[i - 1];
        b->waiting[i - 1] = b->waiting[j];
        b->waiting[j] = unit;
    }
}

/* Stable, so that the shuffle decides within a community; communities in ascending order. */
static void sort_by_community(struct building *b, uint32_t *scratch)
{
    for (uint32_t width = 1; width < b->n_waiting; width *= 2) {
        for (uint32_t low = 0; low < b->n_waiting; low += 2 * width) {
            uint32_t middle = low + width < b->n_waiting ? low + width : b->n_waiting;
            uint32_t high = middle + width < b->n_waiting ? middle + width : b->n_waiting;
            uint32_t left = low, right = middle;
            for (uint32_t at = low; at < high; at++) {
                bool take_left = left < middle && (right == high || b->community[b->waiting[left]] <=
                                                                        b->community[b->waiting[right]]);
                scratch[at] = b->waiting[take_left ? left++ : right++];
            }
        }
        memcpy(b->waiting, scratch, b->n_waiting * sizeof *scratch);
    }
}

static void list_waiting(struct building *b, const uint32_t *placed)
{
    for (uint32_t k = 0; k < b->units->count; k++) {
        b->community[k] = b->p->community ? b->p->community[b->units->element[b->units->start[k]]] : 0;
        if (placed[k] != GROUP_NONE)
            group_state_place(b->s, k, placed[k]);
        else
            b->waiting[b->n_waiting++] = k;
    }
    shuffle(b);
}

/* Units that no rule concerns are single elements. They go back to where they were, as far as there is room.
 */
static void place_returning(struct building *b)
{
    uint32_t left = 0;
    uint64_t missing = 0;
    for (uint32_t g = 0; g < b->p->n_groups; g++)
        if (b->s->load[g] < b->p->min_size[g])
            missing += b->p->min_size[g] - b->s->load[g];
    for (uint32_t i = 0; i < b->n_waiting; i++) {
        uint32_t unit = b->waiting[i], g = b->p->previous[b->units->element[b->units->start[unit]]];
        bool room = g < b->p->n_groups && b->s->load[g] < b->p->max_size[g];
        bool needed = room && b->s->load[g] < b->p->min_size[g];
        uint32_t others = left + (b->n_waiting - i - 1);
        if (!room || (!needed && others < missing)) {
            b->waiting[left++] = unit;
            continue;
        }
        group_state_place(b->s, unit, g);
        missing -= needed;
    }
    b->n_waiting = left;
}

/* The waiting unit most similar to the group; the first of an untouched group. */
static uint32_t best_waiting(const struct building *b, uint32_t g)
{
    if (b->s->load[g] == 0)
        return 0;
    const int32_t *sum = b->s->sum + (size_t)g * b->s->m->stride;
    uint32_t best = 0;
    for (uint32_t i = 1; i < b->n_waiting; i++)
        if (sum[b->waiting[i]] > sum[b->waiting[best]])
            best = i;
    return best;
}

/* Keeps the order of the rest, so that a community stays in one piece. */
static void take_waiting(struct building *b, uint32_t at, uint32_t g)
{
    group_state_place(b->s, b->waiting[at], g);
    b->n_waiting--;
    memmove(b->waiting + at, b->waiting + at + 1, (b->n_waiting - at) * sizeof *b->waiting);
}

static void grow_groups(struct building *b)
{
    group_aim(b->p, b->s->load, b->n_waiting, b->aim);
    for (uint32_t g = 0; g < b->p->n_groups; g++)
        while (b->s->load[g] < b->aim[g])
            take_waiting(b, best_waiting(b, g), g);
}

int group_build(const struct group_problem *p, const struct group_units *units, const uint32_t *placed,
                struct group_state *s, struct err *e)
{
    struct building b = {.p = p, .units = units, .s = s};
    group_random_seed(&b.random, p->seed);
    size_t count = (size_t)units->count + 1;
    b.waiting = malloc(count * sizeof *b.waiting);
    b.community = malloc(count * sizeof *b.community);
    b.aim = malloc(((size_t)p->n_groups + 1) * sizeof *b.aim);
    uint32_t *scratch = malloc(count * sizeof *scratch);
    int rc = ERR_OK;
    if (!b.waiting || !b.community || !b.aim || !scratch) {
        rc = err_memory(e, "the first grouping");
    } else {
        list_waiting(&b, placed);
        if (p->previous)
            place_returning(&b);
        sort_by_community(&b, scratch);
        grow_groups(&b);
        group_state_settle(s);
    }
    free(b.waiting);
    free(b.community);
    free(b.aim);
    free(scratch);
    return rc;
}
