#include "core/insight/insight_quality.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

#include "core/group/group_bound.h"
#include "core/insight/insight_hide.h"

/* Nodes of a run: the world; members before; members now; all organizers of the run. */
enum node { WORLD, BEFORE, NOW, ALL, NODES };
enum edge {
    ORGANIZERS,
    MATCHED,
    REASONS,
    STAYED = REASONS + QUALITY_REASONS,
    MOVED,
    JOINED,
    LEFT,
    MEMBERS_BEFORE,
    EDGES
};

static uint32_t count_in(const json_t *figures, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(figures, name));
    return value < 0 || value >= HIDE_ANY ? 0 : (uint32_t)value;
}

/* That nobody is somewhere is told, so that what is withheld is known to be 1 at least. */
static void weigh(struct hide_edge *edge, uint32_t threshold)
{
    hide_small(edge, threshold);
    if (edge->count == 0)
        *edge = (struct hide_edge){.from = edge->from, .to = edge->to, .most = 0, .fixed = true};
    else if (edge->hidden)
        edge->down--;
}

static void read_edges(const json_t *figures, struct hide_edge edges[EDGES], bool has_base)
{
    static const struct {
        enum node from, to;
        const char *name;
    } shape[EDGES] = {[ORGANIZERS] = {ALL, WORLD, NULL},       [MATCHED] = {NOW, ALL, "matched"},
                      [REASONS] = {WORLD, ALL, NULL},          [REASONS + 1] = {WORLD, ALL, NULL},
                      [REASONS + 2] = {WORLD, ALL, NULL},      [REASONS + 3] = {WORLD, ALL, NULL},
                      [STAYED] = {BEFORE, NOW, "stayed"},      [MOVED] = {BEFORE, NOW, "moved"},
                      [JOINED] = {WORLD, NOW, "joined"},       [LEFT] = {BEFORE, WORLD, "left"},
                      [MEMBERS_BEFORE] = {WORLD, BEFORE, NULL}};
    const json_t *base = json_object_get(figures, "base"), *left_out = json_object_get(figures, "unmatched");
    for (int i = 0; i < EDGES; i++) {
        edges[i] = (struct hide_edge){.from = shape[i].from, .to = shape[i].to, .most = HIDE_ANY};
        if (shape[i].name != NULL)
            edges[i].count = count_in(i == MATCHED ? figures : base, shape[i].name);
    }
    edges[MATCHED].from = has_base ? NOW : WORLD;
    edges[ORGANIZERS].count = edges[MATCHED].count;
    for (int r = 0; r < QUALITY_REASONS; r++) {
        edges[REASONS + r].count =
            count_in(left_out, unmatched_reason_name((enum unmatched_reason)(UNMATCHED_NONE + 1 + r)));
        edges[ORGANIZERS].count += edges[REASONS + r].count;
    }
    edges[MEMBERS_BEFORE].count = edges[STAYED].count + edges[MOVED].count + edges[LEFT].count;
    edges[ORGANIZERS].fixed = edges[MATCHED].fixed = edges[MEMBERS_BEFORE].fixed = true;
}

static struct coverage_figure figure(const struct hide_edge *edge, bool met)
{
    bool hidden = edge->hidden || !met;
    return (struct coverage_figure){hidden, hidden ? 0 : edge->count};
}

/* Where the sums themselves are too small everything of the run is withheld. */
static int withhold(struct quality_run *r, const json_t *figures, uint32_t threshold, struct err *e)
{
    struct hide_edge edges[EDGES];
    bool met = true;
    read_edges(figures, edges, r->base != 0);
    for (int i = 0; i < EDGES; i++)
        weigh(&edges[i], threshold);
    int code = hide_protect(edges, EDGES, NODES, &met, e);
    r->organizers = figure(&edges[ORGANIZERS], met);
    r->matched = figure(&edges[MATCHED], met);
    for (int i = 0; i < QUALITY_REASONS; i++)
        r->unmatched[i] = figure(&edges[REASONS + i], met);
    r->stayed = figure(&edges[STAYED], met);
    r->moved = figure(&edges[MOVED], met);
    r->joined = figure(&edges[JOINED], met);
    r->left = figure(&edges[LEFT], met);
    r->stayed_share =
        r->base == 0 || r->stayed.hidden || edges[MEMBERS_BEFORE].hidden || edges[MEMBERS_BEFORE].count == 0
            ? (double)NAN
            : (double)r->stayed.count / edges[MEMBERS_BEFORE].count;
    return code;
}

