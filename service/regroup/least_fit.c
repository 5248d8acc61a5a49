#include "regroup/least_fit.h"

#include <stdlib.h>
#include <string.h>

#include "regroup/limits_view.h"
#include "regroup/pins.h"

/* Each further round forms networks of the leftovers of the one before; most is won in the first two. */
enum { MOST_ROUNDS = 8, EFFORT_SHARE = 4 };

struct table {
    const struct least_fit_task *t;
    const struct selection *s;
    uint32_t *group;  /* per element */
    uint32_t *member; /* max_size per group */
    uint32_t *size;   /* per group; 0 = dissolved */
    uint32_t *taken;  /* per group: the seats that its members take; sizes bound them */
    uint32_t *asked;  /* max_size + 1: the organizers of a group asked about */
    bool *fixed;      /* per element: named by a pin, so not placed anew */
    uint32_t n_groups, room, min_size, max_size;
    double least;
};

static double similarity(const struct table *b, uint32_t x, uint32_t y)
{
    return profiles_similarity(b->t->profiles, b->s->organizer[x], b->s->organizer[y]);
}

static double fit_in(const struct table *b, uint32_t g, uint32_t element)
{
    const uint32_t *m = b->member + (size_t)g * b->max_size;
    double sum = 0;
    uint32_t others = 0;
    for (uint32_t k = 0; k < b->size[g]; k++) {
        if (m[k] == element)
            continue;
        sum += similarity(b, m[k], element);
        others++;
    }
    return others > 0 ? sum / others : 0;
}

static uint32_t seats(const struct table *b, uint32_t element)
{
    return limits_seats(&b->s->limits, b->s->organizer[element]);
}

static void put(struct table *b, uint32_t g, uint32_t element)
{
    b->member[(size_t)g * b->max_size + b->size[g]++] = element;
    b->taken[g] += seats(b, element);
    b->group[element] = g;
}

static void take_out(struct table *b, uint32_t g, uint32_t element)
{
    uint32_t *m = b->member + (size_t)g * b->max_size, k = 0;
    while (m[k] != element)
        k++;
    memmove(m + k, m + k + 1, (--b->size[g] - k) * sizeof *m);
    b->taken[g] -= seats(b, element);
    b->group[element] = GROUP_NONE;
}

static bool held(const struct table *b, uint32_t element)
{
    return b->s->held[b->s->organizer[element]];
}

static bool holds_somebody(const struct table *b, uint32_t g)
{
    for (uint32_t k = 0; k < b->size[g]; k++) {
        if (held(b, b->member[(size_t)g * b->max_size + k]))
            return true;
    }
    return false;
}

/* The member that fits worst of those below the least fit; GROUP_NONE = none. */
static uint32_t worst_of(const struct table *b, uint32_t g)
{
    uint32_t worst = GROUP_NONE;
    double lowest = b->least;
    for (uint32_t k = 0; k < b->size[g]; k++) {
        uint32_t element = b->member[(size_t)g * b->max_size + k];
        double fit = held(b, element) ? b->least : fit_in(b, g, element);
        if (fit < lowest) {
            lowest = fit;
            worst = element;
        }
    }
    return worst;
}

/* Are the group's members, without up to two of them (GROUP_NONE = nobody), a network within size and limits?
 */
static bool holds_without(const struct table *b, uint32_t g, uint32_t one, uint32_t other)
{
    uint32_t n = 0, left = 0;
    for (uint32_t k = 0; k < b->size[g]; k++) {
        uint32_t element = b->member[(size_t)g * b->max_size + k];
        if (element == one || element == other)
            continue;
        b->asked[n++] = b->s->organizer[element];
        left += seats(b, element);
    }
    return left >= b->min_size && limits_hold(&b->s->limits, b->asked, n);
}

/* Who has to go with the worst, so that the limits hold: itself where nobody else, GROUP_NONE where one is
 * not enough. */
static uint32_t goes_too(const struct table *b, uint32_t g, uint32_t worst)
{
    if (holds_without(b, g, worst, GROUP_NONE))
        return worst;
    for (uint32_t k = 0; b->s->limits.restricts && k < b->size[g]; k++) {
        uint32_t element = b->member[(size_t)g * b->max_size + k];
        if (element != worst && !held(b, element) && holds_without(b, g, worst, element))
            return element;
    }
    return GROUP_NONE;
}

/* The others fit better without the worst. A group that would become too small, or break a limit, is
 * dissolved, unless a pin holds somebody in it. */
static void trim(struct table *b, uint32_t g)
{
    uint32_t worst;
    while ((worst = worst_of(b, g)) != GROUP_NONE) {
        uint32_t other = goes_too(b, g, worst);
        if (other != GROUP_NONE) {
            take_out(b, g, worst);
            if (other != worst)
                take_out(b, g, other);
            continue;
        }
        if (holds_somebody(b, g))
            return;
        while (b->size[g] > 0)
            take_out(b, g, b->member[(size_t)g * b->max_size]);
        return;
    }
}

