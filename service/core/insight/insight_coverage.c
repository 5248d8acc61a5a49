#include "core/insight/insight_coverage.h"

#include <stdlib.h>
#include <string.h>

#include "core/insight/insight_hide.h"

#define DEAR 1000000u
#define DEAREST 100000000u

const char *coverage_state_name(enum coverage_state state)
{
    static const char *const names[] = {"in_network",    "never_reported", "nothing_counts", "no_fit",
                                        "over_capacity", "constraint",     "not_placed",     "other"};
    return (unsigned)state < COVERAGE_COUNT ? names[state] : "unknown";
}

static enum coverage_state state_of(const struct snapshot *s, const struct snapshot_programme *p,
                                    uint32_t organizer)
{
    const struct snapshot_place *place = &p->places[organizer];
    bool ever = s->population.report_start[organizer] < s->population.report_start[organizer + 1];
    bool now = p->profiles.start[organizer] < p->profiles.start[organizer + 1];
    if (place->state == PLACE_MEMBER)
        return COVERAGE_IN_NETWORK;
    if (place->state == PLACE_UNMATCHED && place->unmatched == UNMATCHED_NO_FIT)
        return COVERAGE_NO_FIT;
    if (place->state == PLACE_UNMATCHED && place->unmatched == UNMATCHED_OVER_CAPACITY)
        return COVERAGE_OVER_CAPACITY;
    if (place->state == PLACE_UNMATCHED && place->unmatched == UNMATCHED_CONSTRAINT)
        return COVERAGE_CONSTRAINT;
    if (!ever)
        return COVERAGE_NEVER_REPORTED;
    return now ? COVERAGE_NOT_PLACED : COVERAGE_NOTHING_COUNTS; /* it reported since the run, or came since */
}

/* A table of rows and states with its sums, as hide_protect takes it. */
struct crossing {
    uint32_t rows, states;
    uint32_t cells, sums, totals, all; /* where each kind of edge begins */
    uint32_t n;
    struct hide_edge *edges;
};

static int crossing_open(struct crossing *x, uint32_t rows, uint32_t states, struct err *e)
{
    uint32_t of_rows = rows + states, of_states = of_rows + 1;
    *x = (struct crossing){.rows = rows, .states = states, .sums = rows * states};
    x->totals = x->sums + rows;
    x->all = x->totals + states;
    x->n = x->all + 1;
    x->edges = calloc(x->n, sizeof *x->edges);
    if (x->edges == NULL)
        return err_memory(e, "coverage");
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t k = 0; k < states; k++)
            x->edges[r * states + k] = (struct hide_edge){.from = r, .to = rows + k};
    for (uint32_t r = 0; r < rows; r++)
        x->edges[x->sums + r] = (struct hide_edge){.from = of_states, .to = r, .price = DEAR};
    for (uint32_t k = 0; k < states; k++)
        x->edges[x->totals + k] = (struct hide_edge){.from = rows + k, .to = of_rows, .price = DEAR};
    x->edges[x->all] = (struct hide_edge){.from = of_rows, .to = of_states, .price = DEAREST};
    for (uint32_t i = 0; i < x->n; i++)
        x->edges[i].most = HIDE_ANY;
    return ERR_OK;
}

static void count_one(struct crossing *x, uint32_t row, uint32_t state)
{
    x->edges[row * x->states + state].count++;
    x->edges[x->sums + row].count++;
    x->edges[x->totals + state].count++;
    x->edges[x->all].count++;
}

/* Each organizer's state as its place among `states`, COVERAGE_COUNT for who takes no part. */
struct standing {
    uint8_t *of;
    uint32_t n_states;
    enum coverage_state states[COVERAGE_COUNT];
};

