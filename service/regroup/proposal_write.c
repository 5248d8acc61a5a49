#include "regroup/proposal_write.h"

#include <stdlib.h>

#include "encode/population.h"
#include "encode/reasons.h"
#include "proto/mp.h"
#include "regroup/figures.h"

struct writing {
    struct buf *out;
    const struct population *population;
    const struct problem *problem;
    const struct grouping *g;
    uint32_t *order; /* organizers by network, in each the best fit first */
};

static const char *either(const struct writing *w, const char *sv, const char *en)
{
    return w->problem->english ? en : sv;
}

static void write_brief(const struct writing *w, uint32_t organizer)
{
    encode_organizer_brief(w->out, &w->population->organizers[organizer]);
}

static void write_next(const struct writing *w, const struct member_reasons *m)
{
    struct buf *out = w->out;
    mp_key(out, "next");
    if (m->next_network == POPULATION_NONE) {
        mp_nil(out);
        return;
    }
    const struct network_reasons *n = &w->g->reasons.networks[m->next_network];
    mp_map(out, 4);
    mp_key(out, "number");
    mp_uint(out, w->g->number[m->next_network]);
    mp_key(out, "label");
    mp_text(out, either(w, n->label_sv, n->label_en));
    mp_key(out, "fit");
    mp_rounded(out, m->next_fit, SCORE_DIGITS);
    mp_key(out, "why");
    encode_optional(out, why_not_name(m->why_not));
}

static void write_reason(const struct writing *w, uint32_t organizer)
{
    mp_key(w->out, "reason");
    size_t opened = mp_text_open(w->out);
    explain_say(w->out, &w->g->reasons, w->population, organizer, w->g->network[organizer],
                w->problem->english);
    mp_text_close(w->out, opened);
}

static void write_member(const struct writing *w, uint32_t organizer)
{
    const struct member_reasons *m = &w->g->reasons.members[organizer];
    struct buf *out = w->out;
    mp_map(out, 6);
    mp_key(out, "organizer");
    encode_organizer(out, &w->population->organizers[organizer]);
    mp_key(out, "fit");
    mp_rounded(out, m->fit, SCORE_DIGITS);
    mp_key(out, "shared");
    encode_challenges(out, w->population, m->shared, m->n_shared, w->problem->english);
    encode_closest(out, w->population, m->closest, m->closest_similarity);
    write_next(w, m);
    write_reason(w, organizer);
}

static void write_shares(const struct writing *w, const struct network_reasons *n)
{
    mp_key(w->out, "shared");
    mp_array(w->out, n->n_shared);
    for (uint32_t i = 0; i < n->n_shared; i++)
        encode_share(w->out, w->population, &n->shared[i], w->problem->english);
}

/* `members`: where the network's begin in the order; returns how many there are. */
static uint32_t write_network(const struct writing *w, uint32_t k, const uint32_t *members, uint32_t left)
{
    const struct network_reasons *n = &w->g->reasons.networks[k];
    struct buf *out = w->out;
    uint32_t size = 0;
    while (size < left && w->g->network[members[size]] == k)
        size++;
    mp_map(out, 8);
    mp_key(out, "number");
    mp_uint(out, w->g->number[k]);
    mp_key(out, "label");
    mp_text(out, either(w, n->label_sv, n->label_en));
    mp_key(out, "reason");
    mp_text(out, either(w, n->reason_sv, n->reason_en));
    mp_key(out, "size");
    mp_uint(out, size);
    mp_key(out, "cohesion");
    mp_rounded(out, n->cohesion, SCORE_DIGITS);
    write_shares(w, n);
    encode_link(out, w->population, &n->link, w->problem->english);
    mp_key(out, "members");
    mp_array(out, size);
    for (uint32_t i = 0; i < size; i++)
        write_member(w, members[i]);
    return size;
}

static void write_last_report(const struct writing *w, uint32_t organizer)
{
    int32_t day = w->problem->in.last_day[organizer];
    mp_key(w->out, "last_report");
    if (w->g->selection.reason[organizer] == UNMATCHED_NOTHING_REPORTED && day != LEFT_OUT_NEVER)
        encode_day(w->out, day);
    else
        mp_nil(w->out);
}

static void write_left_out(const struct writing *w, uint32_t organizer)
{
    const struct member_reasons *m = &w->g->reasons.members[organizer];
    struct buf *out = w->out;
    mp_map(out, 6);
    mp_key(out, "organizer");
    write_brief(w, organizer);
    mp_key(out, "code");
    mp_text(out, unmatched_reason_name(w->g->selection.reason[organizer]));
    write_reason(w, organizer);
    write_next(w, m);
    write_last_report(w, organizer);
    mp_key(out, "ahead");
    if (w->g->left_out[organizer].waited > 0)
        mp_uint(out, w->g->selection.ahead[organizer]);
    else
        mp_nil(out);
}

static int by_network(const void *a, const void *b, void *context)
{
    const struct grouping *g = context;
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    float fit_x = g->reasons.members[x].fit, fit_y = g->reasons.members[y].fit;
    if (g->network[x] != g->network[y])
        return g->network[x] < g->network[y] ? -1 : 1;
    if (fit_x != fit_y)
        return fit_x > fit_y ? -1 : 1;
    return x < y ? -1 : x > y;
}

static void write_lists(const struct writing *w)
{
    uint32_t at = 0, n = w->population->n_organizers;
    mp_key(w->out, "networks");
    mp_array(w->out, w->g->n_networks);
    for (uint32_t k = 0; k < w->g->n_networks; k++)
        at += write_network(w, k, w->order + at, n - at);
    mp_key(w->out, "unmatched");
    mp_array(w->out, n - at);
    for (; at < n; at++)
        write_left_out(w, w->order[at]);
}

/* Without the times that it took: the same request gives the same answer. */
static int write_figures(const struct writing *w, const struct progress *progress, struct err *e)
{
    json_t *figures = figures_build(&w->problem->in, w->g, progress);
    if (figures == NULL)
        return err_memory(e, "the figures");
    json_object_del(figures, "seconds");
    char *text = json_dumps(figures, JSON_COMPACT);
    char *settings = settings_to_json(&w->problem->in.settings);
    int code = text == NULL || settings == NULL ? err_memory(e, "the figures") : ERR_OK;
    if (code == ERR_OK) {
        mp_key(w->out, "figures");
        encode_json(w->out, text);
        mp_key(w->out, "settings");
        encode_json(w->out, settings);
    }
    free(text);
    free(settings);
    json_decref(figures);
    return code;
}

int proposal_write(struct buf *out, const struct problem *p, const struct grouping *g,
                   const struct progress *progress, struct err *e)
{
    uint32_t n = p->in.population.n_organizers;
    struct writing w = {out, &p->in.population, p, g, malloc(((size_t)n + 1) * sizeof *w.order)};
    if (w.order == NULL)
        return err_memory(e, "the answer");
    for (uint32_t i = 0; i < n; i++)
        w.order[i] = i;
    /* Who is in no network has the highest index there is, and comes last. */
    qsort_r(w.order, n, sizeof *w.order, by_network, (void *)g);
    mp_map(out, 5);
    write_lists(&w);
    int code = write_figures(&w, progress, e);
    mp_key(out, "seed");
    mp_int(out, p->seed);
    free(w.order);
    return code != ERR_OK || !buf_failed(out) ? code : err_memory(e, "the answer");
}
