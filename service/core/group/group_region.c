#include "core/group/group_region.h"

#include <stdlib.h>
#include <string.h>

#include "core/group/group_kernel.h"

static uint32_t stride_of(uint32_t units)
{
    return (units + GROUP_LANES_MOST - 1) / GROUP_LANES_MOST * GROUP_LANES_MOST;
}

static void free_arrays(struct group_region *r)
{
    group_anneal_free(&r->a);
    group_state_free(&r->s);
    free(r->m.weight);
    free(r->m.inner);
    free(r->m.size);
    free(r->m.home);
    free(r->m.bonus);
    free((uint32_t *)r->m.min_size);
    free((uint32_t *)r->m.max_size);
    free(r->rules.fixed);
    free(r->rules.start);
    free(r->rules.foe_start);
    free(r->unit);
    free(r->group);
    r->m = (struct group_dense){0};
    r->rules.fixed = r->rules.start = r->rules.foe_start = r->unit = r->group = NULL;
    r->units_most = r->groups_most = 0;
}

void group_region_free(struct group_region *r)
{
    free_arrays(r);
    free(r->rules.foe);
    free(r->rules.element);
    free(r->column_local);
    free(r->entry_column);
    free(r->entry_weight);
    free(r->lanes);
    *r = (struct group_region){0};
}

static bool allocate(struct group_region *r, uint32_t units, uint32_t groups)
{
    size_t rows = (size_t)units + 1, stride = r->m.stride;
    uint32_t *least = malloc(((size_t)groups + 1) * sizeof *least);
    uint32_t *most = malloc(((size_t)groups + 1) * sizeof *most);
    r->m.min_size = least;
    r->m.max_size = most;
    r->m.weight = malloc(rows * stride * sizeof *r->m.weight);
    r->m.inner = malloc(rows * sizeof *r->m.inner);
    r->m.size = malloc(rows * sizeof *r->m.size);
    r->m.home = malloc(rows * sizeof *r->m.home);
    r->m.bonus = malloc(rows * sizeof *r->m.bonus);
    r->rules.fixed = malloc(rows * sizeof *r->rules.fixed);
    r->rules.start = calloc(rows + 1, sizeof *r->rules.start);
    r->rules.foe_start = calloc(rows + 1, sizeof *r->rules.foe_start);
    r->unit = malloc(rows * sizeof *r->unit);
    r->group = malloc(((size_t)groups + 1) * sizeof *r->group);
    return least && most && r->m.weight && r->m.inner && r->m.size && r->m.home && r->m.bonus &&
           r->rules.fixed && r->rules.start && r->rules.foe_start && r->unit && r->group;
}

/* What only depends on how large the region is; kept from one region to the next. */
static int reserve(struct group_region *r, const struct group_sparse *whole, uint32_t units, uint32_t groups,
                   struct err *e)
{
    if (units <= r->units_most && groups <= r->groups_most)
        return ERR_OK;
    units = units > r->units_most ? units + units / 8 : r->units_most;
    groups = groups > r->groups_most ? groups + groups / 8 : r->groups_most;
    free_arrays(r);
    r->m = whole->m;
    r->m.weight = NULL;
    r->m.inner = NULL;
    r->m.size = r->m.home = NULL;
    r->m.bonus = NULL;
    r->m.min_size = r->m.max_size = NULL;
    r->m.units = units;
    r->m.groups = groups;
    r->m.stride = stride_of(units);
    r->m.rules = &r->rules;
    if (!allocate(r, units, groups))
        return err_memory(e, "a region of the search");
    for (uint32_t k = 0; k < units; k++)
        r->m.home[k] = GROUP_NONE;
    int rc = group_state_init(&r->s, &r->m, e);
    if (rc)
        return rc;
    memset(r->s.group, 0, units * sizeof *r->s.group);
    rc = group_anneal_init(&r->a, &r->s, 0, e);
    if (rc)
        return rc;
    r->units_most = units;
    r->groups_most = groups;
    return ERR_OK;
}

static void list_units(struct group_region *r, const struct group_members *members, const uint32_t *groups)
{
    uint32_t at = 0;
    for (uint32_t g = 0; g < r->m.groups; g++) {
        r->group[g] = groups[g];
        for (uint32_t i = members->start[groups[g]]; i < members->start[groups[g] + 1]; i++) {
            r->s.group[at] = g;
            r->unit[at++] = members->unit[i];
        }
    }
    for (uint32_t k = 0; k < at; k++)
        r->whole->local[r->unit[k]] = k;
}