/* The one of fewest that is not in a network nor folded yet; COVERAGE_COUNT where there is none. */
static int fewest(const uint32_t count[COVERAGE_COUNT], const bool folded[COVERAGE_COUNT])
{
    int found = COVERAGE_COUNT;
    for (int k = COVERAGE_IN_NETWORK + 1; k < COVERAGE_OTHER; k++)
        if (count[k] > 0 && !folded[k] && (found == COVERAGE_COUNT || count[k] < count[found]))
            found = k;
    return found;
}

/* Reasons of few are one with another of more: to withhold a number takes a second of its sum along, and both
 * together may be told. */
static void fold_few(uint32_t count[COVERAGE_COUNT], uint32_t threshold, uint8_t state[COVERAGE_COUNT])
{
    bool folded[COVERAGE_COUNT] = {false};
    uint32_t n = 0, together = 0;
    for (int k = fewest(count, folded); k != COVERAGE_COUNT; k = fewest(count, folded)) {
        bool enough = n != 1 && (n == 0 || together >= threshold);
        if (enough && count[k] >= threshold)
            break;
        folded[k] = true;
        together += count[k];
        n++;
    }
    for (int k = 0; k < COVERAGE_COUNT; k++) {
        bool fold = folded[k] && n > 1 && together >= threshold;
        state[k] = fold ? COVERAGE_OTHER : (uint8_t)k;
        count[COVERAGE_OTHER] += fold ? count[k] : 0;
        count[k] = fold ? 0 : count[k];
    }
}

static int standing_open(struct standing *t, const struct snapshot *s, const struct snapshot_programme *p,
                         const struct insight_groups *all, uint32_t threshold, struct err *e)
{
    uint32_t n = s->population.n_organizers, count[COVERAGE_COUNT] = {0};
    uint8_t place[COVERAGE_COUNT] = {0}, state[COVERAGE_COUNT];
    t->n_states = 0;
    t->of = malloc(n + 1u);
    if (t->of == NULL)
        return err_memory(e, "coverage");
    for (uint32_t i = 0; i < n; i++) {
        bool inside = all->of[i] != INSIGHT_OUTSIDE;
        t->of[i] = inside ? (uint8_t)state_of(s, p, i) : COVERAGE_COUNT;
        if (inside)
            count[t->of[i]]++;
    }
    fold_few(count, threshold, state);
    for (int k = 0; k < COVERAGE_COUNT; k++) {
        place[k] = (uint8_t)t->n_states;
        if (count[k] > 0)
            t->states[t->n_states++] = (enum coverage_state)k;
    }
    for (uint32_t i = 0; i < n; i++)
        t->of[i] = t->of[i] == COVERAGE_COUNT ? COVERAGE_COUNT : place[state[t->of[i]]];
    return ERR_OK;
}

/* Fills the table, with the totals in `kept_back` (one a state, and one for the sum) withheld from the
 * beginning, and adds to them what else of the totals has to be. */
static int cross(const struct insight_groups *groups, const struct standing *t, uint32_t n,
                 uint32_t threshold, bool kept_back[COVERAGE_COUNT + 1], struct crossing *x, struct err *e)
{
    bool met;
    int code = crossing_open(x, groups->n, t->n_states, e);
    if (code != ERR_OK)
        return code;
    for (uint32_t i = 0; i < n; i++)
        if (groups->of[i] != INSIGHT_OUTSIDE)
            count_one(x, groups->of[i], t->of[i]);
    for (uint32_t i = 0; i < x->n; i++)
        hide_small(&x->edges[i], threshold);
    for (uint32_t k = 0; k <= t->n_states; k++) /* the sum comes right behind the totals */
        x->edges[x->totals + k].hidden |= kept_back[k];
    code = hide_protect(x->edges, x->n, groups->n + t->n_states + 2, &met, e);
    for (uint32_t k = 0; k <= t->n_states && code == ERR_OK; k++)
        kept_back[k] = x->edges[x->totals + k].hidden;
    return code;
}

