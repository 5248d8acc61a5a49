#include "core/plan/plan_people.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/settings/scope.h"

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The counties that there are, each once, ordered. */
static int list_regions(const struct population *p, const char ***out, uint32_t *n, struct err *e)
{
    const char **county = malloc((p->n_organizers + 1u) * sizeof *county);
    *n = 0;
    *out = county;
    if (county == NULL)
        return err_memory(e, "a plan");
    for (uint32_t i = 0; i < p->n_organizers; i++)
        county[i] = p->organizers[i].county;
    qsort(county, p->n_organizers, sizeof *county, by_text);
    for (uint32_t i = 0; i < p->n_organizers; i++)
        if (*n == 0 || strcmp(county[i], county[*n - 1]) != 0)
            county[(*n)++] = county[i];
    return ERR_OK;
}

/* Days since its first report of a challenge, however old. */
static double first_age(const struct snapshot *s, uint32_t organizer, uint32_t challenge)
{
    const struct population *p = &s->population;
    for (uint32_t i = p->report_start[organizer]; i < p->report_start[organizer + 1]; i++)
        if (p->reports[i].challenge == challenge)
            return fmax(0, s->today - p->reports[i].day);
    return 0;
}

/* breadth and waiting as they are; what they are to the most of anybody is reckoned at the end. */
static void fill_need(const struct snapshot *s, const struct snapshot_programme *p, struct plan_person *x)
{
    const struct profiles *rows = &p->profiles;
    for (uint32_t i = rows->start[x->organizer]; i < rows->start[x->organizer + 1]; i++) {
        const struct report *r = rows->column[i] >= p->n_challenges
                                     ? NULL
                                     : population_latest(&s->population, x->organizer, rows->column[i],
                                                         s->today, (int32_t)p->settings.window_days);
        if (r == NULL)
            continue;
        double age = fmax(0, s->today - r->day);
        x->need += r->severity / 5.0 * exp2(-age / p->settings.half_life_days);
        x->breadth += 1;
        x->waiting = fmax(x->waiting, first_age(s, x->organizer, rows->column[i]));
    }
    x->severity = x->breadth > 0 ? x->need / x->breadth : 0;
}

static void scale(struct plan_people *people)
{
    double breadth = 0, waiting = 0;
    for (uint32_t i = 0; i < people->n; i++) {
        breadth = fmax(breadth, people->person[i].breadth);
        waiting = fmax(waiting, people->person[i].waiting);
    }
    for (uint32_t i = 0; i < people->n; i++) {
        people->person[i].breadth /= fmax(1, breadth);
        people->person[i].waiting /= fmax(1, waiting);
    }
}

static uint32_t network_of(const struct snapshot_programme *p, uint32_t organizer)
{
    const struct snapshot_place *place = &p->places[organizer];
    return place->state == PLACE_MEMBER ? place->network : POPULATION_NONE;
}

int plan_people_gather(const struct snapshot *s, const struct snapshot_programme *p, bool again,
                       struct plan_people *out, uint32_t *before, struct err *e)
{
    const struct population *all = &s->population;
    const char **regions = NULL;
    *out = (struct plan_people){0};
    *before = 0;
    int code = list_regions(all, &regions, &out->regions, e);
    out->person = malloc((all->n_organizers + 1u) * sizeof *out->person);
    if (code == ERR_OK && out->person == NULL)
        code = err_memory(e, "a plan");
    for (uint32_t i = 0; i < all->n_organizers && code == ERR_OK; i++) {
        const struct organizer *o = &all->organizers[i];
        uint32_t network = network_of(p, i);
        if (network == POPULATION_NONE && !scope_has_organizer(p->settings.scope, o))
            continue;
        bool contacted = p->contacted != NULL && p->contacted[i];
        *before += contacted;
        if (contacted && !again)
            continue;
        const char **region = bsearch(&o->county, regions, out->regions, sizeof *regions, by_text);
        struct plan_person *x = &out->person[out->n++];
        *x = (struct plan_person){.organizer = i,
                                  .network = network,
                                  .kind = o->kind,
                                  .size = plan_size_of(o->pupils),
                                  .region = region == NULL ? 0 : (uint32_t)(region - regions),
                                  .lat = o->lat,
                                  .lon = o->lon,
                                  .before = contacted};
        fill_need(s, p, x);
    }
    scale(out);
    free(regions);
    return code;
}

void plan_people_free(struct plan_people *people)
{
    free(people->person);
    *people = (struct plan_people){0};
}