static uint32_t local_group(const struct group_region *r, uint32_t g)
{
    for (uint32_t k = 0; k < r->m.groups && g != GROUP_NONE; k++)
        if (r->group[k] == g)
            return k;
    return GROUP_NONE;
}

static void copy_units(struct group_region *r)
{
    const struct group_dense *whole = &r->whole->m;
    bool homes = r->whole->p->previous != NULL;
    for (uint32_t k = 0; k < r->m.units; k++) {
        uint32_t unit = r->unit[k];
        r->m.inner[k] = whole->inner[unit];
        r->m.size[k] = whole->size[unit];
        r->m.bonus[k] = whole->bonus[unit];
        r->m.home[k] = homes ? local_group(r, whole->home[unit]) : GROUP_NONE;
        uint32_t fixed = whole->rules->fixed[unit];
        r->rules.fixed[k] = fixed == GROUP_NONE ? GROUP_NONE : local_group(r, fixed);
    }
    for (uint32_t g = 0; g < r->m.groups; g++) {
        ((uint32_t *)r->m.min_size)[g] = whole->min_size[r->group[g]];
        ((uint32_t *)r->m.max_size)[g] = whole->max_size[r->group[g]];
    }
}

/* Room for so many numbers in an array that belongs to the region. */
static int reserve_numbers(uint32_t **array, uint32_t *most, uint32_t count, struct err *e)
{
    if (count <= *most && *array)
        return ERR_OK;
    free(*array);
    *most = 0;
    *array = malloc(((size_t)count + count / 8 + 1) * sizeof **array);
    if (!*array)
        return err_memory(e, "a region of the search");
    *most = count + count / 8;
    return ERR_OK;
}

/* Limits speak of elements; these keep their numbers. */
static int copy_elements(struct group_region *r, struct err *e)
{
    const struct group_units *rules = r->whole->m.rules;
    uint32_t count = 0;
    r->rules.n = rules->n;
    r->rules.count = r->m.units;
    r->rules.size = r->m.size;
    r->rules.ruled = rules->ruled;
    r->rules.limited = rules->limited;
    r->rules.limiter = rules->limiter;
    if (!rules->ruled)
        return ERR_OK;
    for (uint32_t k = 0; k < r->m.units; k++)
        count += rules->start[r->unit[k] + 1] - rules->start[r->unit[k]];
    int rc = reserve_numbers(&r->rules.element, &r->elements_most, count, e);
    if (rc)
        return rc;
    for (uint32_t k = 0; k < r->m.units; k++) {
        uint32_t from = rules->start[r->unit[k]], n = rules->start[r->unit[k] + 1] - from;
        memcpy(r->rules.element + r->rules.start[k], rules->element + from, n * sizeof *r->rules.element);
        r->rules.start[k + 1] = r->rules.start[k] + n;
    }
    return ERR_OK;
}

/* Foes elsewhere stay elsewhere: they cannot be met. */
static int copy_foes(struct group_region *r, const struct group_members *members, struct err *e)
{
    const struct group_units *rules = r->whole->m.rules;
    uint32_t count = 0;
    if (!rules->ruled)
        return ERR_OK;
    for (uint32_t k = 0; k < r->m.units; k++)
        count += rules->foe_start[r->unit[k] + 1] - rules->foe_start[r->unit[k]];
    int rc = reserve_numbers(&r->rules.foe, &r->foes_most, count, e);
    if (rc)
        return rc;
    count = 0;
    for (uint32_t k = 0; k < r->m.units; k++) {
        uint32_t unit = r->unit[k];
        r->rules.foe_start[k] = count;
        for (uint32_t i = rules->foe_start[unit]; i < rules->foe_start[unit + 1]; i++)
            if (members->region[rules->foe[i]] == r->number)
                r->rules.foe[count++] = r->whole->local[rules->foe[i]];
    }
    r->rules.foe_start[r->m.units] = count;
    return ERR_OK;
}

static int reserve_entries(struct group_region *r, uint32_t entries, struct err *e)
{
    if (!r->column_local) {
        r->column_local = malloc(((size_t)r->whole->columns + 1) * sizeof *r->column_local);
        if (!r->column_local)
            return err_memory(e, "a region of the search");
        for (uint32_t c = 0; c < r->whole->columns; c++)
            r->column_local[c] = GROUP_NONE;
    }
    if (entries <= r->entries_most && r->entry_column && r->entry_weight)
        return ERR_OK;
    free(r->entry_column);
    free(r->entry_weight);
    r->entries_most = 0;
    r->entry_column = malloc(((size_t)entries + entries / 8 + 1) * sizeof *r->entry_column);
    r->entry_weight = malloc(((size_t)entries + entries / 8 + 1) * sizeof *r->entry_weight);
    if (!r->entry_column || !r->entry_weight)
        return err_memory(e, "a region of the search");
    r->entries_most = entries + entries / 8;
    return ERR_OK;
}

