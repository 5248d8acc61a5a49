#include "regroup/search.h"

#include <stdlib.h>
#include <string.h>

#include "regroup/fewer.h"
#include "regroup/interrupt.h"
#include "regroup/limits_view.h"
#include "regroup/least_fit.h"
#include "regroup/offer.h"
#include "regroup/pin_rules.h"

enum { OFFERS_MOST = 8 }; /* each lets go of fewer than the last as a rule */

/* What one search borrows, by elements. */
struct task {
    struct group_problem problem;
    struct pin_rules rules;
    struct limits_view limits;
    uint32_t *bounds; /* least sizes, then greatest */
    uint32_t *community;
    uint32_t *previous;
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
    limits_view_close(&t->limits);
    free(t->bounds);
    free(t->community);
    free(t->previous);
}

/* Where the past is to be ignored, the engine does not see it, but for the members whom pins keep in place.
 */
static int previous_build(struct task *t, const struct selection *s, const struct inputs *in,
                          const struct slots *slots, struct err *e)
{
    if (in->base.run == 0)
        return ERR_OK;
    t->previous = malloc(((size_t)s->n + 1) * sizeof *t->previous);
    if (t->previous == NULL)
        return err_memory(e, "preparing the search");
    bool ignored = in->settings.stability == 0;
    for (uint32_t i = 0; i < s->n; i++)
        t->previous[i] = ignored ? GROUP_NONE : slots->of_element[i];
    for (size_t r = 0; r < t->rules.n; r++) {
        const struct group_rule *rule = &t->rules.rules[r];
        for (uint32_t k = 0; rule->type == RULE_KEEP && k < rule->n_members; k++)
            t->previous[rule->members[k]] = slots->of_element[rule->members[k]];
    }
    return ERR_OK;
}

/* A locked network has just the seats of those who are in it: nobody else joins. */
static void close_locked(struct task *t, const struct selection *s, const struct inputs *in,
                         const struct slots *slots)
{
    for (uint32_t i = 0; in->locked != NULL && i < s->n; i++)
        if (in->locked[s->organizer[i]] && slots->of_element[i] != GROUP_NONE)
            t->bounds[slots->of_element[i]] = t->bounds[s->n_networks + slots->of_element[i]] = 0;
    for (uint32_t i = 0; in->locked != NULL && i < s->n; i++) {
        if (!in->locked[s->organizer[i]] || slots->of_element[i] == GROUP_NONE)
            continue;
        t->bounds[slots->of_element[i]] += limits_seats(&s->limits, s->organizer[i]);
        t->bounds[s->n_networks + slots->of_element[i]] = t->bounds[slots->of_element[i]];
    }
}

static int task_build(struct task *t, const struct selection *s, const struct search_task *asked,
                      const struct slots *slots, struct err *e)
{
    const struct inputs *in = asked->in;
    *t = (struct task){0};
    if (pin_rules_build(in, s, &t->rules, e) != ERR_OK)
        return (int)e->code;
    if (limits_view_open(&t->limits, &s->limits, s->organizer, s->n, e) != ERR_OK)
        return (int)e->code;
    t->bounds = malloc((2 * (size_t)s->n_networks + 1) * sizeof *t->bounds);
    t->community = malloc(((size_t)s->n + 1) * sizeof *t->community);
    if (t->bounds == NULL || t->community == NULL)
        return err_memory(e, "preparing the search");
    for (uint32_t g = 0; g < s->n_networks; g++) {
        t->bounds[g] = (uint32_t)in->settings.min_size;
        t->bounds[s->n_networks + g] = (uint32_t)in->settings.max_size;
    }
    close_locked(t, s, in, slots);
    for (uint32_t i = 0; i < s->n; i++)
        t->community[i] = asked->community[s->organizer[i]];
    if (previous_build(t, s, in, slots, e) != ERR_OK)
        return (int)e->code;
    t->problem = (struct group_problem){
        .n = s->n,
        .profiles = asked->profiles,
        .rows = s->organizer,
        .n_groups = s->n_networks,
        .min_size = t->bounds,
        .max_size = t->bounds + s->n_networks,
        .objective = in->settings.objective,
        .community = t->community,
        .previous = t->previous,
        .stability = in->settings.stability,
        .rules = t->rules.rules,
        .n_rules = t->rules.n,
        .limits = t->limits.given,
        .seed = (uint64_t)asked->seed,
        .effort = asked->effort,
        .threads = asked->threads,
        .progress = report,
        .progress_context = asked->progress,
    };
    return ERR_OK;
}

static int solve_once(const struct selection *s, const struct search_task *asked, struct search_result *out,
                      struct err *e)
{
    struct task t;
    slots_free(&out->slots);
    int code = slots_build(asked->in, s, &out->slots, e);
    if (code != ERR_OK)
        return code;
    code = task_build(&t, s, asked, &out->slots, e);
    if (code == ERR_OK)
        code = group_solve(&t.problem, &out->group, e);
    task_free(&t);
    return code == ERR_OK ? interrupt_check(e) : code;
}

struct trying {
    const struct selection *s;
    const struct search_task *asked;
    struct search_result *out;
};

