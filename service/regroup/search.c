#include "regroup/search.h"

#include <stdlib.h>
#include <string.h>

#include "regroup/interrupt.h"
#include "regroup/pins.h"

/* While members below the least fit are still being taken out, a short search is good enough. */
enum { DRAFT_SHARE = 8 };

/* What one search borrows, by elements. */
struct task {
    struct group_problem problem;
    struct pin_rules rules;
    uint32_t *bounds; /* least sizes, then greatest */
    uint32_t *community;
};

static bool report(void *context, double objective, double share)
{
    (void)objective;
    progress_within(context, share);
    return !interrupt_asked();
}

static void task_free(struct task *t)
{
    pin_rules_free(&t->rules);
    free(t->bounds);
    free(t->community);
}

static int task_build(struct task *t, const struct selection *s, const struct inputs *in,
                      const struct profiles *profiles, const uint32_t *community, const struct slots *slots,
                      struct err *e)
{
    *t = (struct task){0};
    if (pin_rules_build(in, s, &t->rules, e) != ERR_OK)
        return (int)e->code;
    t->bounds = malloc((2 * (size_t)s->n_networks + 1) * sizeof *t->bounds);
    t->community = malloc(((size_t)s->n + 1) * sizeof *t->community);
    if (t->bounds == NULL || t->community == NULL)
        return err_memory(e, "preparing the search");
    for (uint32_t g = 0; g < s->n_networks; g++) {
        t->bounds[g] = (uint32_t)in->settings.min_size;
        t->bounds[s->n_networks + g] = (uint32_t)in->settings.max_size;
    }
    for (uint32_t i = 0; i < s->n; i++)
        t->community[i] = community[s->organizer[i]];
    t->problem = (struct group_problem){
        .n = s->n,
        .profiles = profiles,
        .rows = s->organizer,
        .n_groups = s->n_networks,
        .min_size = t->bounds,
        .max_size = t->bounds + s->n_networks,
        .objective = in->settings.objective,
        .community = t->community,
        .previous = in->base.run > 0 ? slots->of_element : NULL,
        .stability = in->settings.stability,
        .rules = t->rules.rules,
        .n_rules = t->rules.n,
        .progress = report,
    };
    return ERR_OK;
}

static int solve(const struct selection *s, const struct inputs *in, const struct profiles *profiles,
                 const uint32_t *community, int64_t seed, uint64_t effort, struct progress *progress,
                 struct search_result *out, struct err *e)
{
    struct task t;
    search_result_free(out);
    int code = slots_build(in, s, &out->slots, e);
    if (code != ERR_OK)
        return code;
    code = task_build(&t, s, in, profiles, community, &out->slots, e);
    if (code == ERR_OK) {
        t.problem.seed = (uint64_t)seed;
        t.problem.effort = effort;
        t.problem.progress_context = progress;
        code = group_solve(&t.problem, &out->group, e);
    }
    task_free(&t);
    return code == ERR_OK ? interrupt_check(e) : code;
}

struct misfit {
    uint32_t element;
    double fit;
};

static int misfit_compare(const void *a, const void *b)
{
    const struct misfit *x = a, *y = b;
    if (x->fit != y->fit)
        return x->fit < y->fit ? -1 : 1;
    return x->element < y->element ? -1 : x->element > y->element;
}

/* fit[i]: the mean similarity of each element to the others of its group. */
static int fits_build(const struct selection *s, const struct profiles *profiles, const uint32_t *group,
                      double *fit, struct err *e)
{
    uint32_t *order = malloc(((size_t)s->n + 1) * sizeof *order);
    uint32_t *start = calloc((size_t)s->n_networks + 2, sizeof *start);
    if (order == NULL || start == NULL) {
        free(order);
        free(start);
        return err_memory(e, "looking for members below min_fit");
    }
    for (uint32_t i = 0; i < s->n; i++)
        start[group[i] + 2]++;
    for (uint32_t g = 2; g <= s->n_networks + 1; g++)
        start[g] += start[g - 1];
    for (uint32_t i = 0; i < s->n; i++)
        order[start[group[i] + 1]++] = i;
    for (uint32_t g = 0; g < s->n_networks; g++) {
        uint32_t size = start[g + 1] - start[g];
        for (uint32_t k = start[g]; k < start[g + 1]; k++) {
            double sum = 0;
            for (uint32_t m = start[g]; m < start[g + 1]; m++)
                sum += m == k ? 0
                              : profiles_similarity(profiles, s->organizer[order[k]], s->organizer[order[m]]);
            fit[order[k]] = size > 1 ? sum / (size - 1) : 0;
        }
    }
    free(order);
    free(start);
    return ERR_OK;
}

/* Takes the worst half of those below the least fit out: the others may do better without them. *left_out is
 * how many. */
static int leave_out_misfits(struct selection *s, const struct inputs *in, const struct profiles *profiles,
                             const uint32_t *group, uint32_t *left_out, struct err *e)
{
    struct misfit *below = malloc(((size_t)s->n + 1) * sizeof *below);
    double *fit = malloc(((size_t)s->n + 1) * sizeof *fit);
    uint32_t n = 0;
    *left_out = 0;
    int code = below == NULL || fit == NULL ? err_memory(e, "looking for members below min_fit")
                                            : fits_build(s, profiles, group, fit, e);
    for (uint32_t i = 0; code == ERR_OK && i < s->n; i++) {
        if (fit[i] < in->settings.min_fit && !s->held[s->organizer[i]])
            below[n++] = (struct misfit){i, fit[i]};
    }
    if (code == ERR_OK && n > 0) {
        uint32_t elements = 0, *worst = malloc((size_t)n * sizeof *worst);
        qsort(below, n, sizeof *below, misfit_compare);
        for (; worst != NULL && elements < (n + 1) / 2; elements++)
            worst[elements] = below[elements].element;
        code = worst == NULL ? err_memory(e, "looking for members below min_fit")
                             : selection_leave_out(s, in, worst, elements, UNMATCHED_NO_FIT, e);
        *left_out = elements;
        free(worst);
    }
    free(below);
    free(fit);
    return code;
}

int search_run(struct selection *s, const struct inputs *in, const struct profiles *profiles,
               const uint32_t *community, int64_t seed, struct progress *progress, struct search_result *out,
               struct err *e)
{
    *out = (struct search_result){0};
    uint64_t effort = (uint64_t)in->settings.effort;
    bool draft = in->settings.min_fit > 0;
    for (out->rounds = 0; s->n_networks > 0; out->rounds++) {
        int code =
            solve(s, in, profiles, community, seed, draft ? effort / DRAFT_SHARE : effort, progress, out, e);
        uint32_t left_out = 0;
        if (code == ERR_OK && in->settings.min_fit > 0)
            code = leave_out_misfits(s, in, profiles, out->group.group, &left_out, e);
        if (code != ERR_OK)
            return code;
        if (left_out == 0 && !draft) {
            out->rounds++;
            return ERR_OK;
        }
        draft = draft && left_out > 0;
    }
    search_result_free(out); /* nobody was left to be placed */
    return slots_build(in, s, &out->slots, e);
}

void search_result_free(struct search_result *r)
{
    group_result_free(&r->group);
    slots_free(&r->slots);
}
