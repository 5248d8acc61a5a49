#include "regroup/solve_read.h"

#include <stdlib.h>

int solve_make_groups(struct solve_input *in, uint32_t groups, struct err *e)
{
    in->problem.n_groups = groups;
    free(in->min_size);
    free(in->max_size);
    in->min_size = calloc((size_t)groups + 1, sizeof *in->min_size);
    in->max_size = calloc((size_t)groups + 1, sizeof *in->max_size);
    in->problem.min_size = in->min_size;
    in->problem.max_size = in->max_size;
    return in->min_size && in->max_size ? ERR_OK : err_memory(e, "the groups' bounds");
}

int solve_make_even_groups(const struct settings *s, struct solve_input *in, struct err *e)
{
    uint32_t groups = in->chosen ? in->selection.n_networks : (uint32_t)s->networks;
    if (groups == 0 && !in->chosen)
        groups = group_count(in->problem.n, (uint32_t)s->min_size, (uint32_t)s->target_size,
                             (uint32_t)s->max_size);
    if (groups == 0 && in->problem.n > 0)
        return err_set(e, ERR_INVALID, "%u elements cannot be put into groups of %lld to %lld", in->problem.n,
                       (long long)s->min_size, (long long)s->max_size);
    int code = solve_make_groups(in, groups, e);
    for (uint32_t g = 0; code == ERR_OK && g < groups; g++) {
        in->min_size[g] = (uint32_t)s->min_size;
        in->max_size[g] = (uint32_t)s->max_size;
    }
    return code;
}

/* A slip in the scope may be why. */
static int say_nothing_to_group(const struct solve_options *o, const struct solve_input *in, struct err *e)
{
    const char *file = o->mdgp ? o->mdgp : o->edges ? o->edges : o->profiles;
    const char *warning = json_string_value(json_array_get(in->warnings, 0));
    return err_set(e, ERR_INVALID, "%s: there is nothing to group%s%s", file, warning ? "; " : "",
                   warning ? warning : "");
}

int solve_read(const struct solve_options *o, struct solve_input *in, struct err *e)
{
    *in = (struct solve_input){0};
    population_init(&in->population);
    int code;
    if (o->mdgp)
        code = solve_read_mdgp(o->mdgp, in, e);
    else
        code = o->edges ? solve_read_edges(o, in, e) : solve_read_profiles(o, in, e);
    if (code == ERR_OK && in->problem.n == 0)
        code = say_nothing_to_group(o, in, e);
    if (code == ERR_OK && o->previous)
        code = solve_read_previous(o->previous, in, e);
    in->problem.stability = o->settings.stability;
    if (o->settings.stability > 0) /* else the past is ignored */
        in->problem.previous = in->previous;
    in->problem.objective = o->settings.objective;
    in->problem.seed = o->seed;
    in->problem.effort = o->effort;
    in->problem.cpu_seconds = o->seconds;
    in->problem.exact_nodes = o->exact_nodes;
    in->problem.threads = (uint32_t)o->threads;
    return code;
}

void solve_input_free(struct solve_input *in)
{
    solve_choice_free(in);
    json_decref(in->warnings);
    free(in->matrix);
    neighbour_graph_free(&in->edges);
    profiles_free(&in->profiles);
    population_free(&in->population);
    free(in->rows);
    free(in->previous);
    free(in->min_size);
    free(in->max_size);
    *in = (struct solve_input){0};
}