/* What is withheld of all organizers by any way of grouping: again, as long as one adds to it. */
static int settle_totals(const struct snapshot *s, const struct snapshot_programme *p,
                         const struct standing *t, uint32_t threshold, bool kept_back[COVERAGE_COUNT + 1],
                         struct err *e)
{
    int code = ERR_OK;
    for (bool more = true; more && code == ERR_OK;) {
        bool before[COVERAGE_COUNT + 1];
        memcpy(before, kept_back, sizeof before);
        for (int by = INSIGHT_ALL; by <= INSIGHT_SIZE && code == ERR_OK; by++) {
            struct insight_groups groups = {0};
            struct crossing x = {0};
            code = insight_groups_open(&s->population, &p->settings, (enum insight_by)by, &groups, e);
            if (code == ERR_OK)
                code = cross(&groups, t, s->population.n_organizers, threshold, kept_back, &x, e);
            code = code == ERR_LIMIT ? ERR_OK : code; /* there is no such table */
            free(x.edges);
            insight_groups_free(&groups);
        }
        more = memcmp(before, kept_back, sizeof before) != 0;
    }
    return code;
}

static struct coverage_figure figure(struct insight_coverage *out, const struct hide_edge *edge)
{
    out->withheld += edge->hidden;
    return (struct coverage_figure){edge->hidden, edge->hidden ? 0 : edge->count};
}

static int fill(const struct crossing *x, const struct insight_groups *groups, const struct standing *t,
                struct insight_coverage *out, struct err *e)
{
    out->n_rows = out->by == INSIGHT_ALL ? 0 : groups->n;
    out->n_states = t->n_states;
    memcpy(out->states, t->states, sizeof out->states);
    out->keys = calloc(out->n_rows + 1u, sizeof *out->keys);
    out->sums = calloc(out->n_rows + 1u, sizeof *out->sums);
    out->figures = calloc((size_t)out->n_rows * out->n_states + 1, sizeof *out->figures);
    if (out->keys == NULL || out->sums == NULL || out->figures == NULL)
        return err_memory(e, "coverage");
    out->organizers = figure(out, &x->edges[x->all]);
    for (uint32_t k = 0; k < t->n_states; k++)
        out->all[k] = figure(out, &x->edges[x->totals + k]);
    for (uint32_t r = 0; r < out->n_rows; r++) {
        memcpy(out->keys[r], groups->key[r], INSIGHT_KEY);
        out->sums[r] = figure(out, &x->edges[x->sums + r]);
    }
    for (uint32_t i = 0; i < out->n_rows * out->n_states; i++)
        out->figures[i] = figure(out, &x->edges[i]);
    return ERR_OK;
}

int insight_coverage_build(const struct snapshot *s, const struct snapshot_programme *p, enum insight_by by,
                           uint32_t threshold, struct insight_coverage *out, struct err *e)
{
    struct insight_groups all = {0}, groups = {0};
    struct standing t = {0};
    struct crossing x = {0};
    bool kept_back[COVERAGE_COUNT + 1] = {false};
    *out = (struct insight_coverage){.by = by, .threshold = threshold};
    int code = insight_groups_open(&s->population, &p->settings, INSIGHT_ALL, &all, e);
    if (code == ERR_OK)
        code = standing_open(&t, s, p, &all, threshold, e);
    if (code == ERR_OK)
        code = settle_totals(s, p, &t, threshold, kept_back, e);
    if (code == ERR_OK)
        code = insight_groups_open(&s->population, &p->settings, by, &groups, e);
    if (code == ERR_OK)
        code = cross(&groups, &t, s->population.n_organizers, threshold, kept_back, &x, e);
    if (code == ERR_OK)
        code = fill(&x, &groups, &t, out, e);
    free(x.edges);
    free(t.of);
    insight_groups_free(&groups);
    insight_groups_free(&all);
    return code;
}

void insight_coverage_free(struct insight_coverage *c)
{
    free(c->keys);
    free(c->sums);
    free(c->figures);
    *c = (struct insight_coverage){0};
}
