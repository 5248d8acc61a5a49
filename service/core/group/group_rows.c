#include "core/group/group_rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/similarity/neighbour.h"

/* Lists by column, elements ascending within each. */
static void fill_lists(struct group_rows *r)
{
    const struct profiles *profiles = r->p->profiles;
    for (uint32_t i = 0; i < r->p->n; i++)
        for (uint32_t k = profiles->start[r->p->rows[i]]; k < profiles->start[r->p->rows[i] + 1]; k++)
            r->start[profiles->column[k] + (size_t)2]++;
    for (uint32_t c = 0; c < profiles->columns; c++)
        r->start[c + 2] += r->start[c + 1];
    for (uint32_t i = 0; i < r->p->n; i++)
        for (uint32_t k = profiles->start[r->p->rows[i]]; k < profiles->start[r->p->rows[i] + 1]; k++) {
            size_t at = r->start[profiles->column[k] + (size_t)1]++;
            r->element[at] = i;
            r->weight[at] = profiles->weight[k];
        }
}

int group_rows_open(struct group_rows *r, const struct group_problem *p, struct err *e)
{
    *r = (struct group_rows){.p = p};
    if (!p->profiles)
        return ERR_OK;
    size_t entries = 0;
    for (uint32_t i = 0; i < p->n; i++)
        entries += p->profiles->start[p->rows[i] + 1] - p->profiles->start[p->rows[i]];
    r->start = calloc((size_t)p->profiles->columns + 3, sizeof *r->start);
    r->element = malloc((entries + 1) * sizeof *r->element);
    r->weight = malloc((entries + 1) * sizeof *r->weight);
    if (!r->start || !r->element || !r->weight) {
        group_rows_close(r);
        return err_memory(e, "the lists of who has which challenge");
    }
    fill_lists(r);
    return ERR_OK;
}

void group_rows_close(struct group_rows *r)
{
    free(r->start);
    free(r->element);
    free(r->weight);
    *r = (struct group_rows){0};
}

static void rows_of_profiles(const struct group_rows *r, uint32_t element, double *out)
{
    const struct group_problem *p = r->p;
    const struct profiles *profiles = p->profiles;
    uint32_t row = p->rows[element];
    if (profiles->geography > 0) {
        for (uint32_t i = 0; i < p->n; i++)
            out[i] = profiles_similarity(profiles, row, p->rows[i]);
        return;
    }
    memset(out, 0, p->n * sizeof *out);
    for (uint32_t k = profiles->start[row]; k < profiles->start[row + 1]; k++) {
        double weight = (double)profiles->weight[k];
        for (size_t at = r->start[profiles->column[k]]; at < r->start[profiles->column[k] + 1]; at++)
            out[r->element[at]] += weight * (double)r->weight[at];
    }
}

static void weigh(const struct group_problem *p, uint32_t element, double *out)
{
    bool mixed = group_limits_mix_most(p->limits) > 0;
    for (uint32_t i = 0; i < p->n && mixed; i++)
        out[i] += group_limits_mix(p->limits, element, i);
    if (!p->limits->weight)
        return;
    for (uint32_t i = 0; i < p->n; i++)
        out[i] *= (double)p->limits->weight[element] * p->limits->weight[i];
}

void group_rows_of(const struct group_rows *r, uint32_t element, double *out)
{
    const struct group_problem *p = r->p;
    if (p->matrix) {
        memcpy(out, p->matrix + (size_t)element * p->n, p->n * sizeof *out);
    } else if (p->edges) {
        memset(out, 0, p->n * sizeof *out);
        for (size_t at = p->edges->start[element]; at < p->edges->start[element + 1]; at++)
            out[p->edges->row[at]] = (double)p->edges->similarity[at];
    } else {
        rows_of_profiles(r, element, out);
    }
    if (p->limits)
        weigh(p, element, out);
    out[element] = 0;
}