/* One more column, empty. */
static bool add_lanes(struct group_region *r, uint32_t columns)
{
    size_t stride = r->m.stride, wanted = (columns + (size_t)1) * stride;
    if (wanted > r->lanes_most || !r->lanes) {
        float *grown = realloc(r->lanes, 2 * wanted * sizeof *grown);
        if (!grown)
            return false;
        r->lanes = grown;
        r->lanes_most = 2 * wanted;
    }
    memset(r->lanes + columns * stride, 0, stride * sizeof *r->lanes);
    return true;
}

/* Copies the rows, their columns numbered in the order in which they come, and spreads them over the lanes.
 */
static int copy_rows(struct group_region *r, struct err *e)
{
    const struct group_sparse *whole = r->whole;
    uint32_t columns = 0, entry = 0;
    for (uint32_t k = 0; k < r->m.units; k++)
        for (uint32_t i = whole->start[r->unit[k]]; i < whole->start[r->unit[k] + 1]; i++, entry++) {
            uint32_t local = r->column_local[whole->column[i]];
            if (local == GROUP_NONE) {
                if (!add_lanes(r, columns))
                    return err_memory(e, "a region of the search");
                local = r->column_local[whole->column[i]] = columns++;
            }
            r->entry_column[entry] = local;
            r->entry_weight[entry] = whole->sign[whole->column[i]] * whole->weight[i];
            r->lanes[(size_t)local * r->m.stride + k] = whole->weight[i];
        }
    for (uint32_t k = 0; k < r->m.units; k++)
        for (uint32_t i = whole->start[r->unit[k]]; i < whole->start[r->unit[k] + 1]; i++)
            r->column_local[whole->column[i]] = GROUP_NONE;
    return ERR_OK;
}

/* A row of the matrix is a blend of the columns' lanes. Both directions of a pair add the same products in
 * the same order. */
static int fill_weights(struct group_region *r, struct err *e)
{
    const struct group_sparse *whole = r->whole;
    uint32_t entries = 0, entry = 0;
    for (uint32_t k = 0; k < r->m.units; k++)
        entries += whole->start[r->unit[k] + 1] - whole->start[r->unit[k]];
    int rc = reserve_entries(r, entries, e);
    rc = rc ? rc : copy_rows(r, e);
    for (uint32_t k = 0; k < r->m.units && !rc; k++) {
        uint32_t n = whole->start[r->unit[k] + 1] - whole->start[r->unit[k]];
        struct group_blend blend = {.rows = r->lanes,
                                    .weight = r->entry_weight + entry,
                                    .column = r->entry_column + entry,
                                    .out = r->m.weight + (size_t)k * r->m.stride,
                                    .scale = (float)whole->m.scale,
                                    .n = n,
                                    .stride = r->m.stride,
                                    .count = r->m.stride};
        group_blend_rows(&blend);
        blend.out[k] = 0;
        entry += n;
    }
    return rc;
}

int group_region_extract(struct group_region *r, const struct group_sparse *whole, uint32_t number,
                         const struct group_members *members, const uint32_t *groups, uint32_t n_groups,
                         struct err *e)
{
    uint32_t units = 0;
    for (uint32_t g = 0; g < n_groups; g++)
        units += members->start[groups[g] + 1] - members->start[groups[g]];
    int rc = reserve(r, whole, units, n_groups, e);
    if (rc)
        return rc;
    r->whole = whole;
    r->number = number;
    r->m.units = units;
    r->m.groups = n_groups;
    r->m.stride = stride_of(units);
    list_units(r, members, groups);
    copy_units(r);
    rc = copy_elements(r, e);
    rc = rc ? rc : copy_foes(r, members, e);
    return rc ? rc : fill_weights(r, e);
}

void group_region_enter(struct group_region *r, uint64_t seed)
{
    memcpy(r->a.best, r->s.group, r->m.units * sizeof *r->a.best);
    group_state_set(&r->s, r->a.best);
    group_anneal_restart(&r->a, seed);
}