/* Would everybody in the group still reach the least fit with one more, and all limits hold? */
static bool welcomes(struct table *b, uint32_t g, uint32_t element)
{
    const bool *locked = b->t->in->locked;
    for (uint32_t k = 0; locked != NULL && k < b->size[g]; k++)
        if (locked[b->s->organizer[b->member[(size_t)g * b->max_size + k]]])
            return false;
    put(b, g, element);
    bool good = worst_of(b, g) == GROUP_NONE && holds_without(b, g, GROUP_NONE, GROUP_NONE);
    take_out(b, g, element);
    return good;
}

/* The groups of its nearest neighbours are where it may fit. */
static void place_again(struct table *b, uint32_t element)
{
    const struct neighbour_graph *graph = b->t->graph;
    uint32_t organizer = b->s->organizer[element], best = GROUP_NONE;
    double best_fit = 0;
    for (size_t k = graph->start[organizer]; k < graph->start[organizer + 1]; k++) {
        uint32_t other = b->s->element[graph->row[k]];
        uint32_t g = other == POPULATION_NONE ? GROUP_NONE : b->group[other];
        if (g == GROUP_NONE || g == best || b->taken[g] + seats(b, element) > b->max_size)
            continue;
        double fit = fit_in(b, g, element);
        if (fit >= b->least && fit > best_fit && welcomes(b, g, element)) {
            best = g;
            best_fit = fit;
        }
    }
    if (best != GROUP_NONE)
        put(b, best, element);
}

static uint32_t alive(const struct table *b)
{
    uint32_t n = 0;
    for (uint32_t g = 0; g < b->n_groups; g++)
        n += b->size[g] > 0;
    return n;
}

/* Further groups that elements with `n` seats may form. */
static uint32_t groups_for(const struct table *b, uint32_t n)
{
    const struct settings *s = &b->t->in->settings;
    uint32_t k = group_count(n, b->min_size, (uint32_t)s->target_size, b->max_size);
    int64_t most = s->networks > 0 ? s->networks : s->capacity;
    uint32_t left = most > 0 ? (uint32_t)most - alive(b) : k;
    k = k < left ? k : left;
    k = k < b->room - b->n_groups ? k : b->room - b->n_groups;
    return (uint64_t)k * b->max_size >= n ? k : 0;
}

struct leftovers {
    uint32_t *element, *row, *community, *bounds;
    uint32_t n, n_groups;
};

static void leftovers_free(struct leftovers *l)
{
    free(l->element);
    free(l->row);
    free(l->community);
    free(l->bounds);
}

static int leftovers_find(const struct table *b, struct leftovers *l, struct err *e)
{
    size_t n = (size_t)b->s->n + 1;
    *l = (struct leftovers){malloc(n * sizeof(uint32_t)),
                            malloc(n * sizeof(uint32_t)),
                            malloc(n * sizeof(uint32_t)),
                            malloc(2 * n * sizeof(uint32_t)),
                            0,
                            0};
    if (l->element == NULL || l->row == NULL || l->community == NULL || l->bounds == NULL)
        return err_memory(e, "forming networks of those below min_fit");
    for (uint32_t i = 0; i < b->s->n; i++) {
        if (b->group[i] == GROUP_NONE && !b->fixed[i])
            l->element[l->n++] = i;
    }
    uint32_t all = 0;
    for (uint32_t i = 0; i < l->n; i++)
        all += seats(b, l->element[i]);
    while (l->n > 0 && groups_for(b, all) == 0)
        all -= seats(b, l->element[--l->n]);
    l->n_groups = l->n > 0 ? groups_for(b, all) : 0;
    for (uint32_t i = 0; i < l->n; i++) {
        l->row[i] = b->s->organizer[l->element[i]];
        l->community[i] = b->t->community[l->row[i]];
    }
    for (uint32_t g = 0; g < l->n_groups; g++) {
        l->bounds[g] = b->min_size;
        l->bounds[l->n_groups + g] = b->max_size;
    }
    return ERR_OK;
}

