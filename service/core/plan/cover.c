#include "core/plan/cover.h"

#include <math.h>
#include <stdlib.h>

struct cover {
    const struct snapshot *s;
    const struct snapshot_programme *p;
    double *need;        /* by challenge, of the network at hand; 0 once it is covered */
    uint32_t *reporters; /* likewise, members that report it */
    bool *answered;      /* by challenge: by any activity */
};

struct cover *cover_open(const struct snapshot *s, const struct snapshot_programme *p)
{
    uint32_t n = s->population.n_challenges;
    struct cover *c = calloc(1, sizeof *c);
    if (c == NULL)
        return NULL;
    *c = (struct cover){.s = s,
                        .p = p,
                        .need = calloc(n + 1u, sizeof *c->need),
                        .reporters = calloc(n + 1u, sizeof *c->reporters),
                        .answered = calloc(n + 1u, sizeof *c->answered)};
    if (c->need == NULL || c->reporters == NULL || c->answered == NULL) {
        cover_close(c);
        return NULL;
    }
    for (uint32_t a = 0; a < s->n_activities; a++)
        for (uint32_t k = 0; k < s->activities[a].n; k++)
            c->answered[s->activities[a].challenge[k]] = true;
    return c;
}

void cover_close(struct cover *c)
{
    if (c == NULL)
        return;
    free(c->need);
    free(c->reporters);
    free(c->answered);
    free(c);
}

static void add_member(struct cover *c, uint32_t organizer)
{
    const struct profiles *rows = &c->p->profiles;
    const struct settings *settings = &c->p->settings;
    for (uint32_t i = rows->start[organizer]; i < rows->start[organizer + 1]; i++) {
        uint32_t challenge = rows->column[i];
        if (challenge >= c->p->n_challenges)
            break; /* categories */
        const struct report *r = population_latest(&c->s->population, organizer, challenge, c->s->today,
                                                   (int32_t)settings->window_days);
        if (r == NULL)
            continue;
        c->need[challenge] +=
            r->severity / 5.0 * exp2(-fmax(0, c->s->today - r->day) / settings->half_life_days);
        c->reporters[challenge]++;
    }
}

static double fill_need(struct cover *c, uint32_t network)
{
    const struct snapshot_network *n = &c->p->networks[network];
    double all = 0;
    for (uint32_t k = 0; k < c->s->population.n_challenges; k++) {
        c->need[k] = 0;
        c->reporters[k] = 0;
    }
    for (uint32_t k = 0; k < n->size; k++)
        add_member(c, n->member[k]);
    for (uint32_t k = 0; k < c->s->population.n_challenges; k++) {
        if (c->reporters[k] < 2)
            c->need[k] = 0;
        all += c->need[k];
    }
    return all;
}

static double adds(const struct cover *c, const struct snapshot_activity *a)
{
    double sum = 0;
    for (uint32_t k = 0; k < a->n; k++)
        sum += c->need[a->challenge[k]];
    return sum;
}

/* Takes the activity that adds most; false when none adds anything. */
static bool take(struct cover *c, struct cover_network *out)
{
    uint32_t best = 0;
    double most = 0;
    for (uint32_t a = 0; a < c->s->n_activities; a++) {
        double sum = adds(c, &c->s->activities[a]);
        if (sum > most) {
            most = sum;
            best = a;
        }
    }
    if (most <= 0)
        return false;
    const struct snapshot_activity *a = &c->s->activities[best];
    for (uint32_t k = 0; k < a->n; k++)
        c->need[a->challenge[k]] = 0;
    out->choice[out->n_choices++] = (struct cover_choice){best, most / out->need};
    out->covered += most / out->need;
    return true;
}

void cover_network(struct cover *c, uint32_t network, uint32_t most, double enough, struct cover_network *out)
{
    *out = (struct cover_network){.need = fill_need(c, network)};
    while (out->need > 0 && out->n_choices < most && out->n_choices < COVER_MOST &&
           out->covered < enough - 1e-9)
        if (!take(c, out))
            break;
}

bool cover_answers(const struct cover *c, uint32_t challenge)
{
    return c->answered[challenge];
}

uint32_t cover_reporting(const struct cover *c)
{
    const struct profiles *rows = &c->p->profiles;
    uint32_t n = 0;
    for (uint32_t i = 0; i < rows->n; i++)
        n += rows->start[i + 1] > rows->start[i];
    return n;
}
