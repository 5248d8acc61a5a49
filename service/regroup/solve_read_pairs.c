#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "regroup/solve_lines.h"
#include "regroup/solve_read.h"

enum { MDGP_MOST = 20000, ELEMENTS_MOST = 10000000 };

static int read_bounds(struct solve_lines *l, struct solve_input *in, struct err *e)
{
    for (uint32_t g = 0; g < in->problem.n_groups; g++)
        if (solve_lines_whole(l, "a group's least size", in->problem.n, &in->min_size[g], e) ||
            solve_lines_whole(l, "a group's greatest size", UINT32_MAX - 1, &in->max_size[g], e))
            return (int)e->code;
    return solve_lines_end(l, e);
}

static int read_head(struct solve_lines *l, struct solve_input *in, struct err *e)
{
    bool more;
    const char *kind;
    uint32_t groups;
    if (solve_lines_next(l, &more, e))
        return (int)e->code;
    if (!more)
        return err_set(e, ERR_INVALID, "%s: empty; n m ss|ds and the bounds are needed", l->path);
    if (solve_lines_whole(l, "n", MDGP_MOST, &in->problem.n, e) ||
        solve_lines_whole(l, "m", in->problem.n, &groups, e) ||
        solve_lines_word(l, "the kind of sizes", &kind, e))
        return (int)e->code;
    if (strcmp(kind, "ss") != 0 && strcmp(kind, "ds") != 0) {
        err_set(e, ERR_INVALID, "the kind of sizes '%.20s': ss or ds is needed", kind);
        return solve_lines_wrong(l, e);
    }
    int code = solve_make_groups(in, groups, e);
    return code ? code : read_bounds(l, in, e);
}

static int read_pair(struct solve_lines *l, uint32_t highest, uint32_t *i, uint32_t *j, double *w,
                     struct err *e)
{
    if (solve_lines_whole(l, "i", highest, i, e) || solve_lines_whole(l, "j", highest, j, e) ||
        solve_lines_real(l, "the weight", w, e) || solve_lines_end(l, e))
        return (int)e->code;
    if (*i != *j)
        return ERR_OK;
    err_set(e, ERR_INVALID, "%u %u: two different elements are needed", *i, *j);
    return solve_lines_wrong(l, e);
}

/* A file that was cut short is not taken for one with weights of 0. */
static int check_whole(const struct solve_lines *l, struct solve_input *in, struct err *e)
{
    uint32_t n = in->problem.n;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = i + 1; j < n; j++)
            if (isnan(in->matrix[(size_t)i * n + j]))
                return err_set(e, ERR_INVALID, "%s: the pair %u %u has no weight; all %llu pairs need one",
                               l->path, i, j, (unsigned long long)n * (n - 1) / 2);
    for (uint32_t i = 0; i < n; i++)
        in->matrix[(size_t)i * n + i] = 0;
    return ERR_OK;
}

static int check_new(const struct solve_lines *l, double before, uint32_t i, uint32_t j, struct err *e)
{
    if (isnan(before))
        return ERR_OK;
    err_set(e, ERR_INVALID, "the pair %u %u was given already, with weight %g", i, j, before);
    return solve_lines_wrong(l, e);
}

static int read_matrix(struct solve_lines *l, struct solve_input *in, struct err *e)
{
    uint32_t i, j, n = in->problem.n;
    double w;
    for (size_t k = 0; k < (size_t)n * n; k++)
        in->matrix[k] = NAN;
    for (bool more = true;;) {
        if (solve_lines_next(l, &more, e))
            return (int)e->code;
        if (!more)
            return check_whole(l, in, e);
        if (n == 0) {
            err_set(e, ERR_INVALID, "a pair, but there are no elements");
            return solve_lines_wrong(l, e);
        }
        if (read_pair(l, n - 1, &i, &j, &w, e) || check_new(l, in->matrix[(size_t)i * n + j], i, j, e))
            return (int)e->code;
        in->matrix[(size_t)i * n + j] = in->matrix[(size_t)j * n + i] = w;
    }
}