static int leftovers_solve(struct table *b, const struct leftovers *l, uint32_t round, struct err *e)
{
    const struct settings *s = &b->t->in->settings;
    struct group_result found = {0};
    struct group_problem problem = {
        .n = l->n,
        .profiles = b->t->profiles,
        .rows = l->row,
        .n_groups = l->n_groups,
        .min_size = l->bounds,
        .max_size = l->bounds + l->n_groups,
        .objective = s->objective,
        .community = l->community,
        .seed = b->t->seed + round,
        .effort = (uint64_t)s->effort / EFFORT_SHARE,
        .threads = b->t->threads,
        .progress = b->t->progress,
        .progress_context = b->t->progress_context,
    };
    struct limits_view limits;
    int code = limits_view_open(&limits, &b->s->limits, l->row, l->n, e);
    bool limited = code == ERR_OK && limits.given != NULL;
    problem.limits = limits.given;
    if (code == ERR_OK)
        code = group_solve(&problem, &found, e);
    for (uint32_t i = 0; code == ERR_OK && i < l->n; i++)
        if (found.group[i] != GROUP_NONE)
            put(b, b->n_groups + found.group[i], l->element[i]);
    group_result_free(&found);
    limits_view_close(&limits);
    /* No network of those that are left is within the limits: then there is none. */
    return (code == ERR_INVALID || code == ERR_LIMIT) && limited ? ERR_OK : code;
}

/* Networks of the leftovers; *formed is how many lasted. */
static int form_more(struct table *b, uint32_t round, uint32_t *formed, struct err *e)
{
    struct leftovers l;
    *formed = 0;
    int code = leftovers_find(b, &l, e);
    if (code == ERR_OK && l.n_groups > 0)
        code = leftovers_solve(b, &l, round, e);
    if (code == ERR_OK) {
        uint32_t first = b->n_groups;
        b->n_groups += l.n_groups;
        for (uint32_t g = first; g < b->n_groups; g++) {
            trim(b, g);
            *formed += b->size[g] > 0;
        }
    }
    leftovers_free(&l);
    return code;
}

static void mark_fixed(struct table *b)
{
    const struct inputs *in = b->t->in;
    for (uint32_t p = 0; p < in->n_pins; p++) {
        for (uint32_t k = 0; k < in->pins[p].n_organizers; k++) {
            uint32_t i = pin_organizer(in, &in->pins[p], k);
            if (i != POPULATION_NONE && b->s->element[i] != POPULATION_NONE)
                b->fixed[b->s->element[i]] = true;
        }
    }
}

static int table_open(struct table *b, const struct least_fit_task *t, const struct selection *s,
                      uint32_t *group, uint32_t n_groups, struct err *e)
{
    const struct settings *settings = &t->in->settings;
    *b = (struct table){.t = t,
                        .s = s,
                        .group = group,
                        .n_groups = n_groups,
                        .min_size = (uint32_t)settings->min_size,
                        .max_size = (uint32_t)settings->max_size,
                        .least = settings->min_fit};
    b->room = n_groups + MOST_ROUNDS * ((uint32_t)selection_seats(s) / b->min_size + 1);
    b->member = calloc((size_t)b->room * b->max_size + 1, sizeof *b->member);
    b->size = calloc((size_t)b->room + 1, sizeof *b->size);
    b->taken = calloc((size_t)b->room + 1, sizeof *b->taken);
    b->asked = calloc((size_t)b->max_size + 2, sizeof *b->asked);
    b->fixed = calloc((size_t)s->n + 1, sizeof *b->fixed);
    if (b->member == NULL || b->size == NULL || b->taken == NULL || b->asked == NULL || b->fixed == NULL)
        return err_memory(e, "reaching min_fit");
    for (uint32_t i = 0; i < s->n; i++)
        if (group[i] != GROUP_NONE)
            put(b, group[i], i);
    mark_fixed(b);
    return ERR_OK;
}

/* Groups without gaps. */
static void close_gaps(struct table *b, uint32_t *n_groups, uint32_t *moved_to)
{
    uint32_t next = 0, first = *n_groups;
    for (uint32_t g = 0; g < b->n_groups; g++) {
        for (uint32_t k = 0; k < b->size[g]; k++)
            b->group[b->member[(size_t)g * b->max_size + k]] = next;
        if (g < first)
            moved_to[g] = b->size[g] > 0 ? next : GROUP_NONE;
        next += b->size[g] > 0;
    }
    *n_groups = next;
}

int least_fit_reach(const struct least_fit_task *t, const struct selection *s, uint32_t *group,
                    uint32_t *n_groups, uint32_t *moved_to, uint32_t *rounds, struct err *e)
{
    struct table b;
    int code = table_open(&b, t, s, group, *n_groups, e);
    for (uint32_t g = 0; code == ERR_OK && g < *n_groups; g++)
        trim(&b, g);
    uint32_t formed = 1;
    for (*rounds = 0; code == ERR_OK && formed > 0 && *rounds < MOST_ROUNDS; ++*rounds) {
        for (uint32_t i = 0; i < s->n; i++) {
            if (group[i] == GROUP_NONE && !b.fixed[i])
                place_again(&b, i);
        }
        code = form_more(&b, *rounds + 1, &formed, e);
    }
    if (code == ERR_OK)
        close_gaps(&b, n_groups, moved_to);
    free(b.member);
    free(b.size);
    free(b.taken);
    free(b.asked);
    free(b.fixed);
    return code;
}
