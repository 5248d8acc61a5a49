#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/insight/insight_counts.h"
#include "core/settings/scope.h"

static const char *const by_names[INSIGHT_BY_COUNT] = {"all", "kind", "county", "size", "round"};

static const struct {
    int32_t least; /* pupils */
    const char *key;
} sizes[] = {{10000, "10000-"}, {2000, "2000-9999"}, {500, "500-1999"}, {100, "100-499"}, {0, "0-99"}};
#define SIZES (sizeof sizes / sizeof sizes[0])

const char *insight_by_name(enum insight_by by)
{
    return (unsigned)by < INSIGHT_BY_COUNT ? by_names[by] : "unknown";
}

int insight_by_parse(const char *name, size_t length)
{
    for (int i = 0; i < INSIGHT_BY_COUNT; i++)
        if (strlen(by_names[i]) == length && memcmp(by_names[i], name, length) == 0)
            return i;
    return -1;
}

/* Where it stands among the groups; so that sizes are not in the order of their letters. */
static uint32_t rank_of_size(int32_t pupils)
{
    for (uint32_t i = 0; i < SIZES; i++)
        if (pupils >= sizes[i].least)
            return i;
    return SIZES;
}

static const char *key_of(const struct organizer *o, enum insight_by by)
{
    if (by == INSIGHT_KIND)
        return organizer_kind_name(o->kind);
    if (by == INSIGHT_COUNTY)
        return o->county[0] != '\0' ? o->county : "unknown";
    if (by == INSIGHT_SIZE && rank_of_size(o->pupils) < SIZES)
        return sizes[rank_of_size(o->pupils)].key;
    return by == INSIGHT_SIZE ? "unknown" : "all";
}

struct ordering {
    const struct population *p;
    enum insight_by by;
};

static int compare(const void *a, const void *b, void *context)
{
    const struct ordering *o = context;
    const struct organizer *x = &o->p->organizers[*(const uint32_t *)a];
    const struct organizer *y = &o->p->organizers[*(const uint32_t *)b];
    if (o->by == INSIGHT_SIZE)
        return (int)rank_of_size(y->pupils) - (int)rank_of_size(x->pupils);
    if (o->by == INSIGHT_KIND)
        return (int)x->kind - (int)y->kind;
    return o->by == INSIGHT_COUNTY ? strcmp(key_of(x, o->by), key_of(y, o->by)) : 0;
}

static int name_groups(const struct ordering *o, uint32_t *order, uint32_t n, struct insight_groups *out,
                       struct err *e)
{
    qsort_r(order, n, sizeof *order, compare, (void *)o);
    for (uint32_t i = 0; i < n; i++) {
        bool first = i == 0 || compare(&order[i - 1], &order[i], (void *)o) != 0;
        if (first && out->n == INSIGHT_GROUPS)
            return err_set(e, ERR_LIMIT,
                           "by %s: there are more than %d groups; at most so many are told apart",
                           insight_by_name(o->by), INSIGHT_GROUPS);
        if (first)
            snprintf(out->key[out->n++], INSIGHT_KEY, "%s", key_of(&o->p->organizers[order[i]], o->by));
        out->of[order[i]] = out->n - 1;
    }
    return ERR_OK;
}

int insight_groups_open(const struct population *p, const struct settings *s, enum insight_by by,
                        struct insight_groups *out, struct err *e)
{
    struct ordering o = {p, by};
    uint32_t n = 0, *order = malloc((p->n_organizers + 1u) * sizeof *order);
    out->n = 0;
    out->of = malloc((p->n_organizers + 1u) * sizeof *out->of);
    int code = order == NULL || out->of == NULL ? err_memory(e, "groups") : ERR_OK;
    for (uint32_t i = 0; i < p->n_organizers && code == ERR_OK; i++) {
        out->of[i] = INSIGHT_OUTSIDE;
        if (scope_has_organizer(s->scope, &p->organizers[i]))
            order[n++] = i;
    }
    if (code == ERR_OK && n > 0)
        code = name_groups(&o, order, n, out, e);
    free(order);
    return code;
}

void insight_groups_free(struct insight_groups *g)
{
    free(g->of);
    g->of = NULL;
}