static double number_in(const json_t *figures, const char *name)
{
    const json_t *value = json_object_get(figures, name);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static int read_run(struct quality_run *r, uint32_t threshold, struct err *e)
{
    json_t *figures = json_loads(r->run->figures, 0, NULL);
    const json_t *base = json_object_get(figures, "base"), *networks = json_object_get(figures, "networks");
    r->mean_fit = number_in(figures, "mean_fit");
    r->networks = json_is_integer(networks) ? (int64_t)json_integer_value(networks) : -1;
    r->base = (uint64_t)json_integer_value(json_object_get(base, "run"));
    int code = withhold(r, figures, threshold, e);
    json_decref(figures);
    return code;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* So many that no value stands for fewer than the threshold. */
static void fill_lowest(struct insight_quality *q, double *fits, uint32_t n, uint32_t threshold)
{
    static const uint32_t part[3] = {10, 4, 2};
    qsort(fits, n, sizeof *fits, by_value);
    for (int i = 0; i < 3; i++)
        q->lowest_fit[i] = n / part[i] >= threshold ? fits[n / part[i]] : (double)NAN;
}

static int fill_bound(struct insight_quality *q, const struct snapshot_programme *p, const uint32_t *members,
                      uint32_t n, struct err *e)
{
    uint32_t *sizes = malloc((2 * (size_t)p->n_networks + 1) * sizeof *sizes);
    if (sizes == NULL)
        return err_memory(e, "the upper bound");
    uint32_t least = (uint32_t)p->settings.min_size, most = (uint32_t)p->settings.max_size;
    for (uint32_t k = 0; k < p->n_networks; k++) { /* the settings may be others by now */
        least = p->networks[k].size < least ? p->networks[k].size : least;
        most = p->networks[k].size > most ? p->networks[k].size : most;
    }
    for (uint32_t k = 0; k < p->n_networks; k++) {
        sizes[k] = least;
        sizes[p->n_networks + k] = most;
    }
    struct group_problem problem = {.n = n,
                                    .profiles = &p->profiles,
                                    .rows = members,
                                    .n_groups = p->n_networks,
                                    .min_size = sizes,
                                    .max_size = sizes + p->n_networks,
                                    .objective = OBJECTIVE_MEAN};
    int code = group_bound(&problem, &q->bound, e);
    free(sizes);
    return code;
}

static int fill_published(struct insight_quality *q, const struct snapshot *s,
                          const struct snapshot_programme *p, uint32_t threshold, struct err *e)
{
    uint32_t n = 0, *members = malloc((s->population.n_organizers + 1u) * sizeof *members);
    double *fits = malloc((s->population.n_organizers + 1u) * sizeof *fits);
    int code = members == NULL || fits == NULL ? err_memory(e, "members") : ERR_OK;
    for (uint32_t i = 0; i < s->population.n_organizers && code == ERR_OK; i++) {
        if (p->places[i].state != PLACE_MEMBER)
            continue;
        fits[n] = (double)p->places[i].fit;
        members[n++] = i;
    }
    q->published = p->published_run != 0;
    q->members = (struct coverage_figure){n < threshold && n > 0, n < threshold ? 0 : n};
    q->mean_fit = n > 0 ? p->mean_fit : (double)NAN;
    if (code == ERR_OK && n > 0) {
        code = fill_bound(q, p, members, n, e);
        fill_lowest(q, fits, n, threshold);
    }
    free(members);
    free(fits);
    return code;
}

int insight_quality_build(const struct snapshot *s, const struct snapshot_programme *p, uint32_t threshold,
                          uint32_t runs, struct insight_quality *out, struct err *e)
{
    *out = (struct insight_quality){.bound = NAN, .lowest_fit = {NAN, NAN, NAN}};
    int code = fill_published(out, s, p, threshold, e);
    out->runs = calloc(runs + 1u, sizeof *out->runs);
    if (code == ERR_OK && out->runs == NULL)
        code = err_memory(e, "runs");
    for (uint32_t i = 0; i < p->n_runs && out->n_runs < runs && code == ERR_OK; i++) {
        struct quality_run *r = &out->runs[out->n_runs++];
        r->run = p->runs[i];
        code = read_run(r, threshold, e);
    }
    return code;
}

void insight_quality_free(struct insight_quality *q)
{
    free(q->runs);
    *q = (struct insight_quality){0};
}