int solve_read_mdgp(const char *path, struct solve_input *in, struct err *e)
{
    struct solve_lines l;
    int code = solve_lines_open(&l, path, e);
    if (code == ERR_OK)
        code = read_head(&l, in, e);
    if (code == ERR_OK) {
        in->matrix = malloc(((size_t)in->problem.n * in->problem.n + 1) * sizeof *in->matrix);
        code = in->matrix ? read_matrix(&l, in, e) : err_memory(e, "the weights of all pairs");
        in->problem.matrix = in->matrix;
    }
    solve_lines_close(&l);
    return code;
}

struct edge {
    uint32_t from, to;
    float weight;
    uint64_t line;
};

struct edge_list {
    struct edge *edges; /* each pair in both directions */
    size_t count, capacity;
    uint32_t n;
};

static int edge_add(struct edge_list *list, struct edge edge, struct err *e)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity * 2 + 1024;
        struct edge *grown = realloc(list->edges, capacity * sizeof *grown);
        if (!grown)
            return err_memory(e, "the edges");
        list->edges = grown;
        list->capacity = capacity;
    }
    list->edges[list->count++] = edge;
    uint32_t highest = edge.from > edge.to ? edge.from : edge.to;
    list->n = highest + 1 > list->n ? highest + 1 : list->n;
    return ERR_OK;
}

static int edge_compare(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    if (x->to != y->to)
        return x->to < y->to ? -1 : 1;
    return (x->line > y->line) - (x->line < y->line);
}

static int read_edges(struct solve_lines *l, uint32_t elements, struct edge_list *list, struct err *e)
{
    uint32_t i, j, highest = elements > 0 ? elements - 1 : ELEMENTS_MOST - 1;
    double w;
    for (bool more = true;;) {
        if (solve_lines_next(l, &more, e))
            return (int)e->code;
        if (!more)
            return ERR_OK;
        if (read_pair(l, highest, &i, &j, &w, e) ||
            edge_add(list, (struct edge){i, j, (float)w, l->line}, e) ||
            edge_add(list, (struct edge){j, i, (float)w, l->line}, e))
            return (int)e->code;
    }
}

static int build_graph(const char *path, struct edge_list *list, struct neighbour_graph *graph, struct err *e)
{
    if (list->count > 0)
        qsort(list->edges, list->count, sizeof *list->edges, edge_compare);
    graph->n = list->n;
    graph->start = calloc((size_t)list->n + 1, sizeof *graph->start);
    graph->row = malloc((list->count + 1) * sizeof *graph->row);
    graph->similarity = malloc((list->count + 1) * sizeof *graph->similarity);
    if (!graph->start || !graph->row || !graph->similarity)
        return err_memory(e, "the edges");
    for (size_t k = 0; k < list->count; k++) {
        const struct edge *edge = &list->edges[k];
        if (k > 0 && edge[-1].from == edge->from && edge[-1].to == edge->to)
            return err_set(e, ERR_INVALID, "%s:%llu: the pair %u %u was given in line %llu already", path,
                           (unsigned long long)edge->line, edge->from, edge->to,
                           (unsigned long long)edge[-1].line);
        graph->start[edge->from + 1]++;
        graph->row[k] = edge->to;
        graph->similarity[k] = edge->weight;
    }
    for (uint32_t i = 0; i < list->n; i++)
        graph->start[i + 1] += graph->start[i];
    return ERR_OK;
}

int solve_read_edges(const struct solve_options *o, struct solve_input *in, struct err *e)
{
    struct solve_lines l;
    struct edge_list list = {.n = o->elements};
    int code = solve_lines_open(&l, o->edges, e);
    if (code == ERR_OK)
        code = read_edges(&l, o->elements, &list, e);
    if (code == ERR_OK)
        code = build_graph(o->edges, &list, &in->edges, e);
    in->problem.n = list.n;
    in->problem.edges = &in->edges;
    free(list.edges);
    solve_lines_close(&l);
    return code;
}