static int try_once(void *context, struct err *e)
{
    struct trying *t = context;
    return solve_once(t->s, t->asked, t->out, e);
}

/* What is left of the selection and of the groups after some were left out, in the same order. `moved_to`:
 * where groups went. */
static void compress(struct selection *s, const struct inputs *in, struct search_result *out,
                     uint32_t n_groups, const uint32_t *moved_to)
{
    uint32_t *group = out->group.group, *before = out->slots.of_element, n = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        if (group[i] == GROUP_NONE) {
            uint32_t limit = out->group.left_by != NULL ? out->group.left_by[i] : GROUP_NONE;
            s->reason[s->organizer[i]] = limit == GROUP_NONE ? UNMATCHED_NO_FIT : UNMATCHED_CONSTRAINT;
            s->limit[s->organizer[i]] = limit;
            continue;
        }
        uint32_t slot = before[i];
        group[n] = group[i];
        before[n++] = slot == GROUP_NONE ? slot : moved_to[slot];
    }
    selection_renumber(s, in);
    s->n_networks = n_groups;
}

/* Without the networks that were closed; those that are left stay in order. */
static int drop_closed(struct selection *s, const struct inputs *in, struct search_result *out, struct err *e)
{
    uint32_t *moved_to = malloc(((size_t)s->n_networks + 1) * sizeof *moved_to), open = 0;
    if (moved_to == NULL)
        return err_memory(e, "the networks");
    for (uint32_t g = 0; g < s->n_networks; g++)
        moved_to[g] = GROUP_NONE;
    for (uint32_t i = 0; i < s->n; i++)
        if (out->group.group[i] != GROUP_NONE)
            moved_to[out->group.group[i]] = 0;
    for (uint32_t g = 0; g < s->n_networks; g++)
        moved_to[g] = moved_to[g] == GROUP_NONE ? GROUP_NONE : open++;
    for (uint32_t i = 0; i < s->n; i++)
        if (out->group.group[i] != GROUP_NONE)
            out->group.group[i] = moved_to[out->group.group[i]];
    compress(s, in, out, open, moved_to);
    free(moved_to);
    return ERR_OK;
}

static int reach_least_fit(struct selection *s, const struct search_task *t, struct search_result *out,
                           struct err *e)
{
    uint32_t n_groups = s->n_networks, rounds = 0;
    uint32_t *moved_to = malloc(((size_t)n_groups + 1) * sizeof *moved_to);
    if (moved_to == NULL)
        return err_memory(e, "reaching min_fit");
    struct least_fit_task task = {t->in,      t->profiles, t->graph,   t->community, (uint64_t)t->seed,
                                  t->threads, report,      t->progress};
    int code = least_fit_reach(&task, s, out->group.group, &n_groups, moved_to, &rounds, e);
    if (code == ERR_OK)
        code = interrupt_check(e);
    if (code == ERR_OK)
        compress(s, t->in, out, n_groups, moved_to);
    out->rounds += rounds;
    free(moved_to);
    return code;
}

static int search_once(struct selection *s, const struct search_task *t, struct search_result *out,
                       struct err *e)
{
    *out = (struct search_result){0};
    if (s->n_networks == 0)
        return slots_build(t->in, s, &out->slots, e);
    struct trying trying = {s, t, out};
    int code = fewer_networks_try(s, &t->in->settings, try_once, &trying, e);
    out->rounds = 1;
    if (code == ERR_OK && t->in->settings.min_fit > 0)
        return reach_least_fit(s, t, out, e);
    if (code == ERR_OK && out->group.n_left + out->group.n_closed > 0)
        return drop_closed(s, t->in, out, e);
    return code;
}

/* What was found with those who waited, unless it places fewer than before; then what was found before. */
static int search_again(struct selection *s, const struct search_task *t, struct search_result *out,
                        struct offer *offer, bool *kept, struct err *e)
{
    struct search_result found;
    struct err none = ERR_INIT;
    int code = search_once(s, t, &found, &none);
    *kept = code == ERR_OK && selection_seats(s) >= selection_seats(&offer->before);
    uint32_t rounds = out->rounds + found.rounds;
    if (*kept) {
        search_result_free(out);
        *out = found;
        offer_keep(offer);
    } else {
        search_result_free(&found);
        offer_withdraw(offer, s);
    }
    out->rounds = rounds;
    if (code == ERR_OK || code == ERR_INVALID || code == ERR_LIMIT)
        return ERR_OK;
    return err_set(e, (enum err_code)code, "%s", none.text);
}

int search_run(struct selection *s, const struct search_task *t, struct search_result *out, struct err *e)
{
    uint64_t seats = selection_seats(s);
    bool kept = true;
    int code = search_once(s, t, out, e);
    for (int round = 0; code == ERR_OK && kept && round < OFFERS_MOST && selection_seats(s) < seats;
         round++) {
        struct offer offer;
        code = offer_make(&offer, s, t->in, e);
        if (code != ERR_OK || !offer.made)
            return code;
        seats = selection_seats(s);
        code = search_again(s, t, out, &offer, &kept, e);
    }
    return code;
}

void search_result_free(struct search_result *r)
{
    group_result_free(&r->group);
    slots_free(&r->slots);
}
