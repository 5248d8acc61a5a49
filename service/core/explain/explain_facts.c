/* Counting: which reports count, who is where, and what is usual among all. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/explain/explain_parts.h"

static bool weighs_nothing(const struct facts *f, const struct report *r)
{
    const char *category = f->p->categories[f->p->challenges[r->challenge].category];
    return f->s->category_weights != NULL && settings_number(f->s->category_weights, category, 1) <= 0;
}

static void count_reports(struct facts *f, int32_t today)
{
    const struct population *p = f->p;
    uint32_t used = 0;
    double severities = 0;
    for (uint32_t o = 0; o < p->n_organizers; o++) {
        f->counted_start[o] = used;
        for (uint32_t i = p->report_start[o], end = p->report_start[o + 1]; i < end; i++) {
            const struct report *r = &p->reports[i];
            bool latest = i + 1 == end || r[1].challenge != r->challenge;
            if (!latest || (int64_t)today - r->day > f->s->window_days || weighs_nothing(f, r))
                continue;
            f->counted[used++] = (struct counted){r->challenge, r->severity};
            f->reporters[r->challenge]++;
            severities += r->severity;
        }
        f->reporting += used > f->counted_start[o];
    }
    f->counted_start[p->n_organizers] = used;
    f->mean_severity = used > 0 ? severities / used : 0;
}

static void list_members(struct facts *f)
{
    const uint32_t n = f->p->n_organizers;
    for (uint32_t o = 0; o < n; o++)
        if (f->network[o] != POPULATION_NONE)
            f->member_start[f->network[o] + (size_t)2]++;
    for (size_t i = 2; i <= f->n_networks + (size_t)1; i++)
        f->member_start[i] += f->member_start[i - 1];
    for (uint32_t o = 0; o < n; o++)
        if (f->network[o] != POPULATION_NONE)
            f->member[f->member_start[f->network[o] + (size_t)1]++] = o;
}

static int pupils_compare(const void *a, const void *b)
{
    const int32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

double pupils_median(int32_t *pupils, size_t n)
{
    if (n == 0)
        return NAN;
    qsort(pupils, n, sizeof *pupils, pupils_compare);
    size_t below = (n - 1) / 2, above = n / 2;
    return (pupils[below] + (double)pupils[above]) / 2;
}

static int find_median(struct facts *f, struct err *e)
{
    int32_t *pupils = malloc((f->p->n_organizers + (size_t)1) * sizeof *pupils);
    if (pupils == NULL)
        return err_memory(e, "reasons");
    size_t n = 0;
    for (uint32_t o = 0; o < f->p->n_organizers; o++)
        if (f->p->organizers[o].pupils >= 0)
            pupils[n++] = f->p->organizers[o].pupils;
    f->median_pupils = pupils_median(pupils, n);
    free(pupils);
    return 0;
}

int facts_gather(struct facts *f, const struct explain_task *task, struct err *e)
{
    const struct population *p = task->population;
    *f = (struct facts){.task = task,
                        .p = p,
                        .profiles = task->profiles,
                        .s = task->settings,
                        .network = task->network,
                        .numbers = task->numbers,
                        .n_networks = task->n_networks};
    for (uint32_t o = 0; o < p->n_organizers; o++)
        if (f->network[o] != POPULATION_NONE && f->network[o] >= f->n_networks)
            return err_set(e, ERR_INTERNAL, "organizer %s is in network %u of %u", p->organizers[o].id,
                           f->network[o], f->n_networks);
    f->counted_start = malloc((p->n_organizers + (size_t)1) * sizeof *f->counted_start);
    f->counted = malloc((p->n_reports + 1) * sizeof *f->counted);
    f->reporters = calloc(p->n_challenges + (size_t)1, sizeof *f->reporters);
    f->member_start = calloc(f->n_networks + (size_t)2, sizeof *f->member_start);
    f->member = malloc((p->n_organizers + (size_t)1) * sizeof *f->member);
    if (!f->counted_start || !f->counted || !f->reporters || !f->member_start || !f->member)
        return err_memory(e, "reasons");
    count_reports(f, task->today);
    list_members(f);
    return find_median(f, e);
}

void facts_free(struct facts *f)
{
    free(f->counted_start);
    free(f->counted);
    free(f->reporters);
    free(f->member_start);
    free(f->member);
    free(f->fit_sum);
    free(f->at_home);
    free(f->seats);
    free(f->bond);
    free(f->foe);
}
